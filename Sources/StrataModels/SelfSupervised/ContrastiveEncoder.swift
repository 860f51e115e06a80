import StrataBackend
public import StrataGraph
public import StrataNN

/// SimCLR (Chen et al., "A simple framework for contrastive learning of visual representations", 2020): two views of an example
/// should have codes that agree, and those of different examples should not. The codes are compared after a projection,
/// which is left out afterwards.
public struct ContrastiveEncoder: LayeredModel {
    let encoder: Network
    let projection: Network
    let views: Corruption
    let temperature: Float

    /// An encoder of any layers.
    ///
    /// - Parameters:
    ///   - features: Pixels of an example.
    ///   - encoder: From examples [batch, features] to codes [batch, units].
    ///   - projection: From codes to what is compared, [batch, units] → [batch, width].
    ///   - views: What makes two views of an example, by two draws.
    ///   - temperature: What similarities are divided by, above 0.
    public init(
        features: Int, encoder: any Layer, projection: any Layer, views: Corruption = Corruption(.masking, 0.3),
        temperature: Float = 0.5
    ) {
        self.encoder = Network("encoder", input: [features], encoder)
        self.projection = Network("projection", input: self.encoder.outputShape, projection)
        self.views = views
        self.temperature = temperature
    }

    private var networks: [Network] { [encoder, projection] }
    public var variables: [StateVariable] { networks.flatMap(\.variables) }
    public var criterion: Criterion { .minimize("contrastive_loss") }
    public var minimumExampleCount: Int { 2 }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: networks.flatMap(\.parameters)) { batch, context in
                var pass = Pass.training(context.key)
                let metrics = metrics(batch, context.key, &pass)
                return Objective(metrics[0], metrics: metrics, updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return metrics(batch, key, &pass)
    }

    /// The representation before the projection.
    public func encode(_ examples: Tensor) -> Tensor { encoder(examples) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] { encoder.activations(examples) }

    private func metrics(_ batch: Batch, _ key: RandomKey, _ pass: inout Pass) -> [Metric] {
        let x = batch.examples
        // Both views in one pass of the network, with draws of their own.
        let both = views(.concatenate([x, x]), key.named("views"))
        let contrast = Contrast(projection(encoder(both, &pass), &pass), temperature: temperature)
        return [
            Metric("contrastive_loss", contrast.loss.mean()), Metric("contrastive_accuracy", contrast.accuracy.mean()),
            Metric("alignment", contrast.alignment.mean()),
        ]
    }
}

/// How well each view [2 · batch, width], of which the second half are the first's counterparts, picks its own among all
/// others.
struct Contrast {
    /// The cross-entropy of picking the counterpart, NT-Xent in nats: [2 · batch].
    let loss: Tensor
    /// Whether nothing is nearer than the counterpart: [2 · batch], 1 or 0.
    let accuracy: Tensor
    /// The squared distance between the counterparts, both of length 1 (Wang and Isola 2020): [batch].
    let alignment: Tensor

    init(_ views: Tensor, temperature: Float) {
        let (count, half) = (views.shape.first ?? 0, (views.shape.first ?? 0) / 2)
        let units = views / (views.squared().sum([1], keepingAxes: true) + 1e-12).squareRoot()
        let (first, second) = (units.slice(0..<half, axis: 0), units.slice(half..<count, axis: 0))
        let pair = (first * second).sum([1])
        let own = Tensor.concatenate([pair, pair]) * (1 / temperature)
        // A view is no candidate for itself.
        let similarities = units.dotTransposed(units) * (1 / temperature)
        let others = Tensor.identity(count).select(.constant(-1e30, similarities.shape), similarities)
        loss = others.logSumExp(axis: 1) - own
        accuracy = own.greaterOrEqual(others.maximum(over: [1]) - 1e-6)
        alignment = (first - second).squared().sum([1])
    }
}

extension ContrastiveEncoder {
    /// `simclr` in the zoo: 784-512-128 with a projection to 64, masked views, a temperature of 0.5, Adam at 1e-3, batches of
    /// 256. `build` throws `data` where a network of convolutions gets no images, `usage` where no views differ.
    public static let description = ModelDescription(
        name: "simclr", summary: "codes on which two views of an example agree (Chen et al. 2020)",
        hyperparameters: Architecture.hyperparameters(hidden: [512, 128]) + [
            Hyperparameter("projection", .integers([64]), in: 1...65536, "widths of the projection that is compared"),
            Hyperparameter("views", ViewKind.masking, "what tells two views of an example apart"),
            Hyperparameter(
                "view-level", .real(0.3), in: 1e-6...10,
                "share of features masked, or the standard deviation of gaussian noise"),
            Hyperparameter("temperature", .real(0.5), in: 1e-3...1000, "of the similarities"),
        ],
        batchSize: 256, optimizer: .adam(1e-3),
        build: { spec, settings in
            let network = Architecture(settings)
            try network.check(spec.shape)
            let views = Corruption(
                settings.choice("views", ViewKind.masking).corruption, Float(settings.real("view-level")))
            guard views.level < 1 || views.kind == .gaussian else {
                throw StrataError(parameter: "view-level", views.level, "a view that is masked whole shows nothing")
            }
            let widths = settings.integers("projection")
            let projection = widths.enumerated().map { place, width in
                Dense(width, activation: place + 1 < widths.count ? .relu : .identity)
            }
            return ContrastiveEncoder(
                features: spec.features, encoder: network.encoder(spec.shape), projection: Sequential(projection),
                views: views, temperature: Float(settings.real("temperature")))
        })

    private enum ViewKind: String, CaseIterable {
        case masking, gaussian
        case saltAndPepper = "salt-and-pepper"

        var corruption: Corruption.Kind {
            switch self {
            case .masking: .masking
            case .gaussian: .gaussian
            case .saltAndPepper: .saltAndPepper
            }
        }
    }
}
