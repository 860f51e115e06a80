import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataRuns

/// What experiments that compare methods write as they go, and tell in the end: each trial, the means over the seeds, and a
/// figure.
struct TrialReport {
    /// The folder of what comes out.
    let folder: String
    /// The score of the figure, and of the gains.
    let score: String
    /// The title of the figure.
    let title: String
    let output: OutputOptions
    private(set) var trials: [Trial] = []

    /// A folder that is made anew.
    init(creating folder: String, score: String, title: String, _ output: OutputOptions) throws {
        self.folder = try RunFolder(creating: folder, replacing: true).path
        (self.score, self.title, self.output) = (score, title, output)
    }

    /// Notes a trial and writes all that there are; false where the user has had enough.
    mutating func add(_ trial: Trial, of total: Int) throws -> Bool {
        trials.append(trial)
        let scores = trial.scores.sorted { $0.key < $1.key }.map { "\($0.key) \(number($0.value, digits: 4))" }
        let labels = trial.labels.map { ", \($0) labels" } ?? ""
        output.note(
            "\(trials.count)/\(total)  \(trial.method)\(labels), seed \(trial.seed): \(scores.joined(separator: ", "))")
        try write()
        return !Terminal.isInterrupted
    }

    private func write() throws {
        let lines = try trials.map { trial in
            var fields: [String: JSONValue] = ["seed": .integer(Int(trial.seed)), "method": .string(trial.method)]
            if let labels = trial.labels { fields["labels"] = .integer(labels) }
            for (name, value) in trial.scores { fields[name] = .number(value) }
            return try JSONValue.object(fields).line + "\n"
        }
        try AtomicFile.write("\(folder)/outcomes.jsonl", Array(lines.joined().utf8))
        try AtomicFile.write("\(folder)/summary.json", Array((summary.pretty + "\n").utf8))
        let chart = TrialSummary.chart(
            of: trials, score: score, title: title, yLabel: score.split(separator: "_").joined(separator: " "))
        try AtomicFile.write("\(folder)/\(score).svg", Array(chart.svg.utf8))
    }

    private var summary: JSONValue {
        .array(
            TrialSummary.all(of: trials).map { summary in
                var fields: [String: JSONValue] = ["method": .string(summary.method)]
                if let labels = summary.labels { fields["labels"] = .integer(labels) }
                func add(_ name: String, _ mean: MeanOverSeeds) {
                    fields[name] = .number(mean.value)
                    fields["\(name)_margin"] = mean.margin.map(JSONValue.number) ?? .null
                }
                for (name, mean) in summary.scores { add(name, mean) }
                for (name, mean) in summary.gains { add("\(name)_gain", mean) }
                return .object(fields)
            })
    }

    /// Tells the means, and where all is. Throws where not all trials were done.
    func tell(of total: Int) throws {
        if output.json {
            print(try JSONValue.object(["out": .string(folder), "summary": summary]).line)
        } else {
            let summaries = TrialSummary.all(of: trials)
            let names = Set(summaries.flatMap(\.scores.keys)).sorted()
            func text(_ mean: MeanOverSeeds?) -> String {
                guard let mean else { return "" }
                return number(mean.value, digits: 4) + (mean.margin.map { " ± \(number($0, digits: 4))" } ?? "")
            }
            let heads = summaries.map { $0.method + ($0.labels.map { ", \($0) labels" } ?? "") }
            let width = heads.map(\.count).max() ?? 0
            output.say(
                padded("", width) + "  " + names.map { padded($0, 20) }.joined() + "gain of \(score)")
            for (head, summary) in zip(heads, summaries) {
                output.say(
                    padded(head, width) + "  " + names.map { padded(text(summary.scores[$0]), 20) }.joined()
                        + text(summary.gains[score]))
            }
            output.note("all seeds are in \(folder)/outcomes.jsonl, the figure is \(folder)/\(score).svg")
        }
        if trials.count < total { throw ExitCode(130) }
    }
}

/// The choices that words name, such as the methods of an experiment: `source,dann`.
func choices<Choice: RawRepresentable & CaseIterable>(_ text: String, _ what: String) throws -> [Choice]
where Choice.RawValue == String {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
        guard let choice = Choice(rawValue: String(word)) else {
            throw StrataError.unknown(what, String(word), among: Choice.allCases.map(\.rawValue))
        }
        return choice
    }
}

/// Whole numbers from 1 to a limit, which commas separate.
func counts(_ text: String, _ parameter: String, limit: Int) throws -> [Int] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard !parts.isEmpty, parts.allSatisfy({ $0.map { (1...limit).contains($0) } ?? false }) else {
        throw StrataError(parameter: parameter, text, "expected numbers from 1 to \(limit), such as 1,2,3")
    }
    return parts.compactMap { $0 }
}
