public import StrataGraph

/// A layer whose result is added to its input, or to a projection of it (He et al., "Deep residual learning for image
/// recognition", 2016). Parameters are named `body.…` and `shortcut.…`.
public struct Residual: Layer {
    /// What changes the input; of the same output shape as the shortcut.
    public var body: any Layer
    /// What the input goes through on its way around; itself where there is none.
    public var shortcut: (any Layer)?
    /// The nonlinearity of the sum.
    public var activation: Activation

    /// A residual layer. Nothing is checked here: a body and a shortcut of different output shapes give an invalid
    /// tensor when it is applied.
    public init(_ body: any Layer, shortcut: (any Layer)? = nil, activation: Activation = .identity) {
        self.body = body
        self.shortcut = shortcut
        self.activation = activation
    }

    /// `activation(body(x) + shortcut(x))`: [batch, …] → the shape that body and shortcut give, without a shortcut that
    /// of the input.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        let changed = pass.apply(body, named: "body", to: x)
        let kept = shortcut.map { pass.apply($0, named: "shortcut", to: x) } ?? x
        guard changed.shape == kept.shape || changed.isInvalid || kept.isInvalid else {
            return pass.invalid("residual: the body gives \(changed.shape), the shortcut \(kept.shape)")
        }
        return activation(changed + kept)
    }
}
