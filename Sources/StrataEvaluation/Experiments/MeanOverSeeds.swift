/// A mean over the seeds of an experiment, and how far the interval that holds it with 95 % goes to either side, by
/// Student's t distribution.
public struct MeanOverSeeds: Sendable, Hashable {
    /// The mean; 0 of no values.
    public var value: Double
    /// Half the width of the interval; `nil` for a single seed.
    public var margin: Double?

    /// The mean of a value for each seed.
    public init(_ values: [Double]) {
        let count = Double(values.count)
        let mean = values.reduce(0, +) / max(count, 1)
        value = mean
        guard values.count > 1 else { return }
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        margin = StudentT.quantile(freedom: values.count - 1) * (variance / count).squareRoot()
    }
}

/// Student's t distribution.
enum StudentT {
    /// What a number of so many degrees of freedom exceeds with a probability of 2.5 %: from tables for the first ten, then by
    /// the series about the normal distribution (Abramowitz and Stegun 1964, 26.7.5), to three digits.
    static func quantile(freedom: Int) -> Double {
        let known = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
        if freedom <= known.count { return known[max(freedom, 1) - 1] }
        let n = Double(freedom)
        return 1.959964 + 2.372271 / n + 2.822499 / (n * n) + 2.555855 / (n * n * n)
    }
}
