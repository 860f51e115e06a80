import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataSIMD
import StrataTraining
import Testing

@testable import StrataEvaluation
@testable import StrataModels

/// What a network keeps of one task for another, and from one domain to another.
@Suite struct TransferTests {
    private let backend: SIMDBackend

    init() throws { backend = try SIMDBackend(configuration: BackendConfiguration()) }

    private func stripes(_ shift: UInt8 = 0) throws -> DataSet {
        func split(_ count: Int) throws -> DataSplit {
            let base = try Stripes.dataSet(count).train
            return try DataSplit(
                dtype: .uint8, exampleShape: [6, 6], bytes: base.bytes.map { $0 / 2 + shift }, count: count,
                labels: base.labels)
        }
        return try DataSet(name: "stripes", train: split(200), test: split(100))
    }

    private func contestant(_ name: String, _ settings: [String: String] = ["hidden": "12,8"], steps: Int = 60) throws
        -> Contestant
    {
        let description = try Zoo.builtIn[name]
        return Contestant(description, try Hyperparameters(description.hyperparameters, settings), steps: steps)
    }

    /// Neither weights nor running averages of frozen layers change by a bit, and they behave as after training.
    @Test func frozenLayersStay() throws {
        let data = try stripes()
        let network = ["network": "conv", "channels": "4,4", "normalization": "batch", "dropout": "0.2"]
        let own = try contestant("classifier", network)
        let first = try own.trained(on: data, Session(backend: backend, seed: 1), 1).checkpoint()
        let second = try own.trained(
            on: stripes(60), Session(backend: backend, seed: 2), 2,
            Contestant.Conditions(start: first, frozen: ["encoder"])
        ).checkpoint()
        var kept = 0
        for (name, array) in first.variables where name.isWithin("encoder") || name.isWithin("head") {
            #expect((second.variables[name] == array) == name.isWithin("encoder"), "\(name)")
            kept += name.isWithin("encoder") ? 1 : 0
        }
        #expect(kept > 8)
        // At a rate of 0 it is the other way round: statistics move, weights stay.
        let third = try own.trained(
            on: stripes(60), Session(backend: backend, seed: 2), 2,
            Contestant.Conditions(start: first, learningRate: 0)
        ).checkpoint()
        for (name, array) in first.variables where name.isWithin("encoder") {
            #expect((third.variables[name] == array) != name.contains("running"), "\(name)")
        }
    }

    @Test func layersTravel() throws {
        let data = try stripes()
        let experiment = TransferExperiment(
            source: try contestant("classifier"), target: try contestant("classifier"), labels: [4], seeds: [0, 1])
        var trials: [Trial] = []
        try experiment.run(from: data, to: stripes(40), backend: backend) {
            trials.append($0)
            return true
        }
        #expect(trials.count == 8)
        let summaries = TrialSummary.all(of: trials)
        #expect(summaries.map(\.method) == ["scratch", "frozen", "fine-tuned", "gradual"])
        #expect(summaries.allSatisfy { $0.labels == 4 && ($0.scores["accuracy"]?.value ?? 0) > 0.4 })
        #expect(summaries[0].gains.isEmpty && summaries[1].gains["accuracy"] != nil)
        let chart = TrialSummary.chart(of: trials, score: "accuracy", title: "", yLabel: "")
        #expect(chart.series.count == 4 && chart.categories == ["4"])
        // Layers of another width are no start.
        let other = TransferExperiment(
            source: try contestant("classifier", ["hidden": "9"]), target: try contestant("classifier"), labels: [4])
        #expect(throws: StrataError.self) { try other.run(from: data, to: data, backend: backend) { _ in true } }
    }

    /// The target is the source with all pixels brighter; every method runs, and nothing is learned from its labels.
    @Test func domainsAreAdaptedTo() throws {
        let joined = try JoinedDomains().dataSet(source: stripes(), target: stripes(90))
        let experiment = AdaptationExperiment(
            settings: ["hidden": "12", "normalization": "batch"], steps: 40, seeds: [3])
        var trials: [Trial] = []
        try experiment.run(on: joined, backend: backend) {
            trials.append($0)
            return true
        }
        #expect(trials.map(\.method) == AdaptationExperiment.Method.allCases.map(\.rawValue))
        #expect(trials.allSatisfy { $0.scores.count == 3 && ($0.scores["source_accuracy"] ?? 0) > 0.6 }, "\(trials)")
        // Other labels of the target's training examples change nothing.
        let model = try contestant("dann", ["hidden": "12"])
        func weights(_ target: DataSet) throws -> [String: StoredArray] {
            try model.trained(
                on: JoinedDomains().dataSet(source: stripes(), target: target), Session(backend: backend, seed: 1), 1
            ).checkpoint().variables.filter { $0.key.isWithin("encoder") || $0.key.isWithin("head") }
        }
        let target = try stripes(90)
        let wrong = try DataSet(
            name: "wrong",
            train: DataSplit(
                columns: target.train.columns.map { column in
                    column.name == ColumnName.label
                        ? try Column(
                            Labels(
                                values: Array((target.train.labels?.values ?? []).reversed()),
                                classNames: target.classNames ?? [])) : column
                }), test: target.test)
        #expect(try weights(target) == weights(wrong))
        for stray in [["hiden": "3"], ["temperature": "1"]] {
            let other = AdaptationExperiment(settings: stray, steps: 1)
            #expect(throws: StrataError.self) { try other.run(on: joined, backend: backend) { _ in true } }
        }
        #expect(throws: StrataError.self) { try experiment.run(on: stripes(), backend: backend) { _ in true } }
    }

    // MARK: Few labels

    @Test func onlySureClassesCount() throws {
        let logits = Tensor.literal([0, 0, 3, 0] as [Float], [2, 2])
        let target = UnlabelledTarget.pseudoLabel(threshold: 0.9)
        let loss = target.loss(.literal([1, 0, 1, 0] as [Float], [2, 2]), like: logits)
        let session = try SmallMachine.session()
        let function = try session.prepare(
            Graph(outputs: [("loss", loss.value), ("share", loss.metrics[0].mean)]))
        try function.run()
        // The second alone, whose class is the first: log(1 + 1/e), of two examples.
        #expect(abs(try function.read("loss")[0] - 0.313262 / 2) < 1e-5)
        #expect(try function.read("share")[0] == 0.5)
    }

    /// After its first step the teacher is the student; then it is half-way between, and so on.
    @Test func teachersAreAverages() throws {
        let data = try stripes()
        let own = try contestant("mean-teacher", ["hidden": "6", "decay": "0.9", "labelled": "4"])
        let model = try own.description.build(data.spec, own.settings)
        let trainer = try Trainer(
            model: model, optimizer: .adam(1e-2), data: data, session: Session(backend: backend, seed: 1),
            configuration: TrainingConfiguration(epochs: 1, batchSize: 20, seed: 1, labels: 10))
        var students: [Float] = []
        for step in 1...4 {
            students.append(try #require(try trainer.checkpoint().variables["head.weight"]?.floats.first))
            try trainer.trainStep()
            let teacher = try #require(try trainer.checkpoint().variables["teacher.head.weight"]?.floats.first)
            // Averages of the values that a step begins with.
            #expect(abs(teacher - students.reduce(0, +) / Float(step)) < 1e-5, "\(step)")
        }
    }

    @Test(arguments: ["pseudo-label", "mean-teacher"]) func fewLabelsSuffice(name: String) throws {
        let data = try stripes()
        let own = try contestant(name, ["hidden": "16", "labelled": "8"], steps: 150)
        let trainer = try own.trained(
            on: data, Session(backend: backend, seed: 1), 1, Contestant.Conditions(labels: 8))
        #expect(try trainer.score("accuracy") > 0.9)
    }
}
