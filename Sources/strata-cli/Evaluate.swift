import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataModels

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell how good a trained model is, in numbers and on a page.",
        discussion: """
            Tells whatever the model and the data allow: metrics of the test examples, how probable they are, what the codes
            look like, what they know of the labels and of the true factors, and pictures of what was learned. The run folder
            gets evaluation.json and report.html. --only picks sections; one that is asked for but cannot be had is an error.
            For an energy model with at most 20 hidden units log Z is exact; --log-z annealed estimates it for a larger one.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "The data (default: what the run was trained on).")
    var data: String?

    @Option(help: "Sections, with commas between: \(Section.allCases.map(\.rawValue).joined(separator: ", ")) (default: all that apply).")
    var only: String?

    @Option(help: "How to find log Z of an energy model: exact (at most 25 hidden units) or annealed (half a minute for 500).")
    var logZ: LogPartition?

    @Flag(help: "Draw the test examples' values as bits before asking an energy model how probable they are.")
    var bits = false

    @Option(help: "Neighbours that vote in a probe.")
    var neighbours = 5

    @Option(help: "Training examples whose labels a probe may use, as many of each class as can be: numbers, or all.")
    var labels = "100,1000,all"

    enum LogPartition: String, ExpressibleByArgument, CaseIterable { case exact, annealed }

    /// The parts of a report, in their order.
    enum Section: String, CaseIterable { case metrics, likelihood, codes, probes, factors, pictures }

    func run() throws {
        let wanted = try sections()
        let run = try options.open()
        let evaluation = try RunEvaluation(
            run: run, data: try run.data(data), partition: logZ, drawsBits: bits, neighbours: neighbours,
            budgets: try budgets())
        guard logZ == nil && !bits || run.model.model is any EnergyModel else {
            throw StrataError(.unsupported, "--\(logZ == nil ? "bits" : "log-z"): \(run.configuration.model) has no energy")
        }
        var report = EvaluationReport(
            title: "\(run.configuration.model) on \(evaluation.data.name)", facts: evaluation.facts)
        for section in wanted ?? Section.allCases.filter(evaluation.applies) {
            if options.output.json == false, section != .metrics { options.output.note("\(section.rawValue) …") }
            report.sections.append(try evaluation.make(section))
        }
        var fields = report.fields
        fields["run"] = .string(run.folder.path)
        fields["data"] = .string(evaluation.data.name)
        try AtomicFile.write("\(run.folder.path)/evaluation.json", Array((JSONValue.object(fields).pretty + "\n").utf8))
        try AtomicFile.write("\(run.folder.path)/report.html", Array(report.html().utf8))
        if options.output.json { return print(try JSONValue.object(fields).line) }
        print(report.text)
        options.output.note("the page is \(run.folder.path)/report.html")
    }

    private func sections() throws -> [Section]? {
        guard let only else { return nil }
        let names = only.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let wanted = try names.map { name -> Section in
            guard let section = Section(rawValue: name) else {
                throw StrataError.unknown("section", name, among: Section.allCases.map(\.rawValue))
            }
            return section
        }
        return Section.allCases.filter(wanted.contains)
    }

    /// `nil` for all.
    private func budgets() throws -> [Int?] {
        try labels.split(separator: ",", omittingEmptySubsequences: false).map { part in
            if part == "all" { return nil }
            guard let number = Int(part), number > 0 else {
                throw StrataError(.usage, "--labels \(labels): wants numbers of examples, or all, such as 100,1000,all")
            }
            return number
        }
    }
}
