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
        let judged = Judgement(self, batch, context.key, .current)
        let discriminatorMove = context.optimizer.minimizing(
            judged.discriminatorLoss, discriminator.variables, step: context.step)

        // The generator faces the discriminator as it is now, with noise of its own.
        let weights = Weights.current.updated(by: discriminatorMove)
        let forged = fakes(batch.count, context.key.named("answer"), weights)
        let generatorLoss = Self.generatorLoss(discriminator(forged, weights))
        let generatorMove = context.optimizer.minimizing(generatorLoss, generator.variables, step: context.step)
        return TrainingStep(
            updates: discriminatorMove + generatorMove,
            metrics: [
                Metric("discriminator_loss", judged.discriminatorLoss),
                Metric("generator_loss", generatorLoss),
                Metric("discriminator_accuracy", judged.accuracy),
            ])
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let judged = Judgement(self, batch, key, .current)
        return [
            Metric("discriminator_loss", judged.discriminatorLoss),
            Metric("generator_loss", Self.generatorLoss(judged.fake)),
            Metric("discriminator_accuracy", judged.accuracy),
        ]
    }

    public func decode(_ codes: Tensor) -> Tensor { (generator(codes) + 1) * 0.5 }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        Sampling(examples: decode(key.named("prior").normal([count, codeSize])))
    }

    /// The generator's examples, on [−1, 1].
    private func fakes(_ count: Int, _ key: RandomKey, _ weights: Weights) -> Tensor {
        generator(key.named("noise").normal([count, codeSize]), weights)
    }

    /// `−log D(G(z))` for the discriminator's logits, the mean over the batch.
    private static func generatorLoss(_ fake: Tensor) -> Tensor { (-fake).softplus().mean() }

    /// What the discriminator thinks of a batch of examples and of as many fakes. It sees both at once, so that its
    /// gradient is one product over them all.
    private struct Judgement {
        /// Logits of being a true example: [batch, 1].
        let real: Tensor
        let fake: Tensor

        init(_ model: GenerativeAdversarialNetwork, _ batch: Batch, _ key: RandomKey, _ weights: Weights) {
            let fakes = model.fakes(batch.count, key, weights)
            let logits = model.discriminator(.concatenate([batch.examples * 2 - 1, fakes]), weights)
            real = logits.slice(0..<batch.count, axis: 0)
            fake = logits.slice(batch.count..<2 * batch.count, axis: 0)
        }

        /// `−log D(x) − log(1 − D(G(z)))`, the mean over the batch.
        var discriminatorLoss: Tensor { (-real).softplus().mean() + fake.softplus().mean() }
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
