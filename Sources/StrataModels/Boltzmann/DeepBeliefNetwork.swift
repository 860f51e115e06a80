import StrataBackend
public import StrataGraph
import StrataNN

/// The deep belief net (Hinton, Osindero and Teh, "A fast learning algorithm for deep belief nets", 2006): a restricted
/// Boltzmann machine at the top, and below it layers that generate downwards, each unit given those above.
///
/// It is learned layer by layer, every one as a machine of its own. The up-down algorithm may then fine-tune all layers
/// together, for which recognition (up) and generation (down) have weights of their own.
public struct DeepBeliefNetwork: LayeredModel, DecodingModel, SamplingModel {
    let stack: LayerStack
    let machines: [RestrictedBoltzmannMachine]
    /// Down through the layers below the top machine, from above: weight [inputs, outputs].
    let generation: [Affine]
    let fineTuning: Int
    let gibbsSteps: Int

    /// - `hidden`: widths of at least one layer; the last two make up the top machine.
    /// - `epochs`: of each layer; `nil` for as many as the user asks.
    /// - `fineTuning`: epochs of the up-down algorithm.
    /// - `gibbsSteps`: of each machine's negative phase, and of the top one's in fine-tuning.
    public init(
        features: Int, hidden: [Int] = [500, 500, 2000], gibbsSteps: Int = 1, epochs: Int? = nil, fineTuning: Int = 0
    ) {
        let hidden = hidden.isEmpty ? [0] : hidden
        let widths = [features] + hidden
        let machines = zip(widths, hidden).enumerated().map { number, width in
            RestrictedBoltzmannMachine(
                features: width.0, hidden: width.1, learning: ContrastiveLearning(gibbsSteps: gibbsSteps),
                name: "dbn.\(number)")
        }
        self.machines = machines
        stack = LayerStack(machines, epochs: epochs, optimizers: nil)
        generation = machines.dropLast().enumerated().reversed().map { number, machine in
            Affine(
                weight: StateVariable(
                    "dbn.\(number).generation.weight", [machine.features, machine.codeSize], initializer: .zeros),
                bias: StateVariable("dbn.\(number).generation.bias", [machine.features], initializer: .zeros),
                activation: .sigmoid)
        }
        self.fineTuning = fineTuning
        self.gibbsSteps = unrolled(gibbsSteps)
    }

    var top: RestrictedBoltzmannMachine { machines[machines.count - 1] }
    /// The layers below the top machine, from the bottom up.
    var lower: ArraySlice<RestrictedBoltzmannMachine> { machines.dropLast() }
    public var codeSize: Int { top.codeSize }
    public var variables: [StateVariable] { stack.variables + generation.flatMap { [$0.weight, $0.bias] } }

    /// The mean states of the top units, given the layers below.
    public func encode(_ examples: Tensor) -> Tensor { machines.reduce(examples) { $1.encode($0) } }

    /// The mean states of each machine's hidden units, given those below.
    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        var states = examples
        return machines.map { machine in
            states = machine.encode(states)
            return (machine.encoder.name, states)
        }
    }

    public func decode(_ codes: Tensor) -> Tensor { generated(top.decode(codes)) }

    /// Down from the visible units of the top machine, by mean states.
    private func generated(_ states: Tensor) -> Tensor { generation.reduce(states) { $1($0) } }

    // MARK: Learning

    public var phases: [TrainingPhase] {
        let start = zip(generation, lower.reversed()).flatMap { layer, machine -> Updates in
            [(layer.weight, machine.weight.tensor.transpose()), (layer.bias, machine.visibleBias.tensor)]
        }
        let tuning = TrainingPhase(moving: tunedParameters, epochs: fineTuning, objective: upDown)
        return stack.phases(then: start) + (fineTuning > 0 ? [tuning] : [])
    }

    public var criterion: Criterion { .minimize("reconstruction_error") }
    public var domain: ValueDomain? { .bits(hint: "take an rbm with gaussian visible units") }

    /// Those that the up-down algorithm teaches, in the order in which it does.
    private var tunedParameters: [StateVariable] {
        let down = generation.reversed().flatMap { [$0.weight, $0.bias] }
        return down + top.parameters + lower.reversed().flatMap { [$0.weight, $0.hiddenBias] }
    }

    /// One step of contrastive wake-sleep. Awake, states are drawn upwards and the generative weights learn to tell each
    /// layer from the one above; the top machine runs its chain from there; asleep, states are drawn down from the
    /// chain's end and the recognition weights learn to tell what they came from.
    private func upDown(_ batch: Batch, _ context: StepContext) -> Objective {
        let key = context.key.named("up-down")
        let count = 1 / Float(batch.count)
        var gradients: [Tensor] = []
        /// The delta rule: what makes `layer` at `inputs` more like `target`.
        func teach(_ layer: Affine, _ inputs: Tensor, _ target: Tensor) {
            let error = (layer(inputs) - target) * count
            gradients += [error.dot(inputs, DotAxes(leftContract: [0], rightContract: [0])), error.sum([0])]
        }

        var awake = [batch.examples]
        for (number, machine) in lower.enumerated() {
            awake.append(key.named("up").numbered(number).bernoulli(machine.encode(awake[number])))
        }
        for (number, layer) in generation.reversed().enumerated() { teach(layer, awake[number + 1], awake[number]) }

        let positive = top.encode(awake[awake.count - 1])
        var (v, h) = (awake[awake.count - 1], positive)
        for step in 0..<gibbsSteps {
            let key = key.named("top").numbered(step)
            v = key.named("visible").bernoulli(top.decode(key.named("hidden").bernoulli(h)))
            h = top.encode(v)
        }
        let statistics = { (h: Tensor, v: Tensor) in h.dot(v, DotAxes(leftContract: [0], rightContract: [0])) }
        gradients += [
            (statistics(h, v) - statistics(positive, awake[awake.count - 1])) * count,
            (v.sum([0]) - awake[awake.count - 1].sum([0])) * count, (h.sum([0]) - positive.sum([0])) * count,
        ]

        var asleep = [v]
        for (number, layer) in generation.enumerated() {
            asleep.append(key.named("down").numbered(number).bernoulli(layer(asleep[number])))
        }
        for (number, machine) in lower.reversed().enumerated() {
            teach(machine.encoder, asleep[number + 1], asleep[number])
        }
        return Objective(gradients: gradients, metrics: evaluation(batch, key: key))
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        [Metric("reconstruction_error", Loss.squaredError(decode(encode(batch.examples)), batch.examples))]
    }

    // MARK: Sampling

    /// A thousand sweeps of the top machine's chain, and down from its visible units.
    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        var sampling = top.sampling(count, key: key)
        sampling.examples = generated(sampling.examples)
        return sampling
    }

    /// `dbn` in the zoo: 500, 500 and 2,000 hidden units, SGD at 0.05 with momentum 0.5, batches of 100. `build` throws
    /// `usage` where there is no hidden layer.
    public static let description = ModelDescription(
        name: "dbn", summary: "deep belief net, layer by layer, then up-down (Hinton, Osindero & Teh 2006)",
        hyperparameters: [
            Hyperparameter("hidden", .integers([500, 500, 2000]), in: 1...65536, "widths of the hidden layers"),
            Hyperparameter("cd", .integer(1), in: 1...1000, "Gibbs steps of the negative phases"),
            Hyperparameter("up-down", .integer(0), in: 0...1_000_000, "epochs of fine-tuning by wake and sleep"),
        ],
        batchSize: 100, optimizer: .sgd(0.05, momentum: 0.5, weightDecay: 2e-4),
        build: { spec, settings in
            guard !settings.integers("hidden").isEmpty else {
                throw StrataError(parameter: "hidden", "none", "a deep belief net has at least one hidden layer")
            }
            return DeepBeliefNetwork(
                features: spec.features, hidden: settings.integers("hidden"), gibbsSteps: settings.integer("cd"),
                fineTuning: settings.integer("up-down"))
        })
}
