import StrataBackend
public import StrataGraph
public import StrataNN

/// An encoder that learns without labels: two views of an example should have embeddings that agree, and those of different
/// examples should not. Embeddings are a projection of codes, which is left out afterwards.
///
/// With a predictor, the network predicts what a slow copy of itself, an average over its steps, gives for the other view
/// (Grill et al., "Bootstrap your own latent", 2020).
public struct JointEmbedding: LayeredModel {
    let encoder: Network
    let projection: Network
    private let predictor: Network?
    private let views: ExampleViews
    private let objective: ViewObjective
    private let decay: Float

    /// An encoder of any layers.
    ///
    /// - Parameters:
    ///   - features: Numbers of an example.
    ///   - encoder: From examples [batch, features] to codes [batch, units].
    ///   - projection: From codes to embeddings, [batch, units] → [batch, width].
    ///   - predictor: From embeddings to predictions of the same width; `nil` for a network that learns from itself as it is.
    ///   - views: What makes views of an example.
    ///   - objective: What embeddings of two views should be.
    ///   - decay: The share of the slow copy that a step leaves.
    public init(
        features: Int, encoder: any Layer, projection: any Layer, predictor: (any Layer)? = nil, views: ExampleViews,
        objective: ViewObjective = .contrast(), decay: Float = 0.99
    ) {
        self.encoder = Network("encoder", input: [features], encoder)
        let embedding = Network("projection", input: self.encoder.outputShape, projection)
        self.projection = embedding
        self.predictor = predictor.map { Network("predictor", input: embedding.outputShape, $0) }
        (self.views, self.objective, self.decay) = (views, objective, decay)
    }

    private var networks: [Network] { [encoder, projection] + (predictor.map { [$0] } ?? []) }
    /// What the slow copy is of.
    private var copied: [StateVariable] { predictor == nil ? [] : encoder.parameters + projection.parameters }
    public var variables: [StateVariable] {
        networks.flatMap(\.variables) + copied.map { $0.scoped("target") }
    }
    public var criterion: Criterion { .minimize(objective.name) }
    public var minimumExampleCount: Int { 2 }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: networks.flatMap(\.parameters)) { batch, context in
                var pass = context.pass()
                let metrics = metrics(batch, context.key, &pass)
                return Objective(metrics[0], metrics: metrics, updates: pass.updates + targets(context.step))
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

    // MARK: Learning

    /// The loss and, of codes and embeddings, what tells whether they have collapsed.
    private func metrics(_ batch: Batch, _ key: RandomKey, _ pass: inout Pass) -> [Metric] {
        let x = batch.examples
        // Both views in one pass of the network, with draws of their own.
        let both = views(.concatenate([x, x]), key.named("views"))
        let codes = encoder(both, &pass)
        let embeddings = projection(codes, &pass)
        let half = batch.count
        func first(_ rows: Tensor) -> Tensor { rows.slice(from: 0, count: half, axis: 0) }
        func second(_ rows: Tensor) -> Tensor { rows.slice(from: half, count: half, axis: 0) }
        let loss: (value: Tensor, metrics: [Metric])
        if let predictor {
            var other = pass
            let wanted = slow(projection(encoder(both, &other), &other)).stopGradient()
            loss = objective.loss(
                predictor(embeddings, &pass), .concatenate([second(wanted), first(wanted)]), key.named("objective"))
        } else {
            loss = objective.loss(first(embeddings), second(embeddings), key.named("objective"))
        }
        return [Metric(objective.name, loss.value)] + loss.metrics + [
            EmbeddingHealth.alignment(first(embeddings), second(embeddings)), EmbeddingHealth.spread(embeddings),
            EmbeddingHealth.uniformity(first(embeddings)),
        ] + EmbeddingHealth.ofCodes(first(codes), batch)
    }

    /// A tensor of the slow copy in place of the networks themselves.
    private func slow(_ tensor: Tensor) -> Tensor {
        tensor.substituting(Dictionary(uniqueKeysWithValues: copied.map { ($0.name, $0.scoped("target").tensor) }))
    }

    /// The next values of the slow copy, which the first step makes the networks themselves.
    private func targets(_ step: Tensor) -> Updates {
        copied.map { own in
            let target = own.scoped("target")
            let share = step.greater(1) * decay
            return (target, target.tensor * share + own.tensor.stopGradient() * (1 - share))
        }
    }
}
