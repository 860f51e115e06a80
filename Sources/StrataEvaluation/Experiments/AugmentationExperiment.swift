public import StrataBackend
import StrataCompiler
public import StrataData
import StrataModels
import StrataTraining

/// What samples of a generative model are worth to a classifier that has few labels: the same classifier is trained on the
/// labelled examples alone, and on these and samples of a model that has learned from nothing but them (Ravuri and Vinyals,
/// "Classification accuracy score for conditional generative models", 2019, where the labels are many).
///
/// Both are trained for as many steps, from the same seed; what differs is only what they see. Each seed draws labelled
/// examples of its own, so that differences are in pairs.
public struct AugmentationExperiment: Sendable {
    /// What samples a class.
    public var sampler: Contestant
    /// What learns from the samples.
    public var classifier: Contestant
    /// Training examples whose labels may be used; nothing is learned from any other.
    public var labels: Int
    /// Samples for each labelled example, of its class.
    public var copies: Int
    /// Seeds of the choice of labels, the initial weights and every draw.
    public var seeds: [UInt32]

    /// An experiment with 100 labels, ten samples for each, and five seeds by default. Nothing is checked here: `run` throws
    /// `usage`.
    public init(
        sampler: Contestant, classifier: Contestant, labels: Int = 100, copies: Int = 10,
        seeds: [UInt32] = [0, 1, 2, 3, 4]
    ) {
        (self.sampler, self.classifier, self.labels, self.copies, self.seeds) =
            (sampler, classifier, labels, copies, seeds)
    }

    /// The accuracies of a pair of classifiers on the test examples.
    public struct Outcome: Sendable, Hashable {
        /// The seed of both.
        public var seed: UInt32
        /// Of the one that saw the labelled examples alone.
        public var alone: Double
        /// Of the one that saw samples, too.
        public var augmented: Double
    }

    /// The means of the accuracies, and of their differences.
    public static func means(of outcomes: [Outcome]) -> (
        alone: MeanOverSeeds, augmented: MeanOverSeeds, gain: MeanOverSeeds
    ) {
        (
            MeanOverSeeds(outcomes.map(\.alone)), MeanOverSeeds(outcomes.map(\.augmented)),
            MeanOverSeeds(outcomes.map { $0.augmented - $0.alone })
        )
    }

    /// Trains seed after seed, and reports each pair as it is done. Stops where `report` gives false.
    ///
    /// Throws `usage` for numbers that cannot be, `data` for data without labels, `unsupported` for a sampler that knows no
    /// classes or a classifier that tells none.
    public func run(on data: DataSet, backend: any Backend, report: (Outcome) throws -> Bool) throws {
        guard data.classNames != nil else { throw StrataError(.data, "'\(data.name)' has no labels to learn from") }
        guard data.test.count > 0 else { throw StrataError(.data, "'\(data.name)' has no test examples") }
        guard (1...10_000).contains(copies) else {
            throw StrataError(parameter: "copies", copies, "expected a number from 1 to 10000")
        }
        try sampler.check("samplerSteps")
        try classifier.check()
        let test = try floats(data.test)
        for seed in seeds {
            let few = try data.train.subset(data.train.withLabels(labels, seed: seed))
            let known = try DataSet(name: data.name, train: floats(few), test: test)
            let samples = try samples(like: few, of: DataSet(name: data.name, train: few, test: few), backend, seed)
            let more = try DataSet(name: data.name, train: floats(few, and: samples), test: test)
            let outcome = Outcome(
                seed: seed, alone: try accuracy(on: known, backend, seed),
                augmented: try accuracy(on: more, backend, seed))
            guard try report(outcome) else { return }
        }
    }

    /// Samples of a model that learns from some examples, of the classes that these have: values and labels.
    private func samples(
        like few: DataSplit, of known: DataSet, _ backend: any Backend, _ seed: UInt32
    ) throws -> (values: [Float], labels: [Int32]) {
        let session = Session(backend: backend, seed: seed)
        let trainer = try sampler.trained(on: known, session, seed)
        guard let model = trainer.model as? any ClampedSamplingModel, model.labelClasses > 0 else {
            throw StrataError(
                .unsupported, "this \(sampler.description.name) samples no class; a conditional model is needed")
        }
        let predictor = try Predictor(model, features: few.exampleShape.elementCount, session: session)
        var (values, labels): ([Float], [Int32]) = ([], [])
        let own = few.labels?.values ?? []
        for label in Set(own).sorted() {
            let count = own.count { $0 == label } * copies
            values += try predictor.sample(count, seed: seed &+ UInt32(label) &* 7919, given: .init(label: Int(label)))
            labels += [Int32](repeating: label, count: count)
        }
        guard values.allSatisfy(\.isFinite) else {
            throw StrataError(.notFinite, "\(sampler.description.name): its samples became NaN or infinite")
        }
        return (values, labels)
    }

    private func accuracy(on data: DataSet, _ backend: any Backend, _ seed: UInt32) throws -> Double {
        let trainer = try classifier.trained(on: data, Session(backend: backend, seed: seed), seed)
        guard let accuracy = try trainer.evaluate().first(where: { $0.name == "accuracy" }) else {
            throw StrataError(.unsupported, "\(classifier.description.name) tells no accuracy, as a classifier does")
        }
        return Double(accuracy.value)
    }

    /// Examples as models see them, with samples after them.
    private func floats(
        _ split: DataSplit, and samples: (values: [Float], labels: [Int32]) = ([], [])
    ) throws -> DataSplit {
        let values = try split.values(0..<split.count) + samples.values
        let labels = Labels(
            values: (split.labels?.values ?? []) + samples.labels, classNames: split.labels?.classNames ?? [])
        return try DataSplit(
            dtype: .float32, exampleShape: split.exampleShape, bytes: values.withUnsafeBytes(Array.init),
            count: split.count + samples.labels.count, labels: labels)
    }
}
