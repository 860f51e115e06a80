import StrataBackend
import StrataGraph
import StrataNN

/// What the training of a variational autoencoder descends on.
public struct VariationalObjective: Sendable {
    /// How the gradient of an importance-weighted bound reaches the encoder.
    public enum GradientEstimator: String, Sendable, Hashable, CaseIterable {
        /// The gradient of the bound as it is drawn.
        case standard
        /// Without the score of the posterior, whose mean is 0 and whose noise outgrows the gradient with many draws (Tucker
        /// et al., "Doubly reparameterized gradient estimators for Monte Carlo objectives", 2019).
        case doublyReparameterized = "doubly-reparameterized"
    }

    /// The factor of the divergence (Higgins et al., "beta-VAE", 2017); 1 for the evidence lower bound.
    public var beta: Float
    /// The steps over which the factor rises linearly to `beta`; 0 for none (Sønderby et al., "Ladder variational
    /// autoencoders", 2016).
    public var warmup: Int
    /// The nats of divergence, a mean over the batch, below which a latent dimension costs the same (Kingma et al. 2016).
    /// Of a prior whose divergence has no closed form the whole code has so many times its dimensions.
    public var freeBits: Float
    /// What keeps latent dimensions independent; `nil` for nothing.
    public var regularizer: (any LatentRegularizer)?
    /// The codes drawn for each example; with more than one the objective is the importance-weighted bound, on which the
    /// settings above have no effect.
    public var draws: Int
    /// The gradient's estimator; other than `standard` it implies the importance-weighted bound.
    public var gradient: GradientEstimator

    /// An objective, the evidence lower bound where nothing else is given. Draws are kept within 1 … 1,000; nothing else is
    /// checked.
    public init(
        beta: Float = 1, warmup: Int = 0, freeBits: Float = 0, regularizer: (any LatentRegularizer)? = nil,
        draws: Int = 1, gradient: GradientEstimator = .standard
    ) {
        self.beta = beta
        self.warmup = warmup
        self.freeBits = freeBits
        self.regularizer = regularizer
        self.draws = unrolled(draws)
        self.gradient = gradient
    }

    /// The objective that a user's settings ask for, where a model has declared any of them.
    init(_ settings: Hyperparameters, regularizer: (any LatentRegularizer)? = nil) {
        self.init(
            beta: Float(settings.real("beta")), warmup: settings.integer("beta-warmup"),
            freeBits: Float(settings.real("free-bits")), regularizer: regularizer,
            draws: settings.integer("importance"),
            gradient: settings.choice("gradient", GradientEstimator.standard))
    }

    /// The settings of an objective of one draw.
    static let hyperparameters = [
        Hyperparameter("beta", .real(1), in: 0...10000, "factor of the KL divergence"),
        Hyperparameter("beta-warmup", .integer(0), "steps over which that factor rises linearly from 0"),
        Hyperparameter("free-bits", .real(0), in: 0...1000, "nats of KL divergence that a latent dimension has free"),
    ]

    /// Whether it is the importance-weighted bound.
    var isImportanceWeighted: Bool { draws > 1 || gradient != .standard }

    /// The metric that bounds log p(x).
    var metric: String { isImportanceWeighted ? "importance_weighted_bound" : "elbo" }

    /// What is reported of a bound: the evidence lower bound and its parts, and where it descends on another, that one.
    func metrics(_ bound: VariationalBound) -> [Metric] {
        let (reconstruction, divergence) = (bound.reconstruction, bound.divergence)
        return [
            Metric("elbo", reconstruction, minus: divergence),
            Metric("reconstruction_log_likelihood", reconstruction),
            Metric("kl_divergence", divergence),
        ] + (isImportanceWeighted ? [Metric(metric, bound.importanceWeighted)] : [])
    }

    /// The loss of each example, at a step counted from 1.
    func loss(_ bound: VariationalBound, step: Tensor) -> Metric {
        guard isImportanceWeighted else {
            return Metric("negative_elbo", weighed(bound, step), minus: bound.reconstruction)
        }
        return Metric(
            "negative_importance_weighted_bound",
            gradient == .standard ? -bound.importanceWeighted : doublyReparameterized(bound))
    }

    /// What is added to the loss of a batch, and what is reported of it; `nil` for nothing.
    func penalty(_ bound: VariationalBound, weights: Tensor?) -> (value: Tensor, metrics: [Metric])? {
        guard let regularizer, !isImportanceWeighted else { return nil }
        guard weights == nil else {
            return (.invalid("example weights: a regularizer takes all examples of a batch alike"), [])
        }
        return regularizer.penalty(bound.posterior, at: bound.codes, prior: bound.prior)
    }

    /// What a step does besides, given codes drawn for a batch.
    func moves(_ codes: @escaping @Sendable (Batch, StepContext) -> Tensor) -> [Move] {
        isImportanceWeighted ? [] : regularizer?.moves(codes) ?? []
    }

    /// The divergence with its free bits and its factor: [batch].
    private func weighed(_ bound: VariationalBound, _ step: Tensor) -> Tensor {
        let divergence = freed(bound.divergences, latent: bound.drawn.shape.last ?? 1).sum([1])
        guard warmup > 0 else { return beta == 1 ? divergence : divergence * beta }
        return divergence * ((step * (1 / Float(warmup))).minimum(1) * beta)
    }

    /// max(λ, mean) of each column has this gradient and this mean: [batch, dimensions] → the same shape.
    private func freed(_ divergences: Tensor, latent: Int) -> Tensor {
        guard freeBits > 0, divergences.rank == 2 else { return divergences }
        let least = divergences.shape[1] == latent ? freeBits : freeBits * Float(latent)
        let counts = divergences.mean([0], keepingAxes: true).greater(least)
        return counts.select(divergences, .constant(least, divergences.shape))
    }

    /// Numbers [batch] whose gradient is the estimate: `Σ w̃ ∂log w/∂θ` for the decoder and the prior, `Σ w̃² ∂log w/∂z ·
    /// ∂z/∂φ` for the encoder, with the normalized weights w̃.
    private func doublyReparameterized(_ bound: VariationalBound) -> Tensor {
        let logWeights = bound.logWeights
        if logWeights.isInvalid { return logWeights }
        let weights = logWeights.softmax(axis: 0).stopGradient()
        let weighted = weights * logWeights
        let slopes = StrataGraph.gradient(of: weighted.sum(), withRespectTo: [bound.codes])[0]
        let pulls = (slopes * weights.reshape([weights.shape.elementCount, 1])).stopGradient()
        return -(weighted + (bound.drawn * pulls).sum([1]).reshape(logWeights.shape)).sum([0])
    }
}
