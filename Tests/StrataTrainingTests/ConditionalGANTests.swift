import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataReference
import StrataTraining
import Testing

@testable import StrataModels

/// Classes and values of adversarial networks.
@Suite struct ConditionalGANTests {
    private let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)

    private func build(_ spec: DataSpec, _ typed: [String: String]) throws -> GenerativeAdversarialNetwork {
        let description = GenerativeAdversarialNetwork.description
        let model = try description.build(spec, Hyperparameters(description.hyperparameters, typed))
        return try #require(model as? GenerativeAdversarialNetwork)
    }

    private func set(_ classes: [[Float]], count: Int = 64) throws -> DataSet {
        let values = (0..<count).flatMap { classes[$0 % classes.count] }
        let split = try DataSplit(
            dtype: .float32, exampleShape: [classes[0].count], bytes: values.withUnsafeBytes(Array.init), count: count,
            labels: Labels(
                values: (0..<count).map { Int32($0 % classes.count) }, classNames: classes.indices.map(String.init)))
        return try DataSet(name: "classes", train: split, test: split)
    }

    /// Two classes at two places far from 0: samples of each are where it is.
    @Test func samplesAreOfTheirClass() throws {
        let classes: [[Float]] = [[100, 200], [140, 180]]
        let data = try set(classes)
        let model = try build(
            data.spec,
            [
                "noise": "2", "generator": "16", "discriminator": "16", "conditional": "true", "loss": "relativistic",
            ])
        let trainer = try Trainer(
            model: model, optimizer: .adam(1e-2), data: data, session: session,
            configuration: TrainingConfiguration(epochs: 150, batchSize: 64))
        for _ in 0..<150 { try trainer.trainStep() }
        let predictor = try Predictor(model, features: 2, session: session)
        func expect(_ samples: [Float], at place: [Float]) {
            for axis in 0..<2 {
                let own = stride(from: axis, to: samples.count, by: 2).map { samples[$0] }
                #expect(abs(own.reduce(0, +) / Float(own.count) - place[axis]) < 8, "\(own.prefix(9)) \(place)")
            }
        }
        for (label, place) in classes.enumerated() {
            expect(try predictor.sample(64, seed: 3, given: .init(label: label)), at: place)
        }
        // Without a class, each in turn; and of a code, the class with the largest number.
        let samples = try predictor.sample(128, seed: 3)
        for (label, place) in classes.enumerated() {
            expect(samples.indices.filter { $0 / 2 % 2 == label }.map { samples[$0] }, at: place)
            let codes: [Float] = (0..<8).flatMap { [Float($0) / 8, -0.5, label == 0 ? 0.3 : 0.1, 0.2] }
            expect(try predictor.decode(codes), at: place)
        }
        #expect(model.codeSize == 4)
        #expect(throws: StrataError.self) { try predictor.sample(1, given: .init(label: 2)) }
    }

    /// w·h + b + (V c)·h, by hand.
    @Test func theProjectionIsTheFormula() throws {
        let network = Network("d", input: [2], condition: 3, ConditionalProjection())
        #expect(network.parameters.map(\.name) == ["d.condition.weight", "d.weight", "d.bias"])
        var pass = Pass.evaluation
        let h = Tensor.literal([1, 2] as [Float], [1, 2])
        let c = Tensor.literal([0, 1, 0] as [Float], [1, 3])
        let output = network(h, given: c, &pass).substituting([
            "d.condition.weight": .literal([9, 3, 9, 9, 4, 9] as [Float], [2, 3]),
            "d.weight": .literal([0.5, 0.25] as [Float], [1, 2]), "d.bias": .literal([7] as [Float], [1]),
        ])
        let function = try session.prepare(Graph(outputs: [("y", output)]))
        try function.run()
        #expect(try function.read("y") == [0.5 + 0.5 + 7 + 3 + 8])
        #expect(throws: StrataError.self) { try Graph(outputs: [("y", network(h))]) }
    }

    @Test func theEndOfTheGeneratorFollowsTheValues() throws {
        let bright = try build(set([[0, 0.25], [1, 0.5]]).spec, [:])
        #expect(bright.scale == .brightness && bright.domain?.range == 0...1)
        let numbers = try build(set([[-4, 0.25], [2, 8]]).spec, [:])
        #expect(numbers.scale == .numbers(-4...8) && numbers.domain == nil)
        // An image on another scale is told from no image by nothing.
        let images = try DataSplit(
            dtype: .float32, exampleShape: [2, 2], bytes: [0, 3, 2, 255 as Float].withUnsafeBytes(Array.init), count: 1)
        let data = try DataSet(name: "dark", train: images, test: images)
        let model = try build(data.spec, [:])
        let error = #expect(throws: StrataError.self) {
            try Trainer(
                model: model, optimizer: .adam(), data: data, session: session, configuration: .init(batchSize: 1))
        }
        #expect(error?.kind == .data && error?.message.contains("brightness") == true)
        // Numbers and back, also where they are all the same or as large as can be.
        for range: ClosedRange<Float> in [-4...8, 3...3, -3e38...3e38] {
            let scale = ExampleScale.numbers(range)
            let x = Tensor.literal([range.lowerBound, range.upperBound], [2])
            let function = try session.prepare(
                Graph(outputs: [("in", scale.inside(x)), ("out", scale.outside(scale.inside(x)))]))
            try function.run()
            let out = try function.read("out")
            #expect(abs(out[0] / range.lowerBound - 1) < 1e-6 && abs(out[1] / range.upperBound - 1) < 1e-6, "\(out)")
            #expect(try function.read("in").allSatisfy { abs($0) <= 1 })
        }
    }

    @Test func settingsThatDoNotGoTogetherAreRefused() throws {
        let spec = DataSpec(features: 36, shape: [6, 6])
        for (typed, part) in [
            (["loss": "wasserstein", "gradient-penalty": "0"], "has no minimum"),
            (["loss": "wasserstein", "normalization": "batch"], "normalization batch"),
            (["r1": "1", "normalization": "batch"], "take layer"), (["conditional": "true"], "learns from labels"),
            (["loss": "hinges"], "did you mean 'hinge'"),
        ] {
            let error = #expect(throws: StrataError.self, "\(typed)") { try build(spec, typed) }
            #expect(error?.message.contains(part) == true, "\(typed) \(error?.message ?? "")")
        }
        let one = DataSpec(features: 36, classes: 1, shape: [6, 6])
        #expect(throws: StrataError.self) { try build(one, ["conditional": "true"]) }
    }

    /// What a loss needs besides is its default, which gives way to what is typed.
    @Test func defaultsFollowTheLoss() throws {
        let declared = GenerativeAdversarialNetwork.description.hyperparameters
        func settings(_ typed: [String: String]) throws -> Hyperparameters { try Hyperparameters(declared, typed) }
        let plain = try settings([:])
        #expect(plain.real("gradient-penalty") == 0 && plain.integer("critic-steps") == 1 && plain.real("r1") == 0)
        let wasserstein = try settings(["loss": "wasserstein"])
        #expect(wasserstein.real("gradient-penalty") == 10 && wasserstein.integer("critic-steps") == 5)
        let clipped = try settings(["loss": "wasserstein", "clip-weights": "0.01", "critic-steps": "2"])
        #expect(clipped.real("gradient-penalty") == 0 && clipped.integer("critic-steps") == 2)
        let paired = try settings(["loss": "relativistic", "r2": "0"])
        #expect(paired.real("r1") == 1 && paired.real("r2") == 0)
        #expect(try settings(["loss": "hinge"]).flag("spectral-norm"))
        // A run keeps them as they were.
        #expect(try Hyperparameters(declared, [:], over: clipped.typed) == clipped)
    }
}
