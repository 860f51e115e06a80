import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataReference
import StrataTraining
import Testing

@testable import StrataModels

/// Learning from many examples and few labels.
@Suite struct SemiSupervisedTests {
    private let network = Architecture(hidden: [5], initialization: .standard)

    // MARK: The bound

    /// With the class summed out, Σ q(y | x) (L(x, y) − log q(y | x)), from the bounds of a conditional autoencoder of the
    /// same weights, whose posteriors are so narrow that no draw matters.
    @Test(arguments: [[0, 0, 0], [2, -1, 0.5], [80, 0, 0]] as [[Float]])
    func theClassIsSummedOut(_ logits: [Float]) throws {
        let session = try SmallMachine.session()
        let model = SemiSupervisedAutoencoder(shape: [4], classes: 3, architecture: network, latent: 2)
        let conditional = ConditionalVariationalAutoencoder(shape: [4], classes: 3, network: network, latent: 2)
        try session.create(model.variables)
        try session.create(conditional.variables)
        func set(_ name: String, _ values: [Float]) throws {
            try values.withUnsafeBytes { try session.writeVariable(name, $0) }
        }
        try set("classifier.1.weight", [Float](repeating: 0, count: 15))
        try set("classifier.1.bias", logits)
        try set("log_variance.weight", [Float](repeating: 0, count: 10))
        try set("log_variance.bias", [-30, -30])
        let x = Tensor.literal([0, 1, 0.5, 1, 1, 0, 0.2, 0] as [Float], [2, 4])
        func elbo(_ model: any Model, _ label: Float) throws -> [Float] {
            let batch = Batch(examples: x, labels: Tensor.constant(label, [2]).cast(to: .int32))
            let metric = try #require(
                model.evaluation(batch, key: SmallMachine.key).first { $0.name == "elbo" })
            let values = metric.subtrahend.map { metric.values - $0 } ?? metric.values
            let function = try session.prepare(Graph(outputs: [("elbo", values)]))
            try function.write(Session.keyName, [1, 2] as [Int32])
            try function.run()
            return try function.read("elbo")
        }
        let given = try (0..<3).map { try elbo(conditional, Float($0)) }
        #expect(given[0] != given[1])
        let total = logarithm(logits.reduce(0) { $0 + exponential(Double($1)) })
        let found = try elbo(model, 0)
        for row in 0..<2 {
            let exact = (0..<3).reduce(0.0) { sum, label in
                let logProbability = Double(logits[label]) - total
                return sum + exponential(logProbability)
                    * (Double(given[label][row]) - logarithm(3) - logProbability)
            }
            #expect(abs(Double(found[row]) - exact) < 1e-4, "\(found) \(exact)")
        }
    }

    // MARK: Learning

    private func trained(
        labels: Int?, _ settings: [String: String] = [:]
    ) throws -> (model: any Model, session: Session, last: [MetricValue]) {
        let (data, session) = (try Stripes.dataSet(), try SmallMachine.session())
        let description = SemiSupervisedAutoencoder.description
        let small = ["hidden": "12", "latent": "2", "labelled": "4"].merging(settings) { $1 }
        let model = try description.build(
            data.spec, Hyperparameters(description.hyperparameters, small))
        let trainer = try Trainer(
            model: model, optimizer: .adam(0.01), data: data, session: session,
            configuration: TrainingConfiguration(epochs: 40, batchSize: 20, seed: 1, labels: labels))
        var last: [MetricValue] = []
        while let event = try trainer.nextEvent() { if case .epoch(let report) = event { last = report.test } }
        return (model, session, last)
    }

    /// One label of each class names both; all parts of an example are told from it and put together again.
    @Test(arguments: [2, nil]) func fewLabelsNameTheClasses(_ labels: Int?) throws {
        let (model, session, last) = try trained(labels: labels)
        #expect(try #require(last.first { $0.name == "accuracy" }).value == 1, "\(last)")
        let predictor = try Predictor(model, features: 36, session: session)
        let images = try Stripes.dataSet().test.values(0..<6)
        let (codes, size) = try predictor.encode(images)
        #expect(size == 4)
        let restored = try predictor.decode(codes)
        for row in 0..<6 {
            #expect(codes[4 * row + 2..<4 * row + 4].elementsEqual(row.isMultiple(of: 2) ? [1, 0] : [0, 1]))
            #expect(Stripes.isOfRows(restored[36 * row..<36 * row + 36]) == row.isMultiple(of: 2))
        }
        for label in 0..<2 {
            let samples = try predictor.sample(4, seed: 3, given: .init(label: label))
            for row in 0..<4 { #expect(Stripes.isOfRows(samples[36 * row..<36 * row + 36]) == (label == 0)) }
        }
    }

    @Test func otherNetworksAndDecodersLearn() throws {
        for settings in [["network": "conv", "channels": "4"], ["decoder": "learned-gaussian"]] {
            let given = settings["network"] == nil ? settings : settings.merging(["latent": "2"]) { $1 }
            let (data, session) = (try Stripes.dataSet(), try SmallMachine.session())
            let description = SemiSupervisedAutoencoder.description
            let model = try description.build(data.spec, Hyperparameters(description.hyperparameters, given))
            let trainer = try Trainer(
                model: model, optimizer: .adam(0.003), data: data, session: session,
                configuration: TrainingConfiguration(epochs: 10, batchSize: 20, seed: 1, labels: 4))
            var elbos: [Float] = []
            while let event = try trainer.nextEvent() {
                if case .epoch(let report) = event { elbos.append(try #require(report.test.first).value) }
            }
            #expect(elbos[9] > elbos[0] + 1, "\(settings) \(elbos)")
        }
    }

    @Test func dataWithoutLabelsAreRefused() throws {
        let description = SemiSupervisedAutoencoder.description
        let settings = try Hyperparameters(description.hyperparameters, [:])
        for classes in 0..<2 {
            #expect(throws: StrataError.self) {
                _ = try description.build(DataSpec(features: 4, classes: classes), settings)
            }
        }
    }

    // MARK: Labelled examples besides a batch

    /// Counts how often each example is among the labelled ones of a step.
    private struct Counting: Model {
        static let counts = StateVariable("counts", [9], initializer: .zeros)
        let size: Int
        var variables: [StateVariable] { [Self.counts] }
        var criterion: Criterion { .minimize("drawn") }
        func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [] }
        var phases: [TrainingPhase] {
            var phase = TrainingPhase(statistics: { _, context in
                guard let known = context.labelled else { return .init([(Self.counts, .missingLabels())]) }
                let own = Tensor.iota([size, 9], axis: 1).equal((known.examples * 255).rounded())
                return .init([(Self.counts, Self.counts.tensor + own.sum([0]))])
            })
            phase.labelledExamples = size
            return [phase]
        }
    }

    private func counts(labels: Int?, memory: Int? = nil) throws -> (counts: [Float], known: [Int32]) {
        let split = try DataSplit(
            dtype: .uint8, exampleShape: [1], bytes: (0..<9).map { UInt8($0) }, count: 9,
            labels: Labels(values: (0..<9).map { Int32($0 % 3) }, classNames: ["a", "b", "c"]))
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()))
        let trainer = try Trainer(
            model: Counting(size: 4), optimizer: .sgd(), data: DataSet(name: "nine", train: split, test: split),
            session: session,
            configuration: TrainingConfiguration(epochs: 30, batchSize: 3, seed: 2, labels: labels, memory: memory))
        for _ in 0..<90 { try trainer.trainStep() }
        return (
            try #require(try trainer.checkpoint().variables["counts"]).floats, try split.withLabels(labels, seed: 2)
        )
    }

    /// Only those whose labels may be used, and each of them as often as another.
    @Test(arguments: [3, 4, nil]) func theyAreThoseWithLabels(_ labels: Int?) throws {
        let (counts, known) = try counts(labels: labels)
        #expect(counts.reduce(0, +) == 360)
        for (example, count) in counts.enumerated() {
            guard known.contains(Int32(example)) else {
                #expect(count == 0)
                continue
            }
            let mean = 360 / Float(known.count)
            #expect(abs(count - mean) < 5 * mean.squareRoot(), "\(counts)")
        }
    }

    /// The examples may be read from the disk, but not the labelled ones.
    @Test func theyMustFitInMemory() throws {
        #expect(try counts(labels: 3, memory: 20).counts.reduce(0, +) == 360)
        let error = #expect(throws: StrataError.self) { try self.counts(labels: 9, memory: 20) }
        #expect(error?.message.contains("9 labelled examples") == true, "\(String(describing: error))")
    }
}
