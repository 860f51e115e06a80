import StrataBackend
import StrataEvaluation

/// What an evaluation found, section by section; it is told as lines, as JSON or as a page (`EvaluationReport+HTML.swift`).
struct EvaluationReport {
    /// Whose it is, and on what.
    var title: String
    var facts: [(name: String, value: String)]
    var sections: [Section] = []

    struct Section {
        var title: String
        /// Names are those of the JSON's fields.
        var rows: [(name: String, value: JSONValue)] = []
        var table: Table?
        var pictures: [Picture] = []
    }

    /// Rows that are alike, such as probes at several numbers of labels.
    struct Table {
        var name: String
        var columns: [String]
        var rows: [[JSONValue]]
    }

    struct Picture {
        var title: String
        var caption: String
        /// A PNG or SVG file.
        var path: String
    }

    /// All fields in one object.
    var fields: [String: JSONValue] {
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
    var text: String {
        let width = sections.flatMap(\.rows).map(\.name.count).max() ?? 0
        return sections.filter { !$0.rows.isEmpty || $0.table != nil || !$0.pictures.isEmpty }.map { section in
            let rows = section.rows.compactMap { row in
                EvaluationReport.shown(row.value).map { "  \(padded(row.name, width))  \($0)" }
            }
            let pictures = section.pictures.map { "  \(padded($0.title.lowercased(), width))  \($0.path)" }
            return ([section.title] + rows + (section.table?.lines ?? []) + pictures).joined(separator: "\n")
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
        ([columns] + rows.map { $0.map { EvaluationReport.shown($0) ?? "–" } }).map { row in
            "  " + zip(row, columns).map { padded($0, $1.count) }.joined(separator: "  ")
        }
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
}
