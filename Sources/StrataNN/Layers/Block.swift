public import StrataGraph

/// A hidden layer as deep networks have it: a linear layer, normalized where asked for, a nonlinearity, dropout.
///
/// The parameters of the linear layer are named as if it stood alone, those of the normalization `norm.…` beside them.
public struct Block: Layer {
    /// Such as `Dense` or `Convolution`, without a nonlinearity of its own.
    public var linear: any Layer
    /// What the linear layer's output is normalized by, before the nonlinearity; `nil` for not at all.
    public var normalization: Normalization?
    /// The nonlinearity; `identity` for none.
    public var activation: Activation
    /// What drops units of the nonlinearity's output in training; none at a rate of 0.
    public var dropout: Dropout

    /// A linear layer and what follows it. Nothing is checked here.
    ///
    /// - `dropout`: The probability that a unit is dropped in training, from 0 up to but not including 1.
    public init(
        _ linear: any Layer, normalization: Normalization? = nil, activation: Activation = .identity, dropout: Float = 0
    ) {
        self.linear = linear
        self.normalization = normalization
        self.activation = activation
        self.dropout = Dropout(dropout)
    }

    /// An input of the linear layer → its output, of the same shape: [batch, inputs] → [batch, outputs] of `Dense`.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        var h = linear(x, &pass)
        if let normalization { h = pass.apply(normalization, named: "norm", to: h) }
        return pass.apply(dropout, named: "dropout", to: activation(h))
    }
}
