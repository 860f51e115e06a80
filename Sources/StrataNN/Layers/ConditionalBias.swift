import StrataBackend
public import StrataGraph

/// A bias of each channel that depends on the condition of the pass, a time or a class: `x + W c + b`, with `weight`
/// [channels, width] and `bias` [channels]. (Ho, Jain and Abbeel, "Denoising diffusion probabilistic models", 2020, tell
/// their network the time in this way.)
public struct ConditionalBias: Layer, Hashable {
    /// A bias for as many channels as the input has.
    public init() {}

    /// [batch, channels, …] → the same shape.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        pass.conditioned(x, "conditional bias") { x, condition, pass in
            let bias = Dense(x.shape[1])(condition, &pass)
            return x + bias.reshape(Shape([x.shape[0], x.shape[1]] + (2..<x.rank).map { _ in 1 }))
        }
    }
}

extension Pass {
    /// What a layer makes of its input and the condition; a mistake where there is no condition, or one that does not
    /// fit the input.
    mutating func conditioned(
        _ x: Tensor, _ layer: String, _ body: (_ x: Tensor, _ condition: Tensor, _ pass: inout Pass) -> Tensor
    ) -> Tensor {
        if x.isInvalid { return x }
        guard let condition else {
            return invalid("\(layer): the network has no condition; it is given where it is applied")
        }
        if condition.isInvalid { return condition }
        guard x.rank > 1, condition.rank == 2, condition.shape[0] == x.shape[0] else {
            return invalid(
                "\(layer): the input is \(x.shape) and the condition \(condition.shape), expected"
                    + " [batch, channels, …] and [batch, width]")
        }
        return body(x, condition, &self)
    }
}
