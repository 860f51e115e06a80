import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataGraph
import StrataNN
import StrataSIMD
import StrataTraining
import Testing

@testable import StrataModels

/// Several tasks learned by one network.
@Suite struct MultiTaskTests {
    // MARK: Words

    private var spec: DataSpec {
        var spec = DataSpec(features: 36, classes: 3, targets: 2, shape: [6, 6])
        spec.columns.append(
            ColumnSpec(
                ColumnName.factor, dtype: .int32, shape: [2],
                meaning: .factors(names: ["hue", "1"], sizes: [4, 7])))
        spec.columns.append(ColumnSpec("age", dtype: .float32, meaning: .values))
        return spec
    }

    /// Columns, single targets and factors, each by its likeliest kind unless another is asked for.
    @Test func wordsNameColumns() throws {
        let tasks = try LearningTask.tasks(
            ["label", "0", "1:softmax:0.5", "target:multi-label", "hue", "age", "parity", "brightness", "example"], spec
        )
        #expect(tasks.map(\.name) == ["label", "0", "1", "target", "hue", "age", "parity", "brightness", "example"])
        #expect(tasks.map(\.head.outputs) == [3, 1, 7, 2, 4, 1, 2, 1, 36])
        #expect(tasks[2].weight == 0.5 && tasks[0].weight == 1 && tasks[8].reconstructs)
        #expect(tasks.map(\.needsLabels) == [true, true, true, true, true, true, true, false, false])
        #expect(tasks[0].criterion == .minimize("label_cross_entropy"))
    }

    @Test(arguments: [
        ["labels"], ["label:regression"], ["hue:regression"], ["label:what"], ["label::x"], ["label::-1"], [":softmax"],
        ["label:softmax:1:2"], ["label", "label"], [],
    ])
    func wordsThatNameNothingAreRefused(_ words: [String]) {
        let error = #expect(throws: StrataError.self) { _ = try LearningTask.tasks(words, self.spec) }
        #expect(error?.kind == .usage, "\(String(describing: error))")
    }

    /// Of data without labels only what examples tell by themselves.
    @Test func tasksWithoutColumnsAreRefused() throws {
        let plain = DataSpec(features: 4)
        for word in ["label", "target", "parity"] {
            #expect(throws: StrataError.self) { _ = try LearningTask.tasks([word], plain) }
        }
        #expect(try LearningTask.tasks(["brightness", "example"], plain).count == 2)
    }

    // MARK: Balancing

    private func read(_ tensors: [Tensor], _ session: Session? = nil) throws -> [[Double]] {
        let session = try session ?? SmallMachine.session()
        let function = try session.prepare(Graph(outputs: tensors.enumerated().map { ("\($0)", $1) }))
        try function.run()
        return try tensors.indices.map { try function.read("\($0)").map(Double.init) }
    }

    /// (1, 0) and (−1, 1) become (½, ½) and (0, 1); gradients that agree stay as they are.
    @Test func contradictingGradientsAreProjected() throws {
        func sum(_ gradients: [[Float]]) throws -> [Double] {
            // In two parameters, which count as one vector.
            let parts = gradients.map { vector in vector.map { Tensor.literal([$0], [1]) } }
            return try read(projectedSum(parts)).map { $0[0] }
        }
        for (found, exact) in zip(try sum([[1, 0], [-1, 1]]), [0.5, 1.5]) { #expect(abs(found - exact) < 1e-6) }
        #expect(try sum([[1, 0], [1, 1]]) == [2, 1])
        #expect(try sum([[1, 0], [0, 0]]) == [1, 0])
        #expect(try sum([[3, 4]]) == [3, 4])
    }

    /// Descent on s alone comes to log L, where the loss is ½ + ½ log L.
    @Test func uncertaintyLearnsTheLogarithmOfTheLoss() throws {
        let constant = SupervisedHead(outputs: 1, loss: "loss") { outputs, batch in
            [Metric("loss", outputs.sum([1]) * 0 + 5)]
        }
        let model = MultiTaskNetwork(
            shape: [2], network: Architecture(hidden: [2]),
            tasks: [LearningTask("a", constant), LearningTask("b", constant, needsLabels: false)],
            balancing: .uncertainty)
        let split = try DataSplit(
            dtype: .uint8, exampleShape: [2], bytes: [1, 2, 3, 4], count: 2,
            labels: Labels(values: [0, 1], classNames: ["a", "b"]))
        let trainer = try Trainer(
            model: model, optimizer: .adam(0.05), data: DataSet(name: "two", train: split, test: split),
            session: SmallMachine.session(),
            configuration: TrainingConfiguration(epochs: 400, batchSize: 2, seed: 1))
        while try trainer.nextEvent() != nil {}
        let s = try #require(trainer.checkpoint().variables["uncertainty"]).floats
        for value in s { #expect(abs(Double(value) - logarithm(5)) < 1e-2, "\(s)") }
    }

    /// By hand: norms 1 and 3, losses that have fallen to a half and to a quarter.
    @Test func gradientNormsAreDrawnTogether() throws {
        let factors = GradientNormFactors(tasks: 2, asymmetry: 1, rate: 0.1)
        let session = try SmallMachine.session()
        try session.create([factors.factors, factors.first])
        func set(_ variable: StateVariable, _ values: [Float]) throws {
            try values.withUnsafeBytes { try session.writeVariable(variable.name, $0) }
        }
        try set(factors.first, [2, 8])
        func next(step: Float) throws -> [[Double]] {
            try read(
                factors.updates(
                    losses: .literal([1, 2] as [Float], [2]), norms: .literal([1, 3] as [Float], [2]),
                    step: .constant(step)
                ).map(\.value), session)
        }
        // Shares ½ and ¼, over their mean 4/3 and 2/3; times the mean norm of 2, targets 8/3 and 4/3: the first norm is
        // too small, the second too large. Steps of 0.1 times 1/2 and 3/2, then a mean of 1.
        let moved = [1 + 0.05, 1 - 0.15]
        let mean = (moved[0] + moved[1]) / 2
        let found = try next(step: 2)
        for (a, b) in zip(found[0], moved.map { $0 / mean }) { #expect(abs(a - b) < 1e-6, "\(found)") }
        #expect(found[1] == [2, 8])
        // The first step keeps its losses, and asks for equal norms: targets 2 and 2.
        let first = try next(step: 1)
        #expect(first[1] == [1, 2] && first[0][0] > 1 && first[0][1] < 1)
    }

    // MARK: Learning

    private func trained(_ settings: [String: String], epochs: Int = 30) throws -> [String: Float] {
        let description = MultiTaskNetwork.description
        let data = try Stripes.dataSet()
        let model = try description.build(
            data.spec, Hyperparameters(description.hyperparameters, ["hidden": "16"].merging(settings) { $1 }))
        let trainer = try Trainer(
            model: model, optimizer: .adam(0.01), data: data, session: SmallMachine.session(),
            configuration: TrainingConfiguration(epochs: epochs, batchSize: 20, seed: 1))
        var last: [MetricValue] = []
        while let event = try trainer.nextEvent() { if case .epoch(let report) = event { last = report.test } }
        return Dictionary(uniqueKeysWithValues: last.map { ($0.name, $0.value) })
    }

    @Test(arguments: ["hard", "soft", "cross-stitch"], ["sum", "uncertainty", "pcgrad", "gradnorm"])
    func allWaysLearn(_ sharing: String, _ balancing: String) throws {
        let found = try trained([
            "sharing": sharing, "balancing": balancing, "heads": "label,brightness,example:reconstruction:0.5",
        ])
        #expect(found["label_accuracy"] == 1 && found["brightness_r_squared"] != nil, "\(found)")
        #expect(try #require(found["example_squared_error"]) < 0.1, "\(found)")
    }

    /// A task alone is the network with that head.
    @Test func oneTaskIsASupervisedNetwork() throws {
        let found = try trained(["heads": "label"])
        #expect(Set(found.keys) == ["label_cross_entropy", "label_accuracy"])
        let model = MultiTaskNetwork(
            shape: [4], network: Architecture(hidden: [3], initialization: .standard),
            tasks: [LearningTask("label", .softmax(classes: 2))])
        #expect(
            model.variables.map(\.name) == [
                "encoder.0.weight", "encoder.0.bias", "heads.label.weight", "heads.label.bias",
            ])
    }

    /// Cross-stitched columns start near columns that stand alone: 0.9 of themselves and 0.1 of the other.
    @Test func stitchesMixColumns() throws {
        let layer = Network(
            "n", input: [2], ParallelColumns([Dense(3)], columns: 2, isStitched: true))
        let plain = Network("n", input: [2], ParallelColumns([Dense(3)], columns: 2))
        let session = try SmallMachine.session()
        try session.create(layer.variables)
        let x = Tensor.literal([1, -2, 0.5, 3] as [Float], [2, 2])
        let found = try read([layer(x), plain(x)], session)
        for row in 0..<2 {
            for unit in 0..<6 {
                let (own, other) = (found[1][row * 6 + unit], found[1][row * 6 + (unit + 3) % 6])
                #expect(abs(found[0][row * 6 + unit] - (0.9 * own + 0.1 * other)) < 1e-6)
            }
        }
    }

    @Test func encodersThatAreTiedComeTogether() throws {
        func distance(_ tie: String) throws -> Float {
            let description = MultiTaskNetwork.description
            let data = try Stripes.dataSet()
            let model = try description.build(
                data.spec,
                Hyperparameters(
                    description.hyperparameters,
                    ["hidden": "8", "sharing": "soft", "tie": tie, "heads": "label,brightness"]))
            let trainer = try Trainer(
                model: model, optimizer: .adam(0.01), data: data, session: SmallMachine.session(),
                configuration: TrainingConfiguration(epochs: 40, batchSize: 20, seed: 1))
            while try trainer.nextEvent() != nil {}
            let variables = try trainer.checkpoint().variables
            let (a, b) = (
                try #require(variables["encoder.0.0.weight"]).floats,
                try #require(variables["encoder.1.0.weight"]).floats
            )
            return zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        let (free, tied) = (try distance("0"), try distance("1"))
        #expect(tied < free / 10, "\(free) \(tied)")
    }
}

/// Tasks together and alone.
@Suite struct MultiTaskExperimentTests {
    @Test func tasksAreComparedInPairs() throws {
        let description = MultiTaskNetwork.description
        let settings = try Hyperparameters(
            description.hyperparameters,
            ["hidden": "12", "heads": "label,brightness,example:reconstruction", "sharing": "cross-stitch"])
        let experiment = MultiTaskExperiment(Contestant(description, settings, steps: 20), seeds: [3, 4])
        var outcomes: [MultiTaskExperiment.Outcome] = []
        try experiment.run(on: Stripes.dataSet(), backend: SIMDBackend(configuration: BackendConfiguration())) {
            outcomes.append($0)
            return true
        }
        #expect(
            outcomes.map(\.metric)
                == Array(
                    repeating: ["label_accuracy", "brightness_r_squared", "example_squared_error"], count: 2
                ).flatMap { $0 })
        #expect(
            outcomes.map(\.seed) == [3, 3, 3, 4, 4, 4]
                && outcomes.map(\.isMaximized) == [true, true, false, true, true, false])
        let summaries = MultiTaskExperiment.summaries(of: outcomes)
        #expect(summaries.map(\.task) == ["label", "brightness", "example"])
        for (place, summary) in summaries.enumerated() {
            let own = [outcomes[place], outcomes[place + 3]]
            let gains = own.map { $0.isMaximized ? $0.together - $0.alone : $0.alone - $0.together }
            #expect(abs(summary.gain.value - (gains[0] + gains[1]) / 2) < 1e-9)
            // t of one degree of freedom, times half the difference of both.
            let margin = try #require(summary.gain.margin)
            #expect(abs(margin - 12.706 * abs(gains[0] - gains[1]) / 2) < 1e-6)
        }
        let one = try Hyperparameters(description.hyperparameters, ["heads": "label"])
        #expect(throws: StrataError.self) {
            try MultiTaskExperiment(Contestant(description, one, steps: 1)).run(
                on: Stripes.dataSet(), backend: SIMDBackend(configuration: BackendConfiguration())
            ) { _ in true }
        }
    }
}
