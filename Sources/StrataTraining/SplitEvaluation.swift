import StrataBackend
import StrataCompiler
import StrataGraph
import StrataModels

/// The evaluation of a model on one split, batch by batch.
final class SplitEvaluation {
    private let model: any Model
    private let source: any BatchSource
    private let session: Session
    private var steps: [Int: PreparedStep] = [:]
    private var totals: [MetricTotal] = []

    /// Examples in a step; it only bounds memory.
    private static let batch = 500
    private static let accumulator = MetricAccumulator.evaluation

    init(_ model: any Model, on source: any BatchSource, session: Session) {
        self.model = model
        self.source = source
        self.session = session
    }

    /// Means of the model's metrics over the split; empty for a split without examples. Throws `notFinite` where one is NaN or
    /// infinite; `place` completes the message.
    func metrics(seed: UInt32, place: String) throws -> [MetricValue] {
        guard source.count > 0 else { return [] }
        try source.begin(epoch: 0, order: (0..<Int32(source.count)).map { $0 }, batchSize: Self.batch)
        var number = 0
        for start in stride(from: 0, to: source.count, by: Self.batch) {
            let size = min(Self.batch, source.count - start)
            let step = try prepared(size)
            if start == 0 { try Self.accumulator.reset(totals, in: session) }
            number += 1
            try step.run(source, from: start, size: size, seed: seed, number: number)
        }
        let (values, badStep) = try Self.accumulator.read(totals, count: source.count, in: session)
        guard badStep == 0 else {
            throw StrataError(.notFinite, "\(values.notFiniteNames) became NaN or infinite \(place)")
        }
        return values
    }

    private func prepared(_ size: Int) throws -> PreparedStep {
        if let known = steps[size] { return known }
        let (key, step) = TrainingGraph.keyAndStep()
        let batch = source.batch(size)
        let metrics = model.evaluation(batch, key: RandomKey(key).named("evaluation"))
        let sums = Self.accumulator.updates(metrics, count: size, step: step, weights: batch.weights)
        totals = Self.accumulator.totals(metrics)
        let graph = try Graph(outputs: [], updates: sums.map { ($0.variable, $0.value) })
        let prepared = PreparedStep(try session.prepare(graph), inputs: source.inputs)
        steps[size] = prepared
        return prepared
    }
}

extension [MetricValue] {
    /// The names of those that are NaN or infinite.
    var notFiniteNames: String {
        let names = filter { !$0.value.isFinite }.map(\.name)
        return names.isEmpty ? "a metric" : names.joined(separator: " and ")
    }
}
