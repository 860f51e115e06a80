import StrataBackend
public import StrataGraph
import StrataNN

/// Isomap (Tenenbaum, de Silva and Langford, "A global geometric framework for nonlinear dimensionality reduction",
/// 2000) on landmarks: codes whose distances are those along the graph of neighbours.
///
/// An example that is no landmark is placed by its distances through its neighbours to all of them (de Silva and
/// Tenenbaum 2003).
public struct Isomap: EncodingModel {
    let landmarks: Landmarks
    let neighbours: Int
    /// Latent dimensions.
    public let codeSize: Int
    /// Along the graph: [landmarks, landmarks].
    private let distances: StateVariable
    private let visited = StateVariable("isomap.visited", [], initializer: .zeros)
    /// [landmarks, code]: the landmarks' codes, and the same divided by the eigenvalues.
    private let embedding: StateVariable
    private let projection: StateVariable

    /// Stands for no way at all; its square must be finite.
    private static let unreachable: Float = 1e12

    /// A model that lays out so many examples as landmarks; training takes at least as many.
    ///
    /// - `landmarks`: More than `neighbours` and `dimensions`, which is not checked; memory grows with their square,
    ///   time with their cube.
    /// - `neighbours`: Landmarks that each is connected with, from 1 to 1,000; a number outside counts as the nearer
    ///   bound.
    /// - `dimensions`: Of a code.
    public init(features: Int, landmarks: Int = 1000, neighbours: Int = 10, dimensions: Int = 2) {
        self.landmarks = Landmarks(size: landmarks, features: features)
        self.neighbours = unrolled(neighbours)
        codeSize = dimensions
        distances = StateVariable("isomap.distances", [landmarks, landmarks], initializer: .zeros)
        embedding = StateVariable("isomap.embedding", [landmarks, dimensions], initializer: .zeros)
        projection = StateVariable("isomap.projection", [landmarks, dimensions], initializer: .zeros)
    }

    public var variables: [StateVariable] { [landmarks.examples, distances, embedding, projection] }
    public var minimumExampleCount: Int { landmarks.size }

    public var phases: [TrainingPhase] {
        [
            landmarks.phase(hint: "the graph of neighbours may fall into parts; try more neighbours") { _ in
                [EpochEndUpdate(graph), EpochEndUpdate(shortened, repeats: landmarks.size), EpochEndUpdate(scaled)]
            }
        ]
    }

    /// The lengths of edges between neighbours, in whichever direction they are.
    private var graph: Updates {
        let squared = landmarks.examples.tensor.squaredDistances(to: landmarks.examples.tensor)
        let isNear = Neighbours(neighbours, in: squared.withoutSelf).isNeighbour
        let isEdge = isNear.maximum(isNear.transpose()).maximum(Tensor.identity(landmarks.size))
        let lengths = (squared * (1 - Tensor.identity(landmarks.size))).squareRoot()
        return [(distances, isEdge.select(lengths, .constant(Self.unreachable, squared.shape)))]
    }

    /// With ways through one more landmark (Floyd 1962).
    private var shortened: Updates {
        let row = distances.tensor.gather(visited.tensor.reshape([1]).cast(to: .int32))
        let through = row.reshape([landmarks.size, 1]) + row
        return [(distances, distances.tensor.minimum(through)), (visited, visited.tensor + 1)]
    }

    /// Classical scaling of the distances.
    private var scaled: Updates {
        let squared = distances.tensor.squared()
        let rows = squared.mean([1], keepingAxes: true)
        let products = (squared - rows - rows.transpose() + squared.mean()) * -0.5
        let axes = PrincipalAxes(of: products, count: codeSize)
        // A direction of rounding noise alone is not blown up.
        let least = axes.variances.maximum(over: nil) * 1e-9
        let lengths = axes.variances.maximum(least.broadcast(to: [codeSize], axes: [])).squareRoot()
        let directions = axes.directions.transpose()
        return [(embedding, directions * lengths), (projection, directions / lengths)]
    }

    public func encode(_ examples: Tensor) -> Tensor {
        let near = Neighbours(neighbours, in: examples.squaredDistances(to: landmarks.examples.tensor))
        let ways = zip(near.rows, near.squaredDistances).map { row, squared in
            distances.tensor.gather(row) + squared.squareRoot().reshape([examples.extent(0), 1])
        }
        let shortest = ways.dropFirst().reduce(ways[0]) { $0.minimum($1) }
        return (distances.tensor.squared().mean([0]) - shortest.squared()).dot(projection.tensor) * 0.5
    }

    public var criterion: Criterion { .minimize("residual_variance") }

    /// The share of the variance of the landmarks' distances that those of their codes do not explain.
    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let graph = distances.tensor, plane = embedding.tensor.squaredDistances(to: embedding.tensor).squareRoot()
        let (a, b) = (graph - graph.mean(), plane - plane.mean())
        let correlation = (a * b).mean() / ((a.squared().mean() * b.squared().mean()).squareRoot())
        let isConnected = graph.maximum(over: nil).less(Self.unreachable / 2)
        return [Metric("residual_variance", isConnected.select(1 - correlation.squared(), .constant(.nan)))]
    }

    /// `isomap` in the zoo: 1,000 landmarks with 10 neighbours each, 2 latent dimensions. `build` throws `data` where
    /// there are too few landmarks or examples for the neighbours and dimensions.
    public static let description = ModelDescription(
        name: "isomap", summary: "distances along the graph of neighbours (Tenenbaum, de Silva & Langford 2000)",
        hyperparameters: [.dimensions, .neighbours(10), .landmarks(1000)],
        batchSize: 1000,
        build: { spec, settings in
            let landmarks = try spec.landmarks(settings)
            return Isomap(
                features: spec.features, landmarks: landmarks, neighbours: settings.integer("neighbours"),
                dimensions: settings.integer("dimensions"))
        })
}
