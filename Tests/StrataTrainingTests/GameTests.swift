import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataReference
import StrataTraining
import Testing

@testable import StrataModels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The linear Wasserstein Dirac game: examples at 0, the generator at θ, the critic ψ x.
private struct DiracGame: Model {
    static let theta = StateVariable("theta", [], initializer: .constant(1))
    static let psi = StateVariable("psi", [], initializer: .constant(-1))
    var repeats = 1
    var variables: [StateVariable] { [Self.theta, Self.psi] }
    var criterion: Criterion { .minimize("value") }
    private var real: Tensor { Self.psi.tensor * 0 }
    private var fake: Tensor { Self.psi.tensor * Self.theta.tensor }

    var phases: [TrainingPhase] {
        let loss = AdversarialLoss.Name.wasserstein.loss
        return [
            TrainingPhase(moves: [
                Move([Self.psi], repeats: repeats) { _, _ in
                    Objective(Metric("critic_loss", loss.discriminator(real, fake)), metrics: [])
                },
                Move([Self.theta]) { _, _ in
                    let value = Metric("value", loss.generator(fake) { real })
                    return Objective(value, metrics: [value])
                },
            ])
        ]
    }

    func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [Metric("value", fake)] }
}

@Suite struct GameTests {
    private func end(_ model: DiracGame, steps: Int) throws -> (theta: Float, psi: Float) {
        let split = try DataSplit(dtype: .float32, exampleShape: [1], bytes: [0, 0, 0, 0], count: 1)
        let trainer = try Trainer(
            model: model, optimizer: .sgd(0.1), data: DataSet(name: "nothing", train: split, test: split),
            session: Session(backend: ReferenceBackend(configuration: BackendConfiguration())),
            configuration: TrainingConfiguration(epochs: steps, batchSize: 1))
        for _ in 0..<steps { try trainer.trainStep() }
        let variables = try trainer.checkpoint().variables
        return (variables["theta"]!.floats[0], variables["psi"]!.floats[0])
    }

    /// The generator faces the discriminator that the move before it has left: 100 alternating steps of 0.1 from (1, −1),
    /// as computed in double precision.
    @Test func movesFaceWhatTheMovesBeforeHaveLeft() throws {
        let (theta, psi) = try end(DiracGame(), steps: 100)
        #expect(abs(theta + 0.26118) < 1e-4 && abs(psi - 1.41241) < 1e-4, "\(theta) \(psi)")
    }

    @Test func aMoveMayBeMadeSeveralTimesInAStep() throws {
        let (theta, psi) = try end(DiracGame(repeats: 3), steps: 2)
        // ψ falls by three times θ/10, then θ rises by ψ/10, twice.
        var (t, p) = (1.0, -1.0)
        for _ in 0..<2 {
            p -= 0.3 * t
            t += 0.1 * p
        }
        #expect(abs(Double(theta) - t) < 1e-6 && abs(Double(psi) - p) < 1e-6)
    }

    /// Of two numbers batch normalization makes −1 and 1, whatever they are, if true ones and fakes are batches of their own.
    @Test func aDiscriminatorNormalizesTrueExamplesAndFakesByThemselves() throws {
        let model = GenerativeAdversarialNetwork(
            features: 1, noise: 1, generator: Sequential([Dense(1), Activation.tanh]),
            discriminator: Sequential([Normalization(.batch), Dense(1)]))
        let split = try DataSplit(dtype: .uint8, exampleShape: [1], bytes: [0, 255], count: 2)
        let trainer = try Trainer(
            model: model, optimizer: .sgd(0), data: DataSet(name: "two", train: split, test: split),
            session: Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 2),
            configuration: TrainingConfiguration(epochs: 1, batchSize: 2))
        try trainer.trainStep()
        let weight = Double(try trainer.checkpoint().variables["discriminator.1.weight"]!.floats[0])
        let bias = Double(try trainer.checkpoint().variables["discriminator.1.bias"]!.floats[0])
        func softplus(_ x: Double) -> Double { log(1 + exp(x)) }
        let expected = [-1.0, 1].reduce(0) { $0 + softplus($1 * weight - bias) / 2 + softplus($1 * weight + bias) / 2 }
        let loss = try #require(try trainer.trainingMetrics().first { $0.name == "discriminator_loss" }).value
        #expect(abs(weight) > 0.05 && abs(Double(loss) - expected) < 1e-3, "\(loss) \(expected) \(weight)")
    }

    /// Both players at once, each facing what the other was: r² grows by 1.01 in each of 100 steps of 0.1, to 5.40963.
    @Test func simultaneousStepsOfTheDiracGameSpiralOut() throws {
        let (theta, psi) = (Tensor.input("theta", []), Tensor.input("psi", []))
        let loss = AdversarialLoss.Name.wasserstein.loss
        let (real, fake) = (psi * 0, psi * theta)
        let graph = try Graph(outputs: [
            ("theta", theta - gradient(of: loss.generator(fake) { real }, withRespectTo: [theta])[0] * 0.1),
            ("psi", psi - gradient(of: loss.discriminator(real, fake), withRespectTo: [psi])[0] * 0.1),
        ])
        let function = try Session(backend: ReferenceBackend(configuration: BackendConfiguration())).prepare(graph)
        var (t, p): (Float, Float) = (1, -1)
        for _ in 0..<100 {
            try function.write("theta", [t])
            try function.write("psi", [p])
            try function.run()
            (t, p) = (try function.read("theta")[0], try function.read("psi")[0])
        }
        #expect(abs(t * t + p * p - 5.40963) < 1e-4, "\(t * t + p * p)")
    }

    /// The average of the generator over three steps of decay ½ weighs the last by 4/7, the one before by 2/7; the critic's
    /// moves within a step do not count.
    @Test func theGeneratorIsAveragedOverSteps() throws {
        let network = Architecture(hidden: [4])
        let model = GenerativeAdversarialNetwork(
            shape: [3, 3], noise: 3, generator: network, discriminator: network,
            game: AdversarialGame(.hinge, criticSteps: 2))
        var optimizer = Optimizer.adam(1e-2)
        optimizer.averageDecay = 0.5
        let trainer = try trainer(model, [3, 3], optimizer)
        let name = "generator.0.weight"
        var expected = [Double](repeating: 0, count: 12)
        for weight in [1.0, 2, 4] {
            try trainer.trainStep()
            let values = try #require(trainer.checkpoint().variables[name]).floats
            for (place, value) in values.enumerated() { expected[place] += weight / 7 * Double(value) }
        }
        let averaged = try #require(trainer.checkpoint().averaged().variables[name]).floats
        for (average, exact) in zip(averaged, expected) { #expect(abs(Double(average) - exact) < 1e-6) }
        let last = try #require(trainer.checkpoint().variables[name]).floats
        #expect(averaged.count == 12 && averaged != last)
    }

    /// Losses and kinds of network with all penalties, clipping and spectral norms: both players move, and nothing becomes
    /// NaN. What a loss is of does not depend on the network, nor a penalty on the loss.
    @Test(
        arguments: [
            (.minimax, .mlp), (.nonSaturating, .mlp), (.leastSquares, .mlp), (.wasserstein, .mlp), (.hinge, .mlp),
            (.relativistic, .mlp), (.nonSaturating, .conv), (.hinge, .residual), (.wasserstein, .lstm),
            (.relativistic, .gru),
        ] as [(AdversarialLoss.Name, Architecture.Kind)])
    func lossesAndPenaltiesOnEveryNetwork(_ name: AdversarialLoss.Name, _ kind: Architecture.Kind) throws {
        let network = Architecture(kind, hidden: [4], channels: [2], units: [2], activation: .leakyReLU)
        let model = GenerativeAdversarialNetwork(
            shape: [3, 3], noise: 3, generator: network, discriminator: network, classes: 2,
            game: AdversarialGame(
                name,
                penalties: GradientPenalties(interpolated: 1, real: 1, fake: 1), clip: 0.25, normalizesSpectrum: true))
        let trainer = try trainer(model, [3, 3])
        let before = try trainer.checkpoint().variables
        try trainer.trainStep()
        let after = try trainer.checkpoint().variables
        let metrics = try trainer.trainingMetrics()
        #expect(metrics.map(\.name).contains("gradient_penalty") && metrics.allSatisfy { $0.value.isFinite })
        for parameter in model.generator.parameters + model.discriminator.parameters {
            let values = try #require(after[parameter.name]).floats
            #expect(values.allSatisfy { $0.isFinite }, "\(parameter.name)")
            guard parameter.name.hasPrefix("discriminator") else { continue }
            #expect(values.allSatisfy { abs($0) <= 0.25 }, "\(parameter.name)")
        }
        for player in ["generator", "discriminator"] {
            #expect(before.keys.contains { $0.hasPrefix("\(player).") && before[$0] != after[$0] })
        }
        // Power iteration goes on.
        let buffer = try #require(model.discriminator.buffers.first { $0.name.hasSuffix("weight_u") })
        #expect(before[buffer.name] != after[buffer.name])
    }

    private func trainer(
        _ model: GenerativeAdversarialNetwork, _ shape: Shape, _ optimizer: Optimizer = .adam(1e-2)
    ) throws -> Trainer {
        let width = shape.elementCount
        let split = try DataSplit(
            dtype: .uint8, exampleShape: shape, bytes: (0..<8 * width).map { UInt8($0 * 37 % 256) }, count: 8,
            labels: Labels(values: (0..<8).map { Int32($0 % 2) }, classNames: ["a", "b"]))
        return try Trainer(
            model: model, optimizer: optimizer, data: DataSet(name: "few", train: split, test: split),
            session: Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 2),
            configuration: TrainingConfiguration(epochs: 4, batchSize: 8))
    }

    /// A generator that says the same of any noise, and one whose examples lie as far apart as true ones.
    @Test func aCollapsedGeneratorIsTold() throws {
        struct Scaled: Layer {
            let factor: Float
            func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor { x * factor + 0.25 }
        }
        let values: [Float] = (0..<4000).map { [-3, 3, 3, -3][$0 % 4] }
        let split = try DataSplit(
            dtype: .float32, exampleShape: [2], bytes: values.withUnsafeBytes(Array.init), count: 2000)
        let data = try DataSet(name: "two", train: split, test: split)
        for (factor, expected, isTold) in [(0, 0, true), (0.05, 0.05, true), (1, 1, false)] as [(Float, Float, Bool)] {
            let model = GenerativeAdversarialNetwork(
                features: 2, noise: 2, generator: Scaled(factor: factor), discriminator: Dense(1),
                scale: data.spec.exampleScale)
            let predictor = try Predictor(
                model, features: 2, session: Session(backend: ReferenceBackend(configuration: BackendConfiguration())))
            let diversity = try #require(predictor.evaluate(data.test).first { $0.name == "sample_diversity" })
            #expect(abs(diversity.value - expected) < 0.05 * expected + 1e-3, "\(diversity)")
            #expect((diversity.warning?.contains("collapsed") == true) == isTold)
        }
    }

    /// A discriminator that is sure of everything.
    @Test func aDiscriminatorThatHasWonIsTold() throws {
        let model = GenerativeAdversarialNetwork(
            features: 1, noise: 1, generator: Sequential([Dense(1), Activation.tanh]),
            discriminator: Dense(1), game: AdversarialGame(.leastSquares))
        let batch = Batch(examples: .constant(1, [4, 1]))
        let loss = try #require(
            model.evaluation(batch, key: RandomKey(.input("key", [2], dtype: .int32))).first {
                $0.name == "discriminator_loss"
            })
        #expect(loss.warning?(0.01)?.contains("has won") == true && loss.warning?(0.1) == nil)
        let critic = GenerativeAdversarialNetwork(
            features: 1, noise: 1, generator: Dense(1), discriminator: Dense(1), game: AdversarialGame(.wasserstein))
        let metrics = critic.evaluation(batch, key: RandomKey(.input("key", [2], dtype: .int32)))
        #expect(metrics[0].warning == nil && metrics[2].name == "wasserstein_estimate")
    }
}
