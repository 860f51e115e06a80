import StrataBackend
public import StrataData
public import StrataGraph
public import StrataNN

/// Examples and descriptions of classes embedded in one space, where those that belong together have large inner
/// products: a class is known by its description alone. The loss is the cross-entropy of a softmax of these products
/// over the seen classes.
///
/// With linear embeddings that is a bilinear compatibility `θ(x)ᵀ W s` (Akata, Perronnin, Harchaoui and Schmid,
/// "Label-embedding for image classification", 2016, by a softmax in place of a ranking); with deep ones a
/// visual-semantic embedding (after Frome et al., "DeViSE: a deep visual-semantic embedding model", 2013, and Zhang,
/// Xiang and Gong, "Learning a deep embedding model for zero-shot learning", 2017).
public struct SemanticEmbedding: LayeredModel, ClassifyingModel {
    private let features: ExampleFeatures
    private let signatures: ClassSignatures
    private let encoder: Network
    private let embedding: Network
    private let classEncoder: Network

    /// - Parameters:
    ///   - encoder: From features [batch, features] to hidden units [batch, units].
    ///   - classEncoder: From signatures [classes, attributes] to embeddings [classes, width].
    init(features: ExampleFeatures, signatures: ClassSignatures, encoder: any Layer, classEncoder: any Layer) {
        (self.features, self.signatures) = (features, signatures)
        let classes = Network("class_encoder", input: [signatures.width], classEncoder)
        self.encoder = Network("encoder", input: [features.count], encoder)
        embedding = Network("embedding", input: self.encoder.outputShape, Dense(classes.outputCount))
        self.classEncoder = classes
    }

    /// Embeddings of examples by an encoder and a linear layer.
    ///
    /// - Parameters:
    ///   - shape: Of an example.
    ///   - attributes: What describes the classes.
    ///   - network: The hidden layers between an example and its embedding.
    ///   - classes: The layers between a class's attributes and its embedding; none for the attributes themselves.
    public init(shape: [Int], attributes: ClassAttributes, network: Architecture, classes: any Layer = Sequential([])) {
        self.init(
            features: ExampleFeatures(of: shape.product), signatures: ClassSignatures(attributes),
            encoder: network.encoder(shape), classEncoder: classes)
    }

    private var networks: [Network] { [encoder, embedding, classEncoder] }
    public var variables: [StateVariable] { networks.flatMap(\.variables) + features.variables }
    public var criterion: Criterion { .minimize("cross_entropy") }
    public var domain: ValueDomain? { features.domain }
    public var classes: Int { signatures.classes }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: networks.flatMap(\.parameters), needsLabels: true) { batch, context in
                var pass = Pass.training(context.key)
                let logits = logits(batch.examples, &pass)
                let metrics = metrics(logits, batch)
                return Objective(metrics[0], metrics: metrics, updates: pass.updates)
            }
        ]
    }

    /// Cross-entropy and accuracy are among seen classes, and of their examples alone.
    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let logits = classLogits(batch.examples)
        guard let labels = batch.labels else { return [Metric("cross_entropy", .missingLabels())] }
        if logits.isInvalid { return [Metric("cross_entropy", logits)] }
        let unseen = Set(signatures.attributes.unseen)
        let counts = Tensor.literal((0..<classes).map { unseen.contains($0) ? 0 : 1 as Float }, [classes]).gather(
            labels)
        let measured = metrics(logits, batch).map { metric in
            let parts = [metric.values * counts, counts].map { $0.reshape([labels.shape.elementCount, 1]) }
            return Metric(metric.name, from: .concatenate(parts, axis: 1)) { $0[1] > 0 ? $0[0] / $0[1] : 0 }
        }
        return measured + signatures.metrics(logits, batch)
    }

    /// The cross-entropy and the accuracy among seen classes.
    private func metrics(_ logits: Tensor, _ batch: Batch) -> [Metric] {
        SupervisedHead.softmax(classes: classes).metrics(
            logits.isInvalid ? logits : signatures.only(signatures.attributes.seen, logits), batch)
    }

    private func logits(_ examples: Tensor, _ pass: inout Pass) -> Tensor {
        embedding(encoder(features(examples), &pass), &pass).dotTransposed(classEncoder(signatures.table, &pass))
    }

    /// The embedding: [batch, features] → [batch, width].
    public func encode(_ examples: Tensor) -> Tensor { embedding(encoder(features(examples))) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        encoder.activations(features(examples)) + [(embedding.name, encode(examples))]
    }

    /// The inner products of an example's embedding and those of all classes: [batch, features] → [batch, classes].
    public func classLogits(_ examples: Tensor) -> Tensor {
        var pass = Pass.evaluation
        return logits(examples, &pass)
    }
}

extension SemanticEmbedding {
    /// `bilinear` in the zoo: 2,000 random features and the attributes as they are, Adam at 1e-3, batches of 128. Of
    /// this and `visual-semantic` `build` throws `data` for data whose classes nothing describes or of which none is
    /// unseen.
    public static let bilinear = ModelDescription(
        name: "bilinear",
        summary: "zero-shot classes by a bilinear compatibility with their attributes (Akata et al. 2016)",
        hyperparameters: [ExampleFeatures.hyperparameter(2000)],
        networks: ExampleFeatures.networks, batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings, networks in
            SemanticEmbedding(
                features: try ExampleFeatures(spec, settings, networks), signatures: try spec.signatures("bilinear"),
                encoder: Sequential([]), classEncoder: Sequential([]))
        })

    /// `visual-semantic` in the zoo: 1,000 and 500 hidden units, embeddings of 200 dimensions that are linear in the
    /// attributes, Adam at 1e-3, batches of 128.
    public static let visualSemantic = ModelDescription(
        name: "visual-semantic",
        summary:
            "zero-shot classes by deep embeddings of examples and attributes in one space (after Frome et al. 2013)",
        hyperparameters: Architecture.hyperparameters(hidden: [1000, 500]) + [
            Hyperparameter("embedding", .integer(200), in: 1...65536, "dimensions of the common space"),
            Hyperparameter(
                "class-hidden", .integers([]), in: 1...65536,
                "widths of hidden layers between attributes and embeddings"),
        ],
        batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings in
            let network = Architecture(settings)
            try network.check(spec.shape)
            let hidden: [any Layer] = settings.integers("class-hidden").map { Dense($0, activation: .relu) }
            return SemanticEmbedding(
                features: ExampleFeatures(of: spec.features), signatures: try spec.signatures("visual-semantic"),
                encoder: network.encoder(spec.shape),
                classEncoder: Sequential(hidden + [Dense(settings.integer("embedding"))]))
        })
}
