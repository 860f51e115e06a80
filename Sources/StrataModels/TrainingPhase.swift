import StrataGraph
public import StrataNN

/// A stretch of epochs that are alike.
///
/// Most models have a single phase, for as long as the user asks. A model that is fitted rather than descended adds up
/// statistics in its steps and draws its conclusions at the end of the epoch; a stack that is trained layer by layer
/// has a phase for each.
public struct TrainingPhase: Sendable {
    /// The epochs it takes; `nil` for as many as the user asks.
    public var epochs: Int?
    /// Whether its batches are of examples whose labels or targets may be used.
    public var needsLabels: Bool
    /// The step's number in the context counts from the start of the phase.
    public var step: @Sendable (Batch, StepContext) -> TrainingStep
    /// What follows each of its epochs, without any examples.
    public var conclusions: @Sendable (StepContext) -> [Conclusion]
    /// What to do if its numbers stop being finite.
    public var advice: String

    public init(
        epochs: Int? = nil, needsLabels: Bool = false, advice: String = "try a lower --learning-rate",
        step: @escaping @Sendable (Batch, StepContext) -> TrainingStep,
        conclusions: @escaping @Sendable (StepContext) -> [Conclusion] = { _ in [] }
    ) {
        self.epochs = epochs
        self.needsLabels = needsLabels
        self.step = step
        self.conclusions = conclusions
        self.advice = advice
    }

    /// The phase as a part of another model's training: on batches that are made for it, in a context of its own, and
    /// for so many epochs where it does not say itself.
    func adapted(
        epochs: Int?, advice: String, batch: @escaping @Sendable (Batch) -> Batch = { $0 },
        context: @escaping @Sendable (StepContext) -> StepContext
    ) -> TrainingPhase {
        TrainingPhase(
            epochs: self.epochs ?? epochs, needsLabels: needsLabels, advice: advice,
            step: { [step] in step(batch($0), context($1)) },
            conclusions: { [conclusions] in conclusions(context($0)) })
    }
}

/// Updates that follow an epoch: run once, or over and over such as the iterations of an EM algorithm on statistics.
public struct Conclusion: Sendable {
    public var updates: Updates
    public var runs: Int

    public init(_ updates: Updates, runs: Int = 1) {
        self.updates = updates
        self.runs = runs
    }
}

extension Model {
    public var phases: [TrainingPhase] { [TrainingPhase(step: trainingStep)] }
    public var fewestExamples: Int { 1 }
}
