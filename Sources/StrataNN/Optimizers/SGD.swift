public import StrataGraph

/// Stochastic gradient descent with classical momentum (Polyak 1964): `u ← μ u − η g`, `w ← w + u`.
public struct SGD: UpdateRule, Hashable {
    public var momentum: Float

    public init(momentum: Float = 0) { self.momentum = momentum }

    public func callAsFunction(_ update: inout ParameterUpdate) -> Tensor {
        guard momentum != 0 else { return update.value - update.gradient * update.rate }
        let velocity = update.remembered("velocity") * momentum - update.gradient * update.rate
        update.remember("velocity", velocity)
        return update.value + velocity
    }
}
