import StrataBackend
public import StrataGraph

/// Brightness in steps from 0 to 1, of each of which the decoder gives the logit: a softmax for each feature.
public struct CategoricalDecoder: DecoderDistribution {
    private let levels: Int

    /// - `levels`: The values that a feature can have, 256 of bytes; from 2 to 65,536, the nearest where another was asked
    ///   for.
    public init(levels: Int = 256) { self.levels = min(max(levels, 2), 65536) }

    public var numbersPerFeature: Int { levels }
    public var domain: ValueDomain? { .levels }
    public var isDiscrete: Bool { true }

    public func logLikelihood(of x: Tensor, given output: Tensor) -> Tensor {
        let logits = logits(output)
        if logits.isInvalid { return logits }
        let level = (x * Float(levels - 1)).rounded()
        let own = Tensor.iota(logits.shape, axis: 1).equal(level.reshape([x.shape.first ?? 1, 1, logits.shape[2]]))
        return ((logits * own).sum([1]) - logits.logSumExp(axis: 1)).sum([1])
    }

    public func mean(_ output: Tensor) -> Tensor {
        let logits = logits(output)
        if logits.isInvalid { return logits }
        return (logits.softmax(axis: 1) * Tensor.iota(logits.shape, axis: 1)).sum([1]) * (1 / Float(levels - 1))
    }

    public func draw(_ output: Tensor, _ key: RandomKey) -> Tensor? {
        let logits = logits(output)
        if logits.isInvalid { return logits }
        let (batch, features) = (logits.shape[0], logits.shape[2])
        let rows = logits.transpose([0, 2, 1]).reshape([batch.saturatingMultiplied(by: features), levels])
        return
            (key.named("x").categorical(rows).reshape([batch, features, levels])
            * Tensor.iota([batch, features, levels], axis: 2)).sum([2]) * (1 / Float(levels - 1))
    }

    /// [batch, levels · features] → [batch, levels, features].
    private func logits(_ output: Tensor) -> Tensor {
        if output.isInvalid { return output }
        return output.reshape([output.shape.first ?? 1, levels, (output.shape.last ?? 0) / levels])
    }
}
