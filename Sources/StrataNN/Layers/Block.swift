public import StrataGraph

/// A hidden layer as deep networks have it: a linear layer, normalised where asked for, a nonlinearity, dropout.
///
/// The parameters of the linear layer are named as if it stood alone, those of the normalisation `norm.…` beside them.
public struct Block: Layer {
    /// Such as `Dense` or `Convolution`, without a nonlinearity of its own.
    public var linear: any Layer
    public var normalization: Normalization?
    public var activation: Activation
    public var dropout: Dropout

    public init(
        _ linear: any Layer, normalization: Normalization? = nil, activation: Activation = .identity, dropout: Float = 0
    ) {
        self.linear = linear
        self.normalization = normalization
        self.activation = activation
        self.dropout = Dropout(dropout)
    }

    /// What the linear layer makes of its input, and of that shape.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        var h = linear(x, &pass)
        if let normalization { h = pass.apply(normalization, named: "norm", to: h) }
        return pass.apply(dropout, named: "dropout", to: activation(h))
    }
}
