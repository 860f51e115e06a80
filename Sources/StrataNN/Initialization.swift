public import StrataGraph

/// How the weights and the bias of a layer start, given the number of inputs and outputs of each unit.
public struct Initialization: Sendable {
    /// The start of a layer's weights, given the inputs and the outputs of a unit, which of convolutions count the
    /// filter's pixels too.
    public var weight: @Sendable (_ inputs: Int, _ outputs: Int) -> Initializer
    /// The start of a layer's biases, given the inputs of a unit.
    public var bias: @Sendable (_ inputs: Int) -> Initializer

    /// A start of weights and biases, the biases 0 where not given.
    public init(
        weight: @escaping @Sendable (_ inputs: Int, _ outputs: Int) -> Initializer,
        bias: @escaping @Sendable (_ inputs: Int) -> Initializer = { _ in .zeros }
    ) {
        self.weight = weight
        self.bias = bias
    }

    /// Uniform on ±√(1 / inputs), weights and biases: PyTorch's default.
    public static let standard = Initialization(
        weight: { inputs, _ in .linear(fanIn: inputs) }, bias: { .linear(fanIn: $0) })

    /// Normal with variance 2 / inputs (He et al. 2015), for rectified units; biases 0.
    public static let he = Initialization(weight: { inputs, _ in .he(fanIn: inputs) })

    /// Uniform on ±gain √(6 / (inputs + outputs)) (Glorot and Bengio 2010), for units of tanh, and with a gain of 4 for
    /// sigmoids; biases 0.
    public static func glorot(gain: Float = 1) -> Initialization {
        Initialization(weight: { inputs, outputs in
            let bound = gain * (6 / Float(max(inputs + outputs, 1))).squareRoot()
            return .uniform(low: -bound, high: bound)
        })
    }

    /// All 0, for what must start without an effect.
    public static let zeros = Initialization(weight: { _, _ in .zeros })

    /// The one that suits a nonlinearity.
    public static func suited(to activation: Activation) -> Initialization { activation == .relu ? .he : .standard }
}
