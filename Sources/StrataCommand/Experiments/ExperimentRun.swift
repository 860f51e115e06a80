import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataRuns

/// What experiments of the command have in common: outcomes one after the other, each told as a line and kept as a line of
/// outcomes.jsonl, and a summary of all so far, until all are there or Ctrl-C.
struct ExperimentRun<Outcome> {
    let folder: String
    let output: OutputOptions
    /// The fields of an outcome in outcomes.jsonl.
    let fields: (Outcome) -> [String: JSONValue]
    /// A line for people.
    let line: (Outcome) -> String
    /// What summary.json holds.
    let summary: ([Outcome]) throws -> JSONValue

    init(
        in folder: String, _ output: OutputOptions, fields: @escaping (Outcome) -> [String: JSONValue],
        line: @escaping (Outcome) -> String, summary: @escaping ([Outcome]) throws -> JSONValue
    ) throws {
        self.folder = try RunFolder(creating: folder, replacing: true).path
        (self.output, self.fields, self.line, self.summary) = (output, fields, line, summary)
    }

    /// The outcomes of a body that reports them, and stops where it is told `false`.
    ///
    /// - `also`: What else is written whenever there is one more.
    func outcomes(
        also write: @escaping ([Outcome]) throws -> Void = { _ in }, of body: ((Outcome) throws -> Bool) throws -> Void
    ) throws -> [Outcome] {
        var outcomes: [Outcome] = []
        try body { outcome in
            outcomes.append(outcome)
            output.note(line(outcome))
            let lines = try outcomes.map { try JSONValue.object(fields($0)).line + "\n" }
            try AtomicFile.write("\(folder)/outcomes.jsonl", Array(lines.joined().utf8))
            try AtomicFile.write("\(folder)/summary.json", Array((try summary(outcomes).pretty + "\n").utf8))
            try write(outcomes)
            return !Terminal.isInterrupted
        }
        return outcomes
    }

    /// Tells the summary: as one object of JSON, or what `text` prints for people. An experiment that was interrupted ends
    /// with 130.
    func finish(_ outcomes: [Outcome], text: () -> Void) throws {
        if output.json {
            let told = try summary(outcomes)
            var fields: [String: JSONValue] = if case .object(let fields) = told { fields } else { ["summary": told] }
            fields["out"] = .string(folder)
            print(try JSONValue.object(fields).line)
        } else {
            text()
            output.note("all outcomes are in \(folder)/outcomes.jsonl")
        }
        if Terminal.isInterrupted { throw ExitCode(130) }
    }
}

extension MeanOverSeeds {
    /// `0.8312 ± 0.0121`, or the mean alone of a single seed.
    var text: String { number(value, digits: 4) + (margin.map { " ± \(number($0, digits: 4))" } ?? "") }

    /// The fields of it under a name, of which that of the margin is null for a single seed.
    func fields(_ name: String) -> [String: JSONValue] {
        [name: .number(value), "\(name)_margin": margin.map(JSONValue.number) ?? .null]
    }
}

extension Contestant {
    /// The model that a user asks for in one word, or with its settings in quotes.
    init(_ text: String, parameter: String, steps: Int) throws {
        let words = text.split(separator: " ").map(String.init)
        guard let name = words.first else { throw StrataError(parameter: parameter, text, "which model?") }
        let description = try Toolbox.current.zoo[name]
        var typed = try ModelSettings.parse(Array(words.dropFirst()))
        let runs = try ModelSettings.networks(of: description, &typed)
        self.init(
            description, try .init(description.hyperparameters, typed), steps: steps,
            upon: try runs.reduce(into: [:]) { $0[$1.key] = try $1.value.network(scope: $1.key) })
    }
}
