public import StrataGraph

/// Layers one after the other, named by their places: `0`, `1`, …, as PyTorch's `Sequential`.
public struct Sequential: Layer {
    /// The layers from the input on, each of which takes the output of the one before.
    public var layers: [any Layer]

    /// Layers from the input on; none give the input as it is. That each takes what the one before gives is told when
    /// they are applied.
    public init(_ layers: [any Layer]) { self.layers = layers }

    /// An input of the first layer [batch, …] → an output of the last [batch, …].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        var h = x
        for (place, layer) in layers.enumerated() {
            h = pass.apply(layer, named: "\(place)", to: h)
            if !(layer is any Rearrangement) { pass.note("\(place)", h) }
        }
        return h
    }

    /// The layers of both, in one: those of the second are named on from the places of the first.
    public static func + (first: Sequential, second: Sequential) -> Sequential {
        Sequential(first.layers + second.layers)
    }
}
