public import StrataGraph

/// A function of all gradients of an update, applied before the rule.
public protocol GradientTransform: Sendable {
    /// The changed gradients, in the same order and of the same shapes; `parameters` are the present values.
    func callAsFunction(_ gradients: [Tensor], of parameters: [Tensor]) -> [Tensor]
}

/// The gradients scaled down to a greatest Euclidean norm of all of them together (Pascanu, Mikolov and Bengio 2013).
public struct ClipByGlobalNorm: GradientTransform, Hashable {
    /// The greatest norm that gradients keep, above 0.
    public var maximum: Float

    /// Clips gradients to a norm above 0, which is not checked.
    public init(_ maximum: Float) { self.maximum = maximum }

    /// The gradients times one scalar, 1 where their norm is small enough: the same shapes.
    public func callAsFunction(_ gradients: [Tensor], of parameters: [Tensor]) -> [Tensor] {
        let squares = gradients.map { $0.squared().sum() }
        guard let first = squares.first else { return gradients }
        let norm = squares.dropFirst().reduce(first, +).squareRoot()
        // Not divided by a norm of 0.
        let factor = maximum / norm.maximum(Swift.max(maximum, .leastNormalMagnitude))
        return gradients.map { $0 * factor }
    }
}

/// The gradient of an L2 penalty, `g + λ w`, added to weights. Biases and scales are few and do not overfit (Hinton 2010,
/// section 10).
public struct WeightPenalty: GradientTransform, Hashable {
    /// The λ of the penalty ½ λ ‖w‖².
    public var weightDecay: Float

    /// An L2 penalty of weight λ; 0 leaves gradients as they are.
    public init(_ weightDecay: Float) { self.weightDecay = weightDecay }

    /// The gradients of parameters, with λ w added where a parameter has two axes or more: the same shapes.
    public func callAsFunction(_ gradients: [Tensor], of parameters: [Tensor]) -> [Tensor] {
        zip(gradients, parameters).map { $1.shape.rank > 1 ? $0 + $1 * weightDecay : $0 }
    }
}
