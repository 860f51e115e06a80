import StrataBackend
public import StrataGraph

/// The input with the condition of the pass beside it, as the generator of a conditional adversarial network has it
/// (Mirza and Osindero, "Conditional generative adversarial nets", 2014): [x, c].
public struct AppendedCondition: Layer, Hashable {
    /// Appends whatever condition a network is applied with.
    public init() {}

    /// [batch, inputs] → [batch, inputs + width of the condition].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        pass.conditioned(x, "appended condition") { x, condition, _ in .concatenate([x, condition], axis: 1) }
    }
}
