import Foundation
import StrataBackend
public import StrataGraph
public import StrataNN

/// The semi-supervised variational autoencoder M2 (Kingma et al., "Semi-supervised learning with deep generative models",
/// 2014): an example is made of a class y and a code z, `p(x | y, z) p(y) p(z)` with classes that are all as probable. A
/// classifier q(y | x) and an encoder q(z | x, y) learn with the decoder, and few examples need labels.
///
/// An example raises the bound `Σ_y q(y | x) L(x, y) + H(q(y | x))` on log p(x), its class summed out, where L(x, y) is that
/// on log p(x, y). A labelled one raises L(x, y) and log q(y | x) of its own class besides.
///
/// Given a trained network it learns from the network's codes in place of the examples: the paper's M1+M2, where that is a
/// variational autoencoder.
public struct SemiSupervisedAutoencoder: DecodingModel, EncodingModel, ClampedSamplingModel, LikelihoodModel {
    private let classifier: Network
    /// An autoencoder given a class, as bits of which one is set.
    private let base: VariationalAutoencoder
    private let network: TrainedNetwork?
    private let latent: Int
    private let labelled: Int
    private let classification: Float
    private let supervision: Float
    public let labelClasses: Int

    /// - Parameters:
    ///   - shape: Of an example.
    ///   - classes: The classes of examples.
    ///   - architecture: The hidden layers of the encoder and of the classifier; the decoder is their mirror image.
    ///   - latent: Dimensions of the code z.
    ///   - likelihood: The distribution of an example given class and code, or of its code in `network`.
    ///   - network: The network whose codes are learned from; `nil` to learn from examples.
    ///   - labelled: Labelled examples that each step is given besides its batch.
    ///   - classification: The factor of the labelled examples' mean cross-entropy beside the bound of an example.
    ///   - supervision: The factor of the labelled examples' mean bound beside it.
    public init(
        shape: [Int], classes: Int, architecture: Architecture, latent: Int = 50,
        likelihood: any DecoderDistribution = BernoulliDecoder(), network: TrainedNetwork? = nil, labelled: Int = 100,
        classification: Float = 100,
        supervision: Float = 1
    ) {
        let shape = network.map { [$0.codeSize] } ?? shape
        classifier = Network(
            "classifier", input: [shape.product], architecture.encoder(shape) + Sequential([Dense(classes)]))
        base = VariationalAutoencoder(
            features: shape.product, encoder: architecture.encoder(shape, condition: classes),
            decoder: Sequential([ConcatenatedCondition([latent], axis: 0)])
                + architecture.decoder(to: shape, numbers: likelihood.numbersPerFeature),
            latent: latent, likelihood: likelihood, condition: classes)
        labelClasses = max(classes, 0)
        self.network = network
        self.latent = latent
        self.labelled = labelled
        self.classification = classification
        self.supervision = supervision
    }

    public var variables: [StateVariable] {
        classifier.variables + base.variables + (network?.variables ?? [])
    }
    public var criterion: Criterion { .maximize("accuracy") }
    public var domain: ValueDomain? { network.map { $0.domain } ?? base.domain }
    /// `nil` where the bound is of codes.
    public var logLikelihood: LogLikelihood? { network == nil ? base.logLikelihood : nil }

    // MARK: Learning

    public var phases: [TrainingPhase] {
        var phase = TrainingPhase(moving: classifier.parameters + base.parameters, objective: objective)
        phase.labelledExamples = max(labelled, 1)
        return [phase]
    }

    /// What is learned from: codes of the network or the examples, of which bits may be drawn.
    private func seen(_ examples: Tensor, _ key: RandomKey) -> Tensor {
        network.map { $0.encode(examples).stopGradient() } ?? base.likelihood.seen(examples, key)
    }

    private func objective(_ batch: Batch, _ context: StepContext) -> Objective {
        var pass = context.pass()
        let bound = bound(seen(batch.examples, context.key), context.key, &pass)
        guard let known = context.labelled, let labels = known.labels else {
            return Objective(Metric("negative_elbo", .missingLabels()), metrics: [])
        }
        let key = context.key.named("labelled")
        func mean(_ metric: Metric) -> Tensor { known.weights.map { metric.mean(weights: $0) } ?? metric.mean }
        // Means already: they are not of the batch's examples.
        let examples = seen(known.examples, key)
        let supervised = SupervisedHead.softmax(classes: labelClasses).metrics(
            classifier(examples, &pass), known
        ).map { Metric($0.name, mean($0)) }
        let own = -elbo(examples, Loss.oneHot(labels, classes: labelClasses), key, &pass)
        let penalty = supervised[0].values * classification + mean(Metric("labelled", own)) * supervision
        return Objective(
            Metric("negative_elbo", -bound.value), penalty: penalty,
            metrics: [Metric("elbo", bound.value)] + supervised,
            updates: pass.updates)
    }

    /// A bound on log p(x, y) for classes y as bits [rows, classes]: [rows].
    private func elbo(_ x: Tensor, _ y: Tensor, _ key: RandomKey, _ pass: inout Pass) -> Tensor {
        let bound = base.bound(x, draws: 1, key, condition: y, &pass)
        return bound.reconstruction - bound.divergence - Float(log(Double(max(labelClasses, 1))))
    }

    /// The bound on log p(x) with the class summed out [batch], and the logits of q(y | x) [batch, classes].
    private func bound(_ x: Tensor, _ key: RandomKey, _ pass: inout Pass) -> (value: Tensor, logits: Tensor) {
        let logits = classifier(x, &pass)
        let (batch, classes) = (x.shape.first ?? 1, labelClasses)
        if logits.isInvalid { return (logits, logits) }
        // All examples with the first class, then with the second, and so on.
        let each = Tensor.identity(classes).broadcast(to: [classes, batch, classes], axes: [0, 2])
        let rows = each.reshape([classes.saturatingMultiplied(by: batch), classes])
        let bounds = elbo(x.repeatedRows(classes), rows, key, &pass)
        if bounds.isInvalid { return (bounds, logits) }
        let logProbabilities = logits.logSoftmax(axis: 1)
        let gains = bounds.reshape([classes, batch]).transpose() - logProbabilities
        return ((logProbabilities.exponential() * gains).sum([1]), logits)
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        let bound = bound(seen(batch.examples, key), key, &pass)
        return [Metric("elbo", bound.value)]
            + SupervisedHead.softmax(classes: labelClasses).metrics(bound.logits, batch)
    }

    // MARK: After training

    /// The latent dimensions and a number for each class.
    public var codeSize: Int { latent.saturatingAdding(labelClasses) }

    /// The mean of q(z | x, y) under the most probable class y, and after it the bits of that class: [batch, latent +
    /// classes].
    public func encode(_ examples: Tensor) -> Tensor {
        let examples = network.map { $0.encode(examples) } ?? examples
        let logits = classifier(examples)
        if logits.isInvalid { return logits }
        let y = Loss.oneHot(logits.argMax(axis: 1).cast(to: .int32), classes: labelClasses)
        var pass = Pass.evaluation
        return .concatenate([base.posterior(examples, condition: y, &pass).mean, y], axis: 1)
    }

    /// The mean of p(x | y, z), where y is the class whose number in the code is the largest.
    public func decode(_ codes: Tensor) -> Tensor {
        guard codes.rank == 2, codes.shape[1] == codeSize else {
            return .invalid("decoder: the codes are \(codes.shape), expected [batch, \(codeSize)]", of: codes)
        }
        let labels = codes.slice(latent..<codeSize, axis: 1).argMax(axis: 1).cast(to: .int32)
        return outside(
            base.decode(codes.slice(0..<latent, axis: 1), condition: Loss.oneHot(labels, classes: labelClasses)))
    }

    public var holdsUnits: Bool { false }

    /// The means of p(x | y, z) for codes of the prior; without a class given, of each class in turn.
    public func sampling(_ count: Int, key: RandomKey, holding evidence: Evidence) -> Sampling {
        let labels = evidence.labels(among: labelClasses, count: count)
        var sampling = base.sampling(
            count, key: key, condition: labels.map { Loss.oneHot($0, classes: labelClasses) } ?? .missingLabels())
        sampling.examples = outside(sampling.examples)
        return sampling
    }

    /// What was decoded, as examples.
    private func outside(_ decoded: Tensor) -> Tensor { network.map { $0.decode(decoded) } ?? decoded }

    /// `m2` in the zoo: 500 hidden units of softplus and 50 latent dimensions, 100 labelled examples in a step beside a
    /// batch of 128, Adam at 1e-3. `build` throws `data` where there are fewer than two classes of labels.
    public static let description = ModelDescription(
        name: "m2",
        summary: "semi-supervised variational autoencoder M2: a classifier from few labels (Kingma et al. 2014)",
        hyperparameters: Architecture.hyperparameters(hidden: [500]) + [
            Hyperparameter("latent", .integer(50), in: 1...65536, "latent dimensions beside the class"),
            Hyperparameter("labelled", .integer(100), in: 1...65536, "labelled examples in a step, besides its batch"),
            Hyperparameter("classification", .real(100), in: 0...1e6, "factor of the labelled examples' cross-entropy"),
            Hyperparameter("supervision", .real(1), in: 0...1e6, "factor of the labelled examples' negative bound"),
        ] + DecoderChoice.hyperparameters,
        networks: ["features": "a run, such as of a vae, whose codes are learned from in place of examples (M1+M2)"],
        batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings, networks in
            let architecture = Architecture(settings, initialization: .standard)
            let network = try networks["features"].map { _ in try networks.network("features", for: spec) }
            try architecture.check(network == nil ? spec.shape : [spec.features])
            let likelihood = try DecoderChoice.distribution(spec, settings)
            guard network == nil || !likelihood.isDiscrete else {
                throw StrataError(
                    parameter: "decoder", settings.values["decoder"]?.description ?? "",
                    "codes are real numbers; take a Gaussian decoder")
            }
            guard network?.isDecoding != false else {
                throw StrataError(.unsupported, "features: the run's model makes no examples out of codes; take a vae")
            }
            return SemiSupervisedAutoencoder(
                shape: spec.shape, classes: try spec.labelled("m2"), architecture: architecture,
                latent: settings.integer("latent"), likelihood: likelihood, network: network,
                labelled: settings.integer("labelled"), classification: Float(settings.real("classification")),
                supervision: Float(settings.real("supervision")))
        })
}
