public import StrataGraph

/// A rule that turns gradients into the next values of parameters.
///
/// An optimiser is a value without state: what it remembers, such as moments, are variables that its updates
/// mention, named after the parameters (`adam.m.encoder.0.weight`).
public protocol Optimizer: Sendable {
    /// How its learning rate changes from step to step.
    var schedule: RateSchedule { get set }

    /// The next values of the parameters and of the optimiser's own variables.
    ///
    /// - Parameter step: the number of this step, from 1, as a scalar.
    func updates(_ parameters: [StateVariable], gradients: [Tensor], step: Tensor) -> Updates
}

extension Optimizer {
    /// The step that lessens a scalar loss.
    public func minimizing(
        _ loss: Tensor, _ parameters: [StateVariable], step: Tensor, file: String = #fileID, line: Int = #line
    ) -> Updates {
        let gradients = gradient(of: loss, withRespectTo: parameters.map(\.tensor), file: file, line: line)
        return updates(parameters, gradients: gradients, step: step)
    }
}

/// Adam (Kingma and Ba 2015), with the bias correction of the paper's algorithm 1.
public struct Adam: Optimizer, Hashable {
    public var learningRate: Float
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    public var schedule = RateSchedule()

    public init(learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    public func updates(_ parameters: [StateVariable], gradients: [Tensor], step: Tensor) -> Updates {
        // 1 − βᵗ, without the cancellation near t = 0.
        func correction(_ beta: Float) -> Tensor {
            -(step * Tensor.constant(beta).logarithm()).exponentialMinusOne()
        }
        let rate = schedule.rate(learningRate, at: step) / correction(beta1)
        let scale = correction(beta2).squareRoot().reciprocal()
        return zip(parameters, gradients).flatMap { parameter, gradient -> Updates in
            let shape = parameter.type.shape
            let m = StateVariable("adam.m.\(parameter.name)", shape, initializer: .zeros)
            let v = StateVariable("adam.v.\(parameter.name)", shape, initializer: .zeros)
            let nextM = m.tensor * beta1 + gradient * (1 - beta1)
            let nextV = v.tensor * beta2 + gradient.squared() * (1 - beta2)
            let next = parameter.tensor - rate * nextM / (nextV.squareRoot() * scale + epsilon)
            return [(parameter, next), (m, nextM), (v, nextV)]
        }
    }
}

/// Gradient descent with classical momentum and weight decay: `u ← μ u − η (g + λ w)`, `w ← w + u`.
public struct GradientDescent: Optimizer, Hashable {
    public var learningRate: Float
    public var momentum: Float
    public var weightDecay: Float
    public var schedule = RateSchedule()

    public init(learningRate: Float = 0.1, momentum: Float = 0, weightDecay: Float = 0) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.weightDecay = weightDecay
    }

    public func updates(_ parameters: [StateVariable], gradients: [Tensor], step: Tensor) -> Updates {
        let rate = schedule.rate(learningRate, at: step)
        return zip(parameters, gradients).flatMap { parameter, gradient -> Updates in
            // Biases are few and do not overfit; only matrices decay (Hinton 2010, section 10).
            let decays = weightDecay != 0 && parameter.type.shape.rank > 1
            let slope = decays ? gradient + parameter.tensor * weightDecay : gradient
            guard momentum != 0 else { return [(parameter, parameter.tensor - slope * rate)] }
            let velocity = StateVariable("velocity.\(parameter.name)", parameter.type.shape, initializer: .zeros)
            let next = velocity.tensor * momentum - slope * rate
            return [(parameter, parameter.tensor + next), (velocity, next)]
        }
    }
}
