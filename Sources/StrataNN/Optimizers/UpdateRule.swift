import StrataBackend
public import StrataGraph

/// A rule that gives a parameter its next value from a gradient: all that an optimizer from outside has to bring.
///
/// ```
/// struct SignDescent: UpdateRule {
///     func callAsFunction(_ update: inout ParameterUpdate) -> Tensor {
///         update.value - update.gradient.sign() * update.rate
///     }
/// }
/// ```
public protocol UpdateRule: Sendable {
    /// The next value of the parameter, of its own shape.
    func callAsFunction(_ update: inout ParameterUpdate) -> Tensor
}

/// What a rule knows of one parameter in one update, and what it remembers of it.
public struct ParameterUpdate {
    /// The variable that is updated, with its name and shape.
    public let parameter: StateVariable
    /// The present value.
    public let value: Tensor
    /// The gradient of the loss, of the parameter's shape.
    public let gradient: Tensor
    /// The learning rate, a scalar.
    public let rate: Tensor
    /// The number of the update in its phase, from 1, a scalar.
    public let step: Tensor
    /// The next values of what the rule remembers.
    public private(set) var memory: Updates = []

    private let values: [String: Tensor]

    init(
        _ parameter: StateVariable, value: Tensor, gradient: Tensor, rate: Tensor, step: Tensor,
        values: [String: Tensor]
    ) {
        self.parameter = parameter
        self.value = value
        self.gradient = gradient
        self.rate = rate
        self.step = step
        self.values = values
    }

    /// What is remembered of the parameter under a name, such as `adam.m`: of the parameter's shape, 0 before the first update.
    public func remembered(_ name: String) -> Tensor { values[variable(name).name] ?? variable(name).tensor }

    /// Remembers a value for the next update.
    public mutating func remember(_ name: String, _ value: Tensor) { memory.append((variable(name), value)) }

    private func variable(_ name: String) -> StateVariable {
        StateVariable("\(name).\(parameter.name)", parameter.type.shape, initializer: .zeros)
    }
}
