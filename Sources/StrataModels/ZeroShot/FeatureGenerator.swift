import StrataGraph
import StrataNN

/// A distribution of features given what describes a class, which learns from features of seen classes and makes such
/// of unseen ones.
protocol FeatureGenerator: Sendable {
    var variables: [StateVariable] { get }
    /// What it learns by, of batches whose examples are features and whose classes are `condition`.
    var moves: [Move] { get }
    /// What it is told of the classes of a batch: [batch, width].
    var condition: @Sendable (Batch) -> Tensor { get }
    /// Features, one row for each condition: [rows, width] → [rows, features].
    func draws(given conditions: Tensor, _ key: RandomKey) -> Tensor
    /// How well it knows features that it does not learn from.
    func metrics(_ batch: Batch, _ key: RandomKey) -> [Metric]
}

extension TrainingPhase {
    /// The moves of each step; none of a phase that has none.
    fileprivate var moves: [Move] { if case .moves(let moves) = step { moves } else { [] } }
}

/// A conditional variational autoencoder of features (Mishra, Reddy, Mittal and Murthy, "A generative model for zero
/// shot learning using conditional variational autoencoders", 2018).
struct VariationalFeatureGenerator: FeatureGenerator {
    private let model: VariationalAutoencoder
    let condition: @Sendable (Batch) -> Tensor

    /// - Parameters:
    ///   - features: The features of an example.
    ///   - width: Of a condition.
    ///   - network: Hidden layers of the encoder; the decoder is its mirror image.
    init(
        features: Int, width: Int, network: Architecture, latent: Int, condition: @escaping @Sendable (Batch) -> Tensor
    ) {
        model = VariationalAutoencoder(
            features: features, encoder: network.encoder([features], condition: width),
            decoder: Sequential([ConcatenatedCondition([latent], axis: 0)]) + network.decoder(to: [features]),
            latent: latent, likelihood: GaussianDecoder(.learned), condition: width)
        self.condition = condition
    }

    var variables: [StateVariable] { model.variables }
    var moves: [Move] { model.phases(needsLabels: true) { condition($0) }[0].moves }

    func draws(given conditions: Tensor, _ key: RandomKey) -> Tensor {
        let codes = key.named("prior").normal([conditions.shape.first ?? 1, model.codeSize])
        var pass = Pass.evaluation
        let output = model.decoder(codes, given: conditions, &pass)
        return model.likelihood.draw(output, key) ?? model.likelihood.mean(output)
    }

    func metrics(_ batch: Batch, _ key: RandomKey) -> [Metric] {
        model.metrics(batch, key, condition: condition(batch))
    }
}

/// A conditional Wasserstein generative adversarial network of features, its critic held by a gradient penalty (Xian,
/// Lorenz, Schiele and Akata, "Feature generating networks for zero-shot learning", 2018, their f-WGAN).
struct AdversarialFeatureGenerator: FeatureGenerator {
    private let model: GenerativeAdversarialNetwork
    let condition: @Sendable (Batch) -> Tensor

    /// - Parameters:
    ///   - features: The features of an example.
    ///   - width: Of a condition.
    ///   - network: Hidden layers of the critic; the generator is its mirror image.
    ///   - noise: Dimensions of the noise.
    ///   - scale: What features are.
    init(
        features: Int, width: Int, network: Architecture, noise: Int, scale: ExampleScale, penalty: Float,
        criticSteps: Int,
        condition: @escaping @Sendable (Batch) -> Tensor
    ) {
        var model = GenerativeAdversarialNetwork(
            features: features, noise: noise,
            generator: Sequential([AppendedCondition()]) + network.decoder(to: [features])
                + Sequential(scale.isBounded ? [scale.activation] : []),
            discriminator: Sequential([AppendedCondition()]) + network.encoder([features]) + Sequential([Dense(1)]),
            classes: width, scale: scale,
            game: AdversarialGame(
                .wasserstein, criticSteps: criticSteps, penalties: GradientPenalties(interpolated: penalty)))
        model.given = condition
        self.model = model
        self.condition = condition
    }

    var variables: [StateVariable] { model.variables }
    var moves: [Move] { model.phases[0].moves }
    func draws(given conditions: Tensor, _ key: RandomKey) -> Tensor { model.draws(given: conditions, key) }
    func metrics(_ batch: Batch, _ key: RandomKey) -> [Metric] { model.evaluation(batch, key: key) }
}
