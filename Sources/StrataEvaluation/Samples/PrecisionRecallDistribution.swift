import Foundation

/// Precision and recall of a distribution against another as a curve, from the shares that both have in some bins:
/// Sajjadi et al., "Assessing generative models via precision and recall", 2018.
public struct PrecisionRecallDistribution: Sendable {
    /// Points of the curve, from recall to precision.
    public let points: [(precision: Double, recall: Double)]

    /// The curve of shares `samples` against shares `real` in the same bins, each of a sum of 1; `angles` points of it.
    public init(real: [Double], samples: [Double], angles: Int = 1001) {
        points = (1...max(angles, 1)).map { step in
            let slope = tan(Double(step) / Double(max(angles, 1) + 1) * .pi / 2)
            let precision = zip(real, samples).reduce(0) { $0 + min(slope * $1.0, $1.1) }
            return (min(precision, 1), min(precision / slope, 1))
        }
    }

    /// The greatest F score on the curve: for β = 8 mostly recall, for β = 1/8 mostly precision.
    public func score(_ beta: Double) -> Double {
        points.map { point in
            let weighted = beta * beta * point.precision + point.recall
            return weighted > 0 ? (1 + beta * beta) * point.precision * point.recall / weighted : 0
        }.max() ?? 0
    }
}
