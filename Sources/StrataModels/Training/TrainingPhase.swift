public import StrataGraph
public import StrataNN

/// A stage of training whose epochs are alike.
///
/// Most models have a single phase, for as long as the user asks. A model that is fitted rather than descended accumulates
/// statistics in its steps and updates itself at the end of the epoch; a stack that is trained layer by layer has a phase for
/// each layer.
public struct TrainingPhase: Sendable {
    /// The epochs it takes; `nil` for as many as the user asks.
    public var epochs: Int?
    /// Whether its batches are of examples whose labels or targets may be used.
    public var needsLabels: Bool
    /// Examples whose labels may be used that each step is given besides its batch (`StepContext.labelled`), drawn at
    /// random with replacement; 0 for none.
    public var labelledExamples = 0
    /// What to do if its numbers become NaN or infinite.
    public var hint: String
    /// What is done with each batch.
    public var step: Step
    /// The updates that follow each of its epochs, without any examples.
    public var epochEnd: @Sendable (StepContext) -> [EpochEndUpdate]

    /// One step of a phase.
    public enum Step: Sendable {
        /// Updates by gradients or the like, one after the other.
        case moves([Move])
        /// Updates without an optimizer, such as statistics of the examples.
        case statistics(@Sendable (Batch, StepContext) -> Statistics)
    }

    /// The next values of accumulated statistics, and metrics.
    public struct Statistics: Sendable {
        /// The next values of what is accumulated, from one batch to the next.
        public var updates: Updates
        /// What is reported of the batch.
        public var metrics: [Metric]

        /// Statistics with a batch added to them, without metrics where none are given.
        public init(_ updates: Updates, metrics: [Metric] = []) {
            self.updates = updates
            self.metrics = metrics
        }
    }

    /// A phase of moves.
    public init(
        epochs: Int? = nil, needsLabels: Bool = false, hint: String = "try a lower learning rate", moves: [Move],
        epochEnd: @escaping @Sendable (StepContext) -> [EpochEndUpdate] = { _ in [] }
    ) {
        self.epochs = epochs
        self.needsLabels = needsLabels
        self.hint = hint
        step = .moves(moves)
        self.epochEnd = epochEnd
    }

    /// A phase that descends on one objective.
    public init(
        moving parameters: [StateVariable], epochs: Int? = nil, needsLabels: Bool = false,
        objective: @escaping @Sendable (Batch, StepContext) -> Objective
    ) {
        self.init(epochs: epochs, needsLabels: needsLabels, moves: [Move(parameters, objective: objective)])
    }

    /// A phase that accumulates statistics.
    public init(
        epochs: Int? = nil, needsLabels: Bool = false, hint: String = "look for examples of extreme values",
        statistics: @escaping @Sendable (Batch, StepContext) -> Statistics,
        epochEnd: @escaping @Sendable (StepContext) -> [EpochEndUpdate] = { _ in [] }
    ) {
        self.epochs = epochs
        self.needsLabels = needsLabels
        self.hint = hint
        step = .statistics(statistics)
        self.epochEnd = epochEnd
    }

    /// Whether it learns from labels or targets, of all its examples or of some.
    public var usesLabels: Bool { needsLabels || labelledExamples > 0 }

    /// Whether it takes the optimizer of the training.
    public var usesOptimizer: Bool {
        if case .moves(let moves) = step { moves.contains { $0.optimizer == nil } } else { false }
    }

    /// The phase as a part of another model's training: on batches that are made for it, with draws and an optimizer of its
    /// own, and for so many epochs where it does not say itself.
    func adapted(
        epochs: Int?, hint: String, optimizer: Optimizer?, batch: @escaping @Sendable (Batch) -> Batch = { $0 },
        key: @escaping @Sendable (RandomKey) -> RandomKey
    ) -> TrainingPhase {
        @Sendable func own(_ context: StepContext) -> StepContext {
            context.adapted(key: key(context.key), labelled: batch)
        }
        var phase = self
        phase.epochs = self.epochs ?? epochs
        phase.hint = hint
        phase.epochEnd = { [epochEnd] in epochEnd(own($0)) }
        switch step {
        case .statistics(let statistics): phase.step = .statistics { statistics(batch($0), own($1)) }
        case .moves(let moves):
            phase.step = .moves(
                moves.map { move in
                    Move(
                        move.parameters, repeats: move.repeats, optimizer: move.optimizer ?? optimizer,
                        constraint: move.constraint
                    ) { move.objective(batch($0), own($1)) }
                })
        }
        return phase
    }
}

/// Updates that follow an epoch: made once, or over and over such as the iterations of an EM algorithm on statistics.
public struct EpochEndUpdate: Sendable {
    /// The next values of variables, all read as the run before has left them.
    public var updates: Updates
    /// How often they are made; 0 or fewer for not at all.
    public var repeats: Int

    /// Updates that are made once where nothing else is given.
    public init(_ updates: Updates, repeats: Int = 1) {
        self.updates = updates
        self.repeats = repeats
    }
}
