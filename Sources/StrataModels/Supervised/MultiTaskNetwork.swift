public import StrataGraph
import StrataNN

/// One trunk and several heads, each with a task of its own, whose losses are added up (Caruana, "Multitask learning",
/// 1997): what the tasks share, the trunk learns once.
///
/// The tasks are such as any labelled data gives: the class, whether its number is odd, and how bright the example is
/// (the mean of its numbers), a regression. The code of an example is the trunk's output.
public struct MultiTaskNetwork: LayeredModel {
    let trunk: MultilayerPerceptron
    let classHead: Dense
    let parityHead: Dense
    let brightnessHead: Dense

    public init(features: Int, hidden: [Int] = [512, 256], classes: Int) {
        let width = hidden.last ?? features
        trunk = MultilayerPerceptron("trunk", widths: [features] + hidden, hidden: .relu, output: .relu)
        classHead = Dense("class", inputs: width, outputs: classes)
        parityHead = Dense("parity", inputs: width, outputs: 2)
        brightnessHead = Dense("brightness", inputs: width, outputs: 1)
    }

    public var variables: [StateVariable] {
        trunk.variables + classHead.variables + parityHead.variables + brightnessHead.variables
    }

    public var phases: [TrainingPhase] { [TrainingPhase(needsLabels: true, step: trainingStep)] }

    public func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep {
        guard let labels = batch.labels else {
            return TrainingStep(updates: [], metrics: [Metric("cross_entropy", .missingLabels())])
        }
        let tasks = Tasks(self, batch.examples, labels)
        let loss = tasks.classLoss.mean() + tasks.parityLoss.mean() + tasks.brightnessLoss.mean()
        return TrainingStep(
            updates: context.optimizer.minimizing(loss, variables, step: context.step), metrics: tasks.metrics)
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        guard let labels = batch.labels else { return [Metric("cross_entropy", .missingLabels())] }
        return Tasks(self, batch.examples, labels).metrics
    }

    public func encode(_ examples: Tensor) -> Tensor { trunk(examples) }

    /// Without hidden layers, the examples themselves.
    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        trunk.layers.isEmpty ? [("code", encode(examples))] : trunk.activations(examples)
    }

    /// What the heads make of a batch: losses for each example.
    private struct Tasks {
        let classLoss: Tensor
        let parityLoss: Tensor
        let brightnessLoss: Tensor
        let metrics: [Metric]

        init(_ model: MultiTaskNetwork, _ x: Tensor, _ labels: Tensor) {
            let h = model.trunk(x)
            let classLogits = model.classHead(h), parityLogits = model.parityHead(h)
            let numbers = labels.cast(to: .float32)
            let parity = (numbers - (numbers * 0.5).floor() * 2).cast(to: .int32)
            classLoss = Loss.softmaxCrossEntropy(logits: classLogits, labels: labels)
            parityLoss = Loss.softmaxCrossEntropy(logits: parityLogits, labels: parity)
            brightnessLoss = Loss.squaredError(model.brightnessHead(h), x.mean([1], keepingAxes: true))
            metrics = [
                Metric("cross_entropy", classLoss),
                Metric("accuracy", Loss.accuracy(logits: classLogits, labels: labels)),
                Metric("parity_accuracy", Loss.accuracy(logits: parityLogits, labels: parity)),
                Metric("brightness_error", brightnessLoss),
            ]
        }
    }

    public static let description = ModelDescription(
        name: "multitask", summary: "one trunk, three heads: class, parity, brightness (Caruana 1997); needs labels",
        hyperparameters: [
            Hyperparameter("hidden", .integers([512, 256]), in: 1...65536, "widths of the trunk's layers")
        ],
        batchSize: 128, learningRate: 1e-3, optimizer: { rate, _ in Adam(learningRate: rate) },
        build: { domain, settings in
            MultiTaskNetwork(
                features: domain.features, hidden: settings.integers("hidden"), classes: try domain.labelled("multitask"))
        })
}
