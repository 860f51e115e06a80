public import StrataGraph

/// Dense layers that may be normalised before their nonlinearity and thinned out after it.
public struct HiddenLayers: NetworkBody, Hashable {
    public let layers: [Dense]
    private let normalizations: [Normalization]
    private let dropout: Dropout

    public init(_ network: MultilayerPerceptron, normalization: Normalization.Kind = .none, dropout: Float = 0) {
        layers = network.layers
        normalizations = network.layers.enumerated().map { position, layer in
            Normalization(normalization, name: "normalization.\(position)", width: layer.outputs)
        }
        self.dropout = Dropout(dropout)
    }

    public var parameters: [StateVariable] { layers.flatMap(\.variables) + normalizations.flatMap(\.parameters) }
    public var variables: [StateVariable] { layers.flatMap(\.variables) + normalizations.flatMap(\.variables) }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        activations(x).last?.activations ?? x
    }

    public func activations(_ x: Tensor) -> [(name: String, activations: Tensor)] {
        var h = x
        return zip(layers, normalizations).map { layer, normalization in
            h = layer.activation(normalization(layer.input(h)))
            return (layer.name, h)
        }
    }

    /// With what becomes of the normalisations' running averages.
    public func training(_ x: Tensor, _ key: RandomKey) -> (output: Tensor, updates: Updates) {
        var h = x
        var updates: Updates = []
        for (position, (layer, normalization)) in zip(layers, normalizations).enumerated() {
            let normalized = normalization.training(layer.input(h))
            h = dropout(layer.activation(normalized.output), key.named("dropout").numbered(position))
            updates += normalized.updates
        }
        return (h, updates)
    }
}
