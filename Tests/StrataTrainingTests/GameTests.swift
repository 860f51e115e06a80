import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels
import StrataNN
import StrataReference
import StrataTraining
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The linear Wasserstein Dirac game: the generator at θ, the discriminator ψ x, loss ψ θ.
private struct DiracGame: Model {
    static let theta = StateVariable("theta", [], initializer: .constant(1))
    static let psi = StateVariable("psi", [], initializer: .constant(1))
    var repeats = 1
    var variables: [StateVariable] { [Self.theta, Self.psi] }
    var criterion: Criterion { .minimize("value") }
    private var value: Tensor { Self.psi.tensor * Self.theta.tensor }

    var phases: [TrainingPhase] {
        [
            TrainingPhase(moves: [
                Move([Self.psi], repeats: repeats) { _, _ in Objective(Metric("ascent", -value), metrics: []) },
                Move([Self.theta]) { _, _ in
                    let loss = Metric("value", value)
                    return Objective(loss, metrics: [loss])
                },
            ])
        ]
    }

    func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [Metric("value", value)] }
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

    /// The generator faces the discriminator that the move before it has left: 100 alternating steps of 0.1 from (1, 1), as
    /// computed in double precision.
    @Test func movesFaceWhatTheMovesBeforeHaveLeft() throws {
        let (theta, psi) = try end(DiracGame(), steps: 100)
        #expect(abs(theta + 0.26118) < 1e-4 && abs(psi + 1.41241) < 1e-4, "\(theta) \(psi)")
    }

    @Test func aMoveMayBeMadeSeveralTimesInAStep() throws {
        let (theta, psi) = try end(DiracGame(repeats: 3), steps: 2)
        // ψ rises by three times θ/10, then θ falls by ψ/10, twice.
        var (t, p) = (1.0, 1.0)
        for _ in 0..<2 {
            p += 0.3 * t
            t -= 0.1 * p
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
}
