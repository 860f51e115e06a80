public import StrataGraph

/// A nonlinearity, by itself or at the end of a layer.
public enum Activation: String, Layer, Hashable, CaseIterable, Codable {
    /// The input as it is: no nonlinearity.
    case identity
    /// `max(x, 0)`, a rectified unit.
    case relu
    /// With a slope of 0.2 below 0, as adversarial networks use it (Radford et al. 2016).
    case leakyReLU = "leaky-relu"
    /// `1 / (1 + exp(−x))`, between 0 and 1.
    case sigmoid
    /// The hyperbolic tangent, between −1 and 1.
    case tanh
    /// `log(1 + exp(x))`, a smooth `relu`.
    case softplus
    /// `x · sigmoid(x)`, a smooth `relu` that dips below 0 (Elfwing, Uchibe and Doya 2018).
    case silu

    /// Element by element: any shape → the same shape.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        switch self {
        case .identity: x
        case .relu: x.relu()
        case .leakyReLU: x.maximum(x * 0.2)
        case .sigmoid: x.sigmoid()
        case .tanh: x.tanh()
        case .softplus: x.softplus()
        case .silu: x * x.sigmoid()
        }
    }

    /// Element by element, the same in training and after it: any shape → the same shape.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor { self(x) }
}
