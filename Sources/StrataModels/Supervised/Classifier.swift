public import StrataGraph
import StrataNN

/// A rectified network with a softmax at its end, trained on the cross-entropy of the labels by gradient descent with
/// momentum. The code of an example is what its last hidden layer makes of it.
public struct Classifier: EncodingModel {
    let body: MultilayerPerceptron
    let head: Dense

    public init(features: Int, hidden: [Int] = [500, 500, 2000], classes: Int) {
        body = MultilayerPerceptron("body", widths: [features] + hidden, hidden: .relu, output: .relu)
        head = Dense("head", inputs: hidden.last ?? features, outputs: classes)
    }

    public var variables: [StateVariable] { body.variables + head.variables }

    public func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep {
        let metrics = evaluation(batch, key: context.key)
        return TrainingStep(
            updates: context.optimizer.minimizing(metrics[0].value, variables, step: context.step), metrics: metrics)
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        guard let labels = batch.labels else { return [Metric("cross_entropy", .missingLabels())] }
        let logits = head(body(batch.examples))
        return [
            Metric("cross_entropy", Loss.softmaxCrossEntropy(logits: logits, labels: labels)),
            Metric("accuracy", Loss.accuracy(logits: logits, labels: labels)),
        ]
    }

    public func encode(_ examples: Tensor) -> Tensor { body(examples) }

    public static let description = ModelDescription(
        name: "classifier", summary: "rectified layers and a softmax, gradient descent with momentum; needs labels",
        hyperparameters: [
            Hyperparameter("hidden", .integers([500, 500, 2000]), in: 1...65536, "widths of the hidden layers"),
            Hyperparameter("momentum", .real(0.9), in: 0...0.9999, "momentum"),
            Hyperparameter("weight-decay", .real(0), in: 0...1, "weight decay"),
        ],
        batchSize: 128, learningRate: 0.1,
        optimizer: { rate, settings in
            GradientDescent(
                learningRate: rate, momentum: Float(settings.real("momentum")),
                weightDecay: Float(settings.real("weight-decay")))
        },
        build: { domain, settings in
            Classifier(
                features: domain.features, hidden: settings.integers("hidden"), classes: try domain.labelled("classifier"))
        })
}

extension Tensor {
    /// What a model that learns from labels computes with a batch that has none: a mistake, told when it is traced.
    static func missingLabels(file: String = #fileID, line: Int = #line) -> Tensor {
        .invalid("the model learns from labels, and the batch has none", file: file, line: line)
    }
}
