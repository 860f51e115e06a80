public import StrataGraph

/// Adam (Kingma and Ba 2015), with the bias correction of the paper's algorithm 1.
public struct Adam: UpdateRule, Hashable {
    /// The share of the running mean of gradients that stays in an update, β₁.
    public var beta1: Float
    /// The share of the running mean of squared gradients that stays in an update, β₂.
    public var beta2: Float
    /// What is added to the root of the mean square, which divides the step.
    public var epsilon: Float

    /// Adam with the paper's defaults. Nothing is checked: β₁ and β₂ lie from 0 up to but not including 1.
    public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    /// The parameter after a step of Adam, of the parameter's shape; the moments `adam.m` and `adam.v` have that shape
    /// too.
    public func callAsFunction(_ update: inout ParameterUpdate) -> Tensor {
        // 1 − βᵗ, without the cancellation near t = 0.
        let step = update.step
        func correction(_ beta: Float) -> Tensor { -(step * Tensor.constant(beta).logarithm()).exponentialMinusOne() }
        let rate = update.rate / correction(beta1)
        let scale = correction(beta2).squareRoot().reciprocal()
        let m = update.remembered("adam.m") * beta1 + update.gradient * (1 - beta1)
        let v = update.remembered("adam.v") * beta2 + update.gradient.squared() * (1 - beta2)
        update.remember("adam.m", m)
        update.remember("adam.v", v)
        return update.value - rate * m / (v.squareRoot() * scale + epsilon)
    }
}

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019): `w ← w − η λ w` beside Adam's step. Only weights decay, not
/// biases and scales, which are few and do not overfit.
public struct AdamW: UpdateRule, Hashable {
    /// The rule that is followed beside the decay.
    public var adam: Adam
    /// The λ of the decay: a weight loses this share of itself times the learning rate in each update; 0 for none.
    public var weightDecay: Float

    /// Adam with its paper's defaults and PyTorch's decay of weights. Nothing is checked.
    public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01) {
        adam = Adam(beta1: beta1, beta2: beta2, epsilon: epsilon)
        self.weightDecay = weightDecay
    }

    /// The parameter after a step of Adam and the decay, of the parameter's shape.
    public func callAsFunction(_ update: inout ParameterUpdate) -> Tensor {
        let next = adam(&update)
        guard weightDecay != 0, update.parameter.type.shape.rank > 1 else { return next }
        return next - update.value * (update.rate * weightDecay)
    }
}
