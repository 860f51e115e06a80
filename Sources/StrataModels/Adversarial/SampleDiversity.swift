import StrataGraph

extension Metric {
    /// How much samples vary over how much examples do: `√(Σ Var x̃ / Σ Var x)`, the variances summed over features, which
    /// is the ratio of the root mean square distances between two of each. It is 1 for samples of the examples' own
    /// distribution, and about 0 for a generator whose samples are all alike.
    ///
    /// - Parameters:
    ///   - samples: [batch, features].
    ///   - examples: Of the same shape.
    static func sampleDiversity(_ samples: Tensor, of examples: Tensor) -> Metric {
        let features = samples.extent(1)
        let squares = [samples, examples].map { $0.squared().sum([1], keepingAxes: true) }
        return Metric("sample_diversity", from: .concatenate(squares + [samples, examples], axis: 1)) { means in
            func variance(_ part: Int) -> Float {
                let start = 2 + part * features
                return means[start..<start + features].reduce(means[part]) { $0 - $1 * $1 }
            }
            let whole = variance(1)
            return whole > 0 ? (max(variance(0), 0) / whole).squareRoot() : 1
        }.warning(
            below: 0.1,
            "the generator has collapsed: its samples vary less than a tenth as much as the examples; try r1, another"
                + " loss, or a lower learning rate")
    }
}
