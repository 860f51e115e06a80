import StrataGraph
import StrataNN

/// The mean and the scatter of all examples, added up batch by batch: all that the linear Gaussian models learn from.
///
/// Each batch is centred before it is multiplied, and joined to those before it by the update of Chan, Golub and
/// LeVeque (1979), so that nothing cancels however far the mean lies from 0; memory does not grow with the examples.
struct Moments: Sendable, Hashable {
    let count = StateVariable("moments.count", [], initializer: .zeros)
    let mean: StateVariable
    let scatter: StateVariable

    init(features: Int) {
        mean = StateVariable("moments.mean", [features], initializer: .zeros)
        scatter = StateVariable("moments.scatter", [features, features], initializer: .zeros)
    }

    var features: Int { mean.type.shape[0] }

    /// With the examples [batch, features] counted in.
    func adding(_ examples: Tensor) -> Updates {
        let added = Float(examples.shape[0])
        let batchMean = examples.mean([0])
        let centred = examples - batchMean
        let shift = batchMean - mean.tensor
        let total = count.tensor + added
        let part = added / total
        let outer = shift.reshape([features, 1]).dot(shift.reshape([1, features]))
        return [
            (count, total),
            (mean, mean.tensor + shift * part),
            (scatter, scatter.tensor
                + centred.dot(centred, DotAxes(leftContract: [0], rightContract: [0])) + outer * (count.tensor * part)),
        ]
    }

    /// The covariance [features, features] with the likelihood's divisor, the number of examples.
    var covariance: Tensor { scatter.tensor / count.tensor }

    /// The phase that adds them up, and what is concluded from them.
    func phase(_ conclusions: @escaping @Sendable () -> [Conclusion]) -> TrainingPhase {
        TrainingPhase(
            epochs: 1, advice: "the covariance of the examples may be singular; try fewer --components",
            step: { batch, _ in TrainingStep(updates: adding(batch.examples), metrics: []) },
            conclusions: { _ in conclusions() })
    }
}
