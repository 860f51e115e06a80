/// What a trainer reports as it goes.
public enum TrainingEvent: Sendable {
    /// Now and then within an epoch.
    case progress(TrainingProgress)
    /// After an epoch, with an evaluation on the validation and the test split.
    case epoch(EpochReport)
}

/// The position of a trainer, and its metrics since the epoch began.
public struct TrainingProgress: Sendable {
    /// From 1.
    public var epoch: Int
    /// Batches of this epoch that are done.
    public var batch: Int
    /// All batches of this epoch.
    public var batchCount: Int
    /// Training steps since the very start.
    public var step: Int
    /// Means over the epoch so far.
    public var metrics: [MetricValue]
    /// Since the last report.
    public var examplesPerSecond: Double
}

/// The results of one epoch.
public struct EpochReport: Sendable {
    /// From 1.
    public var epoch: Int
    /// Training steps since the very start, those of this epoch among them.
    public var step: Int
    /// Means over the epoch's batches as they were trained on.
    public var train: [MetricValue]
    /// Means over the validation split after the epoch; empty where there is none.
    public var validation: [MetricValue]
    /// Means over the test split after the epoch.
    public var test: [MetricValue]
    /// Whether the criterion of the validation split is better than after all epochs before; `false` without one.
    public var isBest: Bool
    /// Of training, without the evaluation.
    public var seconds: Double
    /// The median time of a step, from groups of steps between reports.
    public var medianStepMilliseconds: Double

    /// What its metrics say that a user should be told, each once.
    public var warnings: [String] { Set((train + validation + test).compactMap(\.warning)).sorted() }
}

/// A metric as a number.
public struct MetricValue: Sendable, Hashable {
    /// The name in messages and `metrics.jsonl`, such as `loss` or `accuracy`.
    public var name: String
    /// The metric over the examples of the pass, as a rule a mean of theirs.
    public var value: Float
    /// What a user should be told of the value, where it says that something went wrong.
    public var warning: String?

    /// A metric of a name and a value, which may be NaN or infinite.
    public init(name: String, value: Float, warning: String? = nil) {
        self.name = name
        self.value = value
        self.warning = warning
    }
}
