public import StrataGraph

/// Stochastic gradient descent with classical momentum (Polyak 1964): `u ← μ u − η g`, `w ← w + u`.
public struct SGD: UpdateRule, Hashable {
    /// The share μ of the last change that is made again, from 0 up to but not including 1; 0 keeps no velocity.
    public var momentum: Float

    /// Gradient descent with a momentum, which is not checked.
    public init(momentum: Float = 0) { self.momentum = momentum }

    /// The parameter after a step, of the parameter's shape; the velocity has that shape too.
    public func callAsFunction(_ update: inout ParameterUpdate) -> Tensor {
        guard momentum != 0 else { return update.value - update.gradient * update.rate }
        let velocity = update.remembered("velocity") * momentum - update.gradient * update.rate
        update.remember("velocity", velocity)
        return update.value + velocity
    }
}
