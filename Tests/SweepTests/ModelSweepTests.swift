import Strata
import Testing

/// Models of sizes that cannot be, all the way to their graphs.
@Suite struct ModelSweepTests {
    /// Everything that can be asked of a model, for batches that fit and that do not.
    private func ask(_ model: any Model, _ name: String, _ sweep: inout Sweep) {
        let key = RandomKey(.input("key", [2], dtype: .int32))
        for x in Sweep.tensors where ![[3], [2, 3, 4, 4]].contains(x.shape) {
            for batch in [
                Batch(examples: x), Batch(examples: x, labels: x, targets: x, targetMeans: x), Batch(columns: [:]),
            ] {
                for phase in model.phases {
                    switch phase.step {
                    case .moves(let moves):
                        for move in moves {
                            sweep.call("\(name) move") {
                                let objective = move.objective(
                                    batch, StepContext(key: key, step: .constant(1), labelled: batch))
                                _ = objective.value(weights: batch.examples)
                                return try Graph(outputs: [("loss", objective.value(weights: nil) ?? .constant(0))])
                            }
                        }
                    case .statistics(let statistics):
                        sweep.call("\(name) statistics") {
                            let step = statistics(batch, StepContext(key: key, step: .constant(1)))
                            return try Graph(outputs: [], updates: step.updates.map { ($0.variable, $0.value) })
                        }
                    }
                }
                sweep.call("\(name) evaluation") {
                    try Graph(outputs: model.evaluation(batch, key: key).enumerated().map { ("\($0)", $1.mean) })
                }
            }
            if let model = model as? any EncodingModel { sweep.tensor("\(name) encode") { model.encode(x) } }
            if let model = model as? any DecodingModel { sweep.tensor("\(name) decode") { model.decode(x) } }
            if let model = model as? any TranslationModel {
                sweep.tensor("\(name) translate") { model.translate(x) }
                sweep.tensor("\(name) source") { model.source(Batch(examples: x)) }
                sweep.tensor("\(name) shown") { model.source.shown(x) }
            }
            if let model = model as? any LayeredModel { sweep.call("\(name) layers") { model.layers(x).map(\.name) } }
            if let model = model as? any EnergyModel {
                sweep.tensor("\(name) energy") { model.freeEnergy(x, key: key) }
                sweep.call("\(name) log Z") { try Graph(outputs: [("z", model.logPartition())]) }
            }
            if let model = model as? any ImportanceSampledModel {
                for n in Sweep.numbers {
                    sweep.tensor("\(name) weights \(n)") {
                        model.logWeights(Batch(examples: x, labels: x), draws: n, key: key)
                    }
                }
            }
            if let model = model as? any ClampedSamplingModel {
                sweep.tensor("\(name) holding") {
                    model.sampling(2, key: key, holding: Evidence(units: (x, x), labels: x)).examples
                }
            }
        }
        if let model = model as? any SamplingModel {
            for n in Sweep.numbers { sweep.tensor("\(name) sampling \(n)") { model.sampling(n, key: key).examples } }
        }
        for phase in model.phases {
            sweep.call("\(name) epoch end") {
                try phase.epochEnd(StepContext(key: key, step: .constant(1))).map { end in
                    try Graph(outputs: [], updates: end.updates.map { ($0.variable, $0.value) })
                }
            }
        }
    }

    @Test func sizes() throws {
        var sweep = Sweep()
        let pairs = try ClassAttributes(names: ["a", "b"], values: [1, 0, 0, 1, 1, 1], unseen: [2])
        for n in Sweep.numbers {
            for m in [3, n] {
                let head = SupervisedHead(outputs: n, loss: "") { outputs, _ in [Metric("", outputs)] }
                func network(_ m: Int, _ n: Int) -> TrainedNetwork {
                    TrainedNetwork(
                        VariationalAutoencoder(features: m, hidden: [n], latent: n), features: m, scope: "features")
                }
                let models: [() -> any Model] = [
                    { Autoencoder(features: m, hidden: [n], code: n) },
                    { Autoencoder(features: m, code: n, isTied: true) },
                    { VariationalAutoencoder(features: m, hidden: [n], latent: n) },
                    { VariationalAutoencoder(shape: [m, n], network: Architecture(.conv, channels: [n]), latent: 2) },
                    { VariationalAutoencoder(features: m, encoder: Dense(n), decoder: Dense(m), latent: n) },
                    { VariationalAutoencoder(features: n, encoder: Flatten(), decoder: Dense(3), latent: 2) },
                    {
                        VariationalAutoencoder(
                            features: m, hidden: [], latent: n, likelihood: GaussianDecoder(.predicted),
                            prior: VampPrior(features: m, components: n),
                            objective: VariationalObjective(draws: n, gradient: .doublyReparameterized))
                    },
                    {
                        VariationalAutoencoder(
                            features: m, hidden: [], latent: 2, likelihood: LogisticDecoder(levels: n),
                            prior: MixturePrior(latent: 2, components: n),
                            objective: VariationalObjective(beta: Float(n), warmup: n, freeBits: Float(n)))
                    },
                    { VariationalAutoencoder(features: m, hidden: [n], likelihood: CategoricalDecoder(levels: n)) },
                    {
                        VariationalAutoencoder(
                            features: m, hidden: [], latent: n,
                            objective: VariationalObjective(
                                regularizer: TotalCorrelationPenalty(weight: Float(n), examples: n)))
                    },
                    {
                        VariationalAutoencoder(
                            features: m, hidden: [], latent: n,
                            objective: VariationalObjective(
                                regularizer: DensityRatioPenalty(latent: n, weight: 1, hidden: [n])))
                    },
                    {
                        VariationalAutoencoder(
                            features: m, hidden: [], latent: n,
                            objective: VariationalObjective(
                                regularizer: MomentPenalty(.draws, weight: Float(n), diagonalWeight: 1)))
                    },
                    {
                        DebiasingAutoencoder(
                            shape: [m], classes: n, network: Architecture(hidden: [n]), latent: n, density: .kernel)
                    },
                    {
                        DebiasingAutoencoder(
                            shape: [m], classes: 2, network: Architecture(hidden: [3]), latent: n, density: .histogram,
                            smoothing: Float(n))
                    },
                    {
                        SemiSupervisedAutoencoder(
                            shape: [m], classes: n, architecture: Architecture(hidden: [2]), latent: n, labelled: n)
                    },
                    {
                        SemiSupervisedAutoencoder(
                            shape: [m, n], classes: 2, architecture: Architecture(.conv, channels: [n]), latent: 2)
                    },
                    {
                        SemiSupervisedAutoencoder(
                            shape: [m], classes: 2, architecture: Architecture(hidden: [2]), latent: 2,
                            likelihood: GaussianDecoder(.learned), network: network(m, n))
                    },
                    {
                        DeepFeatureAutoencoder(
                            shape: [m, n], architecture: Architecture(hidden: [2]), latent: n, network: network(m, n))
                    },
                    { LadderAutoencoder(shape: [m], network: Architecture(hidden: [2]), latent: [n, m], hidden: n) },
                    { LadderAutoencoder(shape: [m], network: Architecture(hidden: []), latent: []) },
                    { VariationalGAN(shape: [m, n], network: Architecture(.conv, channels: [2]), latent: n) },
                    { VariationalGAN(shape: [m], network: Architecture(hidden: [n]), latent: 2) },
                    {
                        VariationalAutoencoder(
                            shape: [m, n], network: Architecture(.lstm, units: [2]),
                            likelihood: GaussianDecoder(.predicted))
                    },
                    {
                        ConditionalVariationalAutoencoder(
                            shape: [m], classes: n, network: Architecture(hidden: [2]), latent: n)
                    },
                    {
                        ConditionalVariationalAutoencoder(
                            shape: [m, n], classes: n, network: Architecture(.conv, channels: [n]), latent: 2)
                    },
                    {
                        ConditionalVariationalAutoencoder(
                            shape: [m], classes: 2, network: Architecture(.gru, units: [n]), latent: 2,
                            prior: VampPrior(features: m, components: 2))
                    },
                    {
                        VectorQuantizedAutoencoder(
                            shape: [m], network: Architecture(hidden: [2]), latents: min(n, 4), width: n, codes: n,
                            units: n)
                    },
                    {
                        VectorQuantizedAutoencoder(
                            shape: [m], network: Architecture(hidden: [n]), latents: n, width: 2, codes: 3, units: 2)
                    },
                    { GenerativeAdversarialNetwork(features: m, noise: n, generator: [n], discriminator: [n]) },
                    {
                        GenerativeAdversarialNetwork(
                            features: m, noise: n, generator: Dense(3), discriminator: Dense(n))
                    },
                    {
                        GenerativeAdversarialNetwork(
                            shape: [m], noise: 2, generator: Architecture(), discriminator: Architecture(),
                            classes: n, game: AdversarialGame(.relativistic, criticSteps: min(n, 3)))
                    },
                    {
                        DomainAdaptedNetwork(
                            encoder: Network("encoder", input: [m], Dense(n)), classes: n,
                            alignment: AdversarialAlignment(code: [n], hidden: [n]))
                    },
                    {
                        DomainAdaptedNetwork(
                            encoder: Network("encoder", input: [m], Dense(n)), classes: 2, alignment: KernelAlignment())
                    },
                    {
                        SemiSupervisedClassifier(
                            encoder: Network("encoder", input: [m], Dense(n)), classes: n,
                            views: ExampleViews([.brightness(0.1)], shape: [m]), target: .teacher(decay: 0.9),
                            labelled: n)
                    },
                    { RotationPrediction(shape: [m, n], network: Architecture(hidden: [2])) },
                    { RotationPrediction(shape: [n, m, m], network: Architecture(.transformer)) },
                    { RestrictedBoltzmannMachine(features: m, hidden: n) },
                    {
                        RestrictedBoltzmannMachine(
                            features: 3, hidden: 2,
                            learning: ContrastiveLearning(gibbsSteps: min(n, 3), chains: n, temperatures: min(n, 3)))
                    },
                    {
                        RecurrentBoltzmannMachine(
                            steps: m, features: n, hidden: n, recurrent: RNN(n), gibbsSteps: min(n, 2),
                            samplingSteps: min(n, 3))
                    },
                    {
                        MusicVariationalAutoencoder(
                            bars: min(n, 3), bar: min(m, 3), vocabulary: n, latent: 2, units: n,
                            scheduled: ScheduledSampling(share: 0.5))
                    },
                    {
                        MusicVariationalAutoencoder(
                            bars: m, bar: 1, vocabulary: 3, latent: n, units: 2, layers: min(n, 2))
                    },
                    { RecurrentSequenceModel(steps: m, of: .token(n), recurrent: GRU(2)) },
                    { RecurrentSequenceModel(steps: n, of: .bits(m), recurrent: LSTM(2)) },
                    { DiscriminativeRestrictedBoltzmannMachine(features: m, hidden: n, classes: n) },
                    {
                        DeepBeliefNetwork(features: m, hidden: [n, 2], gibbsSteps: min(n, 3), epochs: n, fineTuning: n)
                    },
                    { DeepBeliefNetwork(features: m, hidden: []) },
                    {
                        DeepBoltzmannMachine(
                            features: m, hidden: [n, 2], meanFieldSteps: min(n, 3), gibbsSteps: min(n, 3), chains: n,
                            pretraining: (n, .adam()))
                    },
                    { DeepBoltzmannMachine(features: m, hidden: [], pretraining: (0, .adam())) },
                    {
                        MultiTaskNetwork(
                            shape: [m], network: Architecture(hidden: [n]),
                            tasks: [
                                LearningTask("a", .softmax(classes: n)), LearningTask("b", .regression(targets: n)),
                            ],
                            sharing: .crossStitch, balancing: .projection)
                    },
                    {
                        MultiTaskNetwork(
                            shape: [m, n], network: Architecture(.conv, channels: [2]),
                            tasks: [
                                LearningTask("a", .softmax(classes: 2)), LearningTask("b", .multiLabel(labels: n)),
                            ],
                            sharing: .soft(1), balancing: .gradientNorms(asymmetry: 1, rate: 0.1))
                    },
                    { MultiTaskNetwork(shape: [m], network: Architecture(hidden: []), tasks: []) },
                    { SupervisedNetwork(features: m, hidden: [n], head: head, dropout: Float(n)) },
                    { SupervisedNetwork(features: m, hidden: [], head: .softmax(classes: n)) },
                    { ESZSL(features: m, attributes: pairs, randomFeatures: n, gamma: Float(n), lambda: 0) },
                    {
                        SemanticEmbedding(
                            shape: [m], attributes: pairs, network: Architecture(hidden: [n]), classes: Dense(n))
                    },
                    {
                        SemanticEmbedding(
                            shape: [m, n], attributes: pairs, network: Architecture(.conv, channels: [2]))
                    },
                    { KMeans(features: m, clusters: n) },
                    { GaussianMixture(features: m, components: min(n, 8)) },
                    { FactorAnalysis(features: m, factors: n) },
                    { PrincipalComponents(features: m, components: n) },
                    { ProbabilisticPrincipalComponents(features: m, components: n) },
                    { IndependentComponents(features: m, components: n) },
                    { Isomap(features: m, landmarks: n, neighbours: min(n, 5), dimensions: n) },
                    { LocallyLinearEmbedding(features: m, landmarks: n, neighbours: min(n, 5), dimensions: n) },
                    {
                        NeighbourEmbedding(
                            features: m, landmarks: n, perplexity: Float(n), iterations: n, dimensions: n)
                    },
                ]
                let half = DataSpec(features: 16, shape: [4, 4])
                let translations: [() throws -> any Model] = [
                    {
                        Pix2Pix(
                            source: try PairSource(.edges, of: DataSpec(features: 9, shape: [m, n])),
                            generator: UNet(channels: [n]), discriminator: Convolution(n))
                    },
                    {
                        try SuperResolutionNetwork(
                            source: PairSource(.half, of: half), channels: n, blocks: min(n, 2))
                    },
                ]
                for (number, pair) in translations.enumerated() {
                    sweep.call("pairs \(number) \(m) \(n)") { try pair().variables.count }
                    if let model = try? pair() { ask(model, "\(type(of: model)) \(m) \(n)", &sweep) }
                }
                for (number, model) in models.enumerated() {
                    sweep.call("model \(number) \(m) \(n)") { model().variables.count }
                    let model = model()
                    if let layer = model as? any StackableLayer {
                        sweep.call("stack \(number) \(m) \(n)") {
                            let stack = LayerStack([layer, layer], epochs: n, optimizers: [.adam()])
                            _ = (stack.variables, stack.phases().count, layer.decoder.weight)
                            return stack.codes(of: .input("x", [2, max(min(m, 9), 0)]), below: 1)
                        }
                    }
                    ask(model, "\(type(of: model)) \(m) \(n)", &sweep)
                }
            }
        }
        #expect(sweep.surprises.isEmpty, "\(sweep.surprises)")
    }

    /// Classes that attributes describe, or not all of them.
    private func described(_ n: Int) -> DataSpec {
        var spec = DataSpec(features: n, classes: 3, examples: n)
        let values = [Float](repeating: 1, count: n == 3 ? 6 : 4)
        spec.attributes = try? ClassAttributes(names: ["a", "b"], values: values, unseen: n == 0 ? [] : [1])
        return spec
    }

    /// The zoo, for data of kinds that a model may not take.
    @Test func zoo() {
        var sweep = Sweep()
        for model in Zoo.builtIn.models {
            for n in Sweep.numbers {
                for spec in [
                    DataSpec(features: n),
                    DataSpec(features: 3, classes: min(n, 9), targets: min(n, 9), examples: n, shape: [n]),
                    DataSpec(columns: []), described(n),
                ] {
                    sweep.call("\(model.name) \(n)") {
                        try model.build(spec, Hyperparameters(model.hyperparameters, [:]))
                    }
                }
            }
            for text in Sweep.texts {
                for hyperparameter in model.hyperparameters {
                    sweep.call("\(model.name) \(hyperparameter.name) \(text)") {
                        try model.build(
                            DataSpec(features: 9), Hyperparameters(model.hyperparameters, [hyperparameter.name: text]))
                    }
                }
            }
        }
        for text in Sweep.texts { sweep.call("zoo \(text)") { try Zoo.builtIn[text] } }
        #expect(sweep.surprises.isEmpty, "\(sweep.surprises)")
    }

    @Test func parts() {
        var sweep = Sweep()
        for x in Sweep.tensors {
            let key = RandomKey(.input("key", [2], dtype: .int32))
            for real in Sweep.reals {
                for kind in Corruption.Kind.allCases {
                    sweep.tensor("corruption") { Corruption(kind, real)(x, key) }
                }
            }
            for n in Sweep.numbers { sweep.tensor("one hot \(n)") { Loss.oneHot(x, classes: n) } }
            sweep.tensor("metric") { Metric("m", x, minus: .constant(1, [2])).mean(weights: x) }
            sweep.tensor("derived") { Metric("m", from: x) { $0[0] }.mean(weights: x) }
        }
        #expect(sweep.surprises.isEmpty, "\(sweep.surprises)")
    }
}
