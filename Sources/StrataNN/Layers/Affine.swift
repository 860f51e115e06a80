public import StrataGraph

/// The layer of another one's parameters: what several parts of a model share. It leaves its own name out.
public struct Affine: Layer {
    /// [outputs, inputs].
    public let weight: StateVariable
    /// [outputs].
    public let bias: StateVariable
    /// The nonlinearity at the end; `identity` for none.
    public let activation: Activation

    /// The layer of a weight [outputs, inputs] and a bias [outputs]. Nothing is checked: those that do not fit each
    /// other give an invalid tensor when it is applied.
    public init(weight: StateVariable, bias: StateVariable, activation: Activation = .identity) {
        self.weight = weight
        self.bias = bias
        self.activation = activation
    }

    /// The width of an input, the last extent of the weight.
    public var inputs: Int { weight.type.shape.last ?? 0 }
    /// The width of an output, the first extent of the weight.
    public var outputs: Int { weight.type.shape.first ?? 0 }
    /// What its variables' names begin with: `encoder.0`.
    public var name: String { String(weight.name.dropLast(weight.name.hasSuffix(".weight") ? ".weight".count : 0)) }

    /// `activation(x Wᵀ + b)`: [batch, inputs] → [batch, outputs].
    public func callAsFunction(_ x: Tensor) -> Tensor { activation(input(x)) }

    /// The same in a pass, among whose parameters are then the weight and the bias: [batch, inputs] → [batch, outputs].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        activation(x.dotTransposed(pass.parameter(weight)) + pass.parameter(bias))
    }

    /// What goes into the nonlinearity: [batch, inputs] → [batch, outputs].
    public func input(_ x: Tensor) -> Tensor { x.dotTransposed(weight.tensor) + bias.tensor }
}
