public import StrataGraph

/// Noise on the inputs of a denoising autoencoder (Vincent et al., "Stacked denoising autoencoders", 2010, section 3.3).
public struct Corruption: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case none
        /// Features put to 0.
        case masking
        /// Normal noise added.
        case gaussian
        /// Features put to 0 or to 1.
        case saltAndPepper = "salt-and-pepper"
    }

    public var kind: Kind
    /// The share of features that is masked, or the standard deviation of the noise.
    public var level: Float

    public init(_ kind: Kind, _ level: Float) {
        self.kind = kind
        self.level = level
    }

    public static let none = Corruption(.none, 0)

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
