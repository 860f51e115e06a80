import StrataBackend
public import StrataGraph
public import StrataNN

/// The variational autoencoder (Kingma and Welling, "Auto-encoding variational Bayes", 2014) with a Gaussian posterior, and
/// any distribution of the decoder and prior of the codes.
///
/// The encoder gives each example a Gaussian over codes, the decoder each code a distribution over examples; both learn to
/// raise the evidence lower bound `E log p(x | z) − KL(q(z | x) ‖ p(z))`, in nats an example, or a bound that is tighter or
/// otherwise weighted.
///
/// ```
/// let vae = VariationalAutoencoder(features: 784, latent: 20, prior: MixturePrior(latent: 20, components: 50))
/// ```
public struct VariationalAutoencoder: LayeredModel, DecodingModel, SamplingModel {
    let encoder: GaussianEncoder
    let decoder: Network
    let likelihood: any DecoderDistribution
    let prior: any LatentPrior
    let objective: VariationalObjective
    public let codeSize: Int

    /// - Parameters:
    ///   - shape: Of an example.
    ///   - network: The encoder's hidden layers; the decoder is its mirror image.
    ///   - latent: Latent dimensions.
    ///   - likelihood: The distribution of an example given its code.
    ///   - prior: That of the codes; standard normal where `nil`.
    ///   - objective: What training descends on.
    public init(
        shape: [Int], network: Architecture, latent: Int = 20, likelihood: any DecoderDistribution = BernoulliDecoder(),
        prior: (any LatentPrior)? = nil, objective: VariationalObjective = VariationalObjective()
    ) {
        self.init(
            features: shape.product, encoder: network.encoder(shape),
            decoder: network.decoder(to: shape, numbers: likelihood.numbersPerFeature), latent: latent,
            likelihood: likelihood, prior: prior, objective: objective)
    }

    /// A variational autoencoder of any layers.
    ///
    /// - `encoder`: From examples [batch, features] to hidden units [batch, units], from which the mean and the variance of
    ///   the code are predicted.
    /// - `decoder`: From codes [batch, latent] to what `likelihood` takes: of a Bernoulli decoder logits [batch, features].
    /// - `condition`: The width of what both depend on besides; `nil` for nothing.
    public init(
        features: Int, encoder: any Layer, decoder: any Layer, latent: Int,
        likelihood: any DecoderDistribution = BernoulliDecoder(), prior: (any LatentPrior)? = nil,
        objective: VariationalObjective = VariationalObjective(), condition: Int? = nil
    ) {
        self.encoder = GaussianEncoder(input: [features], latent: latent, condition: condition, encoder)
        self.decoder = Network("decoder", input: [latent], condition: condition, decoder)
        self.likelihood = likelihood
        self.prior = prior ?? NormalPrior(latent: latent)
        self.objective = objective
        codeSize = latent
    }

    /// A variational autoencoder of dense layers.
    ///
    /// - `hidden`: Widths of the encoder's hidden layers; the decoder has them in reverse.
    public init(
        features: Int, hidden: [Int] = [400], latent: Int = 20,
        likelihood: any DecoderDistribution = BernoulliDecoder(), prior: (any LatentPrior)? = nil,
        objective: VariationalObjective = VariationalObjective()
    ) {
        self.init(
            shape: [features], network: Architecture(hidden: hidden, initialization: .standard), latent: latent,
            likelihood: likelihood, prior: prior, objective: objective)
    }

    var parameters: [StateVariable] {
        encoder.parameters + decoder.parameters + likelihood.parameters + prior.parameters
    }
    public var variables: [StateVariable] {
        encoder.variables + decoder.variables + likelihood.parameters + prior.parameters
    }
    public var criterion: Criterion { .maximize(objective.metric) }
    public var domain: ValueDomain? { likelihood.domain }

    public var phases: [TrainingPhase] { phases(needsLabels: false) { _ in nil } }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { metrics(batch, key, condition: nil) }

    /// The most probable code: the mean of q(z | x).
    public func encode(_ examples: Tensor) -> Tensor { encoder.mean(of: examples) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] { encoder.layers(examples) }

    /// The mean of p(x | z).
    public func decode(_ codes: Tensor) -> Tensor { decode(codes, condition: nil) }

    /// The means of p(x | z) for codes of the prior, without the noise that examples have besides.
    public func sampling(_ count: Int, key: RandomKey) -> Sampling { sampling(count, key: key, condition: nil) }
}

// MARK: Given a condition

/// The same with something that encoder and decoder depend on besides, [batch, width]; `nil` for nothing.
extension VariationalAutoencoder {
    func decode(_ codes: Tensor, condition: Tensor?) -> Tensor {
        var pass = Pass.evaluation
        return likelihood.mean(decoder(codes, given: condition, &pass))
    }

    func sampling(_ count: Int, key: RandomKey, condition: Tensor?) -> Sampling {
        var pass = Pass.evaluation
        let density = prior.density { posterior($0, condition: nil, &pass) }
        return Sampling(examples: decode(density.draws(count, key: key.named("prior")), condition: condition))
    }

    /// - `condition`: What examples of a batch are given besides; `nil` for nothing.
    func phases(needsLabels: Bool, condition: @escaping @Sendable (Batch) -> Tensor?) -> [TrainingPhase] {
        let descend = Move(parameters) { descent($0, $1, condition: condition($0)) }
        let others = objective.moves { batch, context in
            let key = context.key.named("aggregate")
            var pass = context.pass(key)
            let posterior = posterior(likelihood.seen(batch.examples, key), condition: condition(batch), &pass)
            return posterior.draw(key.named("latent").normal(posterior.mean.shape)).stopGradient()
        }
        return [TrainingPhase(needsLabels: needsLabels, moves: [descend] + others)]
    }

    private func descent(_ batch: Batch, _ context: StepContext, condition: Tensor?) -> Objective {
        var pass = context.pass()
        let bound = bound(
            likelihood.seen(batch.examples, context.key), draws: objective.draws,
            holding: objective.gradient == .doublyReparameterized,
            context.key, condition: condition, &pass)
        let penalty = objective.penalty(bound, weights: batch.weights)
        return Objective(
            objective.loss(bound, step: context.step), penalty: penalty?.value,
            metrics: objective.metrics(bound) + (penalty?.metrics ?? []), updates: pass.updates)
    }

    func metrics(_ batch: Batch, _ key: RandomKey, condition: Tensor?) -> [Metric] {
        var pass = Pass.evaluation
        let examples = likelihood.seen(batch.examples, key)
        return objective.metrics(bound(examples, draws: objective.draws, key, condition: condition, &pass))
    }

    /// log p(x, z) − log q(z | x) for draws of the posterior: [batch, features] → [draws, batch].
    func logWeights(_ examples: Tensor, draws: Int, _ key: RandomKey, condition: Tensor?) -> Tensor {
        var pass = Pass.evaluation
        return bound(examples, draws: max(draws, 1), key, condition: condition, &pass).logWeights
    }

    /// q(z | x): [rows, features] → Gaussians over [rows, latent].
    func posterior(_ x: Tensor, condition: Tensor?, _ pass: inout Pass) -> DiagonalGaussian {
        encoder(x, given: condition, &pass)
    }

    /// - `holding`: Whether the gradient of the weights takes codes and posteriors for constants.
    func bound(
        _ x: Tensor, draws: Int, holding: Bool = false, _ key: RandomKey, condition: Tensor?, _ pass: inout Pass
    ) -> VariationalBound {
        let posterior = posterior(x, condition: condition, &pass).repeated(draws)
        let density = prior.density { self.posterior($0, condition: nil, &pass) }
        let drawn = posterior.draw(key.named("latent").normal(posterior.mean.shape))
        let held = holding ? (codes: drawn.stopGradient(), posterior: posterior.stopped) : nil
        let output = decoder(held?.codes ?? drawn, given: condition?.repeatedRows(draws), &pass)
        return VariationalBound(
            draws: draws, posterior: posterior, prior: density, drawn: drawn, held: held,
            reconstructions: likelihood.logLikelihood(of: x.repeatedRows(draws), given: output))
    }
}

extension VariationalAutoencoder: LikelihoodModel {
    /// With as many draws of the code for each example as in training.
    public var logLikelihood: LogLikelihood? {
        LogLikelihood(objective.metric, .lowerBound, most: likelihood.isDiscrete ? 0 : .infinity)
    }
}
