public import StrataGraph
import StrataNN

/// The deep autoencoder (Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks",
/// 2006): layers that narrow down to a linear code, and their mirror image.
///
/// Trained from random weights with rectified units, which makes the paper's layer-wise start unnecessary, on the
/// Bernoulli cross-entropy of the pixels.
public struct DeepAutoencoder: EncodingModel, DecodingModel {
    let encoder: MultilayerPerceptron
    let decoder: MultilayerPerceptron
    public let codeSize: Int

    public init(features: Int, hidden: [Int] = [1000, 500, 250], code: Int = 30) {
        let initializer: @Sendable (Int, Int) -> Initializer = { inputs, _ in .he(fanIn: inputs) }
        encoder = MultilayerPerceptron(
            "encoder", widths: [features] + hidden + [code], hidden: .relu, initializer: initializer)
        decoder = MultilayerPerceptron(
            "decoder", widths: [code] + hidden.reversed() + [features], hidden: .relu, initializer: initializer)
        codeSize = code
    }

    public var variables: [StateVariable] { encoder.variables + decoder.variables }

    public func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep {
        let metrics = evaluation(batch, key: context.key)
        return TrainingStep(
            updates: context.optimizer.minimizing(metrics[0].value, variables, step: context.step), metrics: metrics)
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let logits = decoder(encoder(batch.examples))
        return [
            Metric("cross_entropy", Loss.bernoulli(logits: logits, batch.examples)),
            Metric("reconstruction_error", Loss.squaredError(logits.sigmoid(), batch.examples)),
        ]
    }

    public func encode(_ examples: Tensor) -> Tensor { encoder(examples) }
    public func decode(_ codes: Tensor) -> Tensor { decoder(codes).sigmoid() }

    public static let description = ModelDescription(
        name: "deep-autoencoder",
        summary: "784-1000-500-250-30 and back, rectified, linear code (Hinton & Salakhutdinov 2006)",
        hyperparameters: [
            Hyperparameter("hidden", .integers([1000, 500, 250]), in: 1...65536, "widths down to the code"),
            Hyperparameter("code", .integer(30), in: 1...65536, "numbers in a code"),
        ],
        batchSize: 128, learningRate: 1e-3, optimizer: { rate, _ in Adam(learningRate: rate) },
        build: { domain, settings in
            DeepAutoencoder(features: domain.features, hidden: settings.integers("hidden"), code: settings.integer("code"))
        })
}
