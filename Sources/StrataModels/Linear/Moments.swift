import StrataGraph
import StrataNN

/// The mean and the scatter of all examples, added up batch by batch: all that the linear Gaussian models learn from.
///
/// A batch counts from the mean of the examples before it, the first from its own first example, so that nothing cancels
/// however far the mean lies from 0, and that no example is looked at twice: the update of Chan, Golub and LeVeque (1979),
/// its own mean moved. Memory does not grow with the examples.
struct Moments: Sendable, Hashable {
    let count = StateVariable("moments.count", [], initializer: .zeros)
    let mean: StateVariable
    let scatter: StateVariable

    /// - `rows`: The features, from the first on, whose scatter with all is kept; `nil` for all.
    init(features: Int, rows: Int? = nil) {
        mean = StateVariable("moments.mean", [features], initializer: .zeros)
        scatter = StateVariable("moments.scatter", [rows ?? features, features], initializer: .zeros)
    }

    var features: Int { mean.type.shape[0] }
    private var rows: Int { scatter.type.shape[0] }

    /// With the examples [batch, features] counted in.
    func adding(_ examples: Tensor) -> Updates {
        let total = count.tensor + Float(examples.extent(0))
        let first = examples.slice(0..<1, axis: 0).reshape([features])
        let origin = count.tensor.greater(0).select(mean.tensor, first)
        let offsets = examples - origin
        let shift = offsets.sum([0]) / total
        func leading(_ x: Tensor, axis: Int) -> Tensor { rows == features ? x : x.slice(0..<rows, axis: axis) }
        let moved = leading(shift, axis: 0).reshape([rows, 1]) * shift.reshape([1, features]) * total
        let products = leading(offsets, axis: 1).dot(offsets, DotAxes(leftContract: [0], rightContract: [0]))
        return [(count, total), (mean, origin + shift), (scatter, scatter.tensor + products - moved)]
    }

    /// The covariance [rows, features] with the likelihood's divisor, the number of examples.
    var covariance: Tensor { scatter.tensor / count.tensor }

    /// The phase that adds them up, and what follows from them.
    func phase(_ epochEnd: @escaping @Sendable () -> [EpochEndUpdate]) -> TrainingPhase {
        TrainingPhase(
            epochs: 1, hint: "the covariance of the examples may be singular; try fewer components",
            statistics: { batch, _ in .init(adding(batch.examples)) }, epochEnd: { _ in epochEnd() })
    }
}
