import StrataBackend
public import StrataGraph
public import StrataNN

/// One encoder and several heads, each with a task of its own, whose losses are added up (Caruana, "Multitask learning",
/// 1997): what the tasks share, the encoder learns once.
///
/// The tasks are such as any labelled data gives: the class, whether its number is odd, and how bright the example is (the
/// mean of its features), a regression. The code of an example is the encoder's output.
public struct MultiTaskNetwork: LayeredModel {
    let encoder: Network
    let classHead: Network
    let parityHead: Network
    let brightnessHead: Network

    /// - `shape`: Of an example.
    public init(shape: [Int], network: Architecture, classes: Int) {
        encoder = Network("encoder", input: [shape.product], network.encoder(shape))
        classHead = Network("class", input: encoder.outputShape, Dense(classes))
        parityHead = Network("parity", input: encoder.outputShape, Dense(2))
        brightnessHead = Network("brightness", input: encoder.outputShape, Dense(1))
    }

    /// A network of dense layers.
    public init(features: Int, hidden: [Int] = [512, 256], classes: Int) {
        self.init(
            shape: [features], network: Architecture(hidden: hidden, initialization: .standard), classes: classes)
    }

    private var networks: [Network] { [encoder, classHead, parityHead, brightnessHead] }
    public var variables: [StateVariable] { networks.flatMap(\.variables) }
    public var criterion: Criterion { .minimize("cross_entropy") }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: networks.flatMap(\.parameters), needsLabels: true) { batch, context in
                var pass = Pass.training(context.key)
                let tasks = Tasks(self, batch, &pass)
                return Objective(tasks.loss, metrics: tasks.metrics, updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return Tasks(self, batch, &pass).metrics
    }

    public func encode(_ examples: Tensor) -> Tensor { encoder(examples) }

    /// Without hidden layers, the examples themselves.
    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        let layers = encoder.activations(examples)
        return layers.isEmpty ? [("code", encode(examples))] : layers
    }

    /// The losses of the heads for a batch, [batch] each, added up and one by one.
    private struct Tasks {
        let loss: Metric
        let metrics: [Metric]

        init(_ model: MultiTaskNetwork, _ batch: Batch, _ pass: inout Pass) {
            guard let labels = batch.labels else {
                loss = Metric("cross_entropy", .missingLabels())
                metrics = [loss]
                return
            }
            let h = model.encoder(batch.examples, &pass)
            let classLogits = model.classHead(h, &pass), parityLogits = model.parityHead(h, &pass)
            let numbers = labels.cast(to: .float32)
            let parity = (numbers - (numbers * 0.5).floor() * 2).cast(to: .int32)
            let classLoss = Loss.softmaxCrossEntropy(logits: classLogits, labels: labels)
            let parityLoss = Loss.softmaxCrossEntropy(logits: parityLogits, labels: parity)
            let brightness = batch.examples.mean([1], keepingAxes: true)
            let brightnessLoss = Loss.squaredError(model.brightnessHead(h, &pass), brightness)
            loss = Metric("loss", classLoss + parityLoss + brightnessLoss)
            metrics = [
                Metric("cross_entropy", classLoss),
                Metric("accuracy", Loss.accuracy(logits: classLogits, labels: labels)),
                Metric("parity_accuracy", Loss.accuracy(logits: parityLogits, labels: parity)),
                Metric("brightness_error", brightnessLoss),
            ]
        }
    }

    /// `multitask` in the zoo: 512 and 256 hidden units, Adam at 1e-3, batches of 128. `build` throws `data` where
    /// there are fewer than two classes of labels, or where a network of convolutions gets no images.
    public static let description = ModelDescription(
        name: "multitask", summary: "one encoder, three heads: class, parity, brightness (Caruana 1997); needs labels",
        hyperparameters: Architecture.hyperparameters(
            hidden: [512, 256], hiddenHelp: "widths of the encoder's layers"),
        batchSize: 128, optimizer: .adam(1e-3), formerNames: [("trunk", "encoder")],
        build: { spec, settings in
            let network = Architecture(settings, initialization: .standard)
            try network.check(spec.shape)
            return MultiTaskNetwork(shape: spec.shape, network: network, classes: try spec.labelled("multitask"))
        })
}
