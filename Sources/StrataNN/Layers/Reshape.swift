public import StrataBackend
public import StrataGraph

/// A layer that only orders the same elements anew.
protocol Rearrangement: Layer {}

/// The elements of each example in another shape: [batch, …] → [batch, shape].
public struct Reshape: Rearrangement, Hashable {
    /// Of one example.
    public var shape: Shape

    public init(_ shape: Shape) { self.shape = shape }

    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        x.isInvalid ? x : x.reshape(Shape([x.shape.first ?? 1] + shape.extents))
    }
}

/// The elements of each example as one vector, as PyTorch's `Flatten`: [batch, …] → [batch, elements].
public struct Flatten: Rearrangement, Hashable {
    public init() {}

    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor { x.isInvalid ? x : x.flattened() }
}
