import StrataBackend
public import StrataGraph
public import StrataNN

/// The generative adversarial network (Goodfellow et al., "Generative adversarial nets", 2014): a generator of examples
/// from noise, and a discriminator that learns to tell these from true ones.
///
/// A step is two moves. The discriminator learns to tell a batch of examples from a batch of the generator's; then the
/// generator learns to fool the discriminator that this made. Which losses and penalties they descend on is the
/// `AdversarialGame`. Examples live on [−1, 1] inside.
///
/// With classes both players are told the class of each example and sample, as a one-hot condition [batch, classes].
public struct GenerativeAdversarialNetwork: DecodingModel, ClampedSamplingModel {
    let generator: Network
    let discriminator: Network
    let game: AdversarialGame
    let scale: ExampleScale
    private let noise: Int
    /// The classes that both players are told; 0 for none.
    public let labelClasses: Int
    /// What the players are told of a batch in place of its classes, [batch, classes].
    var given: (@Sendable (Batch) -> Tensor)?

    /// An adversarial network of the usual layers. With classes, the generator's first layer sees noise and class side
    /// by side, and the discriminator ends in a `ConditionalProjection`.
    ///
    /// - Parameters:
    ///   - shape: Of an example.
    ///   - noise: Latent dimensions.
    ///   - generator: From the noise on, in reverse: what would lead from an example to the noise.
    ///   - discriminator: From the pixels on.
    ///   - classes: The classes of examples; 0 for a network that knows none.
    ///   - scale: What examples are.
    ///   - game: Losses and penalties.
    public init(
        shape: [Int], noise: Int = 100, generator: Architecture, discriminator: Architecture, classes: Int = 0,
        scale: ExampleScale = .brightness, game: AdversarialGame = AdversarialGame()
    ) {
        let isConditional = classes > 0
        let start = Sequential(isConditional ? [AppendedCondition()] : [])
        let end: any Layer = isConditional ? ConditionalProjection() : Dense(1)
        self.init(
            features: shape.product, noise: noise,
            generator: start + generator.decoder(to: shape) + Sequential(scale.isBounded ? [scale.activation] : []),
            discriminator: discriminator.encoder(shape) + Sequential([end]), classes: classes, scale: scale, game: game)
    }

    /// An adversarial network of any layers.
    ///
    /// - Parameters:
    ///   - features: Pixels of an example.
    ///   - noise: Latent dimensions.
    ///   - generator: From noise [batch, noise] to examples [batch, features] as they are inside, which of brightness ends
    ///     by a hyperbolic tangent.
    ///   - discriminator: From examples [batch, features] to an output [batch, 1], of most losses the logit for being a
    ///     true one.
    ///   - classes: The width of the condition that both are given; 0 for none.
    ///   - scale: What examples are.
    ///   - game: Losses and penalties.
    public init(
        features: Int, noise: Int, generator: any Layer, discriminator: any Layer, classes: Int = 0,
        scale: ExampleScale = .brightness, game: AdversarialGame = AdversarialGame()
    ) {
        let condition = classes > 0 ? classes : nil
        self.generator = Network("generator", input: [noise], condition: condition, generator)
        self.discriminator = Network(
            "discriminator", input: [features], condition: condition,
            game.normalizesSpectrum ? SpectralNormalization(discriminator) : discriminator)
        self.game = game
        self.scale = scale
        self.noise = noise
        labelClasses = max(classes, 0)
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
    public var domain: ValueDomain? { scale.domain }

    // MARK: Training

    public var phases: [TrainingPhase] {
        let discriminate = Move(
            discriminator.parameters, repeats: game.criticSteps, constraint: game.constraint
        ) { batch, context in
            var pass = context.pass()
            let verdict = Verdict(self, batch, context.key, &pass)
            let penalty = game.penalties(real: verdict.real, fake: verdict.fake, key: context.key) {
                discriminator($0, given: verdict.condition, &pass)
            }
            let loss = discriminatorLoss(verdict)
            let metrics = [loss, progress(verdict)] + (penalty.map { [Metric("gradient_penalty", $0)] } ?? [])
            return Objective(loss, penalty: penalty, metrics: metrics, updates: pass.updates)
        }
        let generate = Move(generator.parameters) { batch, context in
            // With noise of its own.
            var pass = context.pass()
            let condition = condition(batch)
            let fakes = fakes(batch.count, context.key.named("answer"), condition, &pass)
            let loss = Metric(
                "generator_loss",
                game.loss.generator(discriminator(fakes, given: condition, &pass)) {
                    discriminator(scale.inside(batch.examples), given: condition, &pass)
                })
            return Objective(loss, metrics: [loss], updates: pass.updates)
        }
        return [TrainingPhase(needsLabels: labelClasses > 0, moves: [discriminate, generate])]
    }

    private func discriminatorLoss(_ verdict: Verdict) -> Metric {
        let loss = Metric("discriminator_loss", game.loss.discriminator(verdict.real.outputs, verdict.fake.outputs))
        guard let tie = game.loss.tie else { return loss }
        return loss.warning(
            below: tie / 20,
            "the discriminator has won: its loss is less than a twentieth of what it is where it can tell nothing, and the"
                + " generator may learn no more; try r1, spectral-norm, or fewer critic-steps")
    }

    private func progress(_ verdict: Verdict) -> Metric {
        game.loss.progress(verdict.real.outputs, verdict.fake.outputs)
    }

    /// The generator's examples, as they are inside.
    private func fakes(_ count: Int, _ key: RandomKey, _ condition: Tensor?, _ pass: inout Pass) -> Tensor {
        generator(key.named("noise").normal([count, noise]), given: condition, &pass)
    }

    /// The classes of a batch, [batch, classes]; `nil` for a network that is told none.
    private func condition(_ batch: Batch) -> Tensor? {
        guard labelClasses > 0 else { return nil }
        if let given { return given(batch) }
        guard let labels = batch.labels else {
            return .invalid("conditional network: expected a batch with labels, it has none")
        }
        return Loss.oneHot(labels, classes: labelClasses)
    }

    /// What the discriminator says of a batch of examples and of as many fakes of the same classes. It sees both at once, so
    /// that its gradient is one product over them all, unless it normalizes over batches. Then each is a batch of its own,
    /// as the generator will be judged by one of fakes alone: statistics of a mixed batch tell the two halves apart, which
    /// teaches the generator nothing.
    private struct Verdict {
        let real: Judged
        let fake: Judged
        let condition: Tensor?

        init(_ model: GenerativeAdversarialNetwork, _ batch: Batch, _ key: RandomKey, _ pass: inout Pass) {
            condition = model.condition(batch)
            let fakes = model.fakes(batch.count, key, condition, &pass)
            let examples = model.scale.inside(batch.examples)
            guard !model.discriminator.mixesExamples else {
                real = Judged(inputs: examples, outputs: model.discriminator(examples, given: condition, &pass))
                fake = Judged(inputs: fakes, outputs: model.discriminator(fakes, given: condition, &pass))
                return
            }
            let conditions = condition.map { Tensor.concatenate([$0, $0]) }
            let outputs = model.discriminator(.concatenate([examples, fakes]), given: conditions, &pass)
            real = Judged(inputs: examples, outputs: outputs.slice(0..<batch.count, axis: 0))
            fake = Judged(inputs: fakes, outputs: outputs.slice(batch.count..<2 * batch.count, axis: 0))
        }
    }

    // MARK: After training

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        let verdict = Verdict(self, batch, key, &pass)
        let generatorLoss = game.loss.generator(verdict.fake.outputs) { verdict.real.outputs }
        return [
            discriminatorLoss(verdict), Metric("generator_loss", generatorLoss), progress(verdict),
            .sampleDiversity(verdict.fake.inputs, of: verdict.real.inputs),
        ]
    }

    /// The latent dimensions and, of a network that is told classes, a number for each class.
    public var codeSize: Int { noise.saturatingAdding(labelClasses) }

    /// The example of a code. Of a network that is told classes a code is noise and after it a number for each class, of
    /// which the largest says the class: for standard normal numbers each class is as probable.
    public func decode(_ codes: Tensor) -> Tensor {
        guard labelClasses > 0 else { return scale.outside(generator(codes)) }
        guard codes.rank == 2, codes.shape[1] == codeSize else {
            return .invalid("generator: the codes are \(codes.shape), expected [batch, \(codeSize)]", of: codes)
        }
        let labels = codes.slice(noise..<codeSize, axis: 1).argMax(axis: 1).cast(to: .int32)
        return examples(codes.slice(0..<noise, axis: 1), labels)
    }

    public var holdsUnits: Bool { false }

    /// Without a class, samples of a network that is told classes are of each in turn.
    public func sampling(_ count: Int, key: RandomKey, holding evidence: Evidence) -> Sampling {
        let labels = labelClasses > 0 ? evidence.labels(among: labelClasses, count: count) : nil
        return Sampling(examples: examples(key.named("prior").normal([count, noise]), labels))
    }

    /// Noise [batch, noise] and classes, int32 [batch], as examples.
    private func examples(_ noise: Tensor, _ labels: Tensor?) -> Tensor {
        examples(noise, given: labels.map { Loss.oneHot($0, classes: labelClasses) })
    }

    /// Noise [batch, noise] and conditions [batch, classes] as examples.
    func examples(_ noise: Tensor, given condition: Tensor?) -> Tensor {
        var pass = Pass.evaluation
        return scale.outside(generator(noise, given: condition, &pass))
    }

    /// Examples of standard normal noise, one for each condition: [rows, classes] → [rows, features].
    func draws(given conditions: Tensor, _ key: RandomKey) -> Tensor {
        examples(key.named("prior").normal([conditions.shape.first ?? 1, noise]), given: conditions)
    }
}
