import StrataBackend
public import StrataGraph
public import StrataNN

/// VAE/GAN (Larsen, Sønderby, Larochelle and Winther, "Autoencoding beyond pixels using a learned similarity metric",
/// 2016): a variational autoencoder whose decoder is the generator of an adversarial game, and whose reconstructions are
/// compared with examples by the discriminator's last hidden layer.
///
/// A step is three moves. The discriminator learns to tell examples from reconstructions and from samples of the prior; the
/// decoder to fool it, and to reconstruct what it sees; the encoder descends on the divergence and on the same
/// reconstruction error, `½ ‖D_l(x) − D_l(x̃)‖²`. Examples live on [−1, 1] inside.
public struct VariationalGAN: LayeredModel, DecodingModel, SamplingModel {
    private let encoder: GaussianEncoder
    private let generator: Network
    /// The discriminator up to its last hidden layer, and what it makes of that.
    private let features: Network
    private let verdict: Network
    private let scale: ExampleScale
    private let reconstruction: Float
    private let loss = AdversarialLoss.Name.nonSaturating.loss
    public let codeSize: Int

    /// - Parameters:
    ///   - shape: Of an example.
    ///   - network: The hidden layers of the encoder and of the discriminator; the decoder is their mirror image.
    ///   - latent: Latent dimensions.
    ///   - scale: What examples are.
    ///   - reconstruction: The paper's γ: the factor of the decoder's reconstruction error beside its adversarial loss.
    public init(
        shape: [Int], network: Architecture, latent: Int = 64, scale: ExampleScale = .brightness,
        reconstruction: Float = 0.01
    ) {
        encoder = GaussianEncoder(input: [shape.product], latent: latent, network.encoder(shape))
        generator = Network("generator", input: [latent], network.decoder(to: shape) + Sequential([scale.activation]))
        features = Network("discriminator", input: [shape.product], network.encoder(shape))
        verdict = Network("verdict", input: features.outputShape, Dense(1))
        (self.scale, self.reconstruction) = (scale, reconstruction)
        codeSize = latent
    }

    public var variables: [StateVariable] {
        encoder.variables + generator.variables + features.variables + verdict.variables
    }
    public var criterion: Criterion { .minimize("feature_error") }
    public var domain: ValueDomain? { scale.domain }

    // MARK: Training

    public var phases: [TrainingPhase] {
        let discriminate = Move(features.parameters + verdict.parameters) { batch, context in
            var pass = context.pass()
            let round = Round(self, batch, context.key, &pass)
            let loss = Metric("discriminator_loss", discriminatorLoss(round, &pass))
            return Objective(loss, metrics: [loss, progress(round, &pass)], updates: pass.updates)
        }
        let generate = Move(generator.parameters) { batch, context in
            var pass = context.pass()
            let round = Round(self, batch, context.key.named("answer"), &pass)
            let fooling = [round.reconstructed, round.sampled].map {
                loss.generator(verdict($0, &pass)) { .constant(0) }
            }
            let adversarial = Metric("generator_loss", fooling[0] + fooling[1])
            return Objective(
                adversarial, penalty: round.error.mean() * reconstruction, metrics: [adversarial],
                updates: pass.updates)
        }
        let encode = Move(encoder.parameters) { batch, context in
            var pass = context.pass()
            let round = Round(self, batch, context.key.named("answer"), &pass)
            return Objective(
                Metric("encoder_loss", round.divergence + round.error),
                metrics: [Metric("feature_error", round.error), Metric("kl_divergence", round.divergence)],
                updates: pass.updates)
        }
        return [TrainingPhase(moves: [discriminate, generate, encode])]
    }

    /// A batch of examples, their reconstructions and as many samples of the prior, and what the discriminator sees in
    /// each: hidden units [batch, units].
    private struct Round {
        let real: Tensor
        let reconstructed: Tensor
        let sampled: Tensor
        let samples: Tensor
        /// KL(q(z | x) ‖ p(z)) and ½ ‖D_l(x) − D_l(x̃)‖²: [batch].
        let divergence: Tensor
        let error: Tensor

        init(_ model: VariationalGAN, _ batch: Batch, _ key: RandomKey, _ pass: inout Pass) {
            let examples = model.scale.inside(batch.examples)
            let posterior = model.encoder(examples, &pass)
            let codes = posterior.draw(key.named("latent").normal(posterior.mean.shape))
            let reconstructions = model.generator(codes, &pass)
            samples = model.generator(key.named("prior").normal([batch.count, model.codeSize]), &pass)
            // Each is a batch of its own: statistics of a mixed one would tell them apart.
            real = model.features(examples, &pass)
            reconstructed = model.features(reconstructions, &pass)
            sampled = model.features(samples, &pass)
            divergence = StandardNormal(latent: model.codeSize).divergence(from: posterior, at: codes).sum([1])
            error = (real - reconstructed).squared().sum([1]) * 0.5
        }
    }

    /// Examples against reconstructions and against samples: examples count in both, as often as the two kinds of fakes.
    private func discriminatorLoss(_ round: Round, _ pass: inout Pass) -> Tensor {
        let real = verdict(round.real, &pass)
        return [round.reconstructed, round.sampled].reduce(Tensor.constant(0, [])) {
            $0 + loss.discriminator(real, verdict($1, &pass)) * 0.5
        }
    }

    private func progress(_ round: Round, _ pass: inout Pass) -> Metric {
        loss.progress(verdict(round.real, &pass), verdict(round.sampled, &pass))
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        let round = Round(self, batch, key, &pass)
        let error = scale.outside(generator(encoder(scale.inside(batch.examples), &pass).mean, &pass)) - batch.examples
        return [
            Metric("feature_error", round.error), Metric("kl_divergence", round.divergence),
            Metric("discriminator_loss", discriminatorLoss(round, &pass)), progress(round, &pass),
            Metric("squared_error", error.squared().mean([1])),
            .sampleDiversity(round.samples, of: scale.inside(batch.examples)),
        ]
    }

    // MARK: After training

    /// The mean of q(z | x).
    public func encode(_ examples: Tensor) -> Tensor { encoder.mean(of: scale.inside(examples)) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        encoder.layers(scale.inside(examples))
    }

    public func decode(_ codes: Tensor) -> Tensor { scale.outside(generator(codes)) }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        Sampling(examples: decode(key.named("prior").normal([count, codeSize])))
    }

    /// `vae-gan` in the zoo: two convolutions, 64 latent dimensions, Adam at 2e-4 with β₁ = 0.5, batches of 64. `build`
    /// throws `data` where a network of convolutions gets no images.
    public static let description = ModelDescription(
        name: "vae-gan",
        summary: "variational autoencoder whose decoder plays an adversarial game (VAE/GAN, Larsen et al. 2016)",
        hyperparameters: Architecture.hyperparameters(hidden: [512, 256], automatic: "auto is leaky-relu") + [
            Hyperparameter("latent", .integer(64), in: 1...65536, "latent dimensions"),
            Hyperparameter(
                "reconstruction", .real(0.01), in: 0...1e6, "factor of the decoder's reconstruction error"),
        ],
        batchSize: 64, optimizer: .adam(2e-4, ["beta1": "0.5"]),
        build: { spec, settings in
            let network = Architecture(settings, automatic: .leakyReLU, initialization: .standard)
            try network.check(spec.shape)
            return VariationalGAN(
                shape: spec.shape, network: network, latent: settings.integer("latent"), scale: spec.exampleScale,
                reconstruction: Float(settings.real("reconstruction")))
        })
}
