public import StrataGraph

/// A named number that says how well something went, a mean over examples. Names are the field's: `elbo`,
/// `reconstruction_error`, `free_energy`.
public struct Metric: Sendable {
    /// The name in logs, charts and results.
    public var name: String
    /// One value for each example, [batch] or [batch, parts]; or what is a mean already, a scalar.
    public var values: Tensor
    /// What is subtracted from them, of the same shape. The mean is the difference of both means, which other metrics may be
    /// already.
    public var subtrahend: Tensor?
    /// What follows from the means of `values` over all examples, where not the mean itself is the metric.
    public var derivation: (@Sendable (_ means: [Float]) -> Float)?
    /// What a user is to be told of a value that says that something went wrong; `nil` for any other value.
    public var warning: (@Sendable (_ value: Float) -> String?)?

    /// - `values`: [batch], whose mean is the metric, or a scalar that is a mean already.
    /// - `subtrahend`: What is subtracted from them, of the same shape.
    public init(_ name: String, _ values: Tensor, minus subtrahend: Tensor? = nil) {
        self.name = name
        self.values = values
        self.subtrahend = subtrahend
    }

    /// A metric that is no mean over examples but follows from such means, as a share of variance does: the means are taken
    /// over all examples before it is derived, so that it does not depend on the batches.
    ///
    /// - `values`: [batch, parts].
    public init(_ name: String, from values: Tensor, derivation: @escaping @Sendable (_ means: [Float]) -> Float) {
        self.name = name
        self.values = values
        self.derivation = derivation
    }

    /// The same metric with something to tell where its value is below a bound.
    public func warning(below bound: Float, _ text: String) -> Metric { warned { $0 < bound ? text : nil } }

    /// The same metric with something to tell where its value is above a bound.
    public func warning(above bound: Float, _ text: String) -> Metric { warned { $0 > bound ? text : nil } }

    private func warned(_ warning: @escaping @Sendable (Float) -> String?) -> Metric {
        var metric = self
        metric.warning = warning
        return metric
    }

    /// Whether there is a value for each example.
    public var isPerExample: Bool { values.rank > 0 }

    /// The mean over the batch: a scalar, or [parts].
    public var mean: Tensor { mean { $0 } }

    /// The mean over the batch of values weighted by [batch], of which the mean is 1 over the whole split.
    public func mean(weights: Tensor) -> Tensor {
        mean { values in
            guard values.rank > 0 else { return values }
            return values * (values.rank > 1 ? weights.reshape([weights.shape.first ?? 1, 1]) : weights)
        }
    }

    /// The metric of other tensors in place of those that it is made of.
    package func mapped(_ change: (Tensor) -> Tensor) -> Metric {
        var metric = self
        metric.values = change(values)
        metric.subtrahend = subtrahend.map(change)
        return metric
    }

    private func mean(_ weighted: (Tensor) -> Tensor) -> Tensor {
        func mean(_ values: Tensor) -> Tensor {
            if values.isInvalid { return values }
            let values = weighted(values)
            return values.rank == 0 ? values : derivation == nil ? values.mean() : values.mean([0])
        }
        return subtrahend.map { mean(values) - mean($0) } ?? mean(values)
    }
}
