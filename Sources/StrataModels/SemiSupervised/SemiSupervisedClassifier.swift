public import StrataGraph
public import StrataNN

/// A classifier that learns from few labels, and from many examples without: it should say of a view of these what it, or a slow
/// copy of it, says of them otherwise.
///
/// The loss is the cross-entropy of labelled examples, besides the batch, and with a weight that grows from 0 over the first
/// part of the training the distance of what it says of the batch from what it should.
public struct SemiSupervisedClassifier: LayeredModel, ClassifyingModel {
    let encoder: Network
    let output: Network
    private let views: ExampleViews
    private let target: UnlabelledTarget
    private let weight: Float
    private let rampUp: Float
    private let labelled: Int
    public let classes: Int

    /// A classifier of any encoder.
    ///
    /// - Parameters:
    ///   - encoder: From examples [batch, features] to codes [batch, width].
    ///   - classes: Those of the labels.
    ///   - views: What makes views of examples.
    ///   - target: What it should say of examples without labels.
    ///   - weight: The factor of that part of the loss, after it has grown.
    ///   - rampUp: The share of the training over which it grows, `exp(−5 (1 − p)²)` of the share p of that.
    ///   - labelled: Labelled examples that each step is given besides its batch.
    public init(
        encoder: Network, classes: Int, views: ExampleViews, target: UnlabelledTarget, weight: Float = 1,
        rampUp: Float = 0.3, labelled: Int = 100
    ) {
        self.encoder = encoder
        output = Network("head", input: encoder.outputShape, Dense(classes))
        self.classes = max(classes, 0)
        (self.views, self.target) = (views, target)
        (self.weight, self.rampUp, self.labelled) = (weight, rampUp, labelled)
    }

    private var parameters: [StateVariable] { encoder.parameters + output.parameters }
    /// What the slow copy is of.
    private var copied: [StateVariable] { if case .teacher = target { parameters } else { [] } }
    public var variables: [StateVariable] {
        encoder.variables + output.variables + copied.map { $0.scoped("teacher") }
    }
    public var criterion: Criterion { .maximize("accuracy") }

    public var phases: [TrainingPhase] {
        var phase = TrainingPhase(moving: parameters) { batch, context in
            var pass = context.pass()
            guard let known = context.labelled, known.labels != nil else {
                return Objective(Metric("cross_entropy", .missingLabels()), metrics: [])
            }
            let key = context.key.named("views")
            let (first, second) = (key.named("first"), key.named("second"))
            let supervised = SupervisedHead.softmax(classes: classes).metrics(
                output(encoder(views(known.examples, key.named("labelled")), &pass), &pass), known)
            let logits = output(encoder(views(batch.examples, first), &pass), &pass)
            let others: Tensor
            switch target {
            case .pseudoLabel: others = classLogits(batch.examples)
            case .teacher:
                var own = pass
                others = slow(output(encoder(views(batch.examples, second), &own), &own))
            }
            let loss = target.loss(logits, like: others)
            let growth = (context.progress * (1 / max(rampUp, 1e-6))).minimum(1)
            let factor = ((1 - growth).squared() * -5).exponential() * weight
            // Means already: they are not of the batch's examples.
            let told = supervised.map { metric in
                Metric(metric.name, known.weights.map { metric.mean(weights: $0) } ?? metric.mean)
            }
            return Objective(
                told[0], penalty: loss.value * factor, metrics: told + loss.metrics,
                updates: pass.updates + averages(context.step))
        }
        phase.labelledExamples = max(labelled, 1)
        return [phase]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        SupervisedHead.softmax(classes: classes).metrics(classLogits(batch.examples), batch)
    }

    /// By the slow copy, where there is one.
    public func classLogits(_ examples: Tensor) -> Tensor { slow(output(encoder(examples))) }

    /// By the slow copy, where there is one.
    public func encode(_ examples: Tensor) -> Tensor { slow(encoder(examples)) }

    /// Without hidden layers, the examples themselves.
    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        let layers = encoder.activations(examples).map { ($0.name, slow($0.activations)) }
        return layers.isEmpty ? [("code", encode(examples))] : layers
    }

    /// A tensor of the slow copy in place of the network itself.
    private func slow(_ tensor: Tensor) -> Tensor {
        tensor.substituting(Dictionary(uniqueKeysWithValues: copied.map { ($0.name, $0.scoped("teacher").tensor) }))
    }

    /// The next values of the slow copy, which the first step makes the network itself; its average is at first over all steps.
    private func averages(_ step: Tensor) -> Updates {
        guard case .teacher(let decay) = target else { return [] }
        return copied.map { own in
            let teacher = own.scoped("teacher")
            let share = (1 - step.reciprocal()).minimum(decay)
            return (teacher, teacher.tensor * share + own.tensor.stopGradient() * (1 - share))
        }
    }
}
