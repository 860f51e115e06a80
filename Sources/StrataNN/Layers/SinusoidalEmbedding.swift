import StrataBackend
public import StrataGraph

/// A number as cosines and sines of it at frequencies from 1 down to nearly 1 / 10000 (Vaswani et al., "Attention is all you
/// need", 2017), by which a network tells near times apart as well as far ones: [batch, 1] → [batch, width].
public struct SinusoidalEmbedding: Layer, Hashable {
    /// Cosines and sines together, an even number.
    public var width: Int
    /// What the number is multiplied by before: 1000 spreads 0 … 1 over the range that the frequencies are made for.
    public var scale: Float

    /// Cosines and sines of a number times `scale`. Nothing is checked here: an odd width gives an invalid tensor when it is applied.
    public init(_ width: Int, scale: Float = 1000) {
        self.width = width
        self.scale = scale
    }

    /// [batch, 1] → [batch, width], the cosines first.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard x.rank == 2, x.shape[1] == 1, width > 0, width.isMultiple(of: 2) else {
            return pass.invalid(
                "embedding of width \(width): the input is \(x.shape), expected [batch, 1] and an even width")
        }
        let (half, logarithm) = (width / 2, Float(9.210340371976184))  // of 10000
        let frequencies = (Tensor.iota([1, half], axis: 1) * (-logarithm / Float(half))).exponential()
        let angles = (x * scale) * frequencies
        return .concatenate([angles.cosine(), angles.sine()], axis: 1)
    }
}
