public import StrataGraph

/// Drops units at random in training and scales up the others, so that nothing is left to do afterwards (Srivastava et al.,
/// "Dropout", 2014).
public struct Dropout: Layer, Hashable {
    /// The probability that a unit is dropped, from 0 up to but not including 1.
    public var rate: Float

    /// Dropout at a rate, which is not checked here: one outside 0 ..< 1 gives an invalid tensor when it is applied.
    public init(_ rate: Float) { self.rate = rate }

    /// Any shape → the same shape.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        guard rate != 0 else { return x }
        guard rate > 0, rate < 1 else { return pass.invalid("dropout: the rate is \(rate), expected from 0 up to 1") }
        guard pass.isTraining, let key = pass.key else { return x }
        return x * key.bernoulli(.constant(1 - rate, x.shape)) * (1 / (1 - rate))
    }
}
