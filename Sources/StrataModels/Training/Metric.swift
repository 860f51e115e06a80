public import StrataGraph

/// A named number that says how well something went, a mean over examples. Names are the field's: `elbo`,
/// `reconstruction_error`, `free_energy`.
public struct Metric: Sendable {
    public var name: String
    /// One value for each example, [batch] or [batch, parts]; or what is a mean already, a scalar.
    public var values: Tensor
    /// What follows from the means of `values` over all examples, where not the mean itself is the metric.
    public var derivation: (@Sendable (_ means: [Float]) -> Float)?

    /// - Parameter values: [batch], whose mean is the metric, or a scalar that is a mean already.
    public init(_ name: String, _ values: Tensor) {
        self.name = name
        self.values = values
    }

    /// A metric that is no mean over examples but follows from such means, as a share of variance does: the means are taken
    /// over all examples before it is derived, so that it does not depend on the batches.
    ///
    /// - Parameter values: [batch, parts].
    public init(_ name: String, from values: Tensor, derivation: @escaping @Sendable (_ means: [Float]) -> Float) {
        self.name = name
        self.values = values
        self.derivation = derivation
    }

    /// Whether there is a value for each example.
    public var isPerExample: Bool { values.rank > 0 }

    /// The mean over the batch: a scalar, or [parts].
    public var mean: Tensor {
        if values.isInvalid { return values }
        return values.rank == 0 ? values : derivation == nil ? values.mean() : values.mean([0])
    }

    /// The mean over the batch of values weighted by [batch], of which the mean is 1 over the whole split.
    public func mean(weights: Tensor) -> Tensor {
        guard isPerExample, !values.isInvalid else { return mean }
        let column = values.rank > 1 ? weights.reshape([weights.shape.first ?? 1, 1]) : weights
        var weighted = self
        weighted.values = values * column
        return weighted.mean
    }
}
