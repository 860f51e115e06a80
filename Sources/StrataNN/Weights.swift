public import StrataGraph

/// The values that a model's variables have while it is applied.
///
/// Mostly those at the start of the step. A step with several players gives the later ones what the earlier ones
/// have become: `weights.updated(by: discriminatorUpdates)`.
public struct Weights: Sendable {
    private var replaced: [String: Tensor] = [:]

    /// The variables as they are at the start of the step.
    public static let current = Weights()

    public subscript(_ variable: StateVariable) -> Tensor { replaced[variable.name] ?? variable.tensor }

    /// These weights with some variables replaced by their next values, which are constants to a gradient: a player
    /// takes the other's move as it finds it.
    public func updated(by updates: Updates) -> Weights {
        var result = self
        for (variable, value) in updates { result.replaced[variable.name] = value.stopGradient() }
        return result
    }
}

/// The next values of some variables; what a training step comes down to.
public typealias Updates = [(variable: StateVariable, value: Tensor)]
