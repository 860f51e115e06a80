import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataModels
import StrataRuns

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Evaluate a trained model, in numbers and on a page.",
        discussion: """
            Reports all that the model and the data allow: metrics and likelihoods of the test split, statistics of the codes,
            what they know of the labels and of the true factors, and images of what was learned. The run folder
            gets evaluation.json and report.html. --only picks sections; one that is asked for but cannot be had is an error.
            For an energy model with at most 20 hidden units log Z is exact; --log-z annealed estimates it for a larger one.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "The data (default: those of the run).")
    var data: String?

    @Option(
        help:
            "Sections, with commas between: \(RunEvaluation.Section.allCases.map(\.rawValue).joined(separator: ", ")) (default: all that apply)."
    )
    var only: String?

    @Option(
        help:
            "How to find log Z of an energy model: exact (at most 25 hidden units) or annealed (half a minute for 500).",
        transform: Evaluate.partition)
    var logZ: RunEvaluation.LogPartition?

    @Flag(help: "Draw the test examples' values as bits before asking an energy model how probable they are.")
    var bits = false

    @Option(
        parsing: .unconditional,
        help: "Codes drawn for each example to estimate the likelihood of a variational autoencoder (default: 100).")
    var importanceSamples: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Temperatures of annealed importance sampling of a variational autoencoder: a lower bound on the likelihood"
                + " without the encoder, and both bounds on examples that the model makes (default: none)."))
    var annealing: Int?

    @Option(parsing: .unconditional, help: "Chains that are annealed for each example (default: 8).")
    var chains: Int?

    @Option(parsing: .unconditional, help: "Test examples that are annealed (default: 50).")
    var annealedExamples: Int?

    @Option(parsing: .unconditional, help: "Neighbours that vote in a probe (default: 5).")
    var neighbours: Int?

    @Option(
        help: ArgumentHelp(
            "Training examples whose labels a probe may use, as many of each class as can be: numbers, or all (default:"
                + " 100,1000,all)."))
    var labels: String?

    @Option(
        parsing: .unconditional,
        help: "Samples that are compared with test examples, or counted by modes (default: 1000).")
    var samples: Int?

    @Option(
        help: ArgumentHelp(
            "A trained classifier, which tells the modes of samples: their classes or, of stacked images, those of all"
                + " channels.", valueName: "run"))
    var classifier: String?

    @OptionGroup var sampling: SamplingOptions

    func run() throws {
        let wanted = try sections()
        var settings = RunEvaluation.Options(
            partition: logZ, drawsBits: bits, importanceSamples: importanceSamples, annealing: try latentAnnealing(),
            neighbours: neighbours ?? 5, budgets: try budgets(), samples: samples ?? 1000)
        try refuseUnused(wanted)
        let run = try options.open { try sampling.apply(to: $0, in: Evaluate.self) }
        if logZ != nil || bits, !(run.predictor.model is any EnergyModel) {
            throw StrataError(
                .unsupported, "--\(logZ == nil ? "bits" : "log-z"): \(run.configuration.model) has no energy")
        }
        let data = try options.data(run, data)
        settings.classifier = try classifier.map {
            ($0, try Toolbox.current.open($0).predictor(on: run.predictor.backend))
        }
        let evaluation = try RunEvaluation(of: run.run, run.predictor, on: data, settings)
        let report = try evaluation.report(wanted) { section in
            if !options.output.json, section != .metrics { options.output.note("\(section.rawValue) …") }
        }
        for warning in evaluation.warnings { options.output.note(warning) }
        var fields = report.fields
        fields["run"] = .string(run.folder)
        fields["data"] = .string(data.name)
        try AtomicFile.write("\(run.folder)/evaluation.json", Array((JSONValue.object(fields).pretty + "\n").utf8))
        try AtomicFile.write("\(run.folder)/report.html", Array(report.html().utf8))
        if options.output.json { return print(try JSONValue.object(fields).line) }
        print(report.text)
        options.output.note("the page is \(run.folder)/report.html")
    }

    private func latentAnnealing() throws -> LatentAnnealing? {
        guard let annealing else {
            for (parameter, value) in [("chains", chains), ("annealedExamples", annealedExamples)] {
                if let value {
                    throw StrataError(parameter: parameter, value, "is for --annealing, which is not asked for")
                }
            }
            return nil
        }
        let standard = LatentAnnealing(steps: annealing)
        return LatentAnnealing(
            steps: annealing, chains: chains ?? standard.chains, examples: annealedExamples ?? standard.examples)
    }

    /// Options of sections that are not asked for.
    private func refuseUnused(_ wanted: [RunEvaluation.Section]?) throws {
        guard let wanted else { return }
        let uses: [(parameter: String, value: String?, section: RunEvaluation.Section)] = [
            ("logZ", logZ?.rawValue, .likelihood),
            ("importanceSamples", importanceSamples.map(String.init), .likelihood),
            ("annealing", annealing.map(String.init), .likelihood),
            ("neighbours", neighbours.map(String.init), .probes), ("labels", labels, .probes),
            ("samples", samples.map(String.init), .samples), ("classifier", classifier, .modes),
        ]
        for case (let parameter, let value?, let section) in uses where !wanted.contains(section) {
            // Samples are counted, too.
            if parameter == "samples", wanted.contains(.modes) { continue }
            throw StrataError(
                parameter: parameter, value, "is for the section '\(section.rawValue)', which --only leaves out")
        }
        if bits, !wanted.contains(.likelihood) {
            throw StrataError(.usage, "--bits: is for the section 'likelihood', which --only leaves out")
        }
    }

    @Sendable private static func partition(_ name: String) throws -> RunEvaluation.LogPartition {
        guard let partition = RunEvaluation.LogPartition(rawValue: name) else {
            throw StrataError.unknown("way", name, among: RunEvaluation.LogPartition.allCases.map(\.rawValue))
        }
        return partition
    }

    private func sections() throws -> [RunEvaluation.Section]? {
        guard let only else { return nil }
        let names = only.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let wanted = try names.map { name -> RunEvaluation.Section in
            guard let section = RunEvaluation.Section(rawValue: name) else {
                throw StrataError.unknown("section", name, among: RunEvaluation.Section.allCases.map(\.rawValue))
            }
            return section
        }
        return RunEvaluation.Section.allCases.filter(wanted.contains)
    }

    /// `nil` for all.
    private func budgets() throws -> [Int?] {
        let labels = labels ?? "100,1000,all"
        return try labels.split(separator: ",", omittingEmptySubsequences: false).map { part in
            if part == "all" { return nil }
            guard let number = Int(part), number > 0 else {
                throw StrataError(
                    parameter: "labels", labels, "expected numbers of examples, or all, such as 100,1000,all")
            }
            return number
        }
    }
}
