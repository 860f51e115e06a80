import StrataBackend
public import StrataGraph
import StrataNN

/// The restricted Boltzmann machine with binary units (Smolensky 1986), trained by contrastive divergence (Hinton,
/// "Training products of experts by minimizing contrastive divergence", 2002) or its persistent form (Tieleman 2008).
///
/// Energy `E(v, h) = −b·v − c·h − h W v` for visible v [features] and hidden h [hidden], W [hidden, features]. The
/// step follows no gradient of a loss: it raises the statistics of the data and lowers those of the model's own
/// samples, the negative phase.
public struct RestrictedBoltzmannMachine: EncodingModel, DecodingModel, SamplingModel, EnergyModel {
    let weight: StateVariable
    let visibleBias: StateVariable
    let hiddenBias: StateVariable
    let gibbsSteps: Int
    let chains: Int

    public let features: Int
    public let hidden: Int

    /// - Parameters:
    ///   - gibbsSteps: the k of CD-k.
    ///   - chains: persistent chains of the negative phase; 0 starts it at the data instead.
    public init(features: Int, hidden: Int = 500, gibbsSteps: Int = 1, chains: Int = 0) {
        self.features = features
        self.hidden = hidden
        self.gibbsSteps = gibbsSteps
        self.chains = chains
        weight = StateVariable("rbm.weight", [hidden, features], initializer: .normal(mean: 0, deviation: 0.01))
        visibleBias = StateVariable("rbm.visible_bias", [features], initializer: .zeros)
        hiddenBias = StateVariable("rbm.hidden_bias", [hidden], initializer: .zeros)
    }

    public var variables: [StateVariable] { [weight, visibleBias, hiddenBias] }
    public var codeSize: Int { hidden }
    public var hiddenUnits: Int { hidden }

    // MARK: Conditionals

    /// p(h = 1 | v): [batch, features] → [batch, hidden].
    public func encode(_ v: Tensor) -> Tensor { hiddenInput(v).sigmoid() }

    /// p(v = 1 | h): [batch, hidden] → [batch, features].
    public func decode(_ h: Tensor) -> Tensor { (h.dot(weight.tensor) + visibleBias.tensor).sigmoid() }

    func hiddenInput(_ v: Tensor) -> Tensor { v.dotTransposed(weight.tensor) + hiddenBias.tensor }

    /// `F(v) = −b·v − Σ log(1 + exp(c + W v))`, so that p(v) = exp(−F(v)) / Z.
    public func freeEnergy(_ v: Tensor) -> Tensor {
        -((v * visibleBias.tensor).sum([1]) + hiddenInput(v).softplus().sum([1]))
    }

    // MARK: Learning

    public func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep {
        let v = batch.examples
        let h = encode(v)
        var updates: Updates = []
        var metrics: [Metric] = []

        // The negative phase: from the data, or from where the chains were left.
        var sample: Tensor
        if chains > 0 {
            let chain = StateVariable("rbm.chain", [chains, features], initializer: .uniform(low: 0, high: 1))
            sample = gibbs(from: encode(chain.tensor), gibbsSteps, context.key)
            sample = context.key.named("chain").bernoulli(sample)
            updates.append((chain, sample))
        } else {
            sample = gibbs(from: h, gibbsSteps, context.key)
            // The first step of the chain is the reconstruction; persistent chains come by none.
            let reconstruction = decode(context.key.named("gibbs").numbered(0).named("hidden").bernoulli(h))
            metrics.append(Metric("reconstruction_error", Loss.squaredError(reconstruction, v)))
        }
        metrics.append(Metric("free_energy", freeEnergy(v)))
        let negative = encode(sample)

        // The statistics' difference is minus the direction of ascent, which an optimiser takes for a gradient. It is
        // one product, of both phases one below the other.
        let (n, m) = (1 / Float(batch.count), 1 / Float(sample.shape.first ?? 1))
        let hiddens = Tensor.concatenate([negative * m, h * -n])
        let slopes = [
            hiddens.dot(.concatenate([sample, v]), DotAxes(leftContract: [0], rightContract: [0])),
            sample.sum([0]) * m - v.sum([0]) * n,
            hiddens.sum([0]),
        ]
        updates += context.optimizer.updates(variables, gradients: slopes, step: context.step)
        return TrainingStep(updates: updates, metrics: metrics)
    }

    /// k alternating steps; returns p(v | h) of the last, which learns with less noise than a sample of it
    /// (Hinton, "A practical guide to training restricted Boltzmann machines", 2010, section 3).
    private func gibbs(from hidden: Tensor, _ steps: Int, _ key: RandomKey) -> Tensor {
        var h = hidden
        var v = hidden
        for step in 0..<max(steps, 1) {
            let key = key.named("gibbs").numbered(step)
            v = decode(key.named("hidden").bernoulli(h))
            if step + 1 < steps { h = encode(key.named("visible").bernoulli(v)) }
        }
        return v
    }

    // MARK: Evaluation

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let v = batch.examples
        let reconstruction = decode(key.named("hidden").bernoulli(encode(v)))
        return [
            Metric("reconstruction_error", Loss.squaredError(reconstruction, v)),
            Metric("free_energy", freeEnergy(v)),
        ]
    }

    /// By enumeration of all hidden states, with the visible units summed out: Z = Σₕ exp(c·h + Σᵢ log(1 + exp(b + hW)ᵢ)).
    public func logPartition() throws -> Tensor {
        guard hidden <= 25 else {
            throw StrataError(
                .usage, "exact log Z enumerates 2^hidden states; \(hidden) hidden units are more than 25")
        }
        // In pieces of 4,096 states, as the inputs of all visible units are held for each.
        let rows = 1 << min(hidden, 12)
        let bits = Tensor.iota([rows, hidden], axis: 1)
        let parts = (0..<(1 << hidden) / rows).map { part -> Tensor in
            let state = Tensor.iota([rows, hidden], axis: 0) + Float(part * rows)
            let halved = (state / Tensor.constant(2, bits.shape).power(bits).rounded()).floor()
            let h = halved - (halved * 0.5).floor() * 2
            let inputs = h.dot(weight.tensor) + visibleBias.tensor
            return ((h * hiddenBias.tensor).sum([1]) + inputs.softplus().sum([1])).logSumExp(axis: 0).reshape([1])
        }
        return Tensor.concatenate(parts).logSumExp(axis: 0)
    }

    // MARK: Sampling

    /// A Gibbs chain for each sample, started at random and run for a thousand sweeps.
    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        let chain = StateVariable("sampling.chain", [count, features], initializer: .uniform(low: 0, high: 1))
        let h = key.named("hidden").bernoulli(encode(chain.tensor))
        let v = decode(h)
        return Sampling(examples: v, updates: [(chain, key.named("visible").bernoulli(v))], steps: 1000)
    }

    public static let description = ModelDescription(
        name: "rbm", summary: "restricted Boltzmann machine, contrastive divergence (Hinton 2002; Tieleman 2008)",
        hyperparameters: [
            Hyperparameter("hidden", .integer(500), in: 1...65536, "hidden units"),
            Hyperparameter("cd", .integer(1), in: 1...1000, "Gibbs steps of the negative phase"),
            Hyperparameter("chains", .integer(0), in: 0...65536, "persistent chains; 0 starts at the data"),
            Hyperparameter("momentum", .real(0.5), in: 0...0.9999, "momentum"),
            Hyperparameter("weight-decay", .real(2e-4), in: 0...1, "weight decay"),
        ],
        batchSize: 100, learningRate: 0.05,
        optimizer: { rate, settings in
            GradientDescent(
                learningRate: rate, momentum: Float(settings.real("momentum")),
                weightDecay: Float(settings.real("weight-decay")))
        },
        build: { domain, settings in
            RestrictedBoltzmannMachine(
                features: domain.features, hidden: settings.integer("hidden"), gibbsSteps: settings.integer("cd"),
                chains: settings.integer("chains"))
        })
}
