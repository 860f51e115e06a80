public import StrataGraph
import StrataNN

/// p(x | z): the distribution over examples that a decoder's output stands for, independent over features given the
/// code.
///
/// ```
/// let vae = VariationalAutoencoder(features: 784, hidden: [], latent: 10, likelihood: GaussianDecoder(.learned))
/// ```
public protocol DecoderDistribution: Sendable {
    /// The numbers that the decoder gives for each feature. Its output is [batch, numbers · features]: the first number of
    /// all features, then the second.
    var numbersPerFeature: Int { get }
    /// What gradients change besides the decoder's weights.
    var parameters: [StateVariable] { get }
    /// log p(x | z) in nats, summed over features: [batch, features] and an output [batch, numbers · features] → [batch].
    func logLikelihood(of x: Tensor, given output: Tensor) -> Tensor
    /// E[x | z], on the scale of the examples: [batch, numbers · features] → [batch, features].
    func mean(_ output: Tensor) -> Tensor
    /// Examples of p(x | z): [batch, numbers · features] → [batch, features]; `nil` for what cannot be drawn from.
    func draw(_ output: Tensor, _ key: RandomKey) -> Tensor?
    /// Whether examples are probabilities of bits, which are drawn each time that one is seen.
    var drawsBits: Bool { get }
    /// The values that examples must have; `nil` for any.
    var domain: ValueDomain? { get }
    /// Whether `logLikelihood` is of a probability, which is at most 1, and not of a density.
    var isDiscrete: Bool { get }
}

extension DecoderDistribution {
    public var numbersPerFeature: Int { 1 }
    public var parameters: [StateVariable] { [] }
    public var drawsBits: Bool { false }
    public var domain: ValueDomain? { nil }
    public var isDiscrete: Bool { false }
    public func draw(_ output: Tensor, _ key: RandomKey) -> Tensor? { nil }

    /// Examples as they are seen: themselves, or bits that are drawn from them.
    func seen(_ examples: Tensor, _ key: RandomKey) -> Tensor {
        drawsBits ? key.named("bits").bernoulli(examples) : examples
    }

    /// The numbers of one kind in an output, counted from 0: [batch, numbers · features] → [batch, features].
    func part(_ number: Int, of output: Tensor) -> Tensor {
        if output.isInvalid { return output }
        let features = (output.shape.last ?? 0) / max(numbersPerFeature, 1)
        return output.slice(from: features.saturatingMultiplied(by: number), count: features, axis: 1)
    }
}

/// Bits, of which the decoder gives the logits. Values between 0 and 1 count as probabilities of bits: their
/// log-likelihood is the negative cross-entropy, and cannot exceed their negative entropy. Or bits are drawn from them each
/// time that an example is seen, as for MNIST binarized afresh (Salakhutdinov and Murray 2008).
public struct BernoulliDecoder: DecoderDistribution {
    public let drawsBits: Bool

    /// Independent bits.
    public init(drawsBits: Bool = false) { self.drawsBits = drawsBits }

    public var domain: ValueDomain? { .bits(hint: "take a Gaussian decoder") }
    public var isDiscrete: Bool { true }

    public func logLikelihood(of x: Tensor, given output: Tensor) -> Tensor { -Loss.bernoulli(logits: output, x) }

    public func mean(_ output: Tensor) -> Tensor { output.sigmoid() }

    public func draw(_ output: Tensor, _ key: RandomKey) -> Tensor? { key.named("x").bernoulli(mean(output)) }
}
