import StrataBackend
public import StrataGraph
public import StrataNN

/// A recurrent network that predicts each step of a sequence from those before it, so that `p(x) = Π p(x_t | x_<t)` is
/// exact (Mikolov et al., "Recurrent neural network based language model", 2010; of piano rolls: Boulanger-Lewandowski,
/// Bengio and Vincent 2012).
///
/// A step is a frame of bits, independent given the frames before it, or one token of a vocabulary. Sequences may end
/// before the last step, where a column of lengths says so: what follows is padding, and counts for nothing.
public struct RecurrentSequenceModel: SamplingModel, LikelihoodModel, TokenModel {
    /// What a step of a sequence is.
    public enum Step: Sendable, Hashable {
        /// So many bits; values between 0 and 1 are probabilities of bits, which are drawn each time that they are seen.
        case bits(Int)
        /// A token of a vocabulary of so many.
        case token(Int)

        /// The numbers of a step, as the network sees and predicts it.
        var width: Int {
            switch self {
            case .bits(let width), .token(let width): width
            }
        }
    }

    let network: Network
    /// Steps of a sequence, with its padding.
    public let steps: Int
    /// What a step is.
    public let step: Step

    /// A model of sequences.
    ///
    /// - Parameters:
    ///   - steps: Steps of each, with padding.
    ///   - step: What a step is.
    ///   - recurrent: Layers from [batch, steps, width] to [batch, steps, any width], none of which looks ahead.
    public init(steps: Int, of step: Step, recurrent: any Layer) {
        (self.steps, self.step) = (steps, step)
        let width = min(step.width, Shape.largestExtent)
        network = Network("sequence", input: [steps, width], Sequential([recurrent, Dense(width)]))
    }

    public var variables: [StateVariable] { network.variables }
    public var criterion: Criterion { .maximize("log_likelihood") }
    public var logLikelihood: LogLikelihood? { LogLikelihood(most: 0) }
    public var domain: ValueDomain? {
        if case .bits = step { .bits(hint: "take a model of any values, such as real-nvp") } else { nil }
    }
    public var takesTokens: Bool { if case .token = step { true } else { false } }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: network.parameters) { batch, context in
                var pass = context.pass()
                let (value, metrics) = logLikelihood(batch, context.key, &pass)
                return Objective(
                    Metric("negative_log_likelihood", -value), metrics: metrics, updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return logLikelihood(batch, key, &pass).metrics
    }

    /// Of each sequence [batch], and the same as metrics: of a sequence, and of a step, the mean of all steps that count.
    private func logLikelihood(
        _ batch: Batch, _ key: RandomKey, _ pass: inout Pass
    ) -> (value: Tensor, metrics: [Metric]) {
        let frames = frames(batch.examples, key)
        let found = predictions(frames, &pass)
        let counted = SequenceSteps(of: batch, steps)
        let value = counted.sum(-loss(found, frames))
        return (
            value, [Metric("log_likelihood", value), counted.mean("step_log_likelihood", ofSums: value)]
        )
    }

    /// Examples [batch, features] as the network sees them: [batch, steps, width].
    private func frames(_ examples: Tensor, _ key: RandomKey) -> Tensor {
        switch step {
        case .bits(let width):
            key.named("bits").bernoulli(examples).reshape([examples.shape.first ?? 1, steps, width])
        case .token(let count):
            Loss.oneHot(
                examples.reshape([(examples.shape.first ?? 1).saturatingMultiplied(by: steps)]), classes: count
            ).reshape([examples.shape.first ?? 1, steps, count])
        }
    }

    /// What is predicted of each step from those before it: logits [batch, steps, width].
    func predictions(_ frames: Tensor, _ pass: inout Pass) -> Tensor {
        frames.isInvalid ? frames : network(frames.framesBefore(), &pass)
    }

    /// Of each step: logits and frames [batch, steps, width] → [batch, steps].
    private func loss(_ logits: Tensor, _ frames: Tensor) -> Tensor {
        switch step {
        case .bits: (logits.softplus() - logits * frames).sum([2])
        case .token: logits.logSumExp(axis: 2) - (logits * frames).sum([2])
        }
    }

    /// Step by step, each drawn given those before it.
    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        .stepwise(count, steps: steps, network: network, shown: takesTokens ? 1 : step.width) { logits, _ in
            switch step {
            case .bits:
                let bits = key.named("bits").bernoulli(logits.sigmoid())
                return (bits, bits)
            case .token(let vocabulary):
                let token = key.named("token").categorical(logits)
                let number = (token * .iota([count, vocabulary], axis: 1)).sum([1])
                return (token, number.isInvalid ? number : number.reshape([count, 1]))
            }
        }
    }
}

// MARK: Settings

extension RecurrentSequenceModel {
    private enum Cell: String, CaseIterable {
        case lstm, gru
    }

    /// `recurrent` in the zoo: an LSTM of 200 units, Adam at 2e-3, batches of 32. `build` throws `data` for examples that
    /// are no sequences: neither tokens [steps] nor frames [steps, bits].
    public static let description = ModelDescription(
        name: "recurrent", summary: "LSTM or GRU that predicts each step of a sequence, exact likelihood",
        hyperparameters: [
            Hyperparameter("cell", Cell.lstm, "the recurrent units"),
            Hyperparameter("units", .integer(200), in: 1...16384, "units of each recurrent layer"),
            Hyperparameter("layers", .integer(1), in: 1...64, "recurrent layers, each over the one before"),
            Hyperparameter("dropout", .real(0), in: 0...0.99, "share of units dropped between layers in training"),
            Hyperparameter(
                "pixels", .flag(false), "takes a frame for as many steps of one bit each: slow, and nothing independent"
            ),
        ],
        batchSize: 32, optimizer: .adam(2e-3),
        build: { spec, settings in
            let (units, layers) = (settings.integer("units"), settings.integer("layers"))
            let dropout = Float(settings.real("dropout"))
            let recurrent: any Layer =
                settings.choice("cell", Cell.lstm) == .lstm
                ? LSTM(units, layers: layers, dropout: dropout) : GRU(units, layers: layers, dropout: dropout)
            let shape = spec.shape
            if case .tokens(let vocabulary) = spec.example.meaning {
                return RecurrentSequenceModel(steps: spec.features, of: .token(vocabulary), recurrent: recurrent)
            }
            guard shape.count == 2 else {
                throw StrataError(
                    .data,
                    "recurrent takes sequences: tokens, or frames of bits [steps, bits]; these examples are \(Shape(shape))"
                )
            }
            if settings.flag("pixels") {
                return RecurrentSequenceModel(steps: spec.features, of: .bits(1), recurrent: recurrent)
            }
            return RecurrentSequenceModel(steps: shape[0], of: .bits(shape[1]), recurrent: recurrent)
        })
}
