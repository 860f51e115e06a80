import StrataBackend
public import StrataGraph
import StrataNN

/// The discriminative restricted Boltzmann machine (Larochelle and Bengio, "Classification using discriminative
/// restricted Boltzmann machines", 2008): the label is a group of visible units of which one is on, and learning asks
/// first of all for p(y | x).
///
/// Energy `E(x, y, h) = −b·x − d_y − c·h − h W x − h U_y` for binary x [features] and h [hidden], W [hidden, features],
/// U [hidden, classes] and a class y. With the hidden units summed out, p(y | x) is exact, a softmax over −F(x, y), and
/// learned by its gradient. Contrastive divergence on the pairs (x, y), at some weight beside it, teaches the machine
/// what examples look like.
///
/// The code of an example is E[h | x], with the label summed out: an example to be encoded has none.
public struct DiscriminativeRestrictedBoltzmannMachine: EncodingModel, DecodingModel {
    let weight: StateVariable
    let labelWeight: StateVariable
    let visibleBias: StateVariable
    let labelBias: StateVariable
    let hiddenBias: StateVariable
    let generative: Float
    let gibbsSteps: Int
    let chains: Int

    /// - `generative`: the weight of −log p(x, y) beside −log p(y | x) in the loss; 0 learns p(y | x) alone.
    /// - `gibbsSteps`: the k of CD-k.
    /// - `chains`: persistent chains of the negative phase (Tieleman 2008); 0 starts it at the data instead.
    public init(
        features: Int, hidden: Int = 500, classes: Int, generative: Float = 0.01, gibbsSteps: Int = 1, chains: Int = 0
    ) {
        // Hidden units that are too much alike at the start take long to part under the discriminative gradient.
        func spread(_ inputs: Int) -> Initializer { .linear(fanIn: max(inputs, hidden)) }
        weight = StateVariable("drbm.weight", [hidden, features], initializer: spread(features))
        labelWeight = StateVariable("drbm.label_weight", [hidden, classes], initializer: spread(classes))
        visibleBias = StateVariable("drbm.visible_bias", [features], initializer: .zeros)
        labelBias = StateVariable("drbm.label_bias", [classes], initializer: .zeros)
        hiddenBias = StateVariable("drbm.hidden_bias", [hidden], initializer: .zeros)
        self.generative = generative
        self.gibbsSteps = unrolled(gibbsSteps)
        self.chains = chains
    }

    var features: Int { weight.type.shape[1] }
    public var labelClasses: Int { labelWeight.type.shape[1] }
    public var codeSize: Int { weight.type.shape[0] }
    /// Those that p(y | x) depends on.
    private var conditional: [StateVariable] { [weight, labelWeight, hiddenBias, labelBias] }
    public var variables: [StateVariable] { conditional + [visibleBias] }

    // MARK: Conditionals

    /// What the hidden units get under each class: [batch, features] → [batch, classes, hidden].
    private func hiddenInputs(_ x: Tensor) -> Tensor {
        let own = x.dotTransposed(weight.tensor) + hiddenBias.tensor
        return own.reshape([x.shape.first ?? 1, 1, codeSize]) + labelWeight.tensor.transpose()
    }

    /// −F(x, y) − b·x of each class y, the logits of p(y | x): [batch, features] → [batch, classes].
    func logits(_ x: Tensor) -> Tensor { hiddenInputs(x).softplus().sum([2]) + labelBias.tensor }

    public func encode(_ examples: Tensor) -> Tensor {
        let p = logits(examples).softmax(axis: 1)
        return (hiddenInputs(examples).sigmoid() * p.reshape(Shape(p.shape.extents + [1]))).sum([1])
    }

    public func decode(_ codes: Tensor) -> Tensor { visibleInput(codes).sigmoid() }

    /// What the hidden units get from states x [batch, features] and y [batch, classes].
    func hiddenInput(_ x: Tensor, _ y: Tensor) -> Tensor {
        x.dotTransposed(weight.tensor) + y.dotTransposed(labelWeight.tensor) + hiddenBias.tensor
    }

    func visibleInput(_ h: Tensor) -> Tensor { h.dot(weight.tensor) + visibleBias.tensor }
    func labelInput(_ h: Tensor) -> Tensor { h.dot(labelWeight.tensor) + labelBias.tensor }

    // MARK: Learning

    public var phases: [TrainingPhase] {
        [TrainingPhase(moving: generative > 0 ? variables : conditional, needsLabels: true, objective: objective)]
    }

    public var criterion: Criterion { .minimize("cross_entropy") }
    public var domain: ValueDomain? { .bits(hint: "take an rbm with gaussian visible units") }

    func objective(_ batch: Batch, _ context: StepContext) -> Objective {
        let head = SupervisedHead.softmax(classes: labelClasses)
        let discriminative = head.objective(logits(batch.examples), batch)
        guard generative > 0, let labels = batch.labels, let loss = discriminative.value(weights: nil) else {
            return discriminative
        }
        let (joint, moved) = contrast(batch.examples, Loss.oneHot(labels, classes: labelClasses), context.key)
        let gradients = gradient(of: loss, withRespectTo: conditional.map(\.tensor))
        return Objective(
            gradients: zip(gradients, joint).map { $0 + $1 * generative } + [joint[4] * generative],
            metrics: discriminative.metrics, updates: moved)
    }

    /// The model's statistics less the data's, in the order of `variables`: what a gradient of −log p(x, y) would be if
    /// the chains had come to rest. And what becomes of chains that are kept.
    private func contrast(_ x: Tensor, _ y: Tensor, _ key: RandomKey) -> (gradients: [Tensor], moved: Updates) {
        let positive = hiddenInput(x, y).sigmoid()
        let sample: (x: Tensor, y: Tensor)
        var moved: Updates = []
        if chains > 0 {
            let chain = chain("drbm.chain", "drbm.chain_label", chains)
            let h = gibbs(from: hiddenInput(chain.x.tensor, chain.y.tensor), key)
            sample = draw(h, key.named("chain"))
            moved = [(chain.x, sample.x), (chain.y, sample.y)]
        } else {
            // Of the last state, the mean teaches with less noise than a sample (Hinton 2010, section 3).
            let h = gibbs(from: hiddenInput(x, y), key)
            sample = (visibleInput(h).sigmoid(), labelInput(h).softmax(axis: 1))
        }
        let negative = hiddenInput(sample.x, sample.y).sigmoid()

        let (n, m) = (1 / Float(x.shape.first ?? 1), 1 / Float(sample.x.shape.first ?? 1))
        let hiddens = Tensor.concatenate([negative * m, positive * -n])
        func statistics(_ sample: Tensor, _ data: Tensor) -> Tensor {
            hiddens.dot(.concatenate([sample, data]), DotAxes(leftContract: [0], rightContract: [0]))
        }
        let gradients = [
            statistics(sample.x, x), statistics(sample.y, y), hiddens.sum([0]), sample.y.sum([0]) * m - y.sum([0]) * n,
            sample.x.sum([0]) * m - x.sum([0]) * n,
        ]
        return (gradients, moved)
    }

    /// The hidden units' states in the last of k alternating steps.
    private func gibbs(from input: Tensor, _ key: RandomKey) -> Tensor {
        var h = key.named("gibbs").numbered(0).named("hidden").bernoulli(input.sigmoid())
        for step in 1..<max(gibbsSteps, 1) {
            let key = key.named("gibbs").numbered(step)
            let visible = draw(h, key)
            h = key.named("hidden").bernoulli(hiddenInput(visible.x, visible.y).sigmoid())
        }
        return h
    }

    /// States of the visible units and of the label given the hidden units.
    private func draw(_ h: Tensor, _ key: RandomKey) -> (x: Tensor, y: Tensor) {
        (key.named("visible").bernoulli(visibleInput(h).sigmoid()), key.named("label").categorical(labelInput(h)))
    }

    private func chain(_ name: String, _ labelName: String, _ count: Int) -> (x: StateVariable, y: StateVariable) {
        (
            StateVariable(name, [count, features], initializer: .uniform(low: 0, high: 1)),
            StateVariable(labelName, [count, labelClasses], initializer: .constant(1 / Float(labelClasses)))
        )
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        SupervisedHead.softmax(classes: labelClasses).metrics(logits(batch.examples), batch)
    }
}

extension DiscriminativeRestrictedBoltzmannMachine: ClampedSamplingModel {
    /// A Gibbs chain on examples and labels for each sample, started at random and run for a thousand sweeps. A label
    /// that is held gives the examples of its class, an example the classes it may be of.
    public func sampling(_ count: Int, key: RandomKey, holding evidence: Evidence) -> Sampling {
        let chain = chain("sampling.chain", "sampling.label", count)
        let input = hiddenInput(evidence.held(chain.x.tensor), evidence.heldLabels(chain.y.tensor))
        let h = key.named("hidden").bernoulli(input.sigmoid())
        let next = draw(h, key)
        return Sampling(
            examples: evidence.held(visibleInput(h).sigmoid()),
            updates: [(chain.x, evidence.held(next.x)), (chain.y, evidence.heldLabels(next.y))], steps: 1000)
    }
}

extension DiscriminativeRestrictedBoltzmannMachine: EnergyModel {
    public var hiddenStates: Int? { codeSize }
    public var isBinary: Bool { true }

    /// `F(x) = −b·x − log Σ_y exp(d_y + Σ log(1 + exp(c + W x + U_y)))`: of the example, with its label summed out.
    public func freeEnergy(_ examples: Tensor, key: RandomKey) -> Tensor {
        -(examples * visibleBias.tensor).sum([1]) - logits(examples).logSumExp(axis: 1)
    }

    public func logPartition() throws -> Tensor {
        try HiddenStates.logSum(over: codeSize) { h in
            (h * hiddenBias.tensor).sum([1]) + visibleInput(h).softplus().sum([1]) + labelInput(h).logSumExp(axis: 1)
        }
    }
}

extension DiscriminativeRestrictedBoltzmannMachine {
    /// `discriminative-rbm` in the zoo: 500 hidden units, a generative weight of 0.01, SGD at 0.05 with momentum 0.5,
    /// batches of 100. `build` throws `data` where there are fewer than two classes of labels.
    public static let description = ModelDescription(
        name: "discriminative-rbm",
        summary: "restricted Boltzmann machine with a label, discriminative and hybrid (Larochelle & Bengio 2008)",
        hyperparameters: [
            Hyperparameter("hidden", .integer(500), in: 1...65536, "hidden units"),
            Hyperparameter("generative", .real(0.01), in: 0...1e6, "the weight of -log p(x, y) beside -log p(y | x)"),
            Hyperparameter("cd", .integer(1), in: 1...1000, "Gibbs steps of the negative phase"),
            Hyperparameter("chains", .integer(0), in: 0...65536, "persistent chains; 0 starts at the data"),
        ],
        batchSize: 100, optimizer: .sgd(0.05, momentum: 0.5),
        build: { spec, settings in
            DiscriminativeRestrictedBoltzmannMachine(
                features: spec.features, hidden: settings.integer("hidden"),
                classes: try spec.labelled("discriminative-rbm"), generative: Float(settings.real("generative")),
                gibbsSteps: settings.integer("cd"), chains: settings.integer("chains"))
        })
}
