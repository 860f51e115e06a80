public import StrataGraph

/// The layer of another one's parameters: what several parts of a model share. It leaves its own name out.
public struct Affine: Layer {
    /// [outputs, inputs].
    public let weight: StateVariable
    /// [outputs].
    public let bias: StateVariable
    public let activation: Activation

    public init(weight: StateVariable, bias: StateVariable, activation: Activation = .identity) {
        self.weight = weight
        self.bias = bias
        self.activation = activation
    }

    public var inputs: Int { weight.type.shape.last ?? 0 }
    public var outputs: Int { weight.type.shape.first ?? 0 }
    /// What its variables' names begin with: `encoder.0`.
    public var name: String { String(weight.name.dropLast(weight.name.hasSuffix(".weight") ? ".weight".count : 0)) }

    /// `activation(x Wᵀ + b)`: [batch, inputs] → [batch, outputs].
    public func callAsFunction(_ x: Tensor) -> Tensor { activation(input(x)) }

    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        activation(x.dotTransposed(pass.parameter(weight)) + pass.parameter(bias))
    }

    /// What goes into the nonlinearity: [batch, inputs] → [batch, outputs].
    public func input(_ x: Tensor) -> Tensor { x.dotTransposed(weight.tensor) + bias.tensor }
}
