import StrataBackend
public import StrataGraph
public import StrataNN

/// The generative adversarial network (Goodfellow et al. 2014) with the non-saturating loss.
///
/// A step is two moves. The discriminator learns to tell a batch of examples from a batch of the generator's; then the
/// generator learns to fool the discriminator that this made. Pixels live on [−1, 1] inside.
public struct GenerativeAdversarialNetwork: DecodingModel, SamplingModel {
    let generator: Network
    let discriminator: Network
    let criticSteps: Int
    public let codeSize: Int

    /// - Parameters:
    ///   - shape: Of an example.
    ///   - noise: Latent dimensions.
    ///   - generator: From the noise on, in reverse: what would lead from an example to the noise.
    ///   - discriminator: From the pixels on.
    ///   - criticSteps: Moves of the discriminator in a step.
    public init(
        shape: [Int], noise: Int = 100, generator: Architecture, discriminator: Architecture, criticSteps: Int = 1
    ) {
        self.init(
            features: shape.product, noise: noise,
            generator: generator.decoder(to: shape) + Sequential([Activation.tanh]),
            discriminator: discriminator.encoder(shape) + Sequential([Dense(1)]), criticSteps: criticSteps)
    }

    /// An adversarial network of any layers.
    ///
    /// - Parameters:
    ///   - features: Pixels of an example.
    ///   - noise: Latent dimensions.
    ///   - generator: From noise [batch, noise] to examples [batch, features] on [−1, 1], mostly by a hyperbolic tangent.
    ///   - discriminator: From examples [batch, features] to a logit [batch, 1] for being a true one.
    ///   - criticSteps: Moves of the discriminator in a step.
    public init(
        features: Int, noise: Int, generator: any Layer, discriminator: any Layer, criticSteps: Int = 1
    ) {
        self.generator = Network("generator", input: [noise], generator)
        self.discriminator = Network("discriminator", input: [features], discriminator)
        self.criticSteps = criticSteps
        codeSize = noise
    }

    /// An adversarial network of dense layers.
    ///
    /// - `generator`: Widths of its hidden layers, from the noise on.
    /// - `discriminator`: Widths of its hidden layers, from the pixels on.
    public init(
        features: Int, noise: Int = 100, generator: [Int] = [256, 512, 1024], discriminator: [Int] = [512, 256]
    ) {
        func network(_ hidden: [Int]) -> Architecture {
            Architecture(hidden: hidden, activation: .leakyReLU, initialization: .standard)
        }
        self.init(
            shape: [features], noise: noise, generator: network(generator.reversed()),
            discriminator: network(discriminator))
    }

    public var variables: [StateVariable] { generator.variables + discriminator.variables }
    public var criterion: Criterion { .minimize("generator_loss") }
    public var domain: ValueDomain? {
        ValueDomain(0...1, meaning: "brightness", hint: "take a model of any values, such as ppca")
    }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moves: [
                Move(discriminator.parameters, repeats: criticSteps) { batch, context in
                    var pass = Pass.training(context.key)
                    let verdict = Judgement(self, batch, context.key, &pass)
                    return Objective(
                        verdict.discriminatorLoss, metrics: [verdict.discriminatorLoss, verdict.accuracy],
                        updates: pass.updates)
                },
                Move(generator.parameters) { batch, context in
                    // With noise of its own.
                    var pass = Pass.training(context.key)
                    let loss = Self.generatorLoss(
                        discriminator(fakes(batch.count, context.key.named("answer"), &pass), &pass))
                    return Objective(loss, metrics: [loss], updates: pass.updates)
                },
            ])
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        let verdict = Judgement(self, batch, key, &pass)
        return [verdict.discriminatorLoss, Self.generatorLoss(verdict.fake), verdict.accuracy]
    }

    public func decode(_ codes: Tensor) -> Tensor { (generator(codes) + 1) * 0.5 }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        Sampling(examples: decode(key.named("prior").normal([count, codeSize])))
    }

    /// The generator's examples, on [−1, 1].
    private func fakes(_ count: Int, _ key: RandomKey, _ pass: inout Pass) -> Tensor {
        generator(key.named("noise").normal([count, codeSize]), &pass)
    }

    /// `−log D(G(z))` for the discriminator's logits.
    private static func generatorLoss(_ fake: Tensor) -> Metric { Metric("generator_loss", (-fake).softplus().mean()) }

    /// The discriminator's logits for a batch of examples and for as many fakes. It sees both at once, so that its gradient is
    /// one product over them all, unless it normalizes over batches. Then each is a batch of its own, as the generator will be
    /// judged by one of fakes alone: statistics of a mixed batch tell the two halves apart, which teaches the generator
    /// nothing.
    private struct Judgement {
        /// Logits of being a true example: [batch, 1].
        let real: Tensor
        let fake: Tensor

        init(_ model: GenerativeAdversarialNetwork, _ batch: Batch, _ key: RandomKey, _ pass: inout Pass) {
            let fakes = model.fakes(batch.count, key, &pass)
            let examples = batch.examples * 2 - 1
            guard model.discriminator.buffers.isEmpty else {
                real = model.discriminator(examples, &pass)
                fake = model.discriminator(fakes, &pass)
                return
            }
            let logits = model.discriminator(.concatenate([examples, fakes]), &pass)
            real = logits.slice(0..<batch.count, axis: 0)
            fake = logits.slice(batch.count..<2 * batch.count, axis: 0)
        }

        /// `−log D(x) − log(1 − D(G(z)))`, the mean over the batch.
        var discriminatorLoss: Metric {
            Metric("discriminator_loss", (-real).softplus().mean() + fake.softplus().mean())
        }
        /// The share of both batches that the discriminator tells correctly.
        var accuracy: Metric {
            Metric("discriminator_accuracy", (real.greater(0).mean() + fake.less(0).mean()) * 0.5)
        }
    }

    /// `gan` in the zoo: 100 latent dimensions, dense layers of leaky units, Adam at 2e-4 with β₁ = 0.5 as Radford et
    /// al. (2016) have it, batches of 128. `build` throws `data` where a network of convolutions gets no images.
    public static let description = ModelDescription(
        name: "gan", summary: "generative adversarial network, non-saturating loss (Goodfellow et al. 2014)",
        hyperparameters: [
            Hyperparameter("noise", .integer(100), in: 1...65536, "latent dimensions"),
            Hyperparameter("generator", .integers([256, 512, 1024]), in: 1...65536, "widths of its hidden layers")
                .only(when: "network", is: "mlp"),
            Hyperparameter("discriminator", .integers([512, 256]), in: 1...65536, "widths of its hidden layers")
                .only(when: "network", is: "mlp"),
            Hyperparameter("critic-steps", .integer(1), in: 1...100, "moves of the discriminator in a step"),
        ] + Architecture.hyperparameters(hidden: nil, automatic: "auto is leaky-relu"),
        batchSize: 128, optimizer: .adam(2e-4, ["beta1": "0.5"]),
        build: { spec, settings in
            var generator = Architecture(settings, automatic: .leakyReLU, initialization: .standard)
            var discriminator = generator
            try generator.check(spec.shape)
            generator.hidden = settings.integers("generator").reversed()
            discriminator.hidden = settings.integers("discriminator")
            return GenerativeAdversarialNetwork(
                shape: spec.shape, noise: settings.integer("noise"), generator: generator, discriminator: discriminator,
                criticSteps: settings.integer("critic-steps"))
        })
}
