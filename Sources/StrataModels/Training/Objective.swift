public import StrataBackend
public import StrataGraph
public import StrataNN

/// What a move descends on: a named loss, or gradients that a model computes by itself; with metrics and updates besides.
public struct Objective: Sendable {
    /// What is minimized, a value for each example or a mean already; `nil` where gradients are given.
    public private(set) var loss: Metric?
    /// A scalar that is added to the loss, such as a penalty on codes or weights.
    public var penalty: Tensor?
    /// The gradients of the move's parameters, in their order, where they are no gradient of a loss.
    public private(set) var gradients: [Tensor]?
    /// What is reported of the batch; the loss only where it is among them.
    public var metrics: [Metric]
    /// The next values of other variables: running averages, Markov chains.
    public var updates: Updates

    /// A loss to descend on, with a scalar added to its mean where there is a penalty.
    public init(_ loss: Metric, penalty: Tensor? = nil, metrics: [Metric], updates: Updates = []) {
        self.loss = loss
        self.penalty = penalty
        self.metrics = metrics
        self.updates = updates
    }

    /// A direction of descent that follows no loss, such as the statistics of contrastive divergence.
    public init(gradients: [Tensor], metrics: [Metric], updates: Updates = []) {
        self.gradients = gradients
        self.metrics = metrics
        self.updates = updates
    }

    /// The scalar that is minimized, with the penalty; weighted by [batch] where weights are given.
    public func value(weights: Tensor?) -> Tensor? {
        guard let loss else { return nil }
        guard let weights else { return penalty.map { loss.mean + $0 } ?? loss.mean }
        guard loss.isPerExample else {
            return .invalid("example weights: \(loss.name) has no value for each example to weigh")
        }
        let mean = loss.mean(weights: weights)
        return penalty.map { mean + $0 } ?? mean
    }
}

/// One of the updates that make up a step: which parameters move, and on which objective. A later move of the same step
/// faces the variables as the earlier ones have left them, and takes these for constants.
public struct Move: Sendable {
    /// What moves, but for those that the training's optimizer holds frozen.
    public var parameters: [StateVariable]
    /// How often it is made in a step, each time with draws of its own: the critic's steps of an adversarial game.
    public var repeats: Int
    /// Its own optimizer; that of the training where `nil`.
    public var optimizer: Optimizer?
    /// The values that parameters may have, as a function of those that the optimizer gives, such as clipped ones; `nil`
    /// for any.
    public var constraint: (@Sendable (Tensor) -> Tensor)?
    /// What it descends on, for a batch as the moves before have left the variables.
    public var objective: @Sendable (Batch, StepContext) -> Objective

    /// A move of parameters, made once in a step and by the training's optimizer where nothing else is given.
    public init(
        _ parameters: [StateVariable], repeats: Int = 1, optimizer: Optimizer? = nil,
        constraint: (@Sendable (Tensor) -> Tensor)? = nil,
        objective: @escaping @Sendable (Batch, StepContext) -> Objective
    ) {
        self.parameters = parameters
        self.repeats = repeats
        self.optimizer = optimizer
        self.constraint = constraint
        self.objective = objective
    }
}

/// What a step may use besides its batch.
public struct StepContext: Sendable {
    /// The step's randomness.
    public var key: RandomKey
    /// The number of the step in its phase, from 1, as a float scalar.
    public var step: Tensor
    /// How much of its phase was done before it, from 0 up to 1, as a float scalar.
    public var progress: Tensor
    /// First parts of the names of parameters that stay as they are.
    public var frozen: [String] = []
    /// Labelled examples besides the batch, as many as the phase asks for; `nil` where it asks for none.
    public var labelled: Batch?

    /// The randomness and the number of a step, which is a float scalar counted from 1, and how far training has come, by
    /// default to its beginning.
    public init(key: RandomKey, step: Tensor, progress: Tensor = .constant(0, []), labelled: Batch? = nil) {
        self.key = key
        self.step = step
        self.progress = progress
        self.labelled = labelled
    }

    /// A pass of training with the step's randomness, or with what a part of the model draws from.
    public func pass(_ key: RandomKey? = nil) -> Pass { .training(key ?? self.key, frozen: frozen) }

    /// The same step with other randomness, and with labelled examples as `labelled` makes them.
    func adapted(key: RandomKey, labelled change: (Batch) -> Batch = { $0 }) -> StepContext {
        var context = self
        context.key = key
        context.labelled = labelled.map(change)
        return context
    }
}
