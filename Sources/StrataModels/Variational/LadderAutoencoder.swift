import Foundation
import StrataBackend
public import StrataGraph
public import StrataNN

/// The ladder variational autoencoder (Sønderby, Raiko, Maaløe, Sønderby and Winther, "Ladder variational autoencoders",
/// 2016): codes of several levels, `p(x | z₁) p(z₁ | z₂) … p(z_L)`, whose posterior is built from the top down as the prior
/// is, `q(z_L | x) q(z_{L−1} | z_L, x) …`. That of a level is the product of the prior given the level above and of what the
/// encoder found in the example, each weighted by its precision.
///
/// Outside, a code is standard normal whatever the level: of the top level z itself, of each below it the noise ε of
/// `z = μ(z above) + σ(z above) ε`, one after the other. So codes are drawn and walked among as those of one level.
public struct LadderAutoencoder: EncodingModel, DecodingModel, SamplingModel, LikelihoodModel, ImportanceSampledModel {
    /// What the encoder finds in an example, from the lowest level up, each of the hidden units of the one below.
    private let encoders: [GaussianEncoder]
    /// p(z_i | z_{i+1}), from the lowest level up; none of the top.
    private let priors: [GaussianEncoder]
    private let decoder: Network
    private let likelihood: any DecoderDistribution
    private let objective: VariationalObjective
    private let latent: [Int]

    /// - Parameters:
    ///   - shape: Of an example.
    ///   - network: The encoder's hidden layers below the first level; the decoder is their mirror image.
    ///   - latent: Latent dimensions of the levels, from the lowest up; at least one level.
    ///   - hidden: Units of the hidden layer between two levels, on the way up and on the way down.
    ///   - likelihood: The distribution of an example given its lowest code.
    ///   - objective: What training descends on, by the standard gradient and without a regularizer.
    public init(
        shape: [Int], network: Architecture, latent: [Int] = [32, 16], hidden: Int = 128,
        likelihood: any DecoderDistribution = BernoulliDecoder(), objective: VariationalObjective = .init()
    ) {
        let latent = latent.isEmpty ? [1] : latent
        let between = Architecture(
            hidden: [hidden], activation: network.activation, normalization: network.normalization,
            dropout: network.dropout, initialization: network.initialization)
        var encoders = [GaussianEncoder(input: [shape.product], latent: latent[0], network.encoder(shape))]
        var priors: [GaussianEncoder] = []
        for (level, width) in latent.enumerated().dropFirst() {
            let below = encoders[level - 1].body.outputShape
            encoders.append(
                GaussianEncoder(
                    "level.\(level + 1)", input: below, latent: width, between.encoder([below.elementCount])))
            priors.append(
                GaussianEncoder("prior.\(level)", input: [width], latent: latent[level - 1], between.encoder([width])))
        }
        (self.encoders, self.priors) = (encoders, priors)
        decoder = Network(
            "decoder", input: [latent[0]], network.decoder(to: shape, numbers: likelihood.numbersPerFeature))
        (self.likelihood, self.objective, self.latent) = (likelihood, objective, latent)
    }

    private var gaussians: [GaussianEncoder] { encoders + priors }
    private var parameters: [StateVariable] {
        gaussians.flatMap(\.parameters) + decoder.parameters + likelihood.parameters
    }
    public var variables: [StateVariable] {
        gaussians.flatMap(\.variables) + decoder.variables + likelihood.parameters
    }
    public var codeSize: Int { latent.reduce(0) { $0.saturatingAdding($1) } }
    public var criterion: Criterion { .maximize(objective.metric) }
    public var domain: ValueDomain? { likelihood.domain }
    public var drawsBits: Bool { likelihood.drawsBits }
    public var logLikelihood: LogLikelihood? {
        LogLikelihood(objective.metric, .lowerBound, most: likelihood.isDiscrete ? 0 : .infinity)
    }

    // MARK: Learning

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: parameters) { batch, context in
                var pass = context.pass()
                let bound = bound(
                    likelihood.seen(batch.examples, context.key), draws: objective.draws, context.key, &pass)
                return Objective(
                    objective.loss(bound, step: context.step), metrics: metrics(bound), updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return metrics(bound(likelihood.seen(batch.examples, key), draws: objective.draws, key, &pass))
    }

    public func logWeights(_ batch: Batch, draws: Int, key: RandomKey) -> Tensor {
        var pass = Pass.evaluation
        return bound(batch.examples, draws: max(draws, 1), key, &pass).logWeights
    }

    /// The bound, and the divergence of each level, from the lowest up.
    private func metrics(_ bound: VariationalBound) -> [Metric] {
        let levels = latent.indices.map { level in
            Metric("kl_divergence_\(level + 1)", bound.perExample(part(level, of: bound.divergences).sum([1])))
        }
        return objective.metrics(bound) + (latent.count > 1 ? levels : [])
    }

    /// The columns of one level, counted from 0, in something of all of them: [rows, codeSize] → [rows, latent]. The top
    /// comes first.
    private func part(_ level: Int, of codes: Tensor) -> Tensor {
        let start = latent[(level + 1)...].reduce(0) { $0.saturatingAdding($1) }
        return codes.slice(from: start, count: latent[level], axis: 1)
    }

    private func bound(_ x: Tensor, draws: Int, _ key: RandomKey, _ pass: inout Pass) -> VariationalBound {
        let found = found(x, &pass)
        let top = found[found.count - 1].repeated(draws)
        let noise = key.named("latent")
        var z = top.draw(noise.normal(top.mean.shape))
        // From the top down: what a level adds to log p − log q, and its divergence given the level above.
        let standard = StandardNormal(latent: latent[latent.count - 1])
        var weights = standard.logDensity(z) - top.logDensity(z)
        var divergences = [standard.divergence(from: top, at: z)]
        var codes = [z]
        for level in priors.indices.reversed() {
            let prior = priors[level](z, &pass)
            let posterior = prior.product(found[level].repeated(draws))
            z = posterior.draw(noise.numbered(level + 1).normal(posterior.mean.shape))
            weights = weights + (prior.logDensity(z) - posterior.logDensity(z))
            divergences.append(posterior.divergence(from: prior))
            codes.append(z)
        }
        let reconstructions = likelihood.logLikelihood(of: x.repeatedRows(draws), given: decoder(z, &pass))
        let logWeights = reconstructions + weights
        let drawn = Tensor.concatenate(codes, axis: 1)
        return VariationalBound(
            draws: draws, posterior: top, prior: standard, drawn: drawn, codes: drawn,
            reconstructions: reconstructions, divergences: .concatenate(divergences, axis: 1),
            logWeights: logWeights.isInvalid
                ? logWeights : logWeights.reshape([draws, logWeights.shape.elementCount / draws]))
    }

    /// What the encoder finds of each level in examples, from the lowest up.
    private func found(_ x: Tensor, _ pass: inout Pass) -> [DiagonalGaussian] {
        var hidden = x
        return encoders.map { encoder in
            hidden = encoder.body(hidden, &pass)
            return encoder.gaussian(hidden, &pass)
        }
    }

    // MARK: After training

    /// The code of the mean of the posterior, the level above at its own mean: [batch, features] → [batch, code].
    public func encode(_ examples: Tensor) -> Tensor {
        var pass = Pass.evaluation
        let found = found(examples, &pass)
        var z = found[found.count - 1].mean
        var codes = [z]
        for level in priors.indices.reversed() {
            let prior = priors[level](z, &pass)
            z = prior.product(found[level]).mean
            codes.append((z - prior.mean) * (prior.logVariance * -0.5).exponential())
        }
        return .concatenate(codes, axis: 1)
    }

    public func decode(_ codes: Tensor) -> Tensor {
        guard codes.rank == 2, codes.shape[1] == codeSize else {
            return .invalid("decoder: the codes are \(codes.shape), expected [batch, \(codeSize)]", of: codes)
        }
        var pass = Pass.evaluation
        var z = part(priors.count, of: codes)
        for level in priors.indices.reversed() { z = priors[level](z, &pass).draw(part(level, of: codes)) }
        return likelihood.mean(decoder(z, &pass))
    }

    /// The means of p(x | z₁) for codes of the prior.
    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        Sampling(examples: decode(key.named("prior").normal([count, codeSize])))
    }

    /// `ladder-vae` in the zoo: 400 hidden units, levels of 32 and 16 latent dimensions, batch normalization, Adam at
    /// 1e-3, batches of 128. `build` throws `data` where a network of convolutions gets no images, `usage` without a level.
    public static let description = ModelDescription(
        name: "ladder-vae", summary: "variational autoencoder of several levels of codes (Sønderby et al. 2016)",
        hyperparameters: Architecture.hyperparameters(hidden: [400]) + [
            Hyperparameter(
                "latent", .integers([32, 16]), in: 1...65536, "latent dimensions of the levels, from the lowest up"),
            Hyperparameter("between", .integer(128), in: 1...65536, "hidden units between two levels"),
            Hyperparameter(
                "importance", .integer(1), in: 1...1000, "draws for an example: an importance-weighted bound"),
        ] + VariationalObjective.hyperparameters.map { $0.only(when: "importance", is: "1") }
            + DecoderChoice.hyperparameters,
        batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings in
            let network = Architecture(settings, initialization: .standard)
            try network.check(spec.shape)
            guard !settings.integers("latent").isEmpty else {
                throw StrataError(parameter: "latent", "none", "expected the latent dimensions of one level at least")
            }
            return LadderAutoencoder(
                shape: spec.shape, network: network, latent: settings.integers("latent"),
                hidden: settings.integer("between"), likelihood: try DecoderChoice.distribution(spec, settings),
                objective: VariationalObjective(settings))
        })
}
