public import StrataGraph
public import StrataNN

/// Something that learns from examples.
///
/// A model is a value: hyperparameters and the names of its variables. It is asked for graphs and never sees a backend, a
/// data set or a loop. What else it can do it says by conforming to `EncodingModel`, `DecodingModel`, `SamplingModel` or
/// `EnergyModel`; the commands ask for these and never for a model by name.
public protocol Model: Sendable {
    /// The stages of training, one after the other.
    var phases: [TrainingPhase] { get }

    /// The training examples without which there is nothing to learn; 1 by default.
    var minimumExampleCount: Int { get }

    /// The metrics of a batch that the model does not learn from.
    func evaluation(_ batch: Batch, key: RandomKey) -> [Metric]

    /// The metric by which one state of the model is better than another.
    var criterion: Criterion { get }

    /// The values that examples must have for the model to mean anything, as bits or probabilities; `nil` for any.
    var domain: ValueDomain? { get }

    /// The variables that make the model what it is, without those of its training.
    var variables: [StateVariable] { get }
}

extension Model {
    public var minimumExampleCount: Int { 1 }
    public var domain: ValueDomain? { nil }
}

/// A model whose examples may be tokens, int32 [batch, steps], in place of numbers.
public protocol TokenModel: Model {
    /// Whether its examples are.
    var takesTokens: Bool { get }

    /// The least token that is the onset of a note; `nil` by default, for tokens that are no melodies.
    var firstOnset: Int? { get }
}

extension TokenModel {
    public var firstOnset: Int? { nil }
}

extension Model {
    /// Whether examples are tokens.
    package var hasTokens: Bool { (self as? any TokenModel)?.takesTokens == true }

    /// Rows of examples that are given as floats, as the model takes them: tokens as int32.
    package func examples(_ rows: Tensor) -> Tensor { hasTokens ? rows.cast(to: .int32) : rows }
}

/// The metric by which one state of a model is better than another, as early stopping and charts need it.
public struct Criterion: Sendable, Hashable {
    /// The name of the metric, one of those of `evaluation`.
    public var metric: String
    /// Whether more of it is better.
    public var isMaximized: Bool

    private init(_ metric: String, isMaximized: Bool) {
        self.metric = metric
        self.isMaximized = isMaximized
    }

    /// The less of a metric, the better, as of a loss.
    public static func minimize(_ metric: String) -> Criterion { Criterion(metric, isMaximized: false) }
    /// The more of a metric, the better, as of a likelihood or an accuracy.
    public static func maximize(_ metric: String) -> Criterion { Criterion(metric, isMaximized: true) }

    /// Whether a value of the metric is better than another; NaN never is.
    public func isBetter(_ value: Float, than other: Float) -> Bool { isMaximized ? value > other : value < other }
}

/// A model that gives an example a code.
public protocol EncodingModel: Model {
    /// [batch, features] → [batch, code].
    func encode(_ examples: Tensor) -> Tensor
}

/// A model that gives an example a code, given its class.
public protocol ConditionalEncodingModel: Model {
    /// [batch, features] and int32 [batch] → [batch, code].
    func encode(_ examples: Tensor, labels: Tensor) -> Tensor
}

/// A model that tells the class of an example.
public protocol ClassifyingModel: Model {
    /// The classes that there are; 0 where it predicts something else.
    var classes: Int { get }
    /// The logits of the classes: [batch, features] → [batch, classes].
    func classLogits(_ examples: Tensor) -> Tensor
}

/// A model that predicts what belongs to an example: its class, its labels, numbers, or several of them.
public protocol PredictingModel: Model {
    /// What is predicted of examples [batch, features], each [batch, outputs] by a name of its own: probabilities of classes or
    /// of labels, or the numbers themselves.
    func predictions(_ examples: Tensor) -> [(name: String, value: Tensor)]
}

/// A model that has several representations of an example, one above the other.
public protocol LayeredModel: EncodingModel {
    /// The activations of each layer for examples [batch, features], from the lowest hidden layer to the code: [batch, units]
    /// by names that are all different, at least one. The last is what `encode` gives.
    func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)]
}

/// A model that makes an example out of a code.
public protocol DecodingModel: Model {
    /// The latent dimensions.
    var codeSize: Int { get }
    /// [batch, code] → [batch, features] on the scale of the examples.
    func decode(_ codes: Tensor) -> Tensor
}

/// A model that has a distribution of examples to draw from.
public protocol SamplingModel: Model {
    /// The graph that draws `count` examples.
    func sampling(_ count: Int, key: RandomKey) -> Sampling
}

/// A graph that, run `steps` times, leaves samples in `examples`: once for a decoder, many times for a Markov chain whose
/// state is among the updates.
public struct Sampling: Sendable {
    /// [count, features] on the scale of the examples.
    public var examples: Tensor
    /// The next state of the chain, for the run after; none for a decoder.
    public var updates: Updates
    /// Runs of the graph, of which the last leaves the samples.
    public var steps: Int

    /// A graph that draws in a single run, or by a chain. Nothing is checked.
    public init(examples: Tensor, updates: Updates = [], steps: Int = 1) {
        self.examples = examples
        self.updates = updates
        self.steps = steps
    }

    /// A graph of which each run knows its number.
    ///
    /// - `body`: From the number of the run, a scalar counted from 0, to the examples and the next state of the chain.
    public static func counting(
        to steps: Int, _ body: (_ step: Tensor) -> (examples: Tensor, updates: Updates)
    ) -> Sampling {
        let step = StateVariable("sampling.step", [], initializer: .zeros)
        let (examples, updates) = body(step.tensor)
        return Sampling(examples: examples, updates: updates + [(step, step.tensor + 1)], steps: max(steps, 1))
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
