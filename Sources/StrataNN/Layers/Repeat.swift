import StrataBackend
public import StrataGraph

/// The same input at each step of a sequence, for a recurrent layer that unfolds a code: [batch, …] → [batch, steps, …].
public struct Repeat: Layer, Hashable {
    /// The steps of the sequence.
    public var steps: Int

    /// Repeats inputs, so many times as is not checked here: a number below 1 gives an invalid tensor when it is applied.
    public init(_ steps: Int) { self.steps = steps }

    /// [batch, …] → [batch, steps, …].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard x.rank > 0, Shape.isExtent(steps), steps > 0 else {
            return pass.invalid("repeat: the input is \(x.shape), and \(steps) steps")
        }
        let axes = x.shape.indices.map { $0 == 0 ? 0 : $0 + 1 }
        return x.broadcast(to: Shape([x.shape[0], steps] + x.shape.dropFirst()), axes: axes)
    }
}
