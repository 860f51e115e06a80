import StrataBackend
import StrataData
public import StrataGraph
public import StrataNN

/// The deep Boltzmann machine (Salakhutdinov and Hinton, "Deep Boltzmann machines", 2009): layers of binary units, each
/// connected to the next in both directions.
///
/// Its layers begin as restricted machines that are learned one by one with doubled inputs, in place of those from the
/// layer that is not there yet. All of them are then learned together: the positive phase by mean field, the negative
/// one by persistent chains.
public struct DeepBoltzmannMachine: LayeredModel, DecodingModel, ClampedSamplingModel {
    let stack: LayerStack
    /// Layer l connects units l, the inputs, with units l + 1.
    let layers: [RestrictedBoltzmannMachine]
    let meanFieldSteps: Int
    let gibbsSteps: Int
    let chains: Int

    /// - `hidden`: widths of at least two layers.
    /// - `pretraining`: epochs of each layer; their optimizer.
    /// - `meanFieldSteps`: updates of all units in the positive phase.
    public init(
        features: Int, hidden: [Int] = [500, 1000], meanFieldSteps: Int = 10, gibbsSteps: Int = 5, chains: Int = 100,
        pretraining: (epochs: Int, optimizer: Optimizer)
    ) {
        let hidden = hidden.isEmpty ? [0] : hidden
        let widths = [features] + hidden
        layers = zip(widths, hidden).enumerated().map { number, width in
            RestrictedBoltzmannMachine(
                features: width.0, hidden: width.1,
                learning: ContrastiveLearning(
                    hiddenGain: number < hidden.count - 1 ? 2 : 1, visibleGain: number > 0 ? 2 : 1),
                name: "dbm.\(number)")
        }
        stack = LayerStack(
            layers, epochs: pretraining.epochs, optimizers: layers.map { _ in pretraining.optimizer })
        self.meanFieldSteps = unrolled(meanFieldSteps)
        self.gibbsSteps = unrolled(gibbsSteps)
        self.chains = chains
    }

    public var codeSize: Int { layers[layers.count - 1].codeSize }
    var features: Int { layers[0].features }
    public var variables: [StateVariable] { layers.map(\.weight) + biases }

    /// The biases of units 0, the visible ones, 1, 2, …
    var biases: [StateVariable] { [layers[0].visibleBias] + layers.map(\.hiddenBias) }

    // MARK: Units

    /// The total input of units `number` from their neighbours' states.
    func input(_ number: Int, _ states: [Tensor]) -> Tensor {
        var input = biases[number].tensor.broadcast(to: [states[0].extent(0), biases[number].type.shape[0]], axes: [1])
        if number > 0 { input = input + states[number - 1].dotTransposed(layers[number - 1].weight.tensor) }
        if number < layers.count { input = input + states[number + 1].dot(layers[number].weight.tensor) }
        return input
    }

    /// The mean-field states of all units given the visible ones, which are not changed: begun by a pass upwards with
    /// doubled inputs, then odd and even layers in turn.
    ///
    /// - `updates`: as many as in learning, where not said.
    func meanField(_ v: Tensor, updates: Int? = nil) -> [Tensor] {
        var states = [v]
        for (number, layer) in layers.enumerated() {
            let gain: Float = number < layers.count - 1 ? 2 : 1
            states.append(
                (states[number].dotTransposed(layer.weight.tensor) * gain + layer.hiddenBias.tensor).sigmoid())
        }
        for _ in 0..<(updates ?? meanFieldSteps) {
            for parity in [1, 0] {
                for number in 1...layers.count where number % 2 == parity {
                    states[number] = input(number, states).sigmoid()
                }
            }
        }
        return states
    }

    /// The states of all units after a Gibbs step: odd layers given even ones, then the other way round.
    func gibbs(_ states: [Tensor], _ key: RandomKey) -> [Tensor] {
        var states = states
        for parity in [1, 0] {
            for number in states.indices where number % 2 == parity {
                states[number] = key.numbered(number).bernoulli(input(number, states).sigmoid())
            }
        }
        return states
    }

    public func encode(_ examples: Tensor) -> Tensor { meanField(examples)[layers.count] }

    /// The mean-field states of each layer of hidden units, given the examples.
    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        zip(layers, meanField(examples).dropFirst()).map { ($0.encoder.name, $1) }
    }

    /// The mean states of the visible units, with those of the top ones held.
    public func decode(_ codes: Tensor) -> Tensor {
        var states = [codes]
        for (number, layer) in layers.enumerated().reversed() {
            let gain: Float = number > 0 ? 2 : 1
            let bias = biases[number].tensor
            states.insert((states[0].dot(layer.weight.tensor) * gain + bias).sigmoid(), at: 0)
        }
        for _ in 0..<meanFieldSteps {
            for parity in [1, 0] {
                for number in 0..<layers.count where number % 2 == parity {
                    states[number] = input(number, states).sigmoid()
                }
            }
        }
        return states[0]
    }

    // MARK: Learning

    public var phases: [TrainingPhase] {
        // Units between two machines were learned by both.
        let joined = zip(layers, layers.dropFirst()).map { below, above in
            (below.hiddenBias, (below.hiddenBias.tensor + above.visibleBias.tensor) * 0.5)
        }
        return stack.phases(then: joined) + [TrainingPhase(moving: layers.map(\.weight) + biases, objective: objective)]
    }

    public var criterion: Criterion { .minimize("reconstruction_error") }
    public var domain: ValueDomain? { .bits(hint: "take an rbm with gaussian visible units") }

    private func objective(_ batch: Batch, _ context: StepContext) -> Objective {
        let positive = meanField(batch.examples)
        let chain = biases.enumerated().map { number, bias in
            StateVariable("dbm.chain.\(number)", [chains, bias.type.shape[0]], initializer: .uniform(low: 0, high: 1))
        }
        var negative = chain.map(\.tensor)
        for step in 0..<gibbsSteps { negative = gibbs(negative, context.key.named("gibbs").numbered(step)) }

        let (n, m) = (1 / Float(batch.count), 1 / Float(chains))
        var gradients = layers.indices.map { number in
            Tensor.concatenate([negative[number + 1] * m, positive[number + 1] * -n]).dot(
                .concatenate([negative[number], positive[number]]), DotAxes(leftContract: [0], rightContract: [0]))
        }
        gradients += zip(negative, positive).map { $0.sum([0]) * m - $1.sum([0]) * n }
        return Objective(
            gradients: gradients, metrics: metrics(positive), updates: zip(chain, negative).map { ($0, $1) })
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { metrics(meanField(batch.examples)) }

    private func metrics(_ states: [Tensor]) -> [Metric] {
        [
            Metric("reconstruction_error", Loss.squaredError(input(0, states).sigmoid(), states[0])),
            Metric("free_energy", freeEnergy(states)),
        ]
    }

    // MARK: Sampling

    /// A chain for each sample, started at random and run for a thousand Gibbs steps.
    public func sampling(_ count: Int, key: RandomKey, holding evidence: Evidence) -> Sampling {
        let chain = biases.enumerated().map { number, bias in
            StateVariable(
                "sampling.chain.\(number)", [count, bias.type.shape[0]], initializer: .uniform(low: 0, high: 1))
        }
        var states = chain.map(\.tensor)
        states[0] = evidence.held(states[0])
        states = gibbs(states, key.named("gibbs"))
        states[0] = evidence.held(states[0])
        return Sampling(
            examples: evidence.held(input(0, states).sigmoid()), updates: zip(chain, states).map { ($0, $1) },
            steps: 1000)
    }
}

extension DeepBoltzmannMachine: AnnealedModel {
    public var hiddenStates: Int? { nil }
    public var isBinary: Bool { true }
    public var isBound: Bool { true }

    /// What the mean-field distribution makes of it, which is never less than the true one.
    public func freeEnergy(_ examples: Tensor, key: RandomKey) -> Tensor { freeEnergy(meanField(examples)) }

    /// E_q[E(v, h)] − H(q) for mean states of all units.
    private func freeEnergy(_ states: [Tensor]) -> Tensor {
        let linear = zip(biases, states).map { ($1 * $0.tensor).sum([1]) }
        let pairs = layers.indices.map {
            (states[$0].dotTransposed(layers[$0].weight.tensor) * states[$0 + 1]).sum([1])
        }
        let entropies = states.dropFirst().map { q in
            // x log x at 0 is 0.
            let (p, r) = (q.maximum(1e-30), (1 - q).maximum(1e-30))
            return -(q * p.logarithm() + (1 - q) * r.logarithm()).sum([1])
        }
        return -(linear + pairs + entropies).dropFirst().reduce(linear[0], +)
    }

    public func logPartition() throws -> Tensor {
        throw StrataError(.unsupported, "log Z of a deep Boltzmann machine is not enumerated; estimate it by annealing")
    }

    // MARK: Annealing, on the odd layers, with the visible and the other even ones summed out

    private var odd: [Int] { Array(stride(from: 1, through: layers.count, by: 2)) }
    private var even: [Int] { Array(stride(from: 0, through: layers.count, by: 2)) }
    private func width(_ number: Int) -> Int { biases[number].type.shape[0] }

    public var summedUnits: Int { even.reduce(0) { $0.saturatingAdding(width($1)) } }
    public var stateBias: Tensor { Tensor.concatenate(odd.map { biases[$0].tensor }) }

    public func states(of examples: Tensor) -> Tensor {
        let states = meanField(examples)
        return Tensor.concatenate(odd.map { states[$0] }, axis: 1)
    }

    public func summedInput(_ states: Tensor) -> Tensor {
        let all = spread(states, over: odd)
        return Tensor.concatenate(even.map { input($0, all) }, axis: 1)
    }

    public func stateField(_ units: Tensor) -> Tensor {
        let all = spread(units, over: even)
        return Tensor.concatenate(odd.map { input($0, all) - biases[$0].tensor }, axis: 1)
    }

    /// The parts of joined states, each at its number; elsewhere zeros that nobody looks at.
    private func spread(_ joined: Tensor, over numbers: [Int]) -> [Tensor] {
        var all = biases.indices.map { Tensor.constant(0, [joined.extent(0), width($0)]) }
        var start = 0
        for number in numbers {
            all[number] = joined.slice(from: start, count: width(number), axis: 1)
            start = start.saturatingAdding(width(number))
        }
        return all
    }
}

extension DeepBoltzmannMachine {
    /// `dbm` in the zoo: 500 and 1,000 hidden units, 5 epochs of each layer by itself, then all at a rate of 0.005 with
    /// momentum 0.5, batches of 100. `build` throws `usage` where there are fewer than two hidden layers.
    public static let description = ModelDescription(
        name: "dbm",
        summary: "deep Boltzmann machine, layer by layer, then mean field and chains (Salakhutdinov & Hinton 2009)",
        hyperparameters: [
            Hyperparameter("hidden", .integers([500, 1000]), in: 1...65536, "widths of the hidden layers"),
            Hyperparameter("mean-field", .integer(10), in: 1...1000, "mean-field updates of the positive phase"),
            Hyperparameter("cd", .integer(5), in: 1...1000, "Gibbs steps of the negative phase"),
            Hyperparameter("chains", .integer(100), in: 1...65536, "persistent chains"),
            Hyperparameter("pretraining-epochs", .integer(5), in: 0...1_000_000, "epochs of each layer on its own"),
            Hyperparameter("pretraining-rate", .real(0.05), in: 1e-9...10, "learning rate of the layers on their own"),
        ],
        batchSize: 100, optimizer: .sgd(0.005, momentum: 0.5, weightDecay: 2e-4),
        build: { try DeepBoltzmannMachine($0, $1) })

    /// That of a user's settings.
    init(_ spec: DataSpec, _ settings: Hyperparameters) throws {
        let hidden = settings.integers("hidden")
        guard hidden.count > 1 else {
            let typed = Hyperparameter.Value.integers(hidden)
            throw StrataError(parameter: "hidden", typed, "a deep Boltzmann machine has two hidden layers at least")
        }
        self.init(
            features: spec.features, hidden: hidden, meanFieldSteps: settings.integer("mean-field"),
            gibbsSteps: settings.integer("cd"), chains: settings.integer("chains"),
            pretraining: (
                settings.integer("pretraining-epochs"),
                .boltzmannLayer(learningRate: Float(settings.real("pretraining-rate")))
            ))
    }
}
