import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataRuns
import StrataTraining

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the layers of one or two models, and the codes of two.",
        discussion: """
            Linear centred kernel alignment (Kornblith et al. 2019) of what each layer of RUN, and each of OTHER, makes
            of the same examples: 1 where one is the other rotated and scaled. Without OTHER, RUN is compared with
            itself. A model without several layers takes part with its code.

            With --anchors N the codes of two models are compared by their cosines with those of N training examples
            (Moschella et al. 2023): how alike these relative codes are, how many nearest examples are common to both
            models (jaccard) and at which rank an example finds itself in the other model. Of data with labels, a linear
            classifier of one model's relative codes is tested on the other's, without training of its own (stitched).
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

    @Option(parsing: .unconditional, help: "Training examples that relative codes are of (default: no relative codes).")
    var anchors: Int?

    @Option(parsing: .unconditional, help: "Training examples that the stitched classifiers learn from.")
    var train = 5000

    func run() throws {
        try checkCount(count, "count")
        guard count > 1 else { throw StrataError(parameter: "count", count, "a comparison takes at least 2 examples") }
        if let anchors {
            try checkCount(anchors, "anchors", limit: 10_000)
            try checkCount(train, "train")
            guard other != nil else {
                throw StrataError(
                    parameter: "anchors", anchors, "relative codes are compared with those of another run")
            }
        }
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
        var relative: RelativeComparison?
        if let anchors, let other { relative = try compare(run, other, data, split, anchors: anchors) }
        if let out { try AtomicFile.write(out, Array(map.svg.utf8)) }
        try tell(map, relative, data.name, split.count)
    }

    /// What relative codes tell of two models.
    private struct RelativeComparison {
        var anchors: Int
        var similarity: RelativeSimilarity
        /// Of data with labels.
        var stitching: Stitching?
    }

    private func compare(
        _ run: OpenRun, _ other: OpenRun, _ data: DataSet, _ split: DataSplit, anchors: Int
    ) throws -> RelativeComparison {
        let backend = run.predictor.backend
        func codes(_ split: DataSplit) throws -> (first: Codes, second: Codes) {
            (try Codes(run.predictor, of: split), try Codes(other.predictor, of: split))
        }
        let chosen = try data.train.drawn(anchors, seed: 1)
        let (known, own) = (try codes(chosen), try codes(split))
        let similarity = try RelativeSimilarity(
            RelativeRepresentation.cosines(own.first, to: known.first),
            RelativeRepresentation.cosines(own.second, to: known.second), backend: backend)
        var comparison = RelativeComparison(anchors: chosen.count, similarity: similarity)
        let learned = try data.train.drawn(train, seed: 2)
        if let labels = learned.labels, let tested = split.labels, labels.classNames.count > 1 {
            let codes = try codes(learned)
            comparison.stitching = try Stitching(
                train: .init(codes.first, codes.second, labels), test: .init(own.first, own.second, tested),
                anchors: known, backend: backend, seed: 0)
        }
        return comparison
    }

    private func tell(_ map: HeatMap, _ relative: RelativeComparison?, _ data: String, _ count: Int) throws {
        guard options.output.json else {
            let width = map.rows.map(\.count).max() ?? 0
            let widths = map.columns.map { max($0.count, 6) }
            let header = zip(map.columns, widths).map { right($0, $1) }
            print(([padded("", width)] + header).joined(separator: "  "))
            for (name, values) in zip(map.rows, map.values) {
                let cells = zip(values, widths).map { right(number($0, digits: 4), $1) }
                print(([padded(name, width)] + cells).joined(separator: "  "))
            }
            if let relative { tell(relative, [map.rowLabel, map.columnLabel]) }
            if let out { options.output.say("the image is \(out)") }
            return
        }
        var fields: [String: JSONValue] = [
            "run": .string(map.rowLabel), "other": .string(map.columnLabel), "data": .string(data),
            "count": .integer(count), "rows": .array(map.rows.map(JSONValue.string)),
            "columns": .array(map.columns.map(JSONValue.string)),
            "cka": .array(map.values.map { .array($0.map(JSONValue.number)) }),
            "out": out.map(JSONValue.string) ?? .null,
        ]
        if let relative { fields["relative"] = json(relative) }
        print(try JSONValue.object(fields).line)
    }

    private func tell(_ relative: RelativeComparison, _ runs: [String]) {
        let similarity = relative.similarity
        print(
            "relative codes of \(relative.anchors) anchors: cosine \(number(similarity.cosine, digits: 4)), jaccard"
                + " \(number(similarity.jaccard, digits: 4)), mean reciprocal rank"
                + " \(number(similarity.meanReciprocalRank, digits: 4))")
        guard let stitching = relative.stitching else { return }
        for (kind, heads) in [("relative", stitching.relative), ("absolute", stitching.absolute)] {
            for (run, head) in zip(runs, heads) {
                print(
                    "classifier of \(kind) codes of \(run): \(number(head.own, digits: 4)), on the other's"
                        + " \(number(head.stitched, digits: 4))")
            }
        }
    }

    private func json(_ relative: RelativeComparison) -> JSONValue {
        func fields(_ heads: [Stitching.Head]) -> JSONValue {
            .array(heads.map { .object(["own": .number($0.own), "stitched": .number($0.stitched)]) })
        }
        let similarity = relative.similarity
        return .object([
            "anchors": .integer(relative.anchors), "cosine": .number(similarity.cosine),
            "jaccard": .number(similarity.jaccard),
            "mean_reciprocal_rank": .number(similarity.meanReciprocalRank),
            "relative_heads": relative.stitching.map { fields($0.relative) } ?? .null,
            "absolute_heads": relative.stitching.map { fields($0.absolute) } ?? .null,
        ])
    }
}
