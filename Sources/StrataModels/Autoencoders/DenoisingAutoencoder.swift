public import StrataGraph
import StrataNN

/// The denoising autoencoder (Vincent, Larochelle, Bengio and Manzagol, "Extracting and composing robust features with
/// denoising autoencoders", 2008): from an example with some of its numbers put out, it restores the whole.
///
/// The code may be larger than the example; the noise, and a penalty on the code's absolute values (a Laplace prior,
/// which keeps it sparse), leave it something to learn.
public struct DenoisingAutoencoder: EncodingModel, DecodingModel {
    let encoder: Dense
    let decoder: Dense
    let masked: Float
    let sparsity: Float

    /// - Parameters:
    ///   - masked: the probability that a number of the example is put out, drawn anew each step.
    ///   - sparsity: the weight of the code's absolute values, summed, beside the cross-entropy of an example.
    public init(features: Int, hidden: Int = 2000, masked: Float = 0.3, sparsity: Float = 1e-4) {
        encoder = Dense("encoder", inputs: features, outputs: hidden, activation: .sigmoid)
        decoder = Dense("decoder", inputs: hidden, outputs: features)
        self.masked = masked
        self.sparsity = sparsity
    }

    public var variables: [StateVariable] { encoder.variables + decoder.variables }
    public var codeSize: Int { encoder.outputs }

    public func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep {
        let x = batch.examples
        let kept = context.key.named("mask").bernoulli(.constant(1 - masked, x.shape))
        let code = encoder(x * kept)
        let metrics = restoration(of: x, from: code)
        let loss = metrics[0].value + code.absolute().sum([1]).mean() * sparsity
        return TrainingStep(
            updates: context.optimizer.minimizing(loss, variables, step: context.step), metrics: metrics)
    }

    /// Without noise.
    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        restoration(of: batch.examples, from: encoder(batch.examples))
    }

    public func encode(_ examples: Tensor) -> Tensor { encoder(examples) }
    public func decode(_ codes: Tensor) -> Tensor { decoder(codes).sigmoid() }

    private func restoration(of x: Tensor, from code: Tensor) -> [Metric] {
        let logits = decoder(code)
        return [
            Metric("cross_entropy", Loss.bernoulli(logits: logits, x)),
            Metric("reconstruction_error", Loss.squaredError(logits.sigmoid(), x)),
        ]
    }

    public static let description = ModelDescription(
        name: "denoising-autoencoder",
        summary: "restores examples that were partly masked, sparse overcomplete code (Vincent et al. 2008)",
        hyperparameters: [
            Hyperparameter("hidden", .integer(2000), in: 1...65536, "numbers in the code"),
            Hyperparameter("masked", .real(0.3), in: 0...1, "the part of an example that is put out"),
            Hyperparameter("sparsity", .real(1e-4), in: 0...1e6, "weight of the code's absolute values"),
        ],
        batchSize: 128, learningRate: 1e-3, optimizer: { rate, _ in Adam(learningRate: rate) },
        build: { domain, settings in
            DenoisingAutoencoder(
                features: domain.features, hidden: settings.integer("hidden"), masked: Float(settings.real("masked")),
                sparsity: Float(settings.real("sparsity")))
        })
}
