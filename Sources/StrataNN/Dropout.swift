public import StrataGraph

/// Puts units out at random while training and scales up the others, so that nothing is left to do afterwards
/// (Srivastava et al., "Dropout", 2014).
public struct Dropout: Sendable, Hashable {
    /// The part that is put out.
    public var rate: Float

    public init(_ rate: Float) { self.rate = rate }

    public func callAsFunction(_ h: Tensor, _ key: RandomKey) -> Tensor {
        guard rate > 0 else { return h }
        return h * key.bernoulli(.constant(1 - rate, h.shape)) * (1 / (1 - rate))
    }
}
