public import StrataGraph
import StrataNN

/// The generative adversarial network (Goodfellow et al. 2014) with the non-saturating loss.
///
/// A step is two moves. The discriminator learns to tell a batch of examples from a batch of the generator's; then
/// the generator learns to fool the discriminator that this made. Pixels live on [−1, 1] inside.
public struct GenerativeAdversarialNetwork: DecodingModel, SamplingModel {
    let generator: MultilayerPerceptron
    let discriminator: MultilayerPerceptron
    public let codeSize: Int

    /// - Parameters:
    ///   - generator: widths of its hidden layers, from the noise on.
    ///   - discriminator: widths of its hidden layers, from the pixels on.
    public init(
        features: Int, noise: Int = 100, generator: [Int] = [256, 512, 1024], discriminator: [Int] = [512, 256]
    ) {
        self.generator = MultilayerPerceptron(
            "generator", widths: [noise] + generator + [features], hidden: .leakyReLU, output: .tanh)
        self.discriminator = MultilayerPerceptron(
            "discriminator", widths: [features] + discriminator + [1], hidden: .leakyReLU)
        codeSize = noise
    }

    public var variables: [StateVariable] { generator.variables + discriminator.variables }

    public func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep {
        let players = Players(self, batch, context.key, .current)
        let discriminatorMove = context.optimizer.minimizing(
            players.discriminatorLoss, discriminator.variables, step: context.step)

        // The generator faces the discriminator as it is now, with noise of its own.
        let answered = Players(
            self, batch, context.key.named("answer"), Weights.current.updated(by: discriminatorMove))
        let generatorMove = context.optimizer.minimizing(
            answered.generatorLoss, generator.variables, step: context.step)
        return TrainingStep(
            updates: discriminatorMove + generatorMove,
            metrics: [
                Metric("discriminator_loss", players.discriminatorLoss),
                Metric("generator_loss", answered.generatorLoss),
                Metric("discriminator_accuracy", players.accuracy),
            ])
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let players = Players(self, batch, key, .current)
        return [
            Metric("discriminator_loss", players.discriminatorLoss),
            Metric("generator_loss", players.generatorLoss),
            Metric("discriminator_accuracy", players.accuracy),
        ]
    }

    public func decode(_ codes: Tensor) -> Tensor { (generator(codes) + 1) * 0.5 }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        Sampling(examples: decode(key.named("prior").normal([count, codeSize])))
    }

    /// What both players think of one batch.
    private struct Players {
        /// Logits of being a true example: [batch, 1].
        let real: Tensor
        let fake: Tensor

        init(_ model: GenerativeAdversarialNetwork, _ batch: Batch, _ key: RandomKey, _ weights: Weights) {
            let noise = key.named("noise").normal([batch.count, model.codeSize])
            real = model.discriminator(batch.examples * 2 - 1, weights)
            fake = model.discriminator(model.generator(noise, weights), weights)
        }

        /// `−log D(x) − log(1 − D(G(z)))`, the mean over the batch.
        var discriminatorLoss: Tensor { (-real).softplus().mean() + fake.softplus().mean() }
        /// `−log D(G(z))`, the mean over the batch.
        var generatorLoss: Tensor { (-fake).softplus().mean() }
        /// The part of both batches that the discriminator judges rightly.
        var accuracy: Tensor { (real.greater(0).mean() + fake.less(0).mean()) * 0.5 }
    }

    public static let description = ModelDescription(
        name: "gan", summary: "generative adversarial network, non-saturating loss (Goodfellow et al. 2014)",
        hyperparameters: [
            Hyperparameter("noise", .integer(100), in: 1...65536, "numbers of noise that make an example"),
            Hyperparameter("generator", .integers([256, 512, 1024]), in: 1...65536, "widths of its hidden layers"),
            Hyperparameter("discriminator", .integers([512, 256]), in: 1...65536, "widths of its hidden layers"),
        ],
        batchSize: 128, learningRate: 2e-4, optimizer: { rate, _ in Adam(learningRate: rate, beta1: 0.5) },
        build: { domain, settings in
            GenerativeAdversarialNetwork(
                features: domain.features, noise: settings.integer("noise"), generator: settings.integers("generator"),
                discriminator: settings.integers("discriminator"))
        })
}
