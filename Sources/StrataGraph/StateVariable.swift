public import StrataBackend

/// Something a model keeps between steps, known by its name: `encoder.0.weight`, `adam.m.encoder.0.weight`.
///
/// A graph mentions its variables by using them; nothing else has to be declared. Names follow PyTorch's habit, so
/// weights cross over.
public struct StateVariable: Hashable, Sendable {
    /// The name by which sessions and checkpoints know it: in a session, one name is one piece of memory.
    public var name: String
    /// The shape and element type, which stay the same for as long as the variable lives.
    public var type: TensorType
    /// How the variable starts, drawn when a session first meets it.
    public var initializer: Initializer

    /// A variable of `shape`, float32 unless told otherwise. Nothing is made until a session meets it.
    public init(_ name: String, _ shape: Shape, dtype: DType = .float32, initializer: Initializer) {
        self.name = name
        self.type = TensorType(shape, dtype)
        self.initializer = initializer
    }

    /// The variable's value at the start of a step.
    public var tensor: Tensor { Tensor(op: .state(self), [], location: .none) }
}
