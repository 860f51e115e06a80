import StrataBackend
public import StrataGraph
public import StrataNN

/// The debiasing variational autoencoder (Amini, Soleimany, Schwarting, Bhatia and Rus, "Uncovering and mitigating algorithmic
/// bias through learned latent structure", 2019): a classifier whose encoder is a variational autoencoder's, too, and which
/// learns the more from an example the rarer its code is. Nobody says which groups there are.
///
/// The paper draws examples by such weights; here each counts by its weight, which has the same expected gradient, leaves the
/// order of examples alone, and needs nothing of the training but the model's own state.
public struct DebiasingAutoencoder: LayeredModel, DecodingModel, SamplingModel, ClassifyingModel, LikelihoodModel {
    private let encoder: GaussianEncoder
    private let decoder: Network
    private let head: Network
    private let likelihood: any DecoderDistribution
    private let classification: Float
    /// `nil` for a model that learns from all examples alike.
    private let density: (any CodeDensity)?
    private let normalized = NormalizedWeights()
    public let codeSize: Int
    public let classes: Int

    /// How the density of codes is estimated.
    public enum Density: String, Sendable, CaseIterable {
        /// By Gaussians about the latest codes.
        case kernel
        /// By a histogram of each latent dimension, as the paper has it.
        case histogram
    }

    /// - Parameters:
    ///   - shape: Of an example.
    ///   - classes: The classes of examples.
    ///   - network: The encoder's hidden layers, from which classes are told, too; the decoder is their mirror image.
    ///   - latent: Latent dimensions.
    ///   - likelihood: The distribution of an example given its code.
    ///   - classification: The factor of the cross-entropy beside the negative evidence lower bound.
    ///   - density: How the density of codes is estimated; `nil` for weights that are all the same.
    ///   - smoothing: α of the weights: the less, the more do rare codes count.
    public init(
        shape: [Int], classes: Int, network: Architecture, latent: Int = 8,
        likelihood: any DecoderDistribution = BernoulliDecoder(), classification: Float = 100,
        density: Density? = .kernel, smoothing: Float = 0.1
    ) {
        encoder = GaussianEncoder(input: [shape.product], latent: latent, network.encoder(shape))
        decoder = Network(
            "decoder", input: [latent], network.decoder(to: shape, numbers: likelihood.numbersPerFeature))
        head = Network("head", input: encoder.body.outputShape, Dense(classes))
        (self.likelihood, self.classification) = (likelihood, classification)
        self.density =
            switch density {
            case .kernel: KernelCodeDensity(latent: latent, smoothing: smoothing)
            case .histogram: HistogramCodeDensity(latent: latent, smoothing: smoothing)
            case nil: nil
            }
        (codeSize, self.classes) = (latent, max(classes, 0))
    }

    private var parameters: [StateVariable] {
        encoder.parameters + decoder.parameters + head.parameters + likelihood.parameters
    }
    public var variables: [StateVariable] {
        encoder.variables + decoder.variables + head.variables + likelihood.parameters
    }
    public var criterion: Criterion { .minimize("loss") }
    public var domain: ValueDomain? { likelihood.domain }
    public var logLikelihood: LogLikelihood? {
        LogLikelihood("elbo", .lowerBound, most: likelihood.isDiscrete ? 0 : .infinity)
    }

    public var phases: [TrainingPhase] {
        let descend = Move(parameters) { batch, context in
            var pass = Pass.training(context.key)
            let (bound, metrics) = terms(batch, context.key, &pass)
            guard let density else { return Objective(metrics[0], metrics: metrics, updates: pass.updates) }
            let (raw, kept) = density.weights(of: bound.posterior.mean.stopGradient())
            let (weights, summed) = normalized(raw)
            // How many examples that count alike say as much.
            let effective = Metric("effective_share", weights.mean().squared() / weights.squared().mean())
            return Objective(
                Metric("weighted_loss", metrics[0].values * weights), metrics: metrics + [effective],
                updates: pass.updates + kept + summed)
        }
        return [
            TrainingPhase(needsLabels: true, moves: [descend]) { _ in
                density.map { [EpochEndUpdate($0.epochEnd + normalized.epochEnd)] } ?? []
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return terms(batch, key, &pass).metrics
    }

    /// The bound, and metrics with the loss of each example first.
    private func terms(_ batch: Batch, _ key: RandomKey, _ pass: inout Pass) -> (VariationalBound, metrics: [Metric]) {
        let examples = likelihood.seen(batch.examples, key)
        let hidden = encoder.body(examples, &pass)
        let posterior = encoder.gaussian(hidden, &pass)
        let codes = posterior.draw(key.named("latent").normal(posterior.mean.shape))
        let bound = VariationalBound(
            posterior: posterior, prior: StandardNormal(latent: codeSize), drawn: codes,
            reconstructions: likelihood.logLikelihood(of: examples, given: decoder(codes, &pass)))
        let told = VariationalObjective().metrics(bound)
        let logits = head(hidden, &pass)
        let labelled = batch.labels.map { labels in
            [
                Metric("cross_entropy", Loss.softmaxCrossEntropy(logits: logits, labels: labels)),
                Metric("accuracy", Loss.accuracy(logits: logits, labels: labels)),
            ]
        }
        // Without labels there is a bound all the same.
        guard let labelled else { return (bound, [Metric("loss", .missingLabels())] + told) }
        let loss = labelled[0].values * classification + bound.divergence - bound.reconstruction
        return (bound, [Metric("loss", loss)] + labelled + told)
    }

    // MARK: After training

    /// The mean of q(z | x).
    public func encode(_ examples: Tensor) -> Tensor { encoder.mean(of: examples) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] { encoder.layers(examples) }

    /// The mean of p(x | z).
    public func decode(_ codes: Tensor) -> Tensor { likelihood.mean(decoder(codes)) }

    public func classLogits(_ examples: Tensor) -> Tensor { head(encoder.body(examples)) }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        Sampling(examples: decode(key.named("prior").normal([count, codeSize])))
    }

    /// `debiasing-vae` in the zoo: 400 hidden units, 8 latent dimensions, Adam at 1e-3, batches of 128. `build` throws
    /// `data` where there are fewer than two classes of labels.
    public static let description = ModelDescription(
        name: "debiasing-vae",
        summary: "classifier and VAE that learn the more from an example the rarer its code (Amini et al. 2019)",
        hyperparameters: Architecture.hyperparameters(hidden: [400]) + [
            Hyperparameter("latent", .integer(8), in: 1...65536, "latent dimensions"),
            Hyperparameter("classification", .real(100), in: 0...1e6, "factor of the cross-entropy"),
            Hyperparameter("debiasing", .flag(true), "whether rare codes count more"),
            Hyperparameter("density", Density.kernel, "how the density of codes is estimated")
                .only(when: "debiasing", is: "true"),
            Hyperparameter("smoothing", .real(0.1), in: 1e-6...1000, "the less, the more rare codes count")
                .only(when: "debiasing", is: "true"),
        ] + DecoderChoice.hyperparameters,
        batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings in
            let network = Architecture(settings, initialization: .standard)
            try network.check(spec.shape)
            return DebiasingAutoencoder(
                shape: spec.shape, classes: try spec.labelled("debiasing-vae"), network: network,
                latent: settings.integer("latent"), likelihood: try DecoderChoice.distribution(spec, settings),
                classification: Float(settings.real("classification")),
                density: settings.flag("debiasing") ? settings.choice("density", Density.kernel) : nil,
                smoothing: Float(settings.real("smoothing")))
        })
}
