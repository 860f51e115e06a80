import StrataData
public import StrataGraph
public import StrataNN

/// A classifier that learns from the labels of one domain, the source, and from examples of another, the target, so that it
/// tells the classes of the target, too: its codes of both are made alike. The labels of the target are never learned from.
/// Batch normalization has statistics of each domain, and after training those of the target.
///
/// Batches are of both domains, told apart by the column `domain`: 0 for the source, 1 for the target.
public struct DomainAdaptedNetwork: LayeredModel, ClassifyingModel {
    let encoder: Network
    let output: Network
    private let alignment: any DomainAlignment
    private let factor: Float
    public let classes: Int

    /// A classifier of any encoder.
    ///
    /// - Parameters:
    ///   - encoder: From examples [batch, features] to codes [batch, width].
    ///   - classes: Those of the labels.
    ///   - alignment: What makes the codes of both domains alike.
    ///   - factor: That of its loss beside the cross-entropy; 0 to learn from the source alone.
    public init(encoder: Network, classes: Int, alignment: any DomainAlignment, factor: Float = 1) {
        self.encoder = encoder
        output = Network("head", input: encoder.outputShape, Dense(classes))
        self.classes = max(classes, 0)
        (self.alignment, self.factor) = (alignment, factor)
    }

    public var variables: [StateVariable] { encoder.variables + output.variables + alignment.parameters }
    /// Of the source: no label of the target decides anything.
    public var criterion: Criterion { .minimize("cross_entropy") }
    public var minimumExampleCount: Int { 2 }

    public var phases: [TrainingPhase] {
        let parameters = encoder.parameters + output.parameters + alignment.parameters
        return [
            TrainingPhase(moving: parameters, needsLabels: true) { batch, context in
                var pass = context.pass()
                pass.groups = batch.domains
                let codes = encoder(batch.examples, &pass)
                let logits = output(codes, &pass)
                guard let labels = batch.labels else {
                    return Objective(Metric("cross_entropy", .missingLabels()), metrics: [])
                }
                guard let weights = batch.domainWeights else {
                    return Objective(Metric("cross_entropy", .missingDomains()), metrics: [])
                }
                let own = (Loss.softmaxCrossEntropy(logits: logits, labels: labels) * weights.source).sum()
                let layer = alignment.aligned == .code ? codes : logits
                let other = alignment.loss(layer, weights, progress: context.progress, &pass)
                return Objective(
                    Metric("loss", own), penalty: factor == 0 ? nil : other.value * factor,
                    metrics: byDomain(logits, batch) + other.metrics, updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let logits = classLogits(batch.examples)
        // Examples of the target alone have no domains, as the model is used after training.
        return batch[ColumnName.domain] == nil
            ? SupervisedHead.softmax(classes: classes).metrics(logits, batch) : byDomain(logits, batch)
    }

    /// The cross-entropy of the source, and the accuracies of both domains.
    private func byDomain(_ logits: Tensor, _ batch: Batch) -> [Metric] {
        guard let labels = batch.labels, let domains = batch[ColumnName.domain] else {
            return [Metric("cross_entropy", .missingLabels())]
        }
        let isTarget = domains.cast(to: .float32)
        let right = Loss.accuracy(logits: logits, labels: labels)
        let entropy = Loss.softmaxCrossEntropy(logits: logits, labels: labels)
        func metric(_ name: String, _ values: Tensor, _ isCounted: Tensor) -> Metric {
            let rows = isCounted.extent(0)
            let parts = [values * isCounted, isCounted].map { $0.reshape([rows, 1]) }
            return Metric(name, from: .concatenate(parts, axis: 1)) { means in means[1] > 0 ? means[0] / means[1] : 0 }
        }
        return [
            metric("cross_entropy", entropy, 1 - isTarget), metric("source_accuracy", right, 1 - isTarget),
            metric("target_accuracy", right, isTarget),
        ]
    }

    public func classLogits(_ examples: Tensor) -> Tensor { output(encoder(examples)) }

    public func encode(_ examples: Tensor) -> Tensor { encoder(examples) }

    /// Without hidden layers, the examples themselves.
    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        let layers = encoder.activations(examples)
        return layers.isEmpty ? [("code", encode(examples))] : layers
    }
}

extension Batch {
    /// The examples of each domain, the target last; `nil` where the batch does not say.
    fileprivate var domains: ExampleGroups? {
        self[ColumnName.domain].map { domains in
            let isTarget = domains.cast(to: .float32)
            return ExampleGroups([1 - isTarget, isTarget])
        }
    }

    /// Which examples are of which domain; `nil` where the batch does not say.
    fileprivate var domainWeights: DomainWeights? { self[ColumnName.domain].map(DomainWeights.init(domains:)) }
}

extension Tensor {
    fileprivate static func missingDomains(file: String = #fileID, line: Int = #line) -> Tensor {
        .invalid("the model learns from two domains, and the batch has no column 'domain'", file: file, line: line)
    }
}
