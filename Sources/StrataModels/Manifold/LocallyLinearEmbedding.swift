import StrataBackend
public import StrataGraph
import StrataNN

/// Locally linear embedding (Roweis and Saul, "Nonlinear dimensionality reduction by locally linear embedding", 2000) of
/// landmarks: codes that neighbours put together with the same weights as they do the example. So are the codes of all
/// other examples found.
public struct LocallyLinearEmbedding: EncodingModel {
    let landmarks: Landmarks
    let neighbours: Int
    /// Latent dimensions.
    public let codeSize: Int
    private let embedding: StateVariable
    private let error: StateVariable

    /// Of the neighbours' products, in parts of their trace, so that more neighbours than features are no trouble.
    private static let regularization: Float = 1e-3

    /// A model that lays out so many examples as landmarks; training takes at least as many.
    ///
    /// - `landmarks`: More than `neighbours` and `dimensions`, which is not checked.
    /// - `neighbours`: Landmarks that put an example together, from 1 to 1,000; a number outside counts as the nearer
    ///   bound.
    /// - `dimensions`: Of a code.
    public init(features: Int, landmarks: Int = 1000, neighbours: Int = 12, dimensions: Int = 2) {
        self.landmarks = Landmarks(size: landmarks, features: features)
        self.neighbours = unrolled(neighbours)
        codeSize = dimensions
        embedding = StateVariable("lle.embedding", [landmarks, dimensions], initializer: .zeros)
        error = StateVariable("lle.error", [], initializer: .zeros)
    }

    public var variables: [StateVariable] { [landmarks.examples, embedding, error] }
    public var minimumExampleCount: Int { landmarks.size }

    public var phases: [TrainingPhase] {
        [landmarks.phase(hint: "try more neighbours") { _ in [EpochEndUpdate(embedded)] }]
    }

    /// The codes least changed by I − W: its singular vectors of the smallest values but one, which is constant. Those
    /// of the matrix itself, as its square has lost half of their digits.
    private var embedded: Updates {
        let x = landmarks.examples.tensor
        let (near, weights) = reconstruction(of: x, in: x.squaredDistances(to: x).withoutSelf)
        let (n, k) = (landmarks.size, codeSize)
        let joined = zip(near.rows, weights).map { row, weight in
            Loss.oneHot(row, classes: n) * weight.reshape([n, 1])
        }
        let matrix = Tensor.identity(n) - joined.dropFirst().reduce(joined[0], +)
        let (_, values, vt) = matrix.singularValueDecomposition()
        let bottom = vt.slice(from: n &- 1 &- k, count: k, axis: 0).reverse([0]).transpose()
        return [
            (embedding, bottom * Float(n).squareRoot()),
            (error, values.slice(from: n &- 1 &- k, count: k, axis: 0).squared().sum()),
        ]
    }

    /// The neighbours of each example and their weights [batch], which add up to 1 and put the example together best.
    private func reconstruction(of x: Tensor, in distances: Tensor) -> (Neighbours, [Tensor]) {
        let near = Neighbours(neighbours, in: distances)
        let (batch, k) = (x.extent(0), neighbours)
        let offsets = near.rows.map {
            (landmarks.examples.tensor.gather($0) - x).reshape([batch, 1, landmarks.features])
        }
        let stacked = Tensor.concatenate(offsets, axis: 1)
        let products = stacked.dot(
            stacked, DotAxes(leftBatch: [0], rightBatch: [0], leftContract: [2], rightContract: [2]))
        let identity = Tensor.identity(k).reshape([1, k, k])
        let trace = (products * identity).sum([1, 2], keepingAxes: true)
        // In units of the trace, which no weight depends on.
        let matrix = products / trace.maximum(.leastNormalMagnitude) + identity * Self.regularization
        let solution = conjugateGradients(matrix, ones: Tensor.constant(1, [batch, k]))
        let weights = solution / solution.sum([1], keepingAxes: true)
        return (near, (0..<k).map { weights.slice($0..<$0 + 1, axis: 1).reshape([batch]) })
    }

    /// x with A x = b for each of a batch of small positive definite matrices [batch, k, k] (Hestenes and Stiefel 1952):
    /// k steps in exact arithmetic, twice as many here.
    private func conjugateGradients(_ matrix: Tensor, ones b: Tensor) -> Tensor {
        let (batch, k) = (b.extent(0), b.extent(1))
        var x = Tensor.constant(0, b.shape)
        var (residual, direction) = (b, b)
        var norm = residual.squared().sum([1], keepingAxes: true)
        for _ in 0..<2 * k {
            let image = (matrix * direction.reshape([batch, 1, k])).sum([2])
            let curvature = (direction * image).sum([1], keepingAxes: true)
            let step = norm / curvature.maximum(1e-30)
            x = x + direction * step
            residual = residual - image * step
            let next = residual.squared().sum([1], keepingAxes: true)
            direction = residual + direction * (next / norm.maximum(1e-30))
            norm = next
        }
        return x
    }

    public func encode(_ examples: Tensor) -> Tensor {
        let (near, weights) = reconstruction(of: examples, in: examples.squaredDistances(to: landmarks.examples.tensor))
        let parts = zip(near.rows, weights).map { row, weight in
            embedding.tensor.gather(row) * weight.reshape([examples.extent(0), 1])
        }
        return parts.dropFirst().reduce(parts[0], +)
    }

    public var criterion: Criterion { .minimize("embedding_error") }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [Metric("embedding_error", error.tensor)] }

    /// `lle` in the zoo: 500 landmarks with 12 neighbours each, 2 latent dimensions. `build` throws `data` where there
    /// are too few landmarks or examples for the neighbours and dimensions.
    public static let description = ModelDescription(
        name: "lle", summary: "locally linear embedding: neighbours keep their weights (Roweis & Saul 2000)",
        hyperparameters: [.dimensions, .neighbours(12), .landmarks(500)],
        batchSize: 1000,
        build: { spec, settings in
            LocallyLinearEmbedding(
                features: spec.features, landmarks: try spec.landmarks(settings),
                neighbours: settings.integer("neighbours"), dimensions: settings.integer("dimensions"))
        })
}
