import StrataBackend
public import StrataGraph

/// Multi-head self-attention (Vaswani et al., "Attention is all you need", 2017): `in_proj_weight` [3 · width, width],
/// `in_proj_bias`, `out_proj.weight` and `out_proj.bias`, as PyTorch's `MultiheadAttention` with `batch_first`.
public struct Attention: Layer, Hashable {
    /// Heads, of which each has an equal share of the width.
    public var heads: Int
    /// Whether a position attends to itself and those before it only.
    public var isCausal: Bool

    /// Self-attention of a width that it takes from its input. Nothing is checked here: a width that does not make
    /// equal heads gives an invalid tensor when it is applied.
    public init(heads: Int, isCausal: Bool = false) {
        self.heads = heads
        self.isCausal = isCausal
    }

    /// [batch, length, width] → the same shape.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard x.rank == 3, heads > 0, x.shape[2] % heads == 0 else {
            return pass.invalid(
                "attention: the input is \(x.shape), expected [batch, length, width] with \(heads) equal heads")
        }
        let (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2])
        let part = width / heads
        let bound = (6 / Float(4 * width)).squareRoot()
        let weight = pass.parameter("in_proj_weight", [3 * width, width], .uniform(low: -bound, high: bound))
        let projected = x.dotTransposed(weight) + pass.parameter("in_proj_bias", [3 * width], .zeros)
        // [batch, heads, length, part] each.
        let (query, key, value) = (
            head(projected, 0, batch, length, part), head(projected, 1, batch, length, part),
            head(projected, 2, batch, length, part)
        )
        var scores = (query * (1 / Float(part).squareRoot())).dot(
            key, DotAxes(leftBatch: [0, 1], rightBatch: [0, 1], leftContract: [3], rightContract: [3]))
        if isCausal {
            let isLater = Tensor.iota([length, length], axis: 1).greater(.iota([length, length], axis: 0))
            scores = isLater.broadcast(to: scores.shape, axes: [2, 3]).select(.constant(-1e30, scores.shape), scores)
        }
        let mixed = scores.softmax(axis: 3).dot(
            value, DotAxes(leftBatch: [0, 1], rightBatch: [0, 1], leftContract: [3], rightContract: [2]))
        let joined = mixed.transpose([0, 2, 1, 3]).reshape([batch, length, width])
        let output = Dense(width, initialization: Initialization(weight: { inputs, _ in .linear(fanIn: inputs) }))
        return pass.apply(output, named: "out_proj", to: joined)
    }

    private func head(_ projected: Tensor, _ number: Int, _ batch: Int, _ length: Int, _ part: Int) -> Tensor {
        projected.slice(number * heads * part..<(number + 1) * heads * part, axis: 2)
            .reshape([batch, length, heads, part]).transpose([0, 2, 1, 3])
    }
}
