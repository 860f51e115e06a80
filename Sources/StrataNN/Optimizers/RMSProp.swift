public import StrataGraph

/// RMSProp (Tieleman and Hinton, lecture 6.5 of "Neural networks for machine learning", 2012): gradients divided by the root of
/// their running mean square, `v ← α v + (1 − α) g²`, `w ← w − η g / (√v + ε)`.
public struct RMSProp: UpdateRule, Hashable {
    /// The share α of the mean square that stays.
    public var decay: Float
    /// What is added to the root of the mean square, which divides the gradient: ε.
    public var epsilon: Float

    /// RMSProp with PyTorch's defaults. Nothing is checked: the decay lies from 0 up to but not including 1.
    public init(decay: Float = 0.99, epsilon: Float = 1e-8) {
        self.decay = decay
        self.epsilon = epsilon
    }

    /// The parameter after a step, of the parameter's shape; the mean square `rmsprop.v` has that shape too.
    public func callAsFunction(_ update: inout ParameterUpdate) -> Tensor {
        let v = update.remembered("rmsprop.v") * decay + update.gradient.squared() * (1 - decay)
        update.remember("rmsprop.v", v)
        return update.value - update.gradient * update.rate / (v.squareRoot() + epsilon)
    }
}
