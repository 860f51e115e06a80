import StrataBackend
public import StrataGraph
public import StrataNN

/// The deep feature consistent variational autoencoder (Hou, Shen, Sun and Qiu, "Deep feature consistent variational
/// autoencoder", 2017): a reconstruction is compared with its example by what another, trained network sees in both, and
/// not pixel by pixel.
///
/// The loss of an example is `KL(q(z | x) ‖ p(z)) + w Σ_l d_l(x, x̃)`, where d_l is the mean squared difference of the
/// activations of the network's layer l. It bounds no likelihood.
public struct DeepFeatureAutoencoder: LayeredModel, DecodingModel, SamplingModel {
    private let encoder: GaussianEncoder
    private let decoder: Network
    private let network: TrainedNetwork
    private let scale: ExampleScale
    private let weight: Float
    public let codeSize: Int

    /// - Parameters:
    ///   - shape: Of an example.
    ///   - architecture: The encoder's hidden layers; the decoder is its mirror image.
    ///   - latent: Latent dimensions.
    ///   - network: The network whose activations are compared.
    ///   - scale: What examples are.
    ///   - weight: The factor of the distance of activations beside the divergence.
    public init(
        shape: [Int], architecture: Architecture, latent: Int = 20, network: TrainedNetwork,
        scale: ExampleScale = .brightness, weight: Float = 1000
    ) {
        encoder = GaussianEncoder(input: [shape.product], latent: latent, architecture.encoder(shape))
        decoder = Network(
            "decoder", input: [latent], architecture.decoder(to: shape) + Sequential([scale.activation]))
        (self.network, self.scale, self.weight) = (network, scale, weight)
        codeSize = latent
    }

    private var parameters: [StateVariable] { encoder.parameters + decoder.parameters }
    public var variables: [StateVariable] { encoder.variables + decoder.variables + network.variables }
    public var criterion: Criterion { .minimize("loss") }
    public var domain: ValueDomain? { scale.domain }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: parameters) { batch, context in
                var pass = context.pass()
                let metrics = metrics(batch.examples, context.key, &pass)
                return Objective(metrics[0], metrics: metrics, updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return metrics(batch.examples, key, &pass)
    }

    /// The loss and its parts.
    private func metrics(_ examples: Tensor, _ key: RandomKey, _ pass: inout Pass) -> [Metric] {
        let posterior = encoder(scale.inside(examples), &pass)
        let codes = posterior.draw(key.named("latent").normal(posterior.mean.shape))
        let reconstructions = scale.outside(decoder(codes, &pass))
        let divergence = StandardNormal(latent: codeSize).divergence(from: posterior, at: codes).sum([1])
        let distance = network.distance(reconstructions, to: examples)
        return [
            Metric("loss", divergence + distance * weight), Metric("feature_distance", distance),
            Metric("kl_divergence", divergence),
            Metric("squared_error", (reconstructions - examples).squared().mean([1])),
        ]
    }

    // MARK: After training

    /// The mean of q(z | x).
    public func encode(_ examples: Tensor) -> Tensor { encoder.mean(of: scale.inside(examples)) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        encoder.layers(scale.inside(examples))
    }

    public func decode(_ codes: Tensor) -> Tensor { scale.outside(decoder(codes)) }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        Sampling(examples: decode(key.named("prior").normal([count, codeSize])))
    }

    /// `dfc-vae` in the zoo: 400 hidden units, 20 latent dimensions, Adam at 1e-3, batches of 128. `build` throws `usage`
    /// without a network to compare by, `shape` where that takes other examples.
    public static let description = ModelDescription(
        name: "dfc-vae",
        summary:
            "variational autoencoder that compares features of another run (deep feature consistent, Hou et al. 2017)",
        hyperparameters: Architecture.hyperparameters(hidden: [400]) + [
            Hyperparameter("latent", .integer(20), in: 1...65536, "latent dimensions"),
            Hyperparameter("weight", .real(1000), in: 0...1e9, "factor of the distance of features"),
        ],
        networks: ["features": "the run whose activations tell how far a reconstruction is from its example"],
        batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings, networks in
            let architecture = Architecture(settings, initialization: .standard)
            try architecture.check(spec.shape)
            return DeepFeatureAutoencoder(
                shape: spec.shape, architecture: architecture, latent: settings.integer("latent"),
                network: try networks.network("features", for: spec), scale: spec.exampleScale,
                weight: Float(settings.real("weight")))
        })
}
