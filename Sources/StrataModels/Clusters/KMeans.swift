import StrataBackend
public import StrataGraph
import StrataNN

/// k-means (Lloyd 1982), started by k-means++ (Arthur and Vassilvitskii 2007): centres that lie as near to the examples
/// as so many can.
///
/// A first pass keeps a sample of the examples, from which the starting centres are drawn, each with a probability that
/// grows with the squared distance from those before. Every pass after that moves each centre to the mean of the examples
/// nearest to it. The code of an example is a 1 for its centre and 0 for all others.
public struct KMeans: EncodingModel, DecodingModel {
    /// [clusters, features].
    let centres: StateVariable
    private let seeding: Seeding
    /// Of the examples in each cluster during a pass.
    private let sums: StateVariable
    private let counts: StateVariable

    /// So many clusters of examples [batch, features]; training takes at least as many examples.
    public init(features: Int, clusters: Int) {
        centres = StateVariable("centres", [clusters, features], initializer: .zeros)
        seeding = Seeding(centres: centres)
        sums = StateVariable("cluster_sums", [clusters, features], initializer: .zeros)
        counts = StateVariable("cluster_counts", [clusters], initializer: .zeros)
    }

    public var codeSize: Int { centres.type.shape[0] }
    public var variables: [StateVariable] { [centres] }
    public var minimumExampleCount: Int { codeSize }

    public var phases: [TrainingPhase] {
        [
            seeding.landmarks.phase { [seeding.draw(key: $0.key.named("seeding"))] },
            TrainingPhase(statistics: statistics, epochEnd: { _ in [EpochEndUpdate(movedCentres)] }),
        ]
    }

    public var criterion: Criterion { .minimize("squared_error") }

    /// Adds each example to the cluster of the nearest centre.
    private func statistics(_ batch: Batch, _ context: StepContext) -> TrainingPhase.Statistics {
        let members = encode(batch.examples)
        return .init(
            [
                (sums, sums.tensor + members.dot(batch.examples, DotAxes(leftContract: [0], rightContract: [0]))),
                (counts, counts.tensor + members.sum([0])),
            ], metrics: evaluation(batch, key: context.key))
    }

    /// A centre without examples stays where it is.
    private var movedCentres: Updates {
        let (shape, column) = (centres.type.shape, counts.tensor.reshape([codeSize, 1]))
        let means = sums.tensor / column.maximum(1)
        let next = column.greater(0).broadcast(to: shape, axes: [0, 1]).select(means, centres.tensor)
        return [(centres, next), (sums, .constant(0, shape)), (counts, .constant(0, [codeSize]))]
    }

    private func squaredDistances(_ examples: Tensor) -> Tensor { examples.squaredDistances(to: centres.tensor) }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        [Metric("squared_error", squaredDistances(batch.examples).minimum(over: [1]))]
    }

    public func encode(_ examples: Tensor) -> Tensor {
        let nearest = (-squaredDistances(examples)).argMax(axis: 1)
        return Loss.oneHot(nearest.cast(to: .int32), classes: codeSize)
    }

    public func decode(_ codes: Tensor) -> Tensor { codes.dot(centres.tensor) }

    /// `k-means` in the zoo: 10 clusters, batches of 1,000.
    public static let description = ModelDescription(
        name: "k-means", summary: "k-means, started by k-means++ (Lloyd 1982; Arthur & Vassilvitskii 2007)",
        hyperparameters: [Hyperparameter("clusters", .integer(10), in: 1...65536, "centres")],
        batchSize: 1000,
        build: { spec, settings in KMeans(features: spec.features, clusters: settings.integer("clusters")) })
}
