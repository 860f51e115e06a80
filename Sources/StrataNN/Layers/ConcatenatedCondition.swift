public import StrataBackend
public import StrataGraph

/// The condition of the pass as further inputs beside an input: numbers beside those of a vector, channels of an image that
/// are the same at every pixel, features of each step of a sequence.
public struct ConcatenatedCondition: Layer, Hashable {
    /// An input as the condition joins it: [width], [channels, height, width] or [steps, width].
    public var shape: Shape
    /// The axis of `shape` that the condition prolongs.
    public var axis: Int

    /// Joins the condition to inputs of a shape along one of its axes. Nothing is checked here: what does not fit gives an
    /// invalid tensor when it is applied.
    public init(_ shape: Shape, axis: Int) {
        self.shape = shape
        self.axis = axis
    }

    /// [batch, …] of as many elements as the shape → [batch, elements with the condition's].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard let condition = pass.condition else {
            return pass.invalid("concatenated condition: the network has no condition; it is given where it is applied")
        }
        if condition.isInvalid { return condition }
        guard condition.rank == 2, condition.shape[0] == x.shape.first, shape.indices.contains(axis) else {
            return pass.invalid(
                "concatenated condition: the input is \(x.shape) and the condition \(condition.shape), expected"
                    + " [batch, …] and [batch, width], joined along axis \(axis) of \(shape)")
        }
        let batch = condition.shape[0]
        var wide = shape.extents
        wide[axis] = condition.shape[1]
        let repeated = condition.broadcast(to: Shape([batch] + wide), axes: [0, axis + 1])
        let joined = Tensor.concatenate([x.reshape(Shape([batch] + shape.extents)), repeated], axis: axis + 1)
        return joined.isInvalid ? joined : joined.flattened()
    }
}

extension Architecture {
    /// Layers from examples [batch, features] of a shape, given a condition [batch, width], to hidden units [batch, units]:
    /// the condition joins the inputs.
    public func encoder(_ shape: [Int], condition width: Int) -> Sequential {
        let (view, axis): ([Int], Int) =
            switch kind {
            case .mlp: ([shape.product], 0)
            case .conv, .residual, .transformer: (shape.count == 2 ? [1] + shape : shape, 0)
            case .lstm, .gru: (shape, 1)
            }
        var extended = view
        if view.indices.contains(axis) { extended[axis] = extended[axis].saturatingAdding(width) }
        return Sequential([ConcatenatedCondition(Shape(view), axis: axis)]) + encoder(extended)
    }
}
