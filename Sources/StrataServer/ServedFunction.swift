import StrataBackend

/// One ability of a trained model as a service offers it: rows of named tensors in, rows of named tensors out.
public struct ServedFunction: Sendable {
    /// How requests become calls.
    public enum Batching: Sendable {
        /// The rows of several requests go through one call, since a row's result depends on that row alone.
        case rows
        /// A request is a call.
        case request
    }

    /// The name, such as `encode`; a client asks for `vae-encode`.
    public let name: String
    /// What it takes.
    public let inputs: [TensorSpec]
    /// What it gives.
    public let outputs: [TensorSpec]
    /// How requests become calls.
    public let batching: Batching
    /// From the inputs' values, in their order, to those of the outputs. An optional input that was left out is empty.
    let call: @Sendable (_ inputs: [TensorValues]) throws -> [TensorValues]

    /// Throws what the body throws for inputs that it does not take.
    func callAsFunction(_ inputs: [TensorValues]) throws -> [TensorValues] { try call(inputs) }
}
