import StrataGraph
import StrataNN

/// How principal axes are found.
public enum PrincipalSolver: String, Sendable, Hashable, CaseIterable {
    /// From the eigenvectors of the covariance, which takes features² numbers. To rounding.
    case eigh
    /// Batch by batch from singular values, which takes components × features numbers. What lies outside the axes found so
    /// far is forgotten after each batch, so the result is near the true one.
    case svd
}

/// The leading principal axes of all examples gone by, each as long as the root of the scatter along it, kept up to date
/// by a singular value decomposition for each batch (Ross, Lim, Lin and Yang, "Incremental learning for robust visual
/// tracking", 2008).
struct IncrementalAxes: Sendable, Hashable {
    private let count = StateVariable("axes.seen", [], initializer: .zeros)
    private let scatter = StateVariable("axes.scatter", [], initializer: .zeros)
    private let mean: StateVariable
    private let axes: StateVariable

    init(features: Int, components: Int) {
        mean = StateVariable("axes.mean", [features], initializer: .zeros)
        axes = StateVariable("axes.scaled", [components, features], initializer: .zeros)
    }

    private func adding(_ examples: Tensor) -> Updates {
        let (components, features) = (axes.type.shape[0], axes.type.shape[1])
        let added = Float(examples.extent(0))
        let batchMean = examples.mean([0])
        let centred = examples - batchMean
        let shift = batchMean - mean.tensor
        let total = count.tensor + added
        // The means of both parts differ, which is one more row of scatter.
        let apart = count.tensor * (added / total)
        let between = (shift * apart.squareRoot()).reshape([1, features])
        let (_, lengths, directions) = Tensor.concatenate([axes.tensor, centred, between]).singularValueDecomposition()
        let next =
            directions.slice(from: 0, count: components, axis: 0)
            * lengths.slice(from: 0, count: components, axis: 0).reshape([components, 1])
        return [
            (count, total), (mean, mean.tensor + shift * (added / total)), (axes, next),
            (scatter, scatter.tensor + centred.squared().sum() + shift.squared().sum() * apart),
        ]
    }

    /// The pass over the examples, and what the subspace learns from it.
    func phase(for subspace: PrincipalSubspace) -> TrainingPhase {
        TrainingPhase(
            epochs: 1, hint: "try fewer components",
            statistics: { batch, _ in .init(adding(batch.examples)) },
            epochEnd: { _ in
                let variances = axes.tensor.squared().sum([1]) / count.tensor
                let lengths = axes.tensor.squared().sum([1], keepingAxes: true).squareRoot()
                let directions = axes.tensor / lengths.maximum(1e-30)
                return [
                    EpochEndUpdate([
                        (subspace.mean, mean.tensor), (subspace.directions, directions.withLargestEntriesPositive),
                        (subspace.variances, variances),
                        (subspace.remainder, (scatter.tensor / count.tensor - variances.sum()).maximum(0)),
                    ])
                ]
            })
    }
}
