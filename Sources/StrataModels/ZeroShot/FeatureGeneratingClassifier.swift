import StrataBackend
import StrataData
public import StrataGraph
import StrataNN

/// A classifier of seen and unseen classes that learns from features of examples of the seen ones and from features that
/// a generator makes of the unseen ones, given their attributes. Both learn at once: in each step the generator from a
/// batch, then the classifier from the same batch and as many features of the generator.
public struct FeatureGeneratingClassifier: ClassifyingModel {
    private let features: ExampleFeatures
    private let signatures: ClassSignatures
    private let generator: any FeatureGenerator
    private let classifier: Network
    private let share: Float

    /// - Parameters:
    ///   - classifier: Hidden layers between features and the softmax.
    ///   - share: The factor of the loss of generated features beside that of the batch.
    init(
        features: ExampleFeatures, signatures: ClassSignatures, generator: any FeatureGenerator, classifier: Sequential,
        share: Float
    ) {
        (self.features, self.signatures, self.generator, self.share) = (features, signatures, generator, share)
        self.classifier = Network(
            "classifier", input: [features.count], classifier + Sequential([Dense(signatures.classes)]))
    }

    public var variables: [StateVariable] { classifier.variables + generator.variables + features.variables }
    public var criterion: Criterion { .minimize("cross_entropy") }
    public var domain: ValueDomain? { features.domain }
    public var classes: Int { signatures.classes }

    public func classLogits(_ examples: Tensor) -> Tensor { classifier(features(examples)) }

    public var phases: [TrainingPhase] {
        let generate = TrainingPhase(needsLabels: true, moves: generator.moves).adapted(
            epochs: nil, hint: "try a lower learning rate", optimizer: nil, batch: { features($0) },
            key: { $0.named("generator") })
        guard case .moves(let moves) = generate.step else { return [generate] }
        let classify = Move(classifier.parameters) { batch, context in objective(features(batch), context.key) }
        return [TrainingPhase(needsLabels: true, moves: moves + [classify])]
    }

    /// The cross-entropy of a batch of features, and of as many made of unseen classes, each as probable.
    private func objective(_ batch: Batch, _ key: RandomKey) -> Objective {
        guard let labels = batch.labels else {
            return Objective(Metric("cross_entropy", .missingLabels()), metrics: [])
        }
        var pass = Pass.training(key)
        let head = SupervisedHead.softmax(classes: classes)
        let metrics = head.metrics(classifier(batch.examples, &pass), batch)
        let unseen = signatures.attributes.unseen
        let place = (key.named("classes").uniform(labels.shape) * Float(unseen.count)).floor().cast(to: .int32)
        let drawn = Tensor.literal(unseen.map { Int32($0) }, [unseen.count]).gather(place)
        let made = generator.draws(given: signatures.of(drawn), key.named("made")).stopGradient()
        let loss = Loss.softmaxCrossEntropy(logits: classifier(made, &pass), labels: drawn).mean()
        return Objective(
            metrics[0], penalty: loss * share, metrics: metrics + [Metric("generated_cross_entropy", loss)],
            updates: pass.updates)
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let seen = features(batch)
        let logits = classifier(seen.examples)
        return SupervisedHead.softmax(classes: classes).metrics(logits, batch) + signatures.metrics(logits, batch)
            + generator.metrics(seen, key)
    }
}

extension FeatureGeneratingClassifier {
    /// `cvae-zsl` in the zoo: a conditional variational autoencoder of 512 hidden units and 8 latent dimensions, few so
    /// that the condition says what the class is, beside a classifier of 500 hidden units, Adam at 1e-3, batches of 128. Of
    /// this and `f-wgan` `build` throws `data` for data whose classes nothing describes or of which none is unseen.
    public static let variational = described(
        "cvae-zsl",
        "a classifier of unseen classes from features that a conditional VAE makes of them (Mishra et al. 2018)",
        optimizer: .adam(1e-3),
        [
            Hyperparameter(
                "latent", .integer(8), in: 1...65536, "latent dimensions; with many, codes hold the class as well")
        ]
    ) { features, width, settings, _, condition in
        VariationalFeatureGenerator(
            features: features, width: width, network: network(settings, .relu), latent: settings.integer("latent"),
            condition: condition)
    }

    /// `f-wgan` in the zoo: a conditional Wasserstein network of 512 hidden units and 50 dimensions of noise, five
    /// critic steps and a gradient penalty of 10, Adam at 2e-4 with β₁ = 0.5, batches of 128.
    public static let adversarial = described(
        "f-wgan",
        "a classifier of unseen classes from features that a conditional WGAN makes of them (Xian et al. 2018)",
        optimizer: .adam(2e-4, ["beta1": "0.5"]),
        [
            Hyperparameter("noise", .integer(50), in: 1...65536, "dimensions of the noise"),
            Hyperparameter("critic-steps", .integer(5), in: 1...100, "moves of the critic in a step"),
            Hyperparameter("gradient-penalty", .real(10), in: 1e-6...1e6, "λ of λ (‖∇D‖ − 1)²"),
        ]
    ) { features, width, settings, scale, condition in
        AdversarialFeatureGenerator(
            features: features, width: width, network: network(settings, .leakyReLU), noise: settings.integer("noise"),
            scale: scale, penalty: Float(settings.real("gradient-penalty")),
            criticSteps: settings.integer("critic-steps"),
            condition: condition)
    }

    private static func network(_ settings: Hyperparameters, _ activation: Activation) -> Architecture {
        Architecture(hidden: settings.integers("hidden"), activation: activation, initialization: .standard)
    }

    private static func described(
        _ name: String, _ summary: String, optimizer: OptimizerChoice, _ own: [Hyperparameter],
        generator:
            @escaping @Sendable (
                _ features: Int, _ width: Int, _ settings: Hyperparameters, _ scale: ExampleScale,
                _ condition: @escaping @Sendable (Batch) -> Tensor
            ) -> any FeatureGenerator
    ) -> ModelDescription {
        ModelDescription(
            name: name, summary: summary,
            hyperparameters: [
                ExampleFeatures.hyperparameter(0),
                Hyperparameter("hidden", .integers([512]), in: 1...65536, "widths of the generator's hidden layers"),
            ] + own + [
                Hyperparameter(
                    "classifier", .integers([500]), in: 1...65536,
                    "widths of hidden layers between features and classes"),
                Hyperparameter("generated", .real(1), in: 0...1e6, "factor of the loss of generated features"),
            ],
            networks: ExampleFeatures.networks, batchSize: 128, optimizer: optimizer,
            build: { spec, settings, networks in
                let signatures = try spec.signatures(name)
                let features = try ExampleFeatures(spec, settings, networks)
                // Those of a network or at random may be any numbers.
                let isPlain = networks["features"] == nil && settings.integer("random-features") == 0
                let hidden: [any Layer] = settings.integers("classifier").map { Dense($0, activation: .relu) }
                return FeatureGeneratingClassifier(
                    features: features, signatures: signatures,
                    generator: generator(
                        features.count, signatures.width, settings, isPlain ? spec.exampleScale : .numbers(-1...1)
                    ) { batch in batch.labels.map(signatures.of) ?? .missingLabels() },
                    classifier: Sequential(hidden), share: Float(settings.real("generated")))
            })
    }
}
