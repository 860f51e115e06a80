public import StrataGraph
public import StrataNN

/// Something that learns from examples.
///
/// A model is a value: hyperparameters and the names of its variables. It is asked for graphs and never sees a
/// backend, a data set or a loop. What else it can do it says by conforming to `EncodingModel`, `DecodingModel`,
/// `SamplingModel` or `EnergyModel`; the commands ask for these and never for a model by name.
public protocol Model: Sendable {
    /// One step of learning from a batch: the next values of the model's variables, and how well it went.
    func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep

    /// How the steps follow one another; by default `trainingStep`, for as many epochs as the user asks.
    var phases: [TrainingPhase] { get }

    /// The training examples without which there is nothing to learn; by default 1.
    var fewestExamples: Int { get }

    /// How well the model does on a batch that it does not learn from.
    func evaluation(_ batch: Batch, key: RandomKey) -> [Metric]

    /// The variables that make the model what it is, without those of its training.
    var variables: [StateVariable] { get }
}

/// Examples as a graph sees them.
public struct Batch: Sendable {
    /// [batch, features], scaled to [0, 1].
    public var examples: Tensor
    /// Int32 [batch], where the data set has labels.
    public var labels: Tensor?
    /// [batch, targets], where it has targets.
    public var targets: Tensor?
    /// [targets]: their means over the whole split, as constants about which to take sums of squares.
    public var targetMeans: Tensor?

    public init(examples: Tensor, labels: Tensor? = nil, targets: Tensor? = nil, targetMeans: Tensor? = nil) {
        self.examples = examples
        self.labels = labels
        self.targets = targets
        self.targetMeans = targetMeans
    }

    public var count: Int { examples.shape.first ?? 0 }
}

/// What a training step may use besides its batch.
public struct StepContext: Sendable {
    public var optimizer: any Optimizer
    /// This step's randomness.
    public var key: RandomKey
    /// The number of this step in its phase, from 1, as a float scalar.
    public var step: Tensor

    public init(optimizer: any Optimizer, key: RandomKey, step: Tensor) {
        self.optimizer = optimizer
        self.key = key
        self.step = step
    }
}

/// The next state, and scalars that say how well the step went.
public struct TrainingStep: Sendable {
    public var updates: Updates
    public var metrics: [Metric]

    public init(updates: Updates, metrics: [Metric]) {
        self.updates = updates
        self.metrics = metrics
    }
}

/// A named scalar, the mean over a batch. Names are the field's: `elbo`, `reconstruction_error`, `free_energy`.
public struct Metric: Sendable {
    public var name: String
    /// A scalar; or the vector of means that the metric follows from.
    public var value: Tensor
    /// What follows from the means of `value` over all examples, where not the mean itself is the metric.
    public var derivation: (@Sendable (_ means: [Float]) -> Float)?

    /// - Parameter perExample: [batch], whose mean is the metric, or a scalar that is a mean already.
    public init(_ name: String, _ perExample: Tensor) {
        self.name = name
        value = perExample.rank == 0 ? perExample : perExample.mean()
    }

    /// A metric that is no mean over examples but follows from such means, as a share of variance does: the means are
    /// taken over all examples before it is derived, so that it does not depend on the batches.
    ///
    /// - Parameter perExample: [batch, parts].
    public init(
        _ name: String, from perExample: Tensor, derivation: @escaping @Sendable (_ means: [Float]) -> Float
    ) {
        self.name = name
        value = perExample.mean([0])
        self.derivation = derivation
    }
}

/// A model that gives an example a code.
public protocol EncodingModel: Model {
    /// [batch, features] → [batch, code].
    func encode(_ examples: Tensor) -> Tensor
}

/// A model that has several representations of an example, one above the other.
public protocol LayeredModel: EncodingModel {
    /// What each layer makes of examples [batch, features], from the lowest hidden layer to the code: [batch, units] by
    /// names that are all different, at least one. The last is what `encode` gives.
    func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)]
}

/// A model that makes an example out of a code.
public protocol DecodingModel: Model {
    /// Numbers in a code.
    var codeSize: Int { get }
    /// [batch, code] → [batch, features] on [0, 1].
    func decode(_ codes: Tensor) -> Tensor
}

/// A model that makes examples out of nothing.
public protocol SamplingModel: Model {
    /// How to draw `count` examples.
    func sampling(_ count: Int, key: RandomKey) -> Sampling
}

/// A graph that, run `steps` times, leaves samples in `examples`: once for a decoder, many times for a Markov chain
/// whose state is among the updates.
public struct Sampling: Sendable {
    /// [count, features] on [0, 1].
    public var examples: Tensor
    public var updates: Updates
    public var steps: Int

    public init(examples: Tensor, updates: Updates = [], steps: Int = 1) {
        self.examples = examples
        self.updates = updates
        self.steps = steps
    }
}

/// A model that assigns every example an energy, and with it a probability `exp(−F(x)) / Z`.
public protocol EnergyModel: Model {
    /// Binary hidden units, of whose states there are two to that power; `nil` for units that cannot be enumerated.
    var hiddenStates: Int? { get }
    /// Whether all units are 0 or 1.
    var isBinary: Bool { get }
    /// Whether `freeEnergy` only bounds it from above, so that likelihoods are bounded from below.
    var isBound: Bool { get }
    /// The free energy of each example: [batch, features] → [batch], in nats; a bound may be estimated by draws.
    func freeEnergy(_ examples: Tensor, key: RandomKey) -> Tensor
    /// `log Z`, exact, as a scalar; throws `usage` where there are too many hidden units to enumerate, `unsupported`
    /// where they cannot be.
    func logPartition() throws -> Tensor
}

extension EnergyModel {
    public var isBound: Bool { false }
}
