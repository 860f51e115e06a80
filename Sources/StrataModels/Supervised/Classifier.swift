import StrataBackend
public import StrataGraph
public import StrataNN

/// A network with a softmax at its end, trained on the cross-entropy of the labels by gradient descent with momentum.
/// The code of an example is what its last hidden layer makes of it.
///
/// Its layers may begin where a stack of layers that learned without labels has come to; the labels then only fine-tune
/// them (Hinton, Osindero and Teh 2006; Vincent et al. 2010).
public struct Classifier: LayeredModel {
    let body: HiddenLayers
    let head: Dense
    let stack: LayerStack?

    /// - Parameter stack: how the hidden layers begin, where not at random.
    public init(
        features: Int, hidden: [Int] = [500, 500, 2000], classes: Int, activation: Activation = .relu,
        normalization: Normalization.Kind = .none, dropout: Float = 0, stack: LayerStack? = nil
    ) {
        // Sigmoids four times as steep as the default begin in their linear part, and pass signals on (Glorot and Bengio
        // 2010).
        let glorot: @Sendable (Int, Int) -> Initializer = { inputs, outputs in
            let bound = 4 * (6 / Float(inputs + outputs)).squareRoot()
            return .uniform(low: -bound, high: bound)
        }
        let random = MultilayerPerceptron(
            "body", widths: [features] + hidden, hidden: activation, output: activation,
            initializer: activation == .sigmoid ? glorot : nil)
        body = HiddenLayers(stack?.encoder ?? random, normalization: normalization, dropout: dropout)
        head = Dense("head", inputs: hidden.last ?? features, outputs: classes)
        self.stack = stack
    }

    public var variables: [StateVariable] { body.variables + head.variables }

    public var phases: [TrainingPhase] { (stack?.phases() ?? []) + [TrainingPhase(needsLabels: true, step: trainingStep)] }

    public func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep {
        let hidden = body.training(batch.examples, context.key)
        let metrics = metrics(head(hidden.output), batch.labels)
        let parameters = body.parameters + head.variables
        return TrainingStep(
            updates: context.optimizer.minimizing(metrics[0].value, parameters, step: context.step) + hidden.updates,
            metrics: metrics)
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        metrics(head(body(batch.examples)), batch.labels)
    }

    private func metrics(_ logits: Tensor, _ labels: Tensor?) -> [Metric] {
        guard let labels else { return [Metric("cross_entropy", .missingLabels())] }
        return [
            Metric("cross_entropy", Loss.softmaxCrossEntropy(logits: logits, labels: labels)),
            Metric("accuracy", Loss.accuracy(logits: logits, labels: labels)),
        ]
    }

    public func encode(_ examples: Tensor) -> Tensor { body(examples) }

    /// Without hidden layers, the examples themselves.
    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        body.layers.isEmpty ? [("code", encode(examples))] : body.activations(examples)
    }

    public static let description = ModelDescription(
        name: "classifier", summary: "hidden layers, pretrained or not, and a softmax; needs labels",
        hyperparameters: [
            Hyperparameter("hidden", .integers([500, 500, 2000]), in: 1...65536, "widths of the hidden layers"),
            LayerActivation.hyperparameter,
            Hyperparameter("normalization", Normalization.Kind.none, "of each hidden layer's input"),
            Hyperparameter("dropout", .real(0), in: 0...0.99, "the part of each hidden layer put out while training"),
            Hyperparameter("momentum", .real(0.9), in: 0...0.9999, "momentum"),
            Hyperparameter("weight-decay", .real(0), in: 0...1, "weight decay"),
        ] + LayerStart.hyperparameters,
        batchSize: 128, learningRate: 0.1,
        optimizer: { rate, settings in
            GradientDescent(
                learningRate: rate, momentum: Float(settings.real("momentum")),
                weightDecay: Float(settings.real("weight-decay")))
        },
        build: { domain, settings in
            let start = settings.choice("start", LayerStart.random)
            let activation = LayerActivation(settings).activation(after: start)
            let normalization = settings.choice("normalization", Normalization.Kind.none)
            guard start == .random || normalization == .none else {
                throw StrataError(
                    .usage, "--normalization \(normalization.rawValue): layers that were pretrained are not normalised; leave --start out")
            }
            let hidden = settings.integers("hidden")
            return Classifier(
                features: domain.features, hidden: hidden, classes: try domain.labelled("classifier"),
                activation: activation, normalization: normalization, dropout: Float(settings.real("dropout")),
                stack: try start.stack("body", widths: [domain.features] + hidden, activation: activation, settings))
        })
}

extension Tensor {
    /// What a model that learns from labels computes with a batch that has none: a mistake, told when it is traced.
    static func missingLabels(file: String = #fileID, line: Int = #line) -> Tensor {
        .invalid("the model learns from labels, and the batch has none", file: file, line: line)
    }
}
