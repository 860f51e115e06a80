import StrataBackend
public import StrataGraph

/// A learned vector for each token: `weight` [count, width], as PyTorch's `Embedding`.
public struct Embedding: Layer, Hashable {
    /// The number of different tokens.
    public var count: Int
    /// Numbers in each token's vector.
    public var width: Int

    /// A table of `count` vectors, which start standard normal. Nothing is checked here: an empty one gives an invalid
    /// tensor when it is applied.
    public init(_ count: Int, width: Int) {
        self.count = count
        self.width = width
    }

    /// Int32 tokens [batch, …] → [batch, …, width]. A token outside `0 ..< count` counts as the nearest one inside.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard x.dtype == .int32, x.rank > 0, count > 0, width > 0 else {
            return pass.invalid(
                "embedding of \(count) × \(width): the input is \(x.type), expected int32 tokens [batch, …]")
        }
        let table = pass.parameter("weight", [count, width], .normal(mean: 0, standardDeviation: 1))
        return table.gather(x)
    }
}
