import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataGraph
import StrataModels
import StrataTraining

/// The evaluation of a run on some data, from which the sections of a report are made.
struct RunEvaluation {
    let run: TrainedRun
    let data: DataSet
    let partition: Evaluate.LogPartition?
    let drawsBits: Bool
    let neighbours: Int
    /// Numbers of labels that a probe may use; `nil` for all.
    let budgets: [Int?]
    private let testMetrics: [MetricValue]

    init(
        run: TrainedRun, data: DataSet, partition: Evaluate.LogPartition?, drawsBits: Bool, neighbours: Int, budgets: [Int?]
    ) throws {
        self.run = run
        self.data = data
        self.partition = partition
        self.drawsBits = drawsBits
        self.neighbours = neighbours
        self.budgets = budgets
        let trainer = try Trainer(
            model: run.model.model, optimizer: run.configuration.build().optimizer, data: data, session: run.model.session,
            configuration: TrainingConfiguration(batchSize: 1, seed: run.configuration.seed, steps: 0))
        testMetrics = try trainer.evaluate()
    }

    private var model: any Model { run.model.model }
    private var backend: any Backend { run.model.session.backend }
    private var seed: UInt32 { run.configuration.seed }
    /// What is evaluated on: the test part, where the data has one.
    private var examples: DataSplit { data.test.count > 0 ? data.test : data.train }

    var facts: [(name: String, value: String)] {
        let configuration = run.configuration
        let settings = configuration.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return [
            ("run", run.folder.path), ("model", configuration.model), ("settings", settings.joined(separator: ", ")),
            ("data", "\(data.name): \(data.train.count) to learn from, \(data.test.count) to be judged by, each \(data.exampleShape)"),
            ("epochs", "\(configuration.epochs)"), ("seed", "\(seed)"), ("backend", type(of: backend).identifier),
        ]
    }

    /// Whether model and data have what a section is about.
    func applies(_ section: Evaluate.Section) -> Bool {
        let encodes = model is any EncodingModel && examples.count > 1
        return switch section {
        case .metrics, .pictures: true
        case .likelihood: model is any EnergyModel || model is any LikelihoodModel
        case .codes: encodes
        case .probes: encodes && data.test.count > 0 && data.test.labels != nil
        case .factors: encodes && examples.factors != nil && codeSize <= RunEvaluation.widestFactored
        }
    }

    /// Scores against factors take seconds for hundreds of numbers in a code and minutes for thousands: those have to be
    /// asked for.
    private static let widestFactored = 256

    private var codeSize: Int {
        (model as? any EncodingModel)?.encode(.input("examples", [1, run.model.features])).shape.last ?? 0
    }

    func make(_ section: Evaluate.Section) throws -> EvaluationReport.Section {
        switch section {
        case .metrics: metrics()
        case .likelihood: try likelihood()
        case .codes: try codes()
        case .probes: try probes()
        case .factors: try factors()
        case .pictures:
            EvaluationReport.Section(
                title: "Pictures", pictures: try RunPictures(folder: run.folder, shape: run.configuration.exampleShape, seed: seed)
                    .writeLearned(run.model, data))
        }
    }

    // MARK: Sections

    private func metrics() -> EvaluationReport.Section {
        let fields = JSONValue.metrics(testMetrics)
        var section = EvaluationReport.Section(
            title: "Metrics of the test examples", rows: fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        if let error = fields["squared_error"] ?? fields["reconstruction_error"] {
            section.rows.append(("test_squared_error", error))
        }
        return section
    }

    private func likelihood() throws -> EvaluationReport.Section {
        var section = EvaluationReport.Section(title: "Likelihood of the test examples, nats")
        if let model = model as? any LikelihoodModel {
            let name = model.logLikelihood.metric
            guard let metric = testMetrics.first(where: { $0.name == name }) else {
                throw StrataError(.data, "'\(data.name)' has no test examples, whose likelihood could be told")
            }
            section.append("log_likelihood", Estimate(Double(metric.value), model.logLikelihood))
        }
        guard let evaluation = EnergyEvaluation(model, session: run.model.session) else {
            guard !section.rows.isEmpty else {
                throw StrataError(.unsupported, "likelihood: \(run.configuration.model) gives examples no probability")
            }
            return section
        }
        let partition: EnergyEvaluation.Partition = switch partition {
        case .exact: .exact
        case .annealed: .annealed(AnnealedImportanceSampling(), examples: data.train)
        case nil: .ifCheap
        }
        let found = try evaluation.evaluate(examples, seed: seed, drawingBits: drawsBits, partition: partition)
        section.rows += [
            // Of the bits, where they were drawn; the metric of training is of the values.
            ("free_energy", .number(found.meanFreeEnergy)),
            ("pseudo_log_likelihood", found.pseudoLogLikelihood.map(JSONValue.number) ?? .null),
            ("free_energies", .array(found.firstFreeEnergies.map { .number(Double($0)) })),
        ]
        if let estimate = found.logPartition { section.append("log_z", estimate) }
        if let estimate = found.logLikelihood { section.append("log_likelihood", estimate) }
        return section
    }

    private func codes() throws -> EvaluationReport.Section {
        let measures = try RepresentationMeasures.all(
            codes: Codes(run.model, of: examples), labels: examples.labels, backend: backend)
        return EvaluationReport.Section(
            title: "Codes of the test examples", rows: measures.map { ($0.name, .number($0.value)) })
    }

    private func factors() throws -> EvaluationReport.Section {
        guard let factors = examples.factors else {
            throw StrataError(.data, "factors: the true factors of '\(data.name)' are not known; those of sprites are")
        }
        let scores = try Disentanglement.scores(codes: Codes(run.model, of: examples), factors: factors, seed: seed)
        return EvaluationReport.Section(
            title: "What the codes know of the true factors: disentanglement",
            rows: scores.map { ($0.name, .number($0.value)) })
    }

    /// The last budget's accuracies are fields of their own.
    private func probes() throws -> EvaluationReport.Section {
        guard data.test.count > 0 else { throw StrataError(.data, "probes: '\(data.name)' has no test examples") }
        let columns = ["labels", "knn_accuracy", "knn_accuracy_of_examples", "probe_accuracy"]
        let test = (codes: try LabelledCodes(run.model, of: data.test), examples: try LabelledCodes(examples: data.test))
        // Budgets that nobody asked for give way to a small data set.
        let fitting = budgets.filter { budget in budgets.count == 1 || budget.map { $0 < data.train.count } ?? true }
        let rows = try fitting.map { budget -> [JSONValue] in
            let train = budget == nil ? data.train : try data.train.subset(data.train.withLabels(budget))
            let codes = try LabelledCodes(run.model, of: train)
            func vote(_ train: LabelledCodes, _ test: LabelledCodes) throws -> JSONValue {
                .number(
                    try NearestNeighbours.accuracies(
                        of: test, among: train, neighbours: [budgets.count == 1 ? neighbours : min(neighbours, train.count)],
                        backend: backend)[0])
            }
            return [
                .integer(train.count), try vote(codes, test.codes), try vote(LabelledCodes(examples: train), test.examples),
                .number(try LinearProbe.accuracy(train: codes, test: test.codes, backend: backend, seed: seed)),
            ]
        }
        let last = rows.last.map { zip(columns, $0).dropFirst().map { ($0, $1) } } ?? []
        return EvaluationReport.Section(
            title: "What the codes know of the labels: the vote of \(neighbours) neighbours, and a linear probe", rows: last,
            table: .init(name: "probes", columns: columns, rows: rows))
    }
}
