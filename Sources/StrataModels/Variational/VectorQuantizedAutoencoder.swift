import StrataBackend
public import StrataGraph
public import StrataNN

/// The vector-quantised variational autoencoder (van den Oord, Vinyals and Kavukcuoglu, "Neural discrete representation
/// learning", 2017): an example's code is a few vectors, each the nearest in a codebook.
///
/// The gradient of the decoder's input goes straight through to the encoder, which is drawn to the vectors that it chose
/// besides; the codebook learns as moving averages. An LSTM learns which codes follow one another, as the prior p(z) from
/// which samples are drawn. As an example has one code, `log p(x | z) + log p(z)` is a lower bound of log p(x).
public struct VectorQuantizedAutoencoder: EncodingModel, DecodingModel, SamplingModel, LikelihoodModel {
    private let encoder: Network
    private let decoder: Network
    private let quantizer: VectorQuantizer
    private let prior: CodeSequencePrior
    private let likelihood: any DecoderDistribution
    private let commitment: Float
    private let latents: Int
    private let width: Int
    public let codeSize: Int

    /// - Parameters:
    ///   - shape: Of an example.
    ///   - network: The encoder's hidden layers; the decoder is its mirror image.
    ///   - latents: The vectors that stand for an example.
    ///   - width: Numbers of a vector.
    ///   - codes: Vectors of the codebook.
    ///   - likelihood: The distribution of an example given its code.
    ///   - commitment: The factor of the squared distance between the encoder's vectors and the codebook's.
    ///   - decay: The share of the codebook's moving averages that a batch leaves.
    ///   - revival: The share of uniform use below which a code becomes one of the batch's vectors; 0 for none.
    ///   - units: The width of the prior's LSTM.
    public init(
        shape: [Int], network: Architecture, latents: Int = 16, width: Int = 16, codes: Int = 256,
        likelihood: any DecoderDistribution = BernoulliDecoder(), commitment: Float = 0.25, decay: Float = 0.99,
        revival: Float = 0.1, units: Int = 128
    ) {
        let size = latents.saturatingMultiplied(by: width)
        encoder = Network(
            "encoder", input: [shape.product], network.encoder(shape) + Sequential([Dense(size)]))
        decoder = Network(
            "decoder", input: [size], network.decoder(to: shape, numbers: likelihood.numbersPerFeature))
        quantizer = VectorQuantizer("quantizer", codes: codes, width: width, decay: decay, revival: revival)
        prior = CodeSequencePrior("prior", codes: codes, length: latents, units: units)
        self.likelihood = likelihood
        self.commitment = commitment
        self.latents = latents
        self.width = width
        codeSize = size
    }

    private var parameters: [StateVariable] {
        encoder.parameters + decoder.parameters + likelihood.parameters + prior.parameters
    }
    public var variables: [StateVariable] {
        encoder.variables + decoder.variables + likelihood.parameters + prior.parameters + quantizer.buffers
    }
    public var criterion: Criterion { .maximize("elbo") }
    public var domain: ValueDomain? { likelihood.domain }
    public var logLikelihood: LogLikelihood? {
        LogLikelihood("elbo", .lowerBound, most: likelihood.isDiscrete ? 0 : .infinity)
    }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: parameters) { batch, context in
                var pass = context.pass()
                let examples = likelihood.seen(batch.examples, context.key)
                let found = quantized(examples, &pass)
                let metrics = metrics(examples, found, &pass)
                let distance = Loss.squaredError(found.vectors, found.chosen.stopGradient())
                return Objective(
                    Metric("loss", distance * commitment - metrics.likelihood),
                    metrics: metrics.all,
                    updates: pass.updates
                        + quantizer.updates(
                            rows(found.vectors), nearest: found.codes, key: context.key.named("revival")))
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        let examples = likelihood.seen(batch.examples, key)
        return metrics(examples, quantized(examples, &pass), &pass).all
    }

    /// The codebook's vectors nearest to what the encoder gives: [batch, features] → [batch, latents · width].
    public func encode(_ examples: Tensor) -> Tensor {
        var pass = Pass.evaluation
        return quantized(examples, &pass).chosen
    }

    /// The mean of p(x | z) for any vectors, of the codebook or not.
    public func decode(_ codes: Tensor) -> Tensor { likelihood.mean(decoder(codes)) }

    /// The means of p(x | z) for codes of the prior, which are drawn one after the other.
    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        let (codes, updates) = prior.draws(count, key: key)
        if codes.isInvalid { return Sampling(examples: codes) }
        let vectors = quantizer.vectors(of: codes.reshape([codes.shape.elementCount]))
        return Sampling(
            examples: decode(vectors.isInvalid ? vectors : vectors.reshape([count, codeSize])), updates: updates,
            steps: max(latents, 1))
    }

    /// What the encoder gives, and what the codebook has for it [batch, latents · width]; with the codes, int32 [batch ·
    /// latents].
    private func quantized(
        _ x: Tensor, _ pass: inout Pass
    ) -> (vectors: Tensor, chosen: Tensor, codes: Tensor) {
        let vectors = encoder(x, &pass)
        let codes = quantizer.nearest(to: rows(vectors))
        let chosen = quantizer.vectors(of: codes)
        return (vectors, chosen.isInvalid ? chosen : chosen.reshape(vectors.shape), codes)
    }

    /// [batch, latents · width] → [batch · latents, width].
    private func rows(_ vectors: Tensor) -> Tensor {
        guard !vectors.isInvalid, width > 0 else { return vectors }
        return vectors.reshape([vectors.shape.elementCount / width, width])
    }

    private func metrics(
        _ x: Tensor, _ found: (vectors: Tensor, chosen: Tensor, codes: Tensor), _ pass: inout Pass
    ) -> (likelihood: Tensor, all: [Metric]) {
        // The value is the codebook's, the gradient the encoder's.
        let straight = found.vectors + (found.chosen - found.vectors).stopGradient()
        let reconstruction = likelihood.logLikelihood(of: x, given: decoder(straight, &pass))
        let batch = x.shape.first ?? 1
        let sequences = found.codes.isInvalid ? found.codes : found.codes.reshape([batch, latents])
        let probability = prior.logProbability(sequences, &pass)
        return (
            reconstruction + probability,
            [
                Metric("elbo", reconstruction + probability),
                Metric("reconstruction_log_likelihood", reconstruction),
                Metric("code_log_probability", probability),
                quantizer.perplexity(found.codes, batch: batch),
            ]
        )
    }

    /// `vq-vae` in the zoo: 400 hidden units, 16 vectors of 16 numbers out of 256, Adam at 1e-3, batches of 128. `build`
    /// throws `data` where a network of convolutions gets no images, and where a decoder of bytes gets other numbers.
    public static let description = ModelDescription(
        name: "vq-vae", summary: "vector-quantised autoencoder, an LSTM for its prior (van den Oord et al. 2017)",
        hyperparameters: Architecture.hyperparameters(hidden: [400]) + [
            Hyperparameter("latents", .integer(16), in: 1...256, "vectors that stand for an example"),
            Hyperparameter("width", .integer(16), in: 1...4096, "numbers of a vector"),
            Hyperparameter("codes", .integer(256), in: 2...65536, "vectors of the codebook"),
            Hyperparameter("commitment", .real(0.25), in: 0...1000, "factor of the encoder's distance from its codes"),
            Hyperparameter("decay", .real(0.99), in: 0...0.99999, "of the codebook's moving averages"),
            Hyperparameter(
                "revival", .real(0.1), in: 0...1, "share of uniform use below which a code is made anew; 0 for none"),
            Hyperparameter("prior-units", .integer(128), in: 1...4096, "units of the LSTM that predicts codes"),
        ] + DecoderChoice.hyperparameters,
        batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings in
            let network = Architecture(settings, initialization: .standard)
            try network.check(spec.shape)
            return VectorQuantizedAutoencoder(
                shape: spec.shape, network: network, latents: settings.integer("latents"),
                width: settings.integer("width"), codes: settings.integer("codes"),
                likelihood: try DecoderChoice.distribution(spec, settings),
                commitment: Float(settings.real("commitment")), decay: Float(settings.real("decay")),
                revival: Float(settings.real("revival")), units: settings.integer("prior-units"))
        })
}
