public import StrataBackend
public import StrataGraph

/// A layer that only orders the same elements anew.
protocol Rearrangement: Layer {}

/// The elements of each example in another shape: [batch, …] → [batch, shape].
public struct Reshape: Rearrangement, Hashable {
    /// Of one example.
    public var shape: Shape

    /// Brings each example to a shape, which is not checked here: one of another number of elements gives an invalid
    /// tensor when it is applied.
    public init(_ shape: Shape) { self.shape = shape }

    /// [batch, …] → [batch, shape], with as many elements.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        x.isInvalid ? x : x.reshape(Shape([x.shape.first ?? 1] + shape.extents))
    }
}

/// The elements of each example as one vector, as PyTorch's `Flatten`: [batch, …] → [batch, elements].
public struct Flatten: Rearrangement, Hashable {
    /// Makes a vector of each example, whatever its shape.
    public init() {}

    /// [batch, …] → [batch, elements of one example].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor { x.isInvalid ? x : x.flattened() }
}
