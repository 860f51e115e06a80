public import StrataBackend
import StrataCompiler
public import StrataData
import StrataModels
import StrataTraining

/// The evaluation of a classifier on a stream: each batch is first predicted and then learned from (Dawid, "Present position and
/// potential developments: the prequential approach", 1984; Gama, Sebastião and Rodrigues, "On evaluating stream learning
/// algorithms", 2013).
public struct PrequentialEvaluation: Sendable {
    /// How a classifier goes on after its start.
    public enum Policy: String, Sendable, Hashable, CaseIterable {
        /// It stays as it was.
        case frozen
        /// It learns from each batch, from where it is.
        case warmStarted = "warm-started"
        /// It does, and begins anew with the latest examples where the detector says that its errors have become more.
        case restarted
    }

    /// The classifier; the steps are those of each start.
    public var model: Contestant
    /// What watches the errors of a classifier that is restarted.
    public var detector = DriftDetectorName.adwin
    /// Examples that are predicted, and learned from, at once.
    public var batch = 100
    /// Steps on each batch.
    public var passes = 1
    /// Examples that the start learns from; nothing before is predicted.
    public var warmup = 1000
    /// The latest examples that a restart learns from.
    public var window = 1000

    /// An evaluation of standard settings. Nothing is checked here: `run` throws `usage`.
    public init(_ model: Contestant) { self.model = model }

    /// What became of one classifier.
    public struct Course: Sendable, Hashable {
        /// Whether each example after the warm-up was predicted rightly.
        public var isRight: [Bool]
        /// The examples, counted from the first of the stream, after which it was restarted.
        public var restarts: [Int]

        /// A course as it was found. Nothing is checked.
        public init(isRight: [Bool], restarts: [Int] = []) { (self.isRight, self.restarts) = (isRight, restarts) }

        /// The share that was right.
        public var accuracy: Double { isRight.share }

        /// The accuracies of parts of the stream that are all as long, but for rounding; none of less than one part.
        public func accuracies(parts: Int) -> [Double] {
            (0..<max(min(parts, isRight.count), 0)).map { part in
                let parts = min(parts, isRight.count)
                let range = part * isRight.count / parts..<(part + 1) * isRight.count / parts
                return Array(isRight[range]).share
            }
        }
    }

    /// What needs no model: to predict the class of the example before, and that which was most frequent so far.
    public func baselines(_ labels: [Int32]) -> (noChange: Course, majority: Course) {
        var counts: [Int32: Int] = [:]
        var (same, most): ([Bool], [Bool]) = ([], [])
        for (place, label) in labels.enumerated() {
            if place >= warmup {
                same.append(place > 0 && labels[place - 1] == label)
                let leading = counts.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key
                most.append(leading == label)
            }
            counts[label, default: 0] += 1
        }
        return (Course(isRight: same), Course(isRight: most))
    }

    /// A classifier along the stream, whose examples are in the order of time. `nil` where `report` gave false.
    ///
    /// Throws `usage` for numbers that cannot be, `data` for a stream without classes or one that is too short, `unsupported`
    /// for a model that tells none or learns in stages.
    ///
    /// - `report`: Told the examples that are done.
    public func run(
        _ policy: Policy, on stream: DataSplit, name: String, backend: any Backend, seed: UInt32,
        report: (Int) -> Bool = { _ in true }
    ) throws -> Course? {
        let labels = try check(stream, name)
        var learner = try Learner(
            self, stream, name, backend, seed, from: warmup, learningFrom: 0..<warmup, goesOn: policy != .frozen)
        var (watch, isRight, restarts): (any DriftDetector, [Bool], [Int]) = (detector.detector, [], [])
        for start in stride(from: warmup, to: stream.count, by: batch) {
            let rows = start..<min(start + batch, stream.count)
            let found = try learner.classes(of: rows)
            let areRight = zip(found, labels[rows]).map { $0 == Int($1) }
            isRight += areRight
            guard report(rows.upperBound) else { return nil }
            guard policy != .frozen, rows.count == batch, rows.upperBound < stream.count else { continue }
            var isAlarmed = false
            if policy == .restarted {
                for isRight in areRight where watch.add(isRight ? 0 : 1) == .rise { isAlarmed = true }
            }
            guard isAlarmed else {
                try learner.learn()
                continue
            }
            restarts.append(rows.upperBound)
            watch = detector.detector
            learner = try Learner(
                self, stream, name, backend, seed &+ UInt32(restarts.count), from: rows.upperBound,
                learningFrom: max(rows.upperBound - window, 0)..<rows.upperBound, goesOn: true)
        }
        return Course(isRight: isRight, restarts: restarts)
    }

    private func check(_ stream: DataSplit, _ name: String) throws -> [Int32] {
        let limits = [
            ("batch", batch, 100_000), ("passes", passes, 1000), ("warmup", warmup, 10_000_000),
            ("window", window, 10_000_000),
        ]
        for (parameter, value, limit) in limits where !(1...limit).contains(value) {
            throw StrataError(parameter: parameter, value, "expected a number from 1 to \(limit)")
        }
        try model.check()
        guard let labels = stream.labels, labels.classNames.count > 1 else {
            throw StrataError(.data, "'\(name)' has no classes that could be predicted")
        }
        guard stream.count > warmup else {
            throw StrataError(
                parameter: "warmup", warmup,
                "the stream has \(stream.count) examples, and none would be left to predict")
        }
        return labels.values
    }
}

/// A classifier that has learned from some examples and goes on with those that follow.
private final class Learner {
    private let stream: DataSplit
    private let trainer: Trainer
    private let predictor: Predictor
    private let passes: Int

    /// - Parameters:
    ///   - start: The first example that it has not seen.
    ///   - known: The examples that it begins with, at random and as often as its steps take.
    ///   - goesOn: Whether it is to learn from what follows.
    init(
        _ evaluation: PrequentialEvaluation, _ stream: DataSplit, _ name: String, _ backend: any Backend,
        _ seed: UInt32,
        from start: Int, learningFrom known: Range<Int>, goesOn: Bool
    ) throws {
        let (contestant, batch) = (evaluation.model, evaluation.batch)
        var places: [Int32] = []
        var round: UInt32 = 0
        while places.count < contestant.steps * batch {
            places += Threefry.permutation(count: known.count, seed: seed, epoch: round).map {
                $0 + Int32(known.lowerBound)
            }
            round += 1
        }
        places.removeLast(places.count - contestant.steps * batch)
        if goesOn {
            // Batch after batch, each as often as there are passes.
            for first in stride(from: start, through: stream.count - batch, by: batch) {
                for _ in 0..<evaluation.passes { places += (first..<first + batch).map { Int32($0) } }
            }
        }
        let whole = try DataSet(name: name, train: stream, test: stream.subset([]))
        let model = try contestant.description.build(whole.spec, contestant.settings)
        guard let choice = contestant.description.optimizer, model.phases.count == 1 else {
            throw StrataError(
                .unsupported, "\(contestant.description.name) learns in stages, and cannot go on with a stream")
        }
        let session = Session(backend: backend, seed: seed)
        trainer = try Trainer(
            model: model, optimizer: choice.optimizer(),
            data: DataSet(name: name, train: stream.subset(places), test: stream.subset([])), session: session,
            configuration: TrainingConfiguration(epochs: 1, batchSize: batch, seed: seed, isShuffled: false))
        for _ in 0..<contestant.steps { try trainer.trainStep() }
        predictor = try Predictor(model, features: stream.exampleShape.elementCount, session: session)
        (self.stream, passes) = (stream, evaluation.passes)
    }

    func classes(of rows: Range<Int>) throws -> [Int] { try predictor.classes(of: stream.values(rows)).classes }

    /// Learns from the next batch.
    func learn() throws {
        for _ in 0..<passes { try trainer.trainStep() }
        // A rate that is too high is told before it is evaluated.
        _ = try trainer.trainingMetrics()
    }
}

extension [Bool] {
    /// How many are true; 0 of none.
    fileprivate var share: Double { Double(count { $0 }) / Double(Swift.max(count, 1)) }
}
