import StrataBackend
public import StrataGraph

/// A number about an input and the condition of the pass, as the discriminator of a conditional adversarial network
/// ends in it (Miyato and Koyama, "cGANs with projection discriminator", 2018): `w·h + b + (V c)·h`, with `weight`
/// [1, inputs], `bias` [1] and `condition.weight` [inputs, width].
public struct ConditionalProjection: Layer, Hashable {
    /// A projection of as many inputs as its input has.
    public init() {}

    /// [batch, inputs] → [batch, 1].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        pass.conditioned(x, "conditional projection") { h, condition, pass in
            let embedded = pass.apply(Dense(h.shape[1], hasBias: false), named: "condition", to: condition)
            return Dense(1)(h, &pass) + (embedded * h).sum([1], keepingAxes: true)
        }
    }
}
