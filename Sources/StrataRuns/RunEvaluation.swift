import StrataBackend
import StrataCompiler
public import StrataData
public import StrataEvaluation
import StrataGraph
import StrataModels
public import StrataTraining

/// The evaluation of a run on some data, from which the sections of a report are made.
///
/// ```
/// let evaluation = try RunEvaluation(of: run, trained, on: run.data())
/// let report = try evaluation.report()
/// ```
public struct RunEvaluation {
    let run: Run
    let predictor: Predictor
    let data: DataSet
    let options: Options
    private let testMetrics: [MetricValue]
    /// What the metrics of the test split say that a user should be told.
    public var warnings: [String] { testMetrics.compactMap(\.warning) }

    /// The parts of a report, in their order.
    public enum Section: String, CaseIterable, Sendable {
        /// The model's metrics on the test split.
        case metrics
        /// Log-likelihood and, of an energy model, free energies and log Z, in nats; for models that give examples a
        /// probability.
        case likelihood
        /// Sparseness, active units, dimensionality and class selectivity of the codes.
        case codes
        /// Accuracies of nearest neighbours and of a linear probe on the codes, by the number of labels.
        case probes
        /// Scores of disentanglement, for data whose true factors are known.
        case factors
        /// How far samples are from test examples: distances, precision, recall and their like.
        case samples
        /// How many of the modes that a classifier tells apart samples cover, and how evenly.
        case modes
        /// Accuracies on classes unseen in training, alone and among the seen ones, beside chance and a linear model.
        case zeroShot = "zero-shot"
        /// Figures such as samples, reconstructions and filters, as far as the model and the data allow.
        case images
    }

    /// A way to find log Z of an energy model.
    public enum LogPartition: String, CaseIterable, Sendable {
        /// Enumeration of all states of the hidden units; an error where there are too many.
        case exact
        /// Annealed importance sampling, which gives an estimate with bounds.
        case annealed
    }

    /// The settings of an evaluation.
    public struct Options: Sendable {
        /// A way to find log Z; `nil` enumerates it where that takes no time, and leaves it out elsewhere.
        public var partition: LogPartition?
        /// Whether values are drawn as bits before an energy model is asked how probable they are.
        public var drawsBits: Bool
        /// The codes drawn for each example to estimate the likelihood of a model with latent variables; `nil` for the
        /// standard of `ImportanceSampling`.
        public var importanceSamples: Int?
        /// Annealing that estimates the likelihood of a model that makes examples out of codes; `nil` for none.
        public var annealing: LatentAnnealing?
        /// The number of neighbours that vote in a probe.
        public var neighbours: Int
        /// The numbers of training examples whose labels a probe may use; `nil` for all of them.
        public var budgets: [Int?]
        /// The number of samples that are compared with as many test examples, or counted by modes.
        public var samples: Int
        /// A trained classifier that tells the mode of a sample, and its name in the report; `nil` leaves modes out.
        public var classifier: (name: String, predictor: Predictor)?

        /// The settings of an evaluation: by default 5 neighbours, probes on 100, 1000 and all labels, and 1000
        /// samples.
        ///
        /// Nothing is checked here: `RunEvaluation` throws `usage` or `unsupported`.
        public init(
            partition: LogPartition? = nil, drawsBits: Bool = false, importanceSamples: Int? = nil,
            annealing: LatentAnnealing? = nil, neighbours: Int = 5, budgets: [Int?] = [100, 1000, nil],
            samples: Int = 1000
        ) {
            self.partition = partition
            self.drawsBits = drawsBits
            self.importanceSamples = importanceSamples
            self.annealing = annealing
            self.neighbours = neighbours
            self.budgets = budgets
            self.samples = samples
        }
    }

    /// Evaluates the model's metrics on the test split.
    ///
    /// Throws `usage` for options out of range, `unsupported` for those that the model has no use for, and `data` where
    /// the data lack what the model learned from.
    public init(of run: Run, _ predictor: Predictor, on data: DataSet, _ options: Options = .init()) throws {
        self.run = run
        self.predictor = predictor
        self.data = data
        self.options = options
        guard (1...100_000).contains(options.neighbours) else {
            throw StrataError(parameter: "neighbours", options.neighbours, "expected a number from 1 to 100000")
        }
        guard (1...100_000).contains(options.samples) else {
            throw StrataError(parameter: "samples", options.samples, "expected a number from 1 to 100000")
        }
        if !(predictor.model is any EnergyModel), options.partition != nil || options.drawsBits {
            throw StrataError(
                .unsupported, "\(options.drawsBits ? "bits" : "log Z"): \(run.configuration.model) has no energy")
        }
        if let samples = options.importanceSamples, !(predictor.model is any ImportanceSampledModel) {
            throw StrataError(
                .unsupported,
                "\(samples) importance samples: \(run.configuration.model) has no posterior from which they can be drawn"
            )
        }
        if options.annealing != nil, !(predictor.model is any LatentVariableModel) {
            throw StrataError(
                .unsupported, "annealing: \(run.configuration.model) has no density of codes, and of examples given one"
            )
        }
        try run.configuration.requireLabels(of: data, for: predictor.model)
        testMetrics = try predictor.evaluate(data.test, seed: run.configuration.seed)
    }

    /// A report of some sections, or of all that the model and the data allow.
    ///
    /// Throws `unsupported` or `data` for a section that was asked for and cannot be made.
    public func report(_ sections: [Section]? = nil, progress: (Section) -> Void = { _ in }) throws -> EvaluationReport
    {
        var report = EvaluationReport(title: "\(run.configuration.model) on \(data.name)", facts: facts)
        for section in sections ?? Section.allCases.filter(applies) {
            progress(section)
            report.sections.append(try make(section))
        }
        return report
    }

    private var model: any Model { predictor.model }
    private var backend: any Backend { predictor.backend }
    private var seed: UInt32 { run.configuration.seed }
    /// What is evaluated on: the test part, where the data has one.
    private var examples: DataSplit { data.test.count > 0 ? data.test : data.train }

    var facts: [(name: String, value: String)] {
        let configuration = run.configuration
        let settings = configuration.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return [
            ("run", run.folder.path), ("model", configuration.model), ("settings", settings.joined(separator: ", ")),
            (
                "data",
                "\(data.name): \(data.train.count) training and \(data.test.count) test examples, each \(data.exampleShape)"
            ),
            ("epochs", "\(configuration.epochs)"), ("seed", "\(seed)"), ("backend", type(of: backend).identifier),
        ]
    }

    /// Whether model and data have what a section is about.
    func applies(_ section: Section) -> Bool {
        let encodes = model is any EncodingModel && examples.count > 1
        return switch section {
        case .metrics, .images: true
        case .likelihood: model is any EnergyModel || (model as? any LikelihoodModel)?.logLikelihood != nil
        case .codes: encodes
        case .probes: encodes && data.test.count > 0 && data.test.labels != nil
        case .factors: encodes && examples.factors != nil && codeSize <= RunEvaluation.widestFactored
        case .zeroShot:
            data.attributes?.unseen.isEmpty == false && data.test.count > 0
                && (model as? any ClassifyingModel)?.classes == data.attributes?.classes
        case .modes: options.classifier != nil && model is any SamplingModel && !model.hasTokens
        case .samples:
            model is any SamplingModel && !model.hasTokens && examples.count > SampleMeasures.fewest
                && predictor.features <= RunEvaluation.widestSample
        }
    }

    /// Scores against factors take seconds for hundreds of latent dimensions and minutes for thousands: those have to be
    /// asked for.
    private static let widestFactored = 256

    /// Distances of samples take the cube of their width, seconds for a thousand numbers.
    private static let widestSample = 1024

    private var codeSize: Int {
        (model as? any EncodingModel)?.encode(model.examples(.input("examples", [1, predictor.features]))).shape.last
            ?? 0
    }

    func make(_ section: Section) throws -> EvaluationReport.Section {
        switch section {
        case .metrics: try metrics()
        case .likelihood: try likelihood()
        case .codes: try codes()
        case .probes: try probes()
        case .factors: try factors()
        case .samples: try samples()
        case .modes: try modes()
        case .zeroShot: try zeroShot()
        case .images:
            EvaluationReport.Section(
                title: "Images",
                images: try RunImages(
                    folder: run.folder, shape: run.configuration.exampleShape, seed: seed, codecs: run.codecs
                ).writeLearned(predictor, data))
        }
    }

    // MARK: Sections

    private func metrics() throws -> EvaluationReport.Section {
        let fields = JSONValue.metrics(testMetrics)
        var section = EvaluationReport.Section(
            title: "Metrics of the test split", rows: fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        if let error = fields["squared_error"] ?? fields["reconstruction_error"] {
            section.rows.append(("test_squared_error", error))
        }
        let firstOnset = (model as? any TokenModel)?.firstOnset
        if model.hasTokens,
            let baseline = try PositionBaseline(train: data.train, test: examples, firstOnset: firstOnset)
        {
            section.rows += [
                ("position_baseline_log_likelihood", .number(baseline.logLikelihood)),
                ("position_baseline_accuracy", .number(baseline.accuracy)),
            ]
            if let accuracy = baseline.accuracyOfOnsets {
                section.rows.append(("position_baseline_onset_accuracy", .number(accuracy)))
            }
        }
        return section
    }

    private func likelihood() throws -> EvaluationReport.Section {
        var section = EvaluationReport.Section(title: "Likelihood of the test examples, nats")
        if let known = (model as? any LikelihoodModel)?.logLikelihood {
            guard let metric = testMetrics.first(where: { $0.name == known.metric }) else {
                throw StrataError(.data, "'\(data.name)' has no test examples, whose likelihood could be told")
            }
            section.append("log_likelihood", Estimate(Double(metric.value), known))
        }
        let sampling = options.importanceSamples.map { ImportanceSampling(samples: $0) } ?? ImportanceSampling()
        if let estimate = try sampling.logLikelihood(predictor, of: examples, seed: seed) {
            section.append("importance_sampled_log_likelihood", estimate)
            section.rows.append(("importance_samples", .integer(sampling.samples)))
        }
        if let annealing = options.annealing {
            section.append(try annealing.evaluate(predictor, of: examples, seed: seed, sampling: sampling), annealing)
        }
        guard let evaluation = try EnergyEvaluation(predictor) else {
            guard !section.rows.isEmpty else {
                throw StrataError(.unsupported, "likelihood: \(run.configuration.model) gives examples no probability")
            }
            return section
        }
        let partition: EnergyEvaluation.Partition =
            switch options.partition {
            case .exact: .exact
            case .annealed: .annealed(AnnealedImportanceSampling(), examples: data.train)
            case nil: .ifCheap
            }
        let found = try evaluation.evaluate(examples, seed: seed, drawingBits: options.drawsBits, partition: partition)
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
            codes: Codes(predictor, of: examples), labels: examples.labels, backend: backend)
        return EvaluationReport.Section(
            title: "Codes of the test examples", rows: measures.map { ($0.name, .number($0.value)) })
    }

    private func factors() throws -> EvaluationReport.Section {
        guard let factors = examples.factors else {
            throw StrataError(.data, "factors: the true factors of '\(data.name)' are not known; those of sprites are")
        }
        let scores = try Disentanglement.scores(codes: Codes(predictor, of: examples), factors: factors, seed: seed)
        return EvaluationReport.Section(
            title: "What the codes know of the true factors: disentanglement",
            rows: scores.map { ($0.name, .number($0.value)) })
    }

    private func samples() throws -> EvaluationReport.Section {
        guard model is any SamplingModel else {
            throw StrataError(.unsupported, "samples: \(run.configuration.model) has no distribution to draw from")
        }
        guard !model.hasTokens else {
            throw StrataError(.unsupported, "samples: tokens are names, between which there are no distances")
        }
        let real = try examples.drawn(options.samples, seed: seed)
        let values = try real.values(0..<real.count)
        let features = try Features.standard(for: run.configuration.exampleShape, values, on: backend)
        let measures = try SampleMeasures.all(
            real: features.codes(values, width: predictor.features),
            samples: features.codes(predictor.sample(options.samples, seed: seed), width: predictor.features),
            seed: seed, backend: backend)
        return EvaluationReport.Section(
            title: "\(options.samples) samples against \(real.count) test examples, by \(features.name)",
            rows: measures.flatMap { measure in
                [(measure.name, JSONValue.number(measure.value))]
                    + (measure.standardError.map { [("\(measure.name)_error", .number($0))] } ?? [])
            })
    }

    /// The last budget's accuracies are fields of their own.
    private func probes() throws -> EvaluationReport.Section {
        let (budgets, neighbours) = (options.budgets, options.neighbours)
        guard data.test.count > 0 else { throw StrataError(.data, "probes: '\(data.name)' has no test examples") }
        let columns = ["labels", "knn_accuracy", "knn_accuracy_of_examples", "probe_accuracy"]
        let test = (
            codes: try LabelledCodes(predictor, of: data.test), examples: try LabelledCodes(examples: data.test)
        )
        // Budgets that nobody asked for give way to a small data set.
        let fitting = budgets.filter { budget in budgets.count == 1 || budget.map { $0 < data.train.count } ?? true }
        let rows = try fitting.map { budget -> [JSONValue] in
            let train = budget == nil ? data.train : try data.train.subset(data.train.withLabels(budget))
            let codes = try LabelledCodes(predictor, of: train)
            func vote(_ train: LabelledCodes, _ test: LabelledCodes) throws -> JSONValue {
                .number(
                    try NearestNeighbours.accuracies(
                        of: test, among: train,
                        neighbours: [budgets.count == 1 ? neighbours : min(neighbours, train.count)],
                        backend: backend)[0])
            }
            return [
                .integer(train.count), try vote(codes, test.codes),
                try vote(LabelledCodes(examples: train), test.examples),
                .number(try LinearProbe.accuracy(train: codes, test: test.codes, backend: backend, seed: seed)),
            ]
        }
        let last = rows.last.map { zip(columns, $0).dropFirst().map { ($0, $1) } } ?? []
        return EvaluationReport.Section(
            title: "What the codes know of the labels: the vote of \(neighbours) neighbours, and a linear probe",
            rows: last,
            table: .init(name: "probes", columns: columns, rows: rows))
    }
}
