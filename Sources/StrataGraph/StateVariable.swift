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
