public import StrataGraph
import StrataNN

/// The variational autoencoder (Kingma and Welling, "Auto-encoding variational Bayes", 2014) with a Gaussian code
/// and a Bernoulli decoder.
///
/// The encoder gives each example a Gaussian over codes, the decoder each code a probability for every pixel; both
/// learn to raise the evidence lower bound `E log p(x | z) − KL(q(z | x) ‖ p(z))`, in nats an image.
public struct VariationalAutoencoder: LayeredModel, DecodingModel, SamplingModel {
    let body: MultilayerPerceptron
    let mean: Dense
    let logVariance: Dense
    let decoder: MultilayerPerceptron
    public let codeSize: Int

    /// - Parameters:
    ///   - hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
    ///   - latent: numbers in a code.
    public init(features: Int, hidden: [Int] = [400], latent: Int = 20) {
        let last = hidden.last ?? features
        body = MultilayerPerceptron("encoder", widths: [features] + hidden, hidden: .relu, output: .relu)
        mean = Dense("mean", inputs: last, outputs: latent)
        logVariance = Dense("log_variance", inputs: last, outputs: latent)
        decoder = MultilayerPerceptron("decoder", widths: [latent] + hidden.reversed() + [features], hidden: .relu)
        codeSize = latent
    }

    public var variables: [StateVariable] {
        body.variables + mean.variables + logVariance.variables + decoder.variables
    }

    public func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep {
        let terms = evidence(batch.examples, context.key)
        let loss = (terms.divergence - terms.reconstruction).mean()
        return TrainingStep(
            updates: context.optimizer.minimizing(loss, variables, step: context.step), metrics: metrics(terms))
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { metrics(evidence(batch.examples, key)) }

    /// The most probable code: the mean of q(z | x).
    public func encode(_ examples: Tensor) -> Tensor { mean(body(examples)) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        let hidden = body.activations(examples)
        return hidden + [(mean.name, mean(hidden.last?.activations ?? examples))]
    }

    public func decode(_ codes: Tensor) -> Tensor { decoder(codes).sigmoid() }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        Sampling(examples: decode(key.named("prior").normal([count, codeSize])))
    }

    /// Both terms of the bound for each example, with one draw of the code.
    private func evidence(_ x: Tensor, _ key: RandomKey) -> (reconstruction: Tensor, divergence: Tensor) {
        let h = body(x)
        let (mean, logVariance) = (mean(h), logVariance(h))
        let noise = key.named("latent").normal(mean.shape)
        let z = mean + (logVariance * 0.5).exponential() * noise
        return (
            -Loss.bernoulli(logits: decoder(z), x),
            Loss.standardNormalDivergence(mean: mean, logVariance: logVariance)
        )
    }

    private func metrics(_ terms: (reconstruction: Tensor, divergence: Tensor)) -> [Metric] {
        [
            Metric("elbo", terms.reconstruction.mean() - terms.divergence.mean()),
            Metric("reconstruction_log_likelihood", terms.reconstruction),
            Metric("kl_divergence", terms.divergence),
        ]
    }

    public static let description = ModelDescription(
        name: "vae", summary: "variational autoencoder, Gaussian code, Bernoulli decoder (Kingma & Welling 2014)",
        hyperparameters: [
            Hyperparameter("hidden", .integers([400]), in: 1...65536, "widths of the hidden layers"),
            Hyperparameter("latent", .integer(20), in: 1...65536, "numbers in a code"),
        ],
        batchSize: 128, learningRate: 1e-3, optimizer: { rate, _ in Adam(learningRate: rate) },
        build: { domain, settings in
            VariationalAutoencoder(
                features: domain.features, hidden: settings.integers("hidden"), latent: settings.integer("latent"))
        })
}
