import Foundation
import StrataBackend
import StrataData
import StrataGraph
import StrataModels
import StrataTraining

/// What outliers are told by: a number for each example, more for one that is less like those of training.
///
/// Likelihoods alone may be the wrong way round: simple images are probable whatever a model has learned. So the size of a
/// compressed image and its brightness stand beside the scores of the model.
public struct OutlierScore: Sendable {
    /// The name in tables and files: `likelihood_regret`.
    public let name: String
    /// What it is of, as one line.
    public let summary: String
    /// What it takes: `an encoder and a decoder`.
    public let requirement: String
    /// The function from examples [count · features] to numbers [count]; `nil` where the model or what is given besides
    /// lacks what it takes.
    let scorer: @Sendable (OutlierDetection) throws -> Scorer?

    typealias Scorer = (_ examples: [Float]) throws -> [Double]

    /// All scores, those of the model before those of the example alone.
    public static let all = [
        OutlierScore(
            name: "reconstruction_error", summary: "squared error of the reconstruction",
            requirement: "an encoder and a decoder of numbers", scorer: reconstructionError),
        OutlierScore(
            name: "negative_log_likelihood", summary: "−log p(x) or what bounds it, in nats",
            requirement: "a likelihood", scorer: negativeLogLikelihood),
        OutlierScore(
            name: "negative_importance_weighted_bound", summary: "the same by importance sampling",
            requirement: "latent variables with a posterior", scorer: importanceWeighted),
        OutlierScore(
            name: "typicality", summary: "how far −log p(x) is from its mean in training (Nalisnick et al. 2019)",
            requirement: "a likelihood", scorer: { try typicality($0, negativeLogLikelihood($0)) }),
        OutlierScore(
            name: "likelihood_ratio", summary: "−log p(x) less that of a background model (Ren et al. 2019)",
            requirement: "a likelihood, and a run of a background model", scorer: likelihoodRatio),
        OutlierScore(
            name: "complexity_ratio", summary: "−log p(x) in bits less the compressed size (Serrà et al. 2020)",
            requirement: "a likelihood of images, and a build that compresses images", scorer: complexityRatio),
        OutlierScore(
            name: "likelihood_regret", summary: "rise of the bound with a posterior of one's own (Xiao et al. 2020)",
            requirement: "a Gaussian posterior and the densities of codes and of examples given one", scorer: regret),
        OutlierScore(
            name: "free_energy", summary: "F(x) of an energy model, in nats", requirement: "an energy",
            scorer: freeEnergy),
        OutlierScore(
            name: "energy", summary: "−log Σ exp of a classifier's logits (Liu et al. 2020)",
            requirement: "a classifier", scorer: { try ofLogits($0, "energy") { -$0.logSumExp(axis: 1) } }),
        OutlierScore(
            name: "uncertainty", summary: "1 − the probability of the likeliest class (Hendrycks and Gimpel 2017)",
            requirement: "a classifier",
            scorer: { try ofLogits($0, "uncertainty") { 1 - $0.softmax(axis: 1).maximum(over: [1]) } }),
        OutlierScore(
            name: "mahalanobis", summary: "squared Mahalanobis distance of the code from those of training",
            requirement: "an encoder, of codes of at most \(CodeDistance.widest) numbers", scorer: mahalanobis),
        OutlierScore(
            name: "nearest_neighbours", summary: "distance of the code from the k-th nearest of training",
            requirement: "an encoder", scorer: nearest),
        OutlierScore(
            name: "compressed_size", summary: "bits of the image as PNG",
            requirement: "images, and a build that compresses them", scorer: compressedSize),
        OutlierScore(
            name: "brightness", summary: "mean of the values", requirement: "examples of numbers", scorer: brightness),
        OutlierScore(
            name: "brightness_typicality", summary: "how far that is from its mean in training",
            requirement: "examples of numbers", scorer: { try typicality($0, brightness($0)) }),
    ]

    // MARK: Of a model

    @Sendable private static func reconstructionError(_ detection: OutlierDetection) -> Scorer? {
        let (predictor, width) = (detection.predictor, detection.predictor.features)
        let model = predictor.model
        guard model is any EncodingModel, model is any DecodingModel, !model.hasTokens else { return nil }
        return { examples in
            let made = try predictor.reconstruct(examples)
            return stride(from: 0, to: examples.count, by: width).map { start in
                (start..<start + width).reduce(0.0) { sum, place in
                    let difference = Double(made[place]) - Double(examples[place])
                    return sum + difference * difference
                }
            }
        }
    }

    @Sendable private static func negativeLogLikelihood(_ detection: OutlierDetection) throws -> Scorer? {
        try likelihood(detection.predictor, detection).map { scorer in
            { examples in try detection.remembered("likelihood", examples, scorer).map { -$0 } }
        }
    }

    /// log p(x) by a model; `nil` where it tells none.
    private static func likelihood(_ predictor: Predictor, _ detection: OutlierDetection) throws -> Scorer? {
        do {
            _ = try predictor.logLikelihoods(of: [])
        } catch let error as StrataError where error.kind == .unsupported {
            return nil
        }
        return { try predictor.logLikelihoods(of: $0, draws: detection.draws, seed: detection.seed) }
    }

    @Sendable private static func importanceWeighted(_ detection: OutlierDetection) -> Scorer? {
        guard let model = detection.predictor.model as? any ImportanceSampledModel else { return nil }
        func bound(_ rows: Tensor, _ key: RandomKey) -> Tensor {
            let examples = model.drawsBits ? key.named("bits").bernoulli(rows) : rows
            let draws = max(detection.weights, 1)
            let weights = model.logWeights(Batch(examples: examples), draws: draws, key: key)
            return weights.isInvalid ? weights : Float(log(Double(draws))) - weights.logSumExp(axis: 0)
        }
        guard detection.canTrace(bound) else { return nil }
        return { examples in
            try detection.predictor.scores(of: examples, named: "weights", seed: detection.seed, bound).map(Double.init)
        }
    }

    @Sendable private static func likelihoodRatio(_ detection: OutlierDetection) throws -> Scorer? {
        guard let own = try negativeLogLikelihood(detection), let other = detection.background else { return nil }
        guard let background = try likelihood(other, detection) else {
            throw StrataError(.unsupported, "background: the model of this run tells no likelihood")
        }
        return { examples in zip(try own(examples), try background(examples)).map { $0 + $1 } }
    }

    @Sendable private static func complexityRatio(_ detection: OutlierDetection) throws -> Scorer? {
        guard let likelihood = try negativeLogLikelihood(detection), let size = compressedSize(detection) else {
            return nil
        }
        return { examples in zip(try likelihood(examples), try size(examples)).map { $0 / log(2) - $1 } }
    }

    @Sendable private static func regret(_ detection: OutlierDetection) -> Scorer? {
        guard detection.predictor.model is any GaussianPosteriorModel else { return nil }
        return { try detection.regret(detection.predictor, $0, seed: detection.seed) }
    }

    @Sendable private static func freeEnergy(_ detection: OutlierDetection) -> Scorer? {
        guard let model = detection.predictor.model as? any EnergyModel else { return nil }
        return { examples in
            try detection.predictor.scores(of: examples, named: "free energy", seed: detection.seed) {
                model.freeEnergy($0, key: $1)
            }.map(Double.init)
        }
    }

    private static func ofLogits(
        _ detection: OutlierDetection, _ name: String, _ score: @escaping (Tensor) -> Tensor
    ) throws -> Scorer? {
        guard let model = detection.predictor.model as? any ClassifyingModel, model.classes > 0 else { return nil }
        return { examples in
            try detection.predictor.scores(of: examples, named: name) { rows, _ in score(model.classLogits(rows)) }
                .map(Double.init)
        }
    }

    // MARK: Of its codes

    @Sendable private static func mahalanobis(_ detection: OutlierDetection) throws -> Scorer? {
        guard let known = try detection.knownCodes(), known.width <= CodeDistance.widest, known.count > 1 else {
            return nil
        }
        let distance = try CodeDistance.mahalanobis(known, backend: detection.predictor.backend)
        return { try distance(detection.codes(of: $0)) }
    }

    @Sendable private static func nearest(_ detection: OutlierDetection) throws -> Scorer? {
        guard let known = try detection.knownCodes() else { return nil }
        let distance = try CodeDistance.nearest(
            known, neighbours: detection.neighbours, backend: detection.predictor.backend)
        return { try distance(detection.codes(of: $0)) }
    }

    // MARK: Of the example alone

    @Sendable private static func compressedSize(_ detection: OutlierDetection) -> Scorer? {
        let (grid, shape) = (ImageGrid(columns: 1, margin: 0, zoom: 1), detection.shape)
        guard !detection.predictor.model.hasTokens, let compress = detection.codecs.writePNG,
            (try? grid.image(of: [Float](repeating: 0, count: shape.elementCount), shape: shape)) != nil
        else { return nil }
        let width = shape.elementCount
        return { examples in
            try stride(from: 0, to: examples.count, by: width).map { start in
                let image = try grid.image(of: Array(examples[start..<start + width]), shape: shape)
                return Double(8 * (try compress(image).count))
            }
        }
    }

    @Sendable private static func brightness(_ detection: OutlierDetection) -> Scorer? {
        guard !detection.predictor.model.hasTokens else { return nil }
        let width = detection.predictor.features
        return { examples in
            stride(from: 0, to: examples.count, by: width).map { start in
                examples[start..<start + width].reduce(0.0) { $0 + Double($1) } / Double(width)
            }
        }
    }

    /// How far a score is from its mean over known examples, to either side.
    private static func typicality(_ detection: OutlierDetection, _ scorer: Scorer?) throws -> Scorer? {
        guard let scorer, !detection.known.isEmpty else { return nil }
        let known = try scorer(detection.known)
        let mean = known.reduce(0, +) / Double(known.count)
        return { try scorer($0).map { abs($0 - mean) } }
    }
}
