public import StrataGraph

/// Dense layers that may be normalised before their nonlinearity and thinned out after it.
///
/// Dropout (Srivastava et al. 2014) puts units out at random while training and scales up the others, so that nothing
/// is left to do afterwards.
public struct HiddenLayers: Sendable, Hashable {
    public let layers: [Dense]
    private let normalizations: [Normalization]
    private let dropout: Float

    public init(_ network: MultilayerPerceptron, normalization: Normalization.Kind = .none, dropout: Float = 0) {
        layers = network.layers
        normalizations = network.layers.enumerated().map { position, layer in
            Normalization(normalization, name: "normalization.\(position)", width: layer.outputs)
        }
        self.dropout = dropout
    }

    /// What a gradient teaches.
    public var parameters: [StateVariable] { layers.flatMap(\.variables) + normalizations.flatMap(\.parameters) }
    public var variables: [StateVariable] { layers.flatMap(\.variables) + normalizations.flatMap(\.variables) }

    /// As they are after training: [batch, inputs] → [batch, outputs].
    public func callAsFunction(_ x: Tensor) -> Tensor {
        activations(x).last?.activations ?? x
    }

    /// What each layer makes of x after training, from the lowest up: [batch, outputs] by the layer's name.
    public func activations(_ x: Tensor) -> [(name: String, activations: Tensor)] {
        var h = x
        return zip(layers, normalizations).map { layer, normalization in
            h = layer.activation(normalization(layer.input(h)))
            return (layer.name, h)
        }
    }

    /// As they are in training, with what becomes of the normalisations' running averages.
    public func training(_ x: Tensor, _ key: RandomKey) -> (output: Tensor, updates: Updates) {
        var h = x
        var updates: Updates = []
        for (position, (layer, normalization)) in zip(layers, normalizations).enumerated() {
            let normalized = normalization.training(layer.input(h))
            h = layer.activation(normalized.output)
            if dropout > 0 {
                let kept = key.named("dropout").numbered(position).bernoulli(.constant(1 - dropout, h.shape))
                h = h * kept * (1 / (1 - dropout))
            }
            updates += normalized.updates
        }
        return (h, updates)
    }
}
