public import StrataGraph

/// What lies below the outputs of a network: it makes a code of an example, and a gradient with respect to its
/// parameters teaches it.
public protocol NetworkBody: Sendable {
    /// What a gradient teaches.
    var parameters: [StateVariable] { get }
    /// These, and what is kept besides.
    var variables: [StateVariable] { get }
    /// As it is after training: [batch, inputs] → [batch, outputs].
    func callAsFunction(_ x: Tensor) -> Tensor
    /// What each layer makes of x after training, from the lowest up: [batch, outputs] by the layer's name.
    func activations(_ x: Tensor) -> [(name: String, activations: Tensor)]
    /// As it is in training, with what becomes of the variables that no gradient teaches.
    func training(_ x: Tensor, _ key: RandomKey) -> (output: Tensor, updates: Updates)
}
