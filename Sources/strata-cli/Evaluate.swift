import ArgumentParser
import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataModels
import StrataTraining

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell how good a trained model is.",
        discussion: """
            For an energy model with at most 20 hidden units the likelihood is exact; --log-z annealed estimates it for a
            larger one. --probes tells what the codes know of the labels: the vote of the nearest neighbours, and a linear
            classifier.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "The data (default: what the run was trained on).")
    var data: String?

    @Option(help: "How to find log Z of an energy model: exact (at most 25 hidden units) or annealed (half a minute for 500).")
    var logZ: LogPartition?

    @Flag(help: "Draw the test examples' values as bits before asking an energy model how probable they are.")
    var bits = false

    @Flag(help: "Classify the test examples by their codes.")
    var probes = false

    @Option(help: "With --probes: neighbours that vote.")
    var neighbours = 5

    @Option(help: "With --probes: training examples whose labels may be used, as many of each class as can be (default: all).")
    var labels: Int?

    enum LogPartition: String, ExpressibleByArgument, CaseIterable { case exact, annealed }

    func run() throws {
        let run = try options.open()
        let data = try run.data(data)
        let trainer = try Trainer(
            model: run.model.model, optimizer: run.configuration.build().optimizer, data: data,
            session: run.model.session, configuration: TrainingConfiguration(batchSize: 1, seed: run.configuration.seed, steps: 0))
        var fields = JSONValue.metrics(try trainer.evaluate())
        fields["test_squared_error"] = fields["squared_error"] ?? fields["reconstruction_error"]
        fields.merge(try energy(run, data)) { $1 }
        if probes { fields.merge(try probed(run, data)) { $1 } }
        if options.output.json {
            fields["run"] = .string(run.folder.path)
            fields["data"] = .string(data.name)
            print(try JSONValue.object(fields).line)
            return
        }
        let width = fields.keys.map(\.count).max() ?? 0
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            if let value = value.number.map({ number($0, digits: 4) }) ?? value.string { print("\(padded(name, width))  \(value)") }
        }
    }

    // MARK: Likelihoods

    private func energy(_ run: TrainedRun, _ data: DataSet) throws -> [String: JSONValue] {
        guard let evaluation = EnergyEvaluation(run.model.model, session: run.model.session) else {
            guard logZ == nil, !bits else {
                throw StrataError(.unsupported, "--\(logZ == nil ? "bits" : "log-z"): \(run.configuration.model) has no energy")
            }
            return [:]
        }
        let partition: EnergyEvaluation.Partition = switch logZ {
        case .exact: .exact
        case .annealed: .annealed(AnnealedImportanceSampling(), examples: data.train)
        case nil: .ifCheap
        }
        let found = try evaluation.evaluate(
            data.test.count > 0 ? data.test : data.train, seed: run.configuration.seed, drawingBits: bits,
            partition: partition)
        var fields: [String: JSONValue] = [
            // Of the bits, where they were drawn; the metric of training is of the values.
            "free_energy": .number(found.meanFreeEnergy),
            "pseudo_log_likelihood": found.pseudoLogLikelihood.map(JSONValue.number) ?? .null,
            "free_energies": .array(found.firstFreeEnergies.map { .number(Double($0)) }),
        ]
        for (name, estimate) in [("log_z", found.logPartition), ("log_likelihood", found.logLikelihood)] {
            guard let estimate else { continue }
            fields[name] = .number(estimate.value)
            fields["\(name)_lower"] = .number(estimate.lower)
            fields["\(name)_upper"] = .number(estimate.upper)
            fields["\(name)_is"] = .string(estimate.certainty.rawValue)
        }
        return fields
    }

    // MARK: Probes

    private func probed(_ run: TrainedRun, _ data: DataSet) throws -> [String: JSONValue] {
        guard data.test.count > 0 else { throw StrataError(.data, "--probes: '\(data.name)' has no test examples") }
        let train = labels == nil ? data.train : try data.train.subset(data.train.withLabels(labels))
        let backend = run.model.session.backend
        func neighbourVote(_ train: LabelledCodes, _ test: LabelledCodes) throws -> JSONValue {
            .number(try NearestNeighbours.accuracies(of: test, among: train, neighbours: [neighbours], backend: backend)[0])
        }
        let codes = (train: try LabelledCodes(run.model, of: train), test: try LabelledCodes(run.model, of: data.test))
        return [
            "knn_accuracy": try neighbourVote(codes.train, codes.test),
            "knn_accuracy_of_examples": try neighbourVote(
                LabelledCodes(examples: train), LabelledCodes(examples: data.test)),
            "probe_accuracy": .number(
                try LinearProbe.accuracy(
                    train: codes.train, test: codes.test, backend: backend, seed: run.configuration.seed)),
        ]
    }
}
