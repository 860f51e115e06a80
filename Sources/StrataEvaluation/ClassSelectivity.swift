import StrataBackend

/// How much more each unit responds to one class than to the others (Morcos, Barrett, Rabinowitz and Botvinick, "On the
/// importance of single directions for generalization", 2018): (μₘₐₓ − μ₋ₘₐₓ) / (μₘₐₓ + μ₋ₘₐₓ), of the mean response to
/// the class that the unit responds to most, and the mean over the other classes of theirs.
///
/// Responses are magnitudes, so that the index goes from 0 to 1 for units with signs too. Classes without examples are
/// left out.
public struct ClassSelectivity: Sendable, Hashable {
    /// For each unit; 0 for one that is always silent.
    public var units: [Double]
    /// Over the units that are ever active; 0 where none is.
    public var mean: Double

    /// Throws `data` for fewer than 2 classes with examples.
    public init(_ labelled: LabelledCodes) throws {
        let (values, width) = (labelled.values, labelled.width)
        let classes = labelled.labels.classNames.count
        var counts = [Double](repeating: 0, count: classes)
        var sums = [Double](repeating: 0, count: classes * width)
        for (row, label) in labelled.labels.values.enumerated() {
            counts[Int(label)] += 1
            for unit in 0..<width { sums[Int(label) * width + unit] += Double(values[row * width + unit].magnitude) }
        }
        let present = counts.indices.filter { counts[$0] > 0 }
        guard present.count > 1 else {
            throw StrataError(
                .data, "class selectivity takes examples of at least 2 classes, and there are \(present.count)")
        }
        var (selective, active) = (0.0, 0)
        units = (0..<width).map { unit in
            let responses = present.map { sums[$0 * width + unit] / counts[$0] }
            let most = responses.max() ?? 0
            guard most > 0 else { return 0 }
            let others = (responses.reduce(0, +) - most) / Double(present.count - 1)
            let index = (most - others) / (most + others)
            selective += index
            active += 1
            return index
        }
        mean = active > 0 ? selective / Double(active) : 0
    }
}
