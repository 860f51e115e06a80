/// What a trainer tells as it goes.
public enum TrainingEvent: Sendable {
    /// Now and then within an epoch.
    case progress(TrainingProgress)
    /// After an epoch, with an evaluation on the test split.
    case epoch(EpochReport)
}

/// Where a trainer is, and how it has done since the epoch began.
public struct TrainingProgress: Sendable {
    /// From 1.
    public var epoch: Int
    /// Batches of this epoch that are done, and all of them.
    public var batch: Int
    public var batchCount: Int
    /// Training steps since the very start.
    public var step: Int
    /// Means over the epoch so far.
    public var metrics: [MetricValue]
    /// Since the last report.
    public var examplesPerSecond: Double
}

public struct EpochReport: Sendable {
    /// From 1.
    public var epoch: Int
    public var step: Int
    /// Means over the epoch's batches as they were trained on, and over the test split afterwards.
    public var train: [MetricValue]
    public var test: [MetricValue]
    /// Of training, without the evaluation.
    public var seconds: Double
    /// The median time of a step, from stretches of steps between reports.
    public var medianStepMilliseconds: Double
}

/// A metric as a number.
public struct MetricValue: Sendable, Hashable {
    public var name: String
    public var value: Float
}
