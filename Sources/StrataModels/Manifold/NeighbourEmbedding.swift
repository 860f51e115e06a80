import StrataBackend
import Foundation
public import StrataGraph
import StrataNN

/// t-distributed stochastic neighbour embedding (van der Maaten and Hinton, "Visualizing data using t-SNE", 2008) of
/// landmarks: codes whose neighbourhoods are as probable as the examples'.
///
/// It has no encoder of its own. The code of any other example is that of its nearest landmarks, each weighted by one
/// over the squared distance.
public struct NeighbourEmbedding: EncodingModel {
    let landmarks: Landmarks
    let perplexity: Float
    let iterations: Int
    /// Latent dimensions.
    public let codeSize: Int
    /// Of each landmark's Gaussian: half of one over its variance, and between which bounds it lies; [landmarks].
    private let precision: StateVariable
    private let lower: StateVariable
    private let upper: StateVariable
    /// p, symmetric: [landmarks, landmarks].
    private let similarities: StateVariable
    private let embedding: StateVariable
    private let velocity: StateVariable
    private let gains: StateVariable
    private let iteration = StateVariable("tsne.iteration", [], initializer: .zeros)

    /// Neighbours that place an example.
    private static let guides = 5

    /// A model that lays out so many examples as landmarks; training takes at least as many. Nothing is checked.
    ///
    /// - `perplexity`: About how many neighbours count, no more than a third of the landmarks.
    /// - `iterations`: Steps of gradient descent after the one pass through the examples.
    /// - `dimensions`: Of a code.
    public init(
        features: Int, landmarks: Int = 2000, perplexity: Float = 30, iterations: Int = 1000, dimensions: Int = 2
    ) {
        self.landmarks = Landmarks(size: landmarks, features: features)
        self.perplexity = perplexity
        self.iterations = iterations
        codeSize = dimensions
        precision = StateVariable("tsne.precision", [landmarks], initializer: .constant(1))
        lower = StateVariable("tsne.lower", [landmarks], initializer: .zeros)
        upper = StateVariable("tsne.upper", [landmarks], initializer: .constant(.infinity))
        similarities = StateVariable("tsne.similarities", [landmarks, landmarks], initializer: .zeros)
        embedding = StateVariable(
            "tsne.embedding", [landmarks, dimensions], initializer: .normal(mean: 0, standardDeviation: 1e-4))
        velocity = StateVariable("tsne.velocity", [landmarks, dimensions], initializer: .zeros)
        gains = StateVariable("tsne.gains", [landmarks, dimensions], initializer: .constant(1))
    }

    public var variables: [StateVariable] { [landmarks.examples, similarities, embedding] }
    public var minimumExampleCount: Int { landmarks.size }

    public var phases: [TrainingPhase] {
        [
            landmarks.phase(hint: "try a lower perplexity, or more landmarks") { _ in
                [
                    EpochEndUpdate(narrowed, repeats: 60), EpochEndUpdate(joint),
                    EpochEndUpdate(moved, repeats: iterations),
                ]
            }
        ]
    }

    private var n: Int { landmarks.size }

    /// p(j | i) at the present precisions, and the entropy of each row, in nats.
    private var conditional: (p: Tensor, entropy: Tensor) {
        let distances = landmarks.examples.tensor.squaredDistances(to: landmarks.examples.tensor)
        let scaled = Tensor.identity(n).select(
            .constant(-1e30, [n, n]), -distances * precision.tensor.reshape([n, 1]))
        let logP = scaled - scaled.logSumExp(axis: 1, keepingAxes: true)
        let p = logP.exponential()
        return (p, -(p * logP.maximum(-1e4)).sum([1]))
    }

    /// One step of the search for the precision that gives each landmark the perplexity asked for: by doubling until it
    /// is bracketed, then by halving the bracket.
    private var narrowed: Updates {
        let isTooWide = conditional.entropy.greater(log(perplexity))
        let low = isTooWide.select(precision.tensor, lower.tensor)
        let high = isTooWide.select(upper.tensor, precision.tensor)
        let next = high.isFinite().select((low + high.minimum(1e30)) * 0.5, precision.tensor * 2)
        return [(lower, low), (upper, high), (precision, next)]
    }

    private var joint: Updates {
        let p = conditional.p
        return [(similarities, ((p + p.transpose()) * (0.5 / Float(n))).maximum(1e-12))]
    }

    /// Student's t of one degree of freedom on the codes, not normalized, and its sum.
    private var kernel: (weights: Tensor, total: Tensor) {
        let weights =
            (embedding.tensor.squaredDistances(to: embedding.tensor) + 1).reciprocal() * (1 - Tensor.identity(n))
        return (weights, weights.sum())
    }

    /// One step down the gradient of KL(p ‖ q), with momentum and gains (Jacobs 1988) as in the paper. Over the first
    /// quarter p is exaggerated twelvefold, which lets clusters form.
    private var moved: Updates {
        let early = iteration.tensor.less(.constant(Float(min(250, iterations / 4))))
        let exaggeration = early.select(.constant(12), .constant(1))
        let momentum = early.select(.constant(0.5), .constant(0.8))
        let (weights, total) = kernel
        let pull = (similarities.tensor * exaggeration - weights / total) * weights
        let y = embedding.tensor
        let gradient = (y * pull.sum([1], keepingAxes: true) - pull.dot(y)) * 4
        let agrees = (gradient * velocity.tensor).less(0)
        let gain = agrees.select(gains.tensor + 0.2, gains.tensor * 0.8).maximum(0.01)
        // A rate in proportion to the landmarks (Belkina et al. 2019).
        let rate = max(Float(n) / 12 / 4, 50)
        let step = velocity.tensor * momentum - gradient * gain * rate
        let next = y + step
        return [
            (embedding, next - next.mean([0])), (velocity, step), (gains, gain), (iteration, iteration.tensor + 1),
        ]
    }

    public func encode(_ examples: Tensor) -> Tensor {
        let near = Neighbours(min(Self.guides, n), in: examples.squaredDistances(to: landmarks.examples.tensor))
        let mean =
            near.squaredDistances.dropFirst().reduce(near.squaredDistances[0], +)
            * (1 / Float(near.squaredDistances.count))
        // A landmark's own place is found as exactly as matters beside its neighbours.
        let least = (mean * 1e-6).maximum(.leastNormalMagnitude)
        let weights = near.squaredDistances.map { ($0 + least).reciprocal() }
        let total = weights.dropFirst().reduce(weights[0], +)
        let parts = zip(near.rows, weights).map { row, weight in
            embedding.tensor.gather(row) * (weight / total).reshape([examples.extent(0), 1])
        }
        return parts.dropFirst().reduce(parts[0], +)
    }

    public var criterion: Criterion { .minimize("kl_divergence") }

    /// KL(p ‖ q) over the landmarks, in nats.
    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let (weights, total) = kernel
        let q = (weights / total).maximum(1e-12)
        let p = similarities.tensor
        return [Metric("kl_divergence", (p * (p / q).logarithm() * (1 - Tensor.identity(n))).sum())]
    }

    /// `t-sne` in the zoo: 2,000 landmarks, perplexity 30, 1,000 iterations, 2 latent dimensions. `build` throws
    /// `usage` where there are fewer landmarks than three times the perplexity, `data` where they are too few for the
    /// dimensions.
    public static let description = ModelDescription(
        name: "t-sne", summary: "t-distributed stochastic neighbour embedding (van der Maaten & Hinton 2008)",
        hyperparameters: [
            .dimensions, Hyperparameter("perplexity", .real(30), in: 1...1000, "how many neighbours count, about"),
            Hyperparameter("iterations", .integer(1000), in: 1...1_000_000, "steps of gradient descent"),
            .landmarks(2000),
        ],
        batchSize: 1000,
        build: { spec, settings in
            let landmarks = try spec.landmarks(settings)
            guard settings.real("perplexity") * 3 <= Double(landmarks) else {
                throw StrataError(
                    parameter: "perplexity", settings.real("perplexity"),
                    "needs three times as many landmarks, of which there are \(landmarks)")
            }
            return NeighbourEmbedding(
                features: spec.features, landmarks: landmarks, perplexity: Float(settings.real("perplexity")),
                iterations: settings.integer("iterations"), dimensions: settings.integer("dimensions"))
        })
}
