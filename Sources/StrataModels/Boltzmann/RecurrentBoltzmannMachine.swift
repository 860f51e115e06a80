import StrataBackend
public import StrataGraph
public import StrataNN

/// The RNN-RBM (Boulanger-Lewandowski, Bengio and Vincent, "Modeling temporal dependencies in high-dimensional sequences",
/// 2012): each frame of a sequence has a restricted Boltzmann machine, whose biases a recurrent network makes of the frames
/// before.
///
/// Contrastive divergence descends on the difference of free energies between frames and what Gibbs steps make of them,
/// through the biases into the network. The machines' partition functions are not known, and with them no likelihood: the
/// pseudo-likelihood of a frame is a monitor, not to be compared with a likelihood.
///
/// Sequences may end before the last step, where a column of lengths says so: what follows is padding, and counts for
/// nothing.
public struct RecurrentBoltzmannMachine: SamplingModel {
    let network: Network
    let weight: StateVariable
    /// Steps of a sequence, with its padding.
    public let steps: Int
    /// Gibbs steps of the negative phase.
    public let gibbsSteps: Int
    /// Gibbs steps for each frame of a sample.
    public let samplingSteps: Int

    private var hidden: Int { weight.type.shape[0] }
    private var features: Int { weight.type.shape[1] }

    /// A model of sequences of frames of bits. Gibbs steps outside 1 ... 1,000 become the nearer bound.
    ///
    /// - Parameters:
    ///   - steps: Steps of each, with padding.
    ///   - features: Bits of a frame.
    ///   - hidden: Hidden units of each step's machine.
    ///   - recurrent: Layers from [batch, steps, features] to [batch, steps, any width], none of which looks ahead.
    ///   - gibbsSteps: Of the chain of each example in training.
    ///   - samplingSteps: Of the chain of each frame that is drawn.
    public init(
        steps: Int, features: Int, hidden: Int = 150, recurrent: any Layer = RNN(100), gibbsSteps: Int = 15,
        samplingSteps: Int = 25
    ) {
        self.steps = steps
        self.gibbsSteps = unrolled(gibbsSteps)
        self.samplingSteps = unrolled(samplingSteps)
        let start = Initialization(weight: { _, _ in .normal(mean: 0, standardDeviation: 0.01) })
        network = Network(
            "biases", input: [steps, features],
            Sequential([recurrent, Dense(features.saturatingAdding(hidden), initialization: start)]))
        weight = StateVariable(
            "rbm.weight", [hidden, features], initializer: .normal(mean: 0, standardDeviation: 0.01))
    }

    private var parameters: [StateVariable] { [weight] + network.parameters }
    public var variables: [StateVariable] { [weight] + network.variables }
    public var criterion: Criterion { .maximize("pseudo_log_likelihood") }
    public var domain: ValueDomain? { .bits(hint: "round them") }

    // MARK: Training

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: parameters) { batch, context in
                var pass = context.pass()
                let frames = frames(batch, context.key)
                let machines = machines(frames, &pass)
                let v = rows(frames)
                let sample = machines.sample(from: v, gibbsSteps: gibbsSteps, context.key)
                let difference = perStep(machines.freeEnergy(v) - machines.freeEnergy(sample), batch)
                return Objective(
                    Metric("free_energy_difference", SequenceSteps(of: batch, steps).sum(difference)),
                    metrics: metrics(machines, v, batch, context.key), updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        let frames = frames(batch, key)
        return metrics(machines(frames, &pass), rows(frames), batch, key)
    }

    /// Of a step, the means of all that count: the pseudo-log-likelihood, and the cross-entropy between the frame and its
    /// reconstruction after one Gibbs step.
    private func metrics(_ machines: StepMachines, _ v: Tensor, _ batch: Batch, _ key: RandomKey) -> [Metric] {
        let counted = SequenceSteps(of: batch, steps)
        let pseudo = PseudoLikelihood.logarithm(v, key: key.named("pseudo"), freeEnergy: machines.freeEnergy)
        let input = machines.visibleInput(machines.drawHidden(v, key.named("reconstruction")))
        let entropy = Loss.bernoulli(logits: input, v)
        return [("pseudo_log_likelihood", pseudo), ("reconstruction_cross_entropy", entropy)].map {
            counted.mean($0, ofSums: counted.sum(perStep($1, batch)))
        }
    }

    /// Bits [batch, steps, features], drawn where examples are probabilities.
    private func frames(_ batch: Batch, _ key: RandomKey) -> Tensor {
        let bits = key.named("bits").bernoulli(batch.examples)
        return bits.isInvalid ? bits : bits.reshape([batch.count, steps, features])
    }

    /// [batch, steps, features] → [batch · steps, features].
    private func rows(_ frames: Tensor) -> Tensor {
        guard !frames.isInvalid, frames.rank == 3 else { return frames }
        return frames.reshape([frames.shape[0].saturatingMultiplied(by: frames.shape[1]), frames.shape[2]])
    }

    /// [batch · steps] → [batch, steps].
    private func perStep(_ values: Tensor, _ batch: Batch) -> Tensor {
        values.isInvalid ? values : values.reshape([batch.count, steps])
    }

    /// The machine of each step of frames [batch, steps, features]: their rows are those of all sequences, one after the
    /// other.
    func machines(_ frames: Tensor, _ pass: inout Pass) -> StepMachines {
        machines(ofBiases: frames.isInvalid ? frames : rows(network(frames.framesBefore(), &pass)))
    }

    /// - `biases`: [rows, features + hidden].
    private func machines(ofBiases biases: Tensor) -> StepMachines {
        StepMachines(
            weight: weight.tensor,
            visibleBias: biases.isInvalid ? biases : biases.slice(from: 0, count: features, axis: 1),
            hiddenBias: biases.isInvalid ? biases : biases.slice(from: features, count: hidden, axis: 1))
    }

    // MARK: Sampling

    /// Frame by frame, each by Gibbs steps from the frame before.
    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        .stepwise(count, steps: steps, network: network, shown: features) { biases, last in
            let next = machines(ofBiases: biases).sample(from: last, gibbsSteps: samplingSteps, key)
            return (next, next)
        }
    }
}

/// Restricted Boltzmann machines of binary units that share their weight, each row with biases of its own.
struct StepMachines {
    /// [hidden, features].
    let weight: Tensor
    /// [rows, features].
    let visibleBias: Tensor
    /// [rows, hidden].
    let hiddenBias: Tensor

    func hiddenInput(_ v: Tensor) -> Tensor { v.dotTransposed(weight) + hiddenBias }
    func visibleInput(_ h: Tensor) -> Tensor { h.dot(weight) + visibleBias }
    func drawHidden(_ v: Tensor, _ key: RandomKey) -> Tensor { key.bernoulli(hiddenInput(v).sigmoid()) }

    /// `F(v) = −b·v − Σ log(1 + exp(c + W v))`: [rows, features] → [rows].
    func freeEnergy(_ v: Tensor) -> Tensor { -(v * visibleBias).sum([1]) - hiddenInput(v).softplus().sum([1]) }

    /// The states that so many Gibbs steps lead to, constant to the gradient: [rows, features] → the same shape.
    func sample(from start: Tensor, gibbsSteps: Int, _ key: RandomKey) -> Tensor {
        (0..<gibbsSteps).reduce(start) { v, step in
            let key = key.named("gibbs").numbered(step)
            let h = drawHidden(v, key.named("hidden"))
            return key.named("visible").bernoulli(visibleInput(h).sigmoid())
        }
    }
}

// MARK: Settings

extension RecurrentBoltzmannMachine {
    private enum Cell: String, CaseIterable {
        case tanh, lstm, gru

        func layer(_ units: Int) -> any Layer {
            switch self {
            case .tanh: RNN(units)
            case .lstm: LSTM(units)
            case .gru: GRU(units)
            }
        }
    }

    /// `rnn-rbm` in the zoo: 150 hidden units, 100 recurrent ones of tanh, CD-15, Adam at 1e-3, batches of 16. `build`
    /// throws `data` for examples that are no frames [steps, bits].
    public static let description = ModelDescription(
        name: "rnn-rbm",
        summary: "an RBM for each step, its biases from an RNN of those before (Boulanger-Lewandowski et al. 2012)",
        hyperparameters: [
            Hyperparameter("hidden", .integer(150), in: 1...65536, "hidden units of each step's machine"),
            Hyperparameter("cell", Cell.tanh, "the recurrent units"),
            Hyperparameter("units", .integer(100), in: 1...16384, "recurrent units"),
            Hyperparameter("cd", .integer(15), in: 1...1000, "Gibbs steps of the negative phase"),
            Hyperparameter("sampling-steps", .integer(25), in: 1...1000, "Gibbs steps for each frame of a sample")
                .ofSampling(),
        ],
        batchSize: 16, optimizer: .adam(1e-3),
        build: { spec, settings in
            let shape = spec.shape
            guard shape.count == 2, !spec.hasTokens else {
                throw StrataError(
                    .data,
                    "rnn-rbm takes sequences of frames of bits [steps, bits]; these examples are \(Shape(shape))"
                        + (spec.hasTokens ? " tokens; take recurrent" : ""))
            }
            return RecurrentBoltzmannMachine(
                steps: shape[0], features: shape[1], hidden: settings.integer("hidden"),
                recurrent: settings.choice("cell", Cell.tanh).layer(settings.integer("units")),
                gibbsSteps: settings.integer("cd"), samplingSteps: settings.integer("sampling-steps"))
        })
}
