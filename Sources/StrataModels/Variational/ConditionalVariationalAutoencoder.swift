import StrataBackend
public import StrataGraph
public import StrataNN

/// The conditional variational autoencoder (Sohn, Lee and Yan, "Learning structured output representation using deep
/// conditional generative models", 2015): encoder and decoder are told the class of an example, so that the code need not
/// hold it and a class can be sampled. Its likelihood is log p(x | class).
public struct ConditionalVariationalAutoencoder: ClampedSamplingModel, ConditionalEncodingModel, LikelihoodModel,
    ImportanceSampledModel
{
    /// A variational autoencoder given a condition, the class as bits of which one is set.
    let base: VariationalAutoencoder
    public let labelClasses: Int

    /// - Parameters:
    ///   - shape: Of an example.
    ///   - classes: The classes of examples.
    ///   - network: The encoder's hidden layers, which the class joins as inputs of its own, in images as channels, in
    ///     sequences as features of each step; the decoder is its mirror image, and the class joins the code.
    ///   - latent: Latent dimensions.
    ///   - likelihood: The distribution of an example given code and class.
    ///   - prior: That of the codes, whatever the class; standard normal where `nil`. None that needs the encoder.
    ///   - objective: What training descends on.
    public init(
        shape: [Int], classes: Int, network: Architecture, latent: Int = 20,
        likelihood: any DecoderDistribution = BernoulliDecoder(), prior: (any LatentPrior)? = nil,
        objective: VariationalObjective = VariationalObjective()
    ) {
        labelClasses = max(classes, 0)
        base = VariationalAutoencoder(
            features: shape.product, encoder: network.encoder(shape, condition: classes),
            decoder: Sequential([ConcatenatedCondition([latent], axis: 0)])
                + network.decoder(to: shape, numbers: likelihood.numbersPerFeature),
            latent: latent, likelihood: likelihood, prior: prior, objective: objective, condition: classes)
    }

    public var variables: [StateVariable] { base.variables }
    public var criterion: Criterion { base.criterion }
    public var domain: ValueDomain? { base.domain }
    public var logLikelihood: LogLikelihood? { base.logLikelihood }
    public var holdsUnits: Bool { false }
    public var drawsBits: Bool { base.drawsBits }

    public var phases: [TrainingPhase] { base.phases(needsLabels: true) { condition($0.labels) } }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        base.metrics(batch, key, condition: condition(batch.labels))
    }

    public func logWeights(_ batch: Batch, draws: Int, key: RandomKey) -> Tensor {
        base.logWeights(batch.examples, draws: draws, key, condition: condition(batch.labels))
    }

    /// The most probable code: the mean of q(z | x, class).
    public func encode(_ examples: Tensor, labels: Tensor) -> Tensor {
        var pass = Pass.evaluation
        return base.posterior(examples, condition: condition(labels), &pass).mean
    }

    /// The means of p(x | z, class) for codes of the prior; without a class given, of each class in turn.
    public func sampling(_ count: Int, key: RandomKey, holding evidence: Evidence) -> Sampling {
        base.sampling(count, key: key, condition: condition(evidence.labels(among: labelClasses, count: count)))
    }

    /// Int32 [batch] → [batch, classes], with a 1 at each class.
    func condition(_ labels: Tensor?) -> Tensor {
        guard let labels else { return .missingLabels() }
        return labels.isInvalid ? labels : Loss.oneHot(labels, classes: labelClasses)
    }
}
