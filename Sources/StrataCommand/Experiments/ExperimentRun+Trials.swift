import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataRuns

/// Experiments that compare methods: the means over the seeds, and a figure.
extension ExperimentRun<Trial> {
    /// A folder that is made anew.
    init(trialsIn folder: String, _ output: OutputOptions) throws {
        try self.init(
            in: folder, output,
            fields: { trial in
                var fields: [String: JSONValue] = ["seed": .integer(Int(trial.seed)), "method": .string(trial.method)]
                if let labels = trial.labels { fields["labels"] = .integer(labels) }
                for (name, value) in trial.scores { fields[name] = .number(value) }
                return fields
            },
            line: { trial in
                let scores = trial.scores.sorted { $0.key < $1.key }.map { "\($0.key) \(number($0.value, digits: 4))" }
                let labels = trial.labels.map { ", \($0) labels" } ?? ""
                return "seed \(trial.seed), \(trial.method)\(labels): \(scores.joined(separator: ", "))"
            },
            summary: { trials in
                .array(
                    TrialSummary.all(of: trials).map { summary in
                        var fields: [String: JSONValue] = ["method": .string(summary.method)]
                        if let labels = summary.labels { fields["labels"] = .integer(labels) }
                        for (name, mean) in summary.scores { fields.merge(mean.fields(name)) { $1 } }
                        for (name, mean) in summary.gains { fields.merge(mean.fields("\(name)_gain")) { $1 } }
                        return .object(fields)
                    })
            })
    }

    /// Runs an experiment, and tells the means of its methods.
    ///
    /// - `score`: That of the figure, and of the gains.
    /// - `title`: Of the figure.
    func compare(score: String, title: String, _ body: ((Trial) throws -> Bool) throws -> Void) throws {
        let path = "\(folder)/\(score).svg"
        let trials = try outcomes(
            also: { trials in
                let chart = TrialSummary.chart(
                    of: trials, score: score, title: title, yLabel: score.split(separator: "_").joined(separator: " "))
                try AtomicFile.write(path, Array(chart.svg.utf8))
            }, of: body)
        try finish(trials) {
            tell(TrialSummary.all(of: trials), score)
            output.note("the figure is \(path)")
        }
    }

    private func tell(_ summaries: [TrialSummary], _ score: String) {
        let names = Set(summaries.flatMap(\.scores.keys)).sorted()
        let heads = summaries.map { $0.method + ($0.labels.map { ", \($0) labels" } ?? "") }
        let width = heads.map(\.count).max() ?? 0
        output.say(padded("", width) + "  " + names.map { padded($0, 20) }.joined() + "gain of \(score)")
        for (head, summary) in zip(heads, summaries) {
            output.say(
                padded(head, width) + "  " + names.map { padded(summary.scores[$0]?.text ?? "", 20) }.joined()
                    + (summary.gains[score]?.text ?? ""))
        }
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
