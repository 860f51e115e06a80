import StrataBackend
public import StrataGraph
import StrataNN

/// MusicVAE (Roberts, Engel, Raffel, Hawthorne and Eck, "A hierarchical latent vector model for learning long-term structure
/// in music", 2018): a variational autoencoder of melodies, whose decoder has a level for bars and one for their steps.
///
/// A bidirectional LSTM gives each melody a Gaussian over codes, and a `HierarchicalDecoder` each code a distribution over
/// melodies. A token is 0 where a note is held, 1 where it ends, and else the key of a note that begins: an onset.
public struct MusicVariationalAutoencoder: EncodingModel, DecodingModel, SamplingModel, LikelihoodModel, TokenModel {
    private let encoder: GaussianEncoder
    let decoder: HierarchicalDecoder
    private let objective: VariationalObjective
    private let scheduled: ScheduledSampling
    private let temperature: Float
    private let steps: Int
    private let vocabulary: Int
    public let codeSize: Int

    /// A model of melodies of `bars` times `bar` steps; a bar is of 1 ... 1,000, the nearest where another is asked for.
    ///
    /// - Parameters:
    ///   - bars: Bars of a melody.
    ///   - bar: Steps of a bar.
    ///   - vocabulary: The tokens that there are.
    ///   - latent: Latent dimensions.
    ///   - units: The width of the encoder in each direction, of the conductor and of the decoder.
    ///   - layers: Layers of each of these.
    ///   - objective: What training descends on, with one draw for each example.
    ///   - scheduled: How often training shows the decoder its own tokens.
    ///   - temperature: What the logits of samples are divided by.
    public init(
        bars: Int, bar: Int = 16, vocabulary: Int, latent: Int = 64, units: Int = 256, layers: Int = 1,
        objective: VariationalObjective = VariationalObjective(),
        scheduled: ScheduledSampling = ScheduledSampling(), temperature: Float = 1
    ) {
        let bar = unrolled(bar)
        steps = bars.saturatingMultiplied(by: bar)
        self.vocabulary = vocabulary
        (self.objective, self.scheduled, self.temperature) = (objective, scheduled, temperature)
        codeSize = latent
        encoder = GaussianEncoder(
            input: [steps, vocabulary], latent: latent,
            LSTM(units, layers: layers, isBidirectional: true, returns: .last))
        decoder = HierarchicalDecoder(
            bars: bars, bar: bar, vocabulary: vocabulary, latent: latent, units: units, layers: layers)
    }

    private var parameters: [StateVariable] { encoder.parameters + decoder.networks.flatMap(\.parameters) }
    public var variables: [StateVariable] { encoder.variables + decoder.networks.flatMap(\.variables) }
    public var criterion: Criterion { .maximize("elbo") }
    public var logLikelihood: LogLikelihood? { LogLikelihood("elbo", .lowerBound, most: 0) }
    public var takesTokens: Bool { true }
    public var firstOnset: Int? { 2 }

    // MARK: Training

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: parameters) { batch, context in
                var pass = context.pass()
                let melodies = melodies(batch.examples)
                let (bound, logits) = bound(
                    melodies, context.key, drawing: scheduled.share(at: context.step), &pass)
                return Objective(
                    objective.loss(bound, step: context.step),
                    metrics: objective.metrics(bound) + accuracies("next_token_", logits, melodies),
                    updates: pass.updates)
            }
        ]
    }

    /// The bound, and how often a token is right: decoded from the mean code alone, and predicted with the melody's own
    /// tokens before it.
    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        let melodies = melodies(batch.examples)
        let (bound, logits) = bound(melodies, key, &pass)
        let decoded = decoder.decoded(encode(batch.examples), &pass) { logits, _ in greatest(logits) }
        return objective.metrics(bound) + accuracies("", decoded.logits, melodies)
            + accuracies("next_token_", logits, melodies)
    }

    /// Shares of the steps, and of the onsets alone, at which the greatest of the logits is the melody's token: [batch, steps,
    /// vocabulary] each. Data without onsets are told 0.
    private func accuracies(_ prefix: String, _ logits: Tensor, _ melodies: Tensor) -> [Metric] {
        if logits.isInvalid || melodies.isInvalid { return [Metric(prefix + "accuracy", logits)] }
        let isRight = (greatest(logits) * melodies).sum([2])
        let isOnset = (melodies * Tensor.iota(melodies.shape, axis: 2).greater(1.5)).sum([2])
        let rows: Shape = [melodies.extent(0), 1]
        let onsets = [isRight * isOnset, isOnset].map { $0.sum([1]).reshape(rows) }
        return [
            Metric(prefix + "accuracy", isRight.mean([1])),
            Metric(prefix + "onset_accuracy", from: .concatenate(onsets, axis: 1)) { $0[1] > 0 ? $0[0] / $0[1] : 0 },
        ]
    }

    /// The terms of the evidence lower bound for melodies [batch, steps, vocabulary], and the logits of their tokens [draws ·
    /// batch, steps, vocabulary].
    ///
    /// - `share`: How often the decoder sees its own tokens; `nil` for never.
    private func bound(
        _ melodies: Tensor, draws: Int = 1, _ key: RandomKey, drawing share: Tensor? = nil, _ pass: inout Pass
    ) -> (bound: VariationalBound, logits: Tensor) {
        let posterior = encoder(melodies, &pass).repeated(draws)
        let codes = posterior.draw(key.named("latent").normal(posterior.mean.shape))
        let rows = draws == 1 || melodies.isInvalid ? melodies : melodies.flattened().repeatedRows(draws)
        let all = rows.isInvalid ? rows : rows.reshape([rows.extent(0), steps, vocabulary])
        let logits =
            share.map { decoder.logits(of: all, given: codes, drawing: $0, key.named("scheduled"), &pass) }
            ?? decoder.logits(of: all, given: codes, &pass)
        let reconstructions =
            logits.isInvalid ? logits : ((logits * all).sum([2]) - logits.logSumExp(axis: 2)).sum([1])
        let bound = VariationalBound(
            draws: draws, posterior: posterior, prior: StandardNormal(latent: codeSize), drawn: codes,
            reconstructions: reconstructions)
        return (bound, logits)
    }

    // MARK: Codes

    /// Tokens [batch, steps] as the networks see them: [batch, steps, vocabulary].
    private func melodies(_ examples: Tensor) -> Tensor {
        if examples.isInvalid { return examples }
        guard examples.rank == 2, examples.shape[1] == steps else {
            return .invalid("melodies: \(examples.shape), expected tokens [batch, \(steps)]", of: examples)
        }
        let tokens = examples.reshape([examples.shape.elementCount])
        return Loss.oneHot(tokens, classes: vocabulary).reshape([examples.shape[0], steps, vocabulary])
    }

    /// The mean of q(z | x): tokens [batch, steps] → [batch, code].
    public func encode(_ examples: Tensor) -> Tensor { encoder.mean(of: melodies(examples)) }

    /// The melody whose every token is the most probable given those before: [batch, code] → [batch, steps].
    public func decode(_ codes: Tensor) -> Tensor {
        var pass = Pass.evaluation
        return tokens(decoder.decoded(codes, &pass) { logits, _ in greatest(logits) }.chosen)
    }

    /// Melodies of p(x | z) for codes of the prior, token by token.
    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        var pass = Pass.evaluation
        let codes = key.named("prior").normal([count, codeSize])
        let drawn = decoder.decoded(codes, &pass) { logits, step in
            key.named("token").numbered(step).categorical(logits * (1 / temperature))
        }
        return Sampling(examples: tokens(drawn.chosen))
    }

    /// A 1 at the greatest along the last axis.
    private func greatest(_ logits: Tensor) -> Tensor {
        let axis = logits.rank - 1
        let place = logits.argMax(axis: axis).reshape(Shape(logits.shape.dropLast() + [1]))
        return Tensor.iota(logits.shape, axis: axis).equal(place)
    }

    /// The tokens of 1s at them: [batch, steps, vocabulary] → [batch, steps].
    private func tokens(_ chosen: Tensor) -> Tensor {
        chosen.isInvalid ? chosen : (chosen * Tensor.iota(chosen.shape, axis: 2)).sum([2])
    }
}

extension MusicVariationalAutoencoder: ImportanceSampledModel {
    public func logWeights(_ batch: Batch, draws: Int, key: RandomKey) -> Tensor {
        var pass = Pass.evaluation
        return bound(melodies(batch.examples), draws: max(draws, 1), key, &pass).bound.logWeights
    }
}
