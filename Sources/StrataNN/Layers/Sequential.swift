public import StrataGraph

/// Layers one after the other, named by their places: `0`, `1`, …, as PyTorch's `Sequential`.
public struct Sequential: Layer {
    public var layers: [any Layer]

    public init(_ layers: [any Layer]) { self.layers = layers }

    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        var h = x
        for (place, layer) in layers.enumerated() {
            h = pass.apply(layer, named: "\(place)", to: h)
            if !(layer is any Rearrangement) { pass.note("\(place)", h) }
        }
        return h
    }

    public static func + (first: Sequential, second: Sequential) -> Sequential {
        Sequential(first.layers + second.layers)
    }
}
