import StrataBackend
import StrataData
public import StrataGraph
public import StrataNN

/// Image-to-image translation by a conditional adversarial network (Isola, Zhu, Zhou and Efros, "Image-to-image
/// translation with conditional adversarial networks", 2017): a U-Net makes an image out of its source, and a
/// discriminator learns to tell pairs of a source and its image from pairs of a source and what was made of it.
///
/// The discriminator sees source and image as channels of one, and says of each patch whether it is true. The generator
/// descends on what the discriminator says and λ times the mean absolute error. Pixels live on [−1, 1] inside. The
/// generator is given no noise: the dropout that the paper has in its place hardly changes what comes out, as it says.
public struct Pix2Pix: TranslationModel {
    public let source: PairSource
    let generator: Network
    let discriminator: Network
    private let game: AdversarialGame
    private let absoluteErrorWeight: Float
    private let scale = ExampleScale.brightness

    /// A pair of networks of any layers, for images of brightness.
    ///
    /// - Parameters:
    ///   - source: What images are made from.
    ///   - generator: From sources at the extents of images [batch, source's channels, height, width] to images [batch,
    ///     channels, height, width] on [−1, 1].
    ///   - discriminator: From source and image [batch, channels of both, height, width] to outputs of any shape, of most
    ///     losses logits for a patch being of a true image.
    ///   - game: Losses of the game; penalties are not among them.
    ///   - absoluteErrorWeight: λ, the weight of the absolute error, a mean over pixels on [−1, 1].
    public init(
        source: PairSource, generator: any Layer, discriminator: any Layer, game: AdversarialGame = AdversarialGame(),
        absoluteErrorWeight: Float = 100
    ) {
        let extents = Array(source.image.dropFirst())
        self.source = source
        self.game = game
        self.absoluteErrorWeight = absoluteErrorWeight
        self.generator = Network("generator", input: Shape([source.shape[0]] + extents), generator)
        self.discriminator = Network(
            "discriminator", input: Shape([source.shape[0] + source.image[0]] + extents),
            game.normalizesSpectrum ? SpectralNormalization(discriminator) : discriminator)
    }

    public var variables: [StateVariable] { generator.variables + discriminator.variables }
    public var criterion: Criterion { .minimize("l1") }

    // MARK: Training

    public var phases: [TrainingPhase] {
        let discriminate = Move(
            discriminator.parameters, repeats: game.criticSteps, constraint: game.constraint
        ) { batch, context in
            var pass = context.pass()
            let pair = Pair(self, source(batch), &pass)
            let verdict = verdict(pair, batch, &pass)
            let loss = Metric("discriminator_loss", game.loss.discriminator(verdict.real, verdict.fake))
            return Objective(
                loss, metrics: [loss, game.loss.progress(verdict.real, verdict.fake)], updates: pass.updates)
        }
        let generate = Move(generator.parameters) { batch, context in
            var pass = context.pass()
            let pair = Pair(self, source(batch), &pass)
            let truth = inside(batch)
            let loss = Metric(
                "generator_loss",
                game.loss.generator(judge(pair.source, pair.image, &pass)) { judge(pair.source, truth, &pass) })
            let error = (pair.image - truth).absolute().mean()
            // Reported on the scale of the examples, as `evaluation` does.
            return Objective(
                loss, penalty: error * absoluteErrorWeight, metrics: [loss, Metric("l1", error * 0.5)],
                updates: pass.updates)
        }
        return [TrainingPhase(moves: [discriminate, generate])]
    }

    /// A source at the extents of its image, and the image that the generator makes of it, both on [−1, 1].
    private struct Pair {
        let source: Tensor
        let image: Tensor

        init(_ model: Pix2Pix, _ sources: Tensor, _ pass: inout Pass) {
            source = model.scale.inside(model.source.enlarged(sources))
            image = model.generator(source, &pass)
        }
    }

    private func inside(_ batch: Batch) -> Tensor { source.examples(scale.inside(batch.examples)) }

    /// What the discriminator says of images as those of sources.
    private func judge(_ sources: Tensor, _ images: Tensor, _ pass: inout Pass) -> Tensor {
        discriminator(.concatenate([sources, images], axis: 1), &pass)
    }

    /// What it says of a batch and of what was made of its sources. It sees both at once, unless it normalizes over
    /// batches: statistics of a mixed batch would tell the two apart.
    private func verdict(_ pair: Pair, _ batch: Batch, _ pass: inout Pass) -> (real: Tensor, fake: Tensor) {
        let truth = inside(batch)
        guard !discriminator.mixesExamples else {
            return (judge(pair.source, truth, &pass), judge(pair.source, pair.image, &pass))
        }
        let outputs = judge(
            .concatenate([pair.source, pair.source]), .concatenate([truth, pair.image]), &pass)
        let count = batch.count
        return (
            outputs.slice(from: 0, count: count, axis: 0), outputs.slice(from: count, count: count, axis: 0)
        )
    }

    // MARK: After training

    public func translate(_ sources: Tensor) -> Tensor {
        if sources.isInvalid { return sources }
        var pass = Pass.evaluation
        return scale.outside(Pair(self, sources, &pass).image).flattened()
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        let pair = Pair(self, source(batch), &pass)
        let verdict = verdict(pair, batch, &pass)
        return quality(scale.outside(pair.image), batch) + [
            Metric("discriminator_loss", game.loss.discriminator(verdict.real, verdict.fake)),
            Metric("generator_loss", game.loss.generator(verdict.fake) { verdict.real }),
            game.loss.progress(verdict.real, verdict.fake),
        ]
    }
}
