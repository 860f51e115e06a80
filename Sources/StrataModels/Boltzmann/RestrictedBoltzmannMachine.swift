import StrataBackend
public import StrataGraph
import StrataNN

/// The restricted Boltzmann machine (Smolensky 1986), trained by contrastive divergence (Hinton, "Training products of
/// experts by minimizing contrastive divergence", 2002) or its persistent form (Tieleman 2008).
///
/// Energy `E(v, h) = −b·v − c·h − h W v` for binary visible v [features] and hidden h [hidden], W [hidden, features].
/// Gaussian visible units have `½‖v − b‖²` in place of `−b·v`, and see the examples brought to mean 0 and standard deviation 1,
/// which a first pass measures.
public struct RestrictedBoltzmannMachine: EncodingModel, DecodingModel, ClampedSamplingModel {
    /// What the units that see the examples are, bernoulli or gaussian.
    public let visibleUnits: UnitKind
    /// What the units that make up the code are.
    public let hiddenUnits: UnitKind
    /// How it learns: the chains of its negative phase, and its sparsity.
    public let learning: ContrastiveLearning
    let weight: StateVariable
    let visibleBias: StateVariable
    let hiddenBias: StateVariable
    let standardization: Standardization?
    let name: String

    /// - `visibleUnits`: bernoulli or gaussian.
    /// - `name`: the prefix of the variables' names.
    public init(
        features: Int, hidden: Int = 500, visibleUnits: UnitKind = .bernoulli, hiddenUnits: UnitKind = .bernoulli,
        learning: ContrastiveLearning = ContrastiveLearning(), name: String = "rbm"
    ) {
        self.visibleUnits = visibleUnits
        self.hiddenUnits = hiddenUnits
        self.learning = learning
        self.name = name
        weight = StateVariable(
            "\(name).weight", [hidden, features], initializer: .normal(mean: 0, standardDeviation: 0.01))
        visibleBias = StateVariable("\(name).visible_bias", [features], initializer: .zeros)
        hiddenBias = StateVariable("\(name).hidden_bias", [hidden], initializer: .zeros)
        standardization = visibleUnits == .gaussian ? Standardization(name, features: features) : nil
    }

    /// Visible units, as many as an example has numbers.
    public var features: Int { weight.type.shape[1] }
    public var codeSize: Int { weight.type.shape[0] }
    var parameters: [StateVariable] { [weight, visibleBias, hiddenBias] }
    public var variables: [StateVariable] { parameters + (standardization?.variables ?? []) }

    // MARK: Conditionals

    /// E[h | v]: [batch, features] → [batch, hidden].
    public func encode(_ examples: Tensor) -> Tensor { hiddenUnits.mean(hiddenInput(visible(examples))) }

    /// E[v | h] as examples: [batch, hidden] → [batch, features].
    public func decode(_ codes: Tensor) -> Tensor { examples(visibleUnits.mean(visibleInput(codes))) }

    func hiddenInput(_ v: Tensor) -> Tensor { v.dotTransposed(weight.tensor) + hiddenBias.tensor }
    func visibleInput(_ h: Tensor) -> Tensor { h.dot(weight.tensor) + visibleBias.tensor }

    /// The states of the visible units that examples are, and back.
    func visible(_ examples: Tensor) -> Tensor { standardization?.standardized(examples) ?? examples }
    func examples(_ visible: Tensor) -> Tensor { standardization?.examples(visible) ?? visible }

    // MARK: Training

    public var phases: [TrainingPhase] {
        (standardization.map { [$0.phase] } ?? []) + [
            TrainingPhase(moving: parameters) { batch, context in
                learning.objective(self, visible(batch.examples), context)
            }
        ]
    }

    /// Free energies cannot be compared from one machine to another, whose partition functions differ.
    public var criterion: Criterion { .minimize("reconstruction_error") }
    public var domain: ValueDomain? { visibleUnits == .bernoulli ? .bits(hint: "take gaussian visible units") : nil }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let h = hiddenUnits.sample(hiddenInput(visible(batch.examples)), key.named("hidden"))
        return [
            Metric("reconstruction_error", Loss.squaredError(decode(h), batch.examples)),
            Metric("free_energy", freeEnergy(batch.examples)),
        ]
    }

    // MARK: Sampling

    /// A Gibbs chain for each sample, started at random and run for a thousand sweeps.
    public func sampling(_ count: Int, key: RandomKey, holding evidence: Evidence) -> Sampling {
        var evidence = evidence
        evidence.units = evidence.units.map { (visible($0.values), $0.mask) }
        let chain = StateVariable("sampling.chain", [count, features], initializer: .uniform(low: 0, high: 1))
        let h = hiddenUnits.sample(hiddenInput(evidence.held(chain.tensor)), key.named("hidden"))
        let input = visibleInput(h)
        return Sampling(
            examples: examples(evidence.held(visibleUnits.mean(input))),
            updates: [(chain, evidence.held(visibleUnits.sample(input, key.named("visible"))))], steps: 1000)
    }
}

extension RestrictedBoltzmannMachine {
    /// `rbm` in the zoo: 500 binary hidden units, CD-1, SGD at 0.05 with momentum 0.5, batches of 100. `build` throws
    /// `usage` where tempering is asked for without persistent chains or of units that are not binary.
    public static let description = ModelDescription(
        name: "rbm", summary: "restricted Boltzmann machine, contrastive divergence (Hinton 2002; Tieleman 2008)",
        hyperparameters: [
            Hyperparameter("hidden", .integer(500), in: 1...65536, "hidden units"),
            Hyperparameter("visible-units", VisibleUnits.bernoulli, "what the visible units are"),
            Hyperparameter("hidden-units", UnitKind.bernoulli, "what the hidden units are"),
            Hyperparameter("cd", .integer(1), in: 1...1000, "Gibbs steps of the negative phase"),
            Hyperparameter("chains", .integer(0), in: 0...65536, "persistent chains; 0 starts at the data"),
            Hyperparameter("temperatures", .integer(1), in: 1...1000, "temperatures of parallel tempering; 1 has none")
                .only(when: "chains", isNot: "0"),
            Hyperparameter("activity", .real(0.1), in: 0...1, "how often a hidden unit should be on")
                .only(when: "sparsity", isNot: "0"),
            Hyperparameter("sparsity", .real(0), in: 0...1e6, "the weight of keeping to that activity"),
        ],
        batchSize: 100, optimizer: .sgd(0.05, momentum: 0.5, weightDecay: 2e-4),
        build: { spec, settings in
            let visible = settings.choice("visible-units", VisibleUnits.bernoulli)
            let learning = ContrastiveLearning(
                gibbsSteps: settings.integer("cd"), chains: settings.integer("chains"),
                temperatures: settings.integer("temperatures"), activity: Float(settings.real("activity")),
                sparsity: Float(settings.real("sparsity")))
            let machine = RestrictedBoltzmannMachine(
                features: spec.features, hidden: settings.integer("hidden"), visibleUnits: visible.kind,
                hiddenUnits: settings.choice("hidden-units", UnitKind.bernoulli), learning: learning)
            if learning.temperatures > 1 {
                guard learning.chains > 0 else {
                    throw StrataError(
                        parameter: "temperatures", learning.temperatures, "tempering needs persistent chains")
                }
                guard machine.isBinary else {
                    throw StrataError(
                        parameter: "temperatures", learning.temperatures, "only binary units can be tempered")
                }
            }
            return machine
        })

    private enum VisibleUnits: String, CaseIterable {
        case bernoulli, gaussian
        var kind: UnitKind { self == .bernoulli ? .bernoulli : .gaussian }
    }
}
