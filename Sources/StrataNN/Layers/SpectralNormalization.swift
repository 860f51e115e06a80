import StrataBackend
public import StrataGraph

/// A layer whose weights are divided by their greatest singular value: `W / σ(W)`, each matrix or filter that it or a
/// layer within it asks for by `Pass.weight(_:_:_:outputs:)` (Miyato et al., "Spectral normalization for generative
/// adversarial networks", 2018). Biases and the scales of normalizations stay as they are.
///
/// A filter counts as the matrix [outputs, inputs · height · width]. σ is found by power iteration: each application in
/// training makes one turn, `v ← Wᵀu / ‖Wᵀu‖`, `u ← W v / ‖W v‖`, and keeps u as the buffer `weight_u` beside `weight`, the
/// weight before the division. `σ = uᵀ W v` takes u and v for constants. Parameters are named as if the layer stood
/// alone.
public struct SpectralNormalization: Layer {
    /// The layer whose weights are divided.
    public var layer: any Layer

    /// A layer, mostly a composed one, with the weights that it has divided.
    public init(_ layer: any Layer) { self.layer = layer }

    /// An input of the layer → its output.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        pass.apply(layer, weights: Self.divided, to: x)
    }

    /// What is added to a squared length, and the least σ that divides, so that weights of 0 stay 0.
    private static let epsilon: Float = 1e-12

    private static func divided(_ name: String, _ weight: Tensor, _ outputs: Int, _ pass: inout Pass) -> Tensor {
        guard !weight.isInvalid, weight.shape.indices.contains(outputs) else { return weight }
        let order = [outputs] + weight.shape.indices.filter { $0 != outputs }
        let matrix = (outputs == 0 ? weight : weight.transpose(order)).flattened()
        let (rows, constant) = (weight.shape[outputs], matrix.stopGradient())
        let u = pass.buffer("\(name)_u", [rows], .normal(mean: 0, standardDeviation: 1)).reshape([1, rows])
        let v = unit(u.dot(constant))
        let next = unit(v.dotTransposed(constant))
        if pass.isTraining { pass.update("\(name)_u", next.reshape([rows])) }
        let sigma = (next.stopGradient().dot(matrix) * v.stopGradient()).sum()
        return weight / sigma.maximum(epsilon)
    }

    private static func unit(_ x: Tensor) -> Tensor { x / (x.squared().sum() + epsilon).squareRoot() }
}
