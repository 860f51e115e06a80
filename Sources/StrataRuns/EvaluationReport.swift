import StrataBackend
import StrataEvaluation

/// The results of an evaluation, section by section: as lines, as JSON, or as a page (`html`).
public struct EvaluationReport: Sendable {
    /// The model, and what it was evaluated on.
    public var title: String
    /// The circumstances, such as the run, the settings and the seed: the page shows them under its title. They are no
    /// part of `fields` and `text`.
    public var facts: [(name: String, value: String)]
    /// The results, in the order in which the text and the page show them.
    public var sections: [Section] = []

    /// A report without sections, to which they are appended.
    public init(title: String, facts: [(name: String, value: String)] = []) {
        self.title = title
        self.facts = facts
    }

    /// Results that belong together.
    public struct Section: Sendable {
        /// The heading in the text and on the page.
        public var title: String
        /// Names are those of the JSON's fields.
        public var rows: [(name: String, value: JSONValue)] = []
        /// The table below the rows; `nil` for none.
        public var table: Table?
        /// The figures below rows and table; `fields` leaves them out.
        public var images: [Image] = []

        /// Results under a heading. Nothing is checked.
        public init(
            title: String, rows: [(name: String, value: JSONValue)] = [], table: Table? = nil, images: [Image] = []
        ) {
            (self.title, self.rows, self.table, self.images) = (title, rows, table, images)
        }
    }

    /// Rows that are alike, such as probes at several numbers of labels.
    public struct Table: Sendable {
        /// The JSON's field that holds the rows as an array of objects; neither the text nor the page shows it.
        public var name: String
        /// The names of the columns, which are the fields of each row's object in the JSON.
        public var columns: [String]
        /// The values, [rows, columns]; text and page show a dash for what is neither a number nor a string.
        public var rows: [[JSONValue]]
    }

    /// A figure of the page.
    public struct Image: Sendable {
        /// The name of the figure: the first words of its caption on the page, and the text that stands in for a PNG.
        public var title: String
        /// What the figure shows, in whole sentences: the page puts it below, after the title.
        public var caption: String
        /// A PNG or SVG file.
        public var path: String

        /// A figure in a file, which is not opened here.
        public init(title: String, caption: String, path: String) {
            (self.title, self.caption, self.path) = (title, caption, path)
        }
    }

    /// All fields in one object.
    public var fields: [String: JSONValue] {
        var fields: [String: JSONValue] = [:]
        for section in sections {
            for row in section.rows { fields[row.name] = row.value }
            guard let table = section.table else { continue }
            fields[table.name] = .array(
                table.rows.map { row in .object(Dictionary(zip(table.columns, row)) { $1 }) })
        }
        return fields
    }

    /// Lines for people.
    public var text: String {
        let width = sections.flatMap(\.rows).map(\.name.count).max() ?? 0
        return sections.filter { !$0.rows.isEmpty || $0.table != nil || !$0.images.isEmpty }.map { section in
            let rows = section.rows.compactMap { row in
                EvaluationReport.shown(row.value).map { "  \(padded(row.name, width))  \($0)" }
            }
            let images = section.images.map { "  \(padded($0.title.lowercased(), width))  \($0.path)" }
            return ([section.title] + rows + (section.table?.lines ?? []) + images).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// A number, a word or several numbers as people read them.
    static func shown(_ value: JSONValue) -> String? {
        switch value {
        case .integer(let value): "\(value)"
        case .number(let value): number(value, digits: 4)
        case .string(let value): value
        case .null, .bool, .array, .object: nil
        }
    }
}

extension EvaluationReport.Table {
    /// Columns under their names.
    fileprivate var lines: [String] {
        let cells = [columns] + rows.map { $0.map { EvaluationReport.shown($0) ?? "–" } }
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in "  " + zip(row, widths).map { padded($0, $1) }.joined(separator: "  ") }
    }
}

extension EvaluationReport.Section {
    /// A likelihood with its bounds, and what it is.
    mutating func append(_ name: String, _ estimate: Estimate) {
        rows += [
            (name, .number(estimate.value)), ("\(name)_lower", .number(estimate.lower)),
            ("\(name)_upper", .number(estimate.upper)), ("\(name)_is", .string(estimate.certainty.rawValue)),
        ]
    }

    /// What annealing found, with the bounds on examples of the model's own.
    mutating func append(_ result: LatentAnnealing.Result?, _ annealing: LatentAnnealing) {
        guard let result else { return }
        append("annealed_log_likelihood", result.logLikelihood)
        rows += [
            ("annealing_steps", .integer(annealing.steps)), ("annealing_chains", .integer(annealing.chains)),
            ("annealed_examples", .integer(result.examples)), ("annealing_acceptance", .number(result.acceptance)),
        ]
        guard let simulated = result.simulated else { return }
        append("simulated_log_likelihood_from_below", simulated.lower)
        append("simulated_log_likelihood_from_above", simulated.upper)
        rows += [
            ("bidirectional_gap", .number(simulated.gap)),
            ("bidirectional_gap_error", .number(simulated.standardError)),
        ]
    }
}
