import Foundation

/// The logarithm of the mean of weights given by their logarithms.
struct LogMean {
    let value: Double
    /// Of the value, by the delta method; 0 for a single weight.
    let standardError: Double

    init(_ logWeights: [Double], plus constant: Double = 0) {
        let largest = logWeights.max() ?? 0
        let weights = logWeights.map { exp($0 - largest) }
        let count = Double(weights.count)
        let mean = weights.reduce(0, +) / count
        let variance = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
        value = largest + log(mean) + constant
        standardError = (variance / count).squareRoot() / mean
    }

    private init(value: Double, standardError: Double) { (self.value, self.standardError) = (value, standardError) }

    /// The logarithm of the mean's inverse.
    var negated: LogMean { LogMean(value: -value, standardError: standardError) }
}
