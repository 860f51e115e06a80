public import StrataGraph

/// A layer's nonlinearity.
public enum Activation: String, Sendable, Hashable, CaseIterable, Codable {
    case identity, relu, leakyReLU, sigmoid, tanh, softplus

    public func callAsFunction(_ x: Tensor) -> Tensor {
        switch self {
        case .identity: x
        case .relu: x.relu()
        // The slope of 0.2 that adversarial networks use (Radford et al. 2016).
        case .leakyReLU: x.maximum(x * 0.2)
        case .sigmoid: x.sigmoid()
        case .tanh: x.tanh()
        case .softplus: x.softplus()
        }
    }
}
