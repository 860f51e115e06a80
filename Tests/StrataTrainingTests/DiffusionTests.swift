import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataReference
import StrataTraining
import Testing

@testable import StrataModels

@Suite struct DiffusionTests {
    private let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)

    private func values(_ tensors: [Tensor]) throws -> [[Float]] {
        let function = try session.prepare(Graph(outputs: tensors.enumerated().map { ("\($0)", $1) }))
        try function.run()
        return try tensors.indices.map { try function.read("\($0)") }
    }

    @Test func schedulesBuryTheSignal() {
        let linear = NoiseSchedule.linear.signals(1000)
        #expect(abs(linear[999] - 4.0358e-5) < 1e-9)
        #expect(abs(linear[499] - 0.078587) < 1e-6)
        let cosine = NoiseSchedule.cosine.signals(1000)
        // Half way the squared cosine of π/4 · 1.016/1.008, over that of its start.
        #expect(abs(cosine[499] - 0.49384) < 1e-4)
        for signals in [linear, cosine] {
            #expect(zip(signals, signals.dropFirst()).allSatisfy { $0 > $1 } && signals[999] > 0)
        }
        #expect(NoiseSchedule.cosine.signals(0).count == 1)
    }

    /// With examples from N(0, 1) the best guess of the noise is √(1 − ᾱ) x, and so each step is linear: the variance
    /// that a hundred of them end at.
    @Test func rulesCarryAGaussian() {
        let signals = NoiseSchedule.linear.signals(100)
        func variance(_ rule: ReverseDiffusion.Rule, steps: Int) -> Double {
            ReverseDiffusion(rule, steps: steps).plan(signals).reduce(1) { variance, step in
                let factor = step.example * (1 - step.noise * step.noise) / step.signal + step.state
                return factor * factor * variance + step.deviation * step.deviation
            }
        }
        #expect(abs(variance(.ancestral, steps: 100) - 0.9990) < 5e-5)
        #expect(abs(variance(.posterior, steps: 100) - 0.9208) < 5e-5)
        #expect(abs(variance(.ddim, steps: 100) - 0.9634) < 5e-5)
        // Fewer steps go farther each, and the first is still from all noise.
        #expect(
            ReverseDiffusion(.ddim, steps: 10).plan(signals).map(\.time) == [100, 90, 80, 70, 60, 50, 40, 30, 20, 10])
        #expect(ReverseDiffusion(.ddim, steps: 1000).plan(signals).count == 100)
    }

    /// The noise that was added makes the example again, and a rule without noise leaves it there.
    @Test func theExampleIsFoundFromItsNoise() {
        let signals = NoiseSchedule.cosine.signals(50)
        let (example, noise) = (0.25, -1.5)
        for step in ReverseDiffusion(.ddim, steps: 7).plan(signals) {
            let x = step.signal * example + step.noise * noise
            let before = step.example * example + step.state * x
            let signal = step.example + step.state * step.signal
            #expect(abs(before - (signal * example + (1 - signal * signal).squareRoot() * noise)) < 1e-9)
        }
    }

    /// A network that finds no noise is wrong by its variance, 1.
    @Test func theLossIsTheSquaredErrorOfTheNoise() throws {
        struct Nothing: Layer {
            func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor { x * 0 }
        }
        let model = DenoisingDiffusion(noise: TimedNetwork("noise", features: 64, Nothing()))
        let key = RandomKey(Tensor.constant(7, [2]).cast(to: .int32))
        let loss = try values([model.evaluation(Batch(examples: .constant(1, [4096, 64])), key: key)[0].mean])[0][0]
        // Four standard errors: ε² has a variance of 2.
        #expect(abs(loss - 1) < 4 * (2 / Float(4096 * 64)).squareRoot(), "\(loss)")
    }

    /// A network whose output is its condition.
    private struct Condition: Layer {
        func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
            pass.apply(Dense(x.extent(1)), named: "c", to: pass.condition ?? x) + x * 0
        }
    }

    @Test func guidanceLeadsAwayFromNoClass() throws {
        let network = TimedNetwork("net", features: 3, Condition(), width: 8, classes: 4)
        let x = Tensor.constant(0, [2, 3])
        let t = Tensor.constant(0.5, [2, 1])
        let labels = Tensor.literal([1, 3] as [Int32], [2])
        func output(_ labels: Tensor?, _ guidance: Float) -> Tensor {
            network.guided(x, at: t, labels: labels, guidance: guidance)
        }
        let found = try values([
            output(nil, 1), output(labels, 1), output(labels, 0), output(labels, 3), output(nil, 3),
        ])
        for place in 0..<6 {
            let (any, own) = (found[0][place], found[1][place])
            #expect(abs(found[2][place] - any) < 1e-6)
            #expect(abs(found[3][place] - (any + 3 * (own - any))) < 1e-5)
            #expect(found[4][place] == any)
        }
        #expect(found[0] != found[1])
    }

    @Test func aShareOfClassesIsDropped() throws {
        let network = TimedNetwork("net", features: 3, Condition(), classes: 4, classDropout: 0.25)
        let key = RandomKey(Tensor.constant(7, [2]).cast(to: .int32))
        let labels = Tensor.constant(2, [10_000]).cast(to: .int32)
        let seen = try values([network.dropping(labels, key)?.cast(to: .float32) ?? labels])[0]
        let dropped = seen.count { $0 == 4 }
        #expect(dropped + seen.count { $0 == 2 } == 10_000)
        // Four standard errors.
        #expect(abs(Double(dropped) - 2500) < 4 * (10_000 * 0.25 * 0.75).squareRoot(), "\(dropped)")
        let all = TimedNetwork("net", features: 3, Condition(), classes: 4, classDropout: 0)
        #expect(try values([all.dropping(labels, key)?.cast(to: .float32) ?? labels])[0].allSatisfy { $0 == 2 })
    }

    /// Two classes that are two brightnesses: samples of each are what it looks like, by flow and by diffusion.
    @Test(arguments: ["flow-matching", "diffusion"])
    func samplesAreOfTheirClass(_ name: String) throws {
        let brightness: [Float] = [0.2, 0.8]
        let split = try DataSplit(
            dtype: .float32, exampleShape: [2],
            bytes: (0..<64).flatMap { example in
                [0, 1].flatMap { _ in withUnsafeBytes(of: brightness[example % 2], Array.init) }
            },
            count: 64, labels: Labels(values: (0..<64).map { Int32($0 % 2) }, classNames: ["dark", "bright"]))
        let data = try DataSet(name: "two", train: split, test: split)
        let description = try Zoo.builtIn[name]
        var typed = ["network": "mlp", "hidden": "32", "conditional": "true"]
        if name == "diffusion" {
            typed.merge(["diffusion-steps": "50", "sampling-steps": "50", "sampler": "ddim"]) { $1 }
        }
        let model = try description.build(data.spec, Hyperparameters(description.hyperparameters, typed))
        let trainer = try Trainer(
            model: model, optimizer: .adam(1e-2), data: data, session: session,
            configuration: TrainingConfiguration(epochs: 150, batchSize: 64))
        for _ in 0..<150 { try trainer.trainStep() }
        let predictor = try Predictor(model, features: 2, session: session)
        for (label, expected) in brightness.enumerated() {
            let samples = try predictor.sample(64, seed: 3, given: .init(label: label))
            let mean = samples.reduce(0, +) / Float(samples.count)
            #expect(abs(mean - expected) < 0.1, "\(name) \(label): \(mean)")
        }
        // Without a class, each in turn.
        let samples = try predictor.sample(128, seed: 3)
        for (label, expected) in brightness.enumerated() {
            let own = samples.indices.filter { $0 / 2 % 2 == label }.map { samples[$0] }
            #expect(abs(own.reduce(0, +) / Float(own.count) - expected) < 0.1, "\(name) \(label)")
        }
        #expect(throws: StrataError.self) { try predictor.sample(1, given: .init(label: 2)) }
        #expect(throws: StrataError.self) {
            try predictor.sample(1, given: .init(values: [0, 0], mask: [1, 1]))
        }
    }
}
