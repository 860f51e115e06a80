import StrataBackend
public import StrataGraph

/// A fully connected layer: `activation(x Wᵀ + b)`, with `weight` [outputs, inputs] and `bias` [outputs] as PyTorch's `Linear`.
public struct Dense: Layer {
    /// The width of an output.
    public var outputs: Int
    /// The nonlinearity at the end; `identity` for none.
    public var activation: Activation
    /// Whether there is a `bias`; a normalization that follows makes up for it.
    public var hasBias: Bool
    /// How `weight` and `bias` start.
    public var initialization: Initialization

    /// A dense layer of as many inputs as its input has. Nothing is checked here: fewer than 1 output gives an invalid
    /// tensor when it is applied.
    public init(
        _ outputs: Int, activation: Activation = .identity, hasBias: Bool = true,
        initialization: Initialization = .standard
    ) {
        self.outputs = outputs
        self.activation = activation
        self.hasBias = hasBias
        self.initialization = initialization
    }

    /// [batch, …, inputs] → [batch, …, outputs].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard x.rank > 1, let inputs = x.shape.last, outputs > 0 else {
            return pass.invalid(
                "dense: the input is \(x.shape) and there are \(outputs) outputs, expected [batch, …, inputs]")
        }
        let weight = pass.weight("weight", [outputs, inputs], initialization.weight(inputs, outputs))
        let product = x.dotTransposed(weight)
        return activation(hasBias ? product + pass.parameter("bias", [outputs], initialization.bias(inputs)) : product)
    }
}
