public import StrataGraph

/// Noise on the inputs of a denoising autoencoder (Vincent et al., "Stacked denoising autoencoders", 2010, section 3.3).
public struct Corruption: Sendable, Hashable {
    /// What becomes of the features that noise falls on.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Nothing: the encoder sees the examples as they are.
        case none
        /// Features put to 0.
        case masking
        /// Normal noise added.
        case gaussian
        /// Features put to 0 or to 1.
        case saltAndPepper = "salt-and-pepper"
    }

    /// Whether features are masked, set to 0 or 1, or get normal noise; `none` for none of these.
    public var kind: Kind
    /// The share of features that is masked, from 0 to 1, or the standard deviation of normal noise.
    public var level: Float

    /// Noise of a kind and a level. Nothing is checked.
    public init(_ kind: Kind, _ level: Float) {
        self.kind = kind
        self.level = level
    }

    /// No noise: an autoencoder that is not denoising.
    public static let none = Corruption(.none, 0)

    /// Examples with noise drawn from a key: any shape, such as [batch, features] → the same shape.
    public func callAsFunction(_ x: Tensor, _ key: RandomKey) -> Tensor {
        switch kind {
        case .none: return x
        case .masking: return x * key.named("mask").bernoulli(.constant(1 - level, x.shape))
        case .gaussian: return x + key.named("noise").normal(x.shape) * level
        case .saltAndPepper:
            // One draw for both: the lower half of what is masked becomes 0, the upper half 1.
            let draw = key.named("salt").uniform(x.shape)
            return draw.less(level).select(draw.greater(level / 2), x)
        }
    }
}
