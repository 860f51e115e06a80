import StrataGraph
import StrataNN

/// Brings each feature to mean 0 and standard deviation 1 over the examples, which a pass measures.
struct Standardization: Sendable {
    private let count: StateVariable
    let mean: StateVariable
    private let sumOfSquares: StateVariable
    let deviation: StateVariable

    /// A feature that varies less, in units of the root mean square deviation of all features, counts as varying so much.
    private static let leastDeviation: Float = 0.03

    init(_ name: String, features: Int) {
        count = StateVariable("\(name).seen", [], initializer: .zeros)
        mean = StateVariable("\(name).feature_mean", [features], initializer: .zeros)
        sumOfSquares = StateVariable("\(name).sum_of_squares", [features], initializer: .zeros)
        deviation = StateVariable("\(name).feature_deviation", [features], initializer: .constant(1))
    }

    var variables: [StateVariable] { [mean, deviation] }

    func standardized(_ examples: Tensor) -> Tensor { (examples - mean.tensor) / deviation.tensor }
    func examples(_ standardized: Tensor) -> Tensor { standardized * deviation.tensor + mean.tensor }

    /// By the update of Chan, Golub and LeVeque (1979), as nothing cancels in it.
    var phase: TrainingPhase {
        TrainingPhase(
            epochs: 1,
            statistics: { batch, _ in
                let x = batch.examples
                let added = Float(batch.count)
                let batchMean = x.mean([0])
                let shift = batchMean - mean.tensor
                let total = count.tensor + added
                let part = added / total
                return TrainingPhase.Statistics([
                    (count, total), (mean, mean.tensor + shift * part),
                    (
                        sumOfSquares,
                        sumOfSquares.tensor + (x - batchMean).squared().sum([0]) + shift.squared()
                            * (count.tensor * part)
                    ),
                ])
            },
            epochEnd: { _ in
                let variance = sumOfSquares.tensor / count.tensor
                let least = (variance.mean().squareRoot() * Standardization.leastDeviation).maximum(
                    .leastNormalMagnitude)
                return [
                    EpochEndUpdate([
                        (deviation, variance.squareRoot().maximum(least.broadcast(to: variance.shape, axes: [])))
                    ])
                ]
            })
    }
}
