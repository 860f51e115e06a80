import StrataBackend
public import StrataGraph
public import StrataNN

/// The variational autoencoder (Kingma and Welling, "Auto-encoding variational Bayes", 2014) with a Gaussian code and a Bernoulli
/// decoder.
///
/// The encoder gives each example a Gaussian over codes, the decoder each code a probability for every pixel; both learn to
/// raise the evidence lower bound `E log p(x | z) − KL(q(z | x) ‖ p(z))`, in nats an image.
public struct VariationalAutoencoder: LayeredModel, DecodingModel, SamplingModel {
    let encoder: Network
    let mean: Network
    let logVariance: Network
    let decoder: Network
    public let codeSize: Int

    /// - Parameters:
    ///   - shape: Of an example.
    ///   - network: The encoder's hidden layers; the decoder is its mirror image.
    ///   - latent: Latent dimensions.
    public init(shape: [Int], network: Architecture, latent: Int = 20) {
        self.init(
            features: shape.product, encoder: network.encoder(shape), decoder: network.decoder(to: shape),
            latent: latent)
    }

    /// A variational autoencoder of any layers.
    ///
    /// - `encoder`: From examples [batch, features] to hidden units [batch, units], from which the mean and the variance of
    ///   the code are predicted.
    /// - `decoder`: From codes [batch, latent] to logits [batch, features].
    public init(features: Int, encoder: any Layer, decoder: any Layer, latent: Int) {
        self.encoder = Network("encoder", input: [features], encoder)
        mean = Network("mean", input: self.encoder.outputShape, Dense(latent))
        logVariance = Network("log_variance", input: self.encoder.outputShape, Dense(latent))
        self.decoder = Network("decoder", input: [latent], decoder)
        codeSize = latent
    }

    /// A variational autoencoder of dense layers.
    ///
    /// - `hidden`: Widths of the encoder's hidden layers; the decoder has them in reverse.
    public init(features: Int, hidden: [Int] = [400], latent: Int = 20) {
        self.init(
            shape: [features], network: Architecture(hidden: hidden, initialization: .standard), latent: latent)
    }

    private var networks: [Network] { [encoder, mean, logVariance, decoder] }
    public var variables: [StateVariable] { networks.flatMap(\.variables) }
    public var criterion: Criterion { .maximize("elbo") }
    public var domain: ValueDomain? { .bits(hint: "take a model without a Bernoulli decoder, such as ppca") }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: networks.flatMap(\.parameters)) { batch, context in
                var pass = Pass.training(context.key)
                let terms = evidence(batch.examples, context.key, &pass)
                return Objective(
                    Metric("negative_elbo", terms.divergence, minus: terms.reconstruction), metrics: metrics(terms),
                    updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return metrics(evidence(batch.examples, key, &pass))
    }

    /// The most probable code: the mean of q(z | x).
    public func encode(_ examples: Tensor) -> Tensor { mean(encoder(examples)) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        encoder.activations(examples) + [(mean.name, encode(examples))]
    }

    public func decode(_ codes: Tensor) -> Tensor { decoder(codes).sigmoid() }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        Sampling(examples: decode(key.named("prior").normal([count, codeSize])))
    }

    /// Both terms of the bound for each example, with one draw of the code: [batch] each.
    private func evidence(
        _ x: Tensor, _ key: RandomKey, _ pass: inout Pass
    ) -> (reconstruction: Tensor, divergence: Tensor) {
        let h = encoder(x, &pass)
        let (mean, logVariance) = (mean(h, &pass), logVariance(h, &pass))
        let noise = key.named("latent").normal(mean.shape)
        let z = mean + (logVariance * 0.5).exponential() * noise
        return (
            -Loss.bernoulli(logits: decoder(z, &pass), x),
            Loss.standardNormalDivergence(mean: mean, logVariance: logVariance)
        )
    }

    private func metrics(_ terms: (reconstruction: Tensor, divergence: Tensor)) -> [Metric] {
        [
            Metric("elbo", terms.reconstruction, minus: terms.divergence),
            Metric("reconstruction_log_likelihood", terms.reconstruction),
            Metric("kl_divergence", terms.divergence),
        ]
    }

    /// `vae` in the zoo: 400 hidden units and 20 latent dimensions, Adam at 1e-3, batches of 128. `build` throws `data`
    /// where a network of convolutions gets no images.
    public static let description = ModelDescription(
        name: "vae", summary: "variational autoencoder, Gaussian code, Bernoulli decoder (Kingma & Welling 2014)",
        hyperparameters: Architecture.hyperparameters(hidden: [400]) + [
            Hyperparameter("latent", .integer(20), in: 1...65536, "latent dimensions")
        ],
        batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings in
            let network = Architecture(settings, initialization: .standard)
            try network.check(spec.shape)
            return VariationalAutoencoder(shape: spec.shape, network: network, latent: settings.integer("latent"))
        })
}
