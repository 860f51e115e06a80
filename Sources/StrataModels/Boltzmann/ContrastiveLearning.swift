import StrataGraph
import StrataNN

/// How a restricted Boltzmann machine learns: its step follows no gradient of a loss, but raises the statistics of the
/// data and lowers those of the model's own samples, the negative phase.
public struct ContrastiveLearning: Sendable, Hashable {
    /// The k of CD-k.
    public var gibbsSteps: Int
    /// Persistent chains of the negative phase (Tieleman 2008); 0 starts it at the data instead.
    public var chains: Int
    /// Of which each chain has a copy, from 1 down to 0: parallel tempering (Desjardins et al., "Tempered Markov chain
    /// Monte Carlo for training of restricted Boltzmann machines", 2010). 1 for none.
    public var temperatures: Int
    /// The mean state that a hidden unit is drawn to, from 0 to 1 (Hinton, "A practical guide to training restricted
    /// Boltzmann machines", 2010, section 11).
    public var activity: Float
    /// How strongly hidden units are drawn to `activity`, as a factor of the difference; 0 for not at all.
    public var sparsity: Float
    /// What the input of the hidden units counts for: 2 for a layer of a deep Boltzmann machine that will get as much
    /// again from the layer above.
    public var hiddenGain: Float
    /// What the input of the visible units counts for: 2 for a layer of a deep Boltzmann machine that will get as much
    /// again from the layer below.
    public var visibleGain: Float

    /// Contrastive divergence of one step where nothing is given. Steps and temperatures outside 1 ... 1,000 become the
    /// nearer bound; temperatures count only with persistent chains.
    public init(
        gibbsSteps: Int = 1, chains: Int = 0, temperatures: Int = 1, activity: Float = 0.1, sparsity: Float = 0,
        hiddenGain: Float = 1, visibleGain: Float = 1
    ) {
        self.gibbsSteps = unrolled(gibbsSteps)
        self.chains = chains
        self.temperatures = unrolled(temperatures)
        self.activity = activity
        self.sparsity = sparsity
        self.hiddenGain = hiddenGain
        self.visibleGain = visibleGain
    }

    /// The direction of one step from states of the visible units [batch, features], for the machine's parameters.
    func objective(_ machine: RestrictedBoltzmannMachine, _ v: Tensor, _ context: StepContext) -> Objective {
        let input = hiddenInput(machine, v)
        let h = machine.hiddenUnits.mean(input)
        var updates: Updates = []
        var metrics: [Metric] = []

        // The negative phase: from the data, or from where the chains were left.
        let sample: Tensor
        if chains > 0, temperatures > 1 {
            let tempering = ParallelTempering(machine, chains: chains, temperatures: temperatures)
            let (model, moved) = tempering.sweeps(gibbsSteps, context.key)
            sample = model
            updates += moved
        } else if chains > 0 {
            let chain = StateVariable(
                "\(machine.name).chain", [chains, machine.features], initializer: .uniform(low: 0, high: 1))
            let last = gibbs(machine, from: hiddenInput(machine, chain.tensor), context.key)
            sample = machine.visibleUnits.sample(last, context.key.named("chain"))
            updates.append((chain, sample))
        } else {
            // Of the last state, the mean teaches with less noise than a sample (Hinton 2010, section 3).
            sample = machine.visibleUnits.mean(gibbs(machine, from: input, context.key))
            // The first step of the chain is the reconstruction; persistent chains come by none.
            let drawn = machine.hiddenUnits.sample(input, context.key.named("gibbs").numbered(0).named("hidden"))
            let reconstruction = machine.visibleUnits.mean(visibleInput(machine, drawn))
            metrics.append(Metric("reconstruction_error", Loss.squaredError(reconstruction, v)))
        }
        metrics.append(Metric("free_energy", machine.freeEnergy(ofVisible: v)))
        let negative = machine.hiddenUnits.mean(hiddenInput(machine, sample))

        // The statistics' difference is minus the direction of ascent, which stands for a gradient. It is one product, of
        // both phases one below the other.
        let (n, m) = (1 / Float(v.shape.first ?? 1), 1 / Float(sample.shape.first ?? 1))
        let hiddens = Tensor.concatenate([negative * m, h * -n])
        var gradients = [
            hiddens.dot(.concatenate([sample, v]), DotAxes(leftContract: [0], rightContract: [0])),
            sample.sum([0]) * m - v.sum([0]) * n,
            hiddens.sum([0]),
        ]
        if sparsity > 0 {
            let excess = (h.mean([0]) - activity) * sparsity
            gradients[0] = gradients[0] + excess.reshape([machine.codeSize, 1]) * v.mean([0], keepingAxes: true)
            gradients[2] = gradients[2] + excess
        }
        return Objective(gradients: gradients, metrics: metrics, updates: updates)
    }

    /// k alternating steps; returns the visible units' input in the last.
    private func gibbs(_ machine: RestrictedBoltzmannMachine, from hiddenInput: Tensor, _ key: RandomKey) -> Tensor {
        var input = hiddenInput
        var last = hiddenInput
        for step in 0..<max(gibbsSteps, 1) {
            let key = key.named("gibbs").numbered(step)
            last = visibleInput(machine, machine.hiddenUnits.sample(input, key.named("hidden")))
            if step + 1 < gibbsSteps {
                input = self.hiddenInput(machine, machine.visibleUnits.sample(last, key.named("visible")))
            }
        }
        return last
    }

    /// What a machine's hidden units get while it learns.
    func hiddenInput(_ machine: RestrictedBoltzmannMachine, _ v: Tensor) -> Tensor {
        guard hiddenGain != 1 else { return machine.hiddenInput(v) }
        return v.dotTransposed(machine.weight.tensor) * hiddenGain + machine.hiddenBias.tensor
    }

    private func visibleInput(_ machine: RestrictedBoltzmannMachine, _ h: Tensor) -> Tensor {
        guard visibleGain != 1 else { return machine.visibleInput(h) }
        return h.dot(machine.weight.tensor) * visibleGain + machine.visibleBias.tensor
    }
}
