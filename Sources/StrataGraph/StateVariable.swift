public import StrataBackend

/// Something a model keeps between steps, known by its name: `encoder.0.weight`, `adam.m.encoder.0.weight`.
///
/// A graph mentions its variables by using them; nothing else has to be declared. Names follow PyTorch's habit, so
/// weights cross over.
public struct StateVariable: Hashable, Sendable {
    public var name: String
    public var type: TensorType
    public var initializer: Initializer

    public init(_ name: String, _ shape: Shape, dtype: DType = .float32, initializer: Initializer) {
        self.name = name
        self.type = TensorType(shape, dtype)
        self.initializer = initializer
    }

    /// The variable's value at the start of a step.
    public var tensor: Tensor { Tensor(op: .state(self), [], location: .none) }
}

/// How a variable starts. Draws come from the counter-based generator, keyed by the seed and the variable's name,
/// so they are the same on every backend and do not depend on which other variables exist.
public enum Initializer: Hashable, Sendable {
    case constant(Float)
    case uniform(low: Float, high: Float)
    case normal(mean: Float, deviation: Float)

    public static var zeros: Initializer { .constant(0) }

    /// Uniform on ±√(1/fanIn), PyTorch's default for linear layers.
    public static func linear(fanIn: Int) -> Initializer {
        let bound = 1 / Float(max(fanIn, 1)).squareRoot()
        return .uniform(low: -bound, high: bound)
    }

    /// Uniform on ±√(6 / (fanIn + fanOut)) (Glorot and Bengio 2010), for tanh and sigmoid layers.
    public static func glorot(fanIn: Int, fanOut: Int) -> Initializer {
        let bound = (6 / Float(max(fanIn + fanOut, 1))).squareRoot()
        return .uniform(low: -bound, high: bound)
    }

    /// Normal with variance 2 / fanIn (He et al. 2015), for rectified layers.
    public static func he(fanIn: Int) -> Initializer {
        .normal(mean: 0, deviation: (2 / Float(max(fanIn, 1))).squareRoot())
    }

    /// The starting value as a graph of the key (int32 [2]: the seed and 0).
    public func value(of variable: StateVariable, key: Tensor) -> Tensor {
        let shape = variable.type.shape
        let stream = RandomKey(key).named(variable.name)
        let value: Tensor =
            switch self {
            case .constant(let value): Tensor.constant(value, shape)
            case .uniform(let low, let high): stream.uniform(shape) * (high - low) + low
            case .normal(let mean, let deviation): stream.normal(shape) * deviation + mean
            }
        return value.cast(to: variable.type.dtype)
    }
}
