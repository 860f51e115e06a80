public import StrataGraph

/// A nonlinearity, by itself or at the end of a layer.
public enum Activation: String, Layer, Hashable, CaseIterable, Codable {
    case identity, relu
    /// With a slope of 0.2 below 0, as adversarial networks use it (Radford et al. 2016).
    case leakyReLU = "leaky-relu"
    case sigmoid, tanh, softplus

    /// Element by element: any shape → the same shape.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        switch self {
        case .identity: x
        case .relu: x.relu()
        case .leakyReLU: x.maximum(x * 0.2)
        case .sigmoid: x.sigmoid()
        case .tanh: x.tanh()
        case .softplus: x.softplus()
        }
    }

    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor { self(x) }
}
