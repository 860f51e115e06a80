import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataRuns
import StrataTraining

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the layers of one or two models.",
        discussion: """
            Linear centred kernel alignment (Kornblith et al. 2019) of what each layer of RUN, and each of OTHER, makes
            of the same examples: 1 where one is the other rotated and scaled. Without OTHER, RUN is compared with
            itself. A model without several layers takes part with its code.
            """)

    @OptionGroup var options: RunOptions

    @Argument(help: "Another run folder (default: the same run).")
    var other: String?

    @Option(help: "The data (default: those of RUN).")
    var data: String?

    @Option(parsing: .unconditional, help: "How many examples: the first of the test split.")
    var count = 2000

    @Option(help: "An SVG file for an image of the table.")
    var out: String?

    func run() throws {
        try checkCount(count, "count")
        guard count > 1 else { throw StrataError(parameter: "count", count, "a comparison takes at least 2 examples") }
        let run = try options.open()
        let other = try other.map { try options.open($0) }
        if let other, other.configuration.features != run.configuration.features {
            throw StrataError(
                .data,
                "\(run.folder) learned from examples of \(Shape(run.configuration.exampleShape)),"
                    + " \(other.folder) of \(Shape(other.configuration.exampleShape)): they cannot be compared")
        }
        let data = try options.data(run, data)
        let whole = data.test.count > 1 ? data.test : data.train
        let split = try whole.subset((0..<Int32(min(count, whole.count))).map { $0 })

        let rows = try Codes.layers(of: run.predictor, split)
        let columns = try other.map { try Codes.layers(of: $0.predictor, split) } ?? rows
        let table = try CenteredKernelAlignment.linear(
            rows.map(\.codes), columns.map(\.codes), backend: run.predictor.backend)
        let map = HeatMap(
            title: "CKA on \(split.count) examples of \(data.name)", rowLabel: run.folder,
            columnLabel: (other ?? run).folder, rows: rows.map(\.name), columns: columns.map(\.name),
            values: table)
        if let out { try AtomicFile.write(out, Array(map.svg.utf8)) }
        try tell(map, data.name, split.count)
    }

    private func tell(_ map: HeatMap, _ data: String, _ count: Int) throws {
        guard options.output.json else {
            let width = map.rows.map(\.count).max() ?? 0
            let widths = map.columns.map { max($0.count, 6) }
            let header = zip(map.columns, widths).map { right($0, $1) }
            print(([padded("", width)] + header).joined(separator: "  "))
            for (name, values) in zip(map.rows, map.values) {
                let cells = zip(values, widths).map { right(number($0, digits: 4), $1) }
                print(([padded(name, width)] + cells).joined(separator: "  "))
            }
            if let out { options.output.say("the image is \(out)") }
            return
        }
        let fields: [String: JSONValue] = [
            "run": .string(map.rowLabel), "other": .string(map.columnLabel), "data": .string(data),
            "count": .integer(count), "rows": .array(map.rows.map(JSONValue.string)),
            "columns": .array(map.columns.map(JSONValue.string)),
            "cka": .array(map.values.map { .array($0.map(JSONValue.number)) }),
            "out": out.map(JSONValue.string) ?? .null,
        ]
        print(try JSONValue.object(fields).line)
    }
}
