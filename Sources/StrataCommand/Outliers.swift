import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataFiles
import StrataRuns
import StrataTraining

struct Outliers: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score examples by how unlike those of training they are, and tell how well that finds outliers.",
        discussion: """
            With --against a data set of outliers, or --held-out a class that the model has not seen, each score that the \
            model allows is compared: the area under the ROC (0.5 tells nothing, below it is the wrong way round) with its \
            interval of 95 %, the average precision, and the share of outliers taken for inliers where 95 % of these are \
            accepted. Size as a compressed image and brightness stand beside, since likelihoods often tell little more. The \
            run folder gets outliers.json and outliers.svg. Without outliers, examples are ranked by --score: outliers.csv, \
            and of images outliers.png, the most outlying first.

            """ + scores)

    private static let scores = OutlierScore.all.map { score in
        "\(score.name): \(score.summary); takes \(score.requirement)."
    }.joined(separator: "\n")

    @OptionGroup var options: RunOptions
    @OptionGroup var examples: ExampleOptions

    @Option(help: "Outliers: a data set, or a file or folder as for 'strata train'.")
    var against: String?

    @Option(
        help: "Outliers: a class of the data that without:CLASS:NAME has kept from training; other classes are inliers."
    )
    var heldOut: String?

    @Option(help: "Scores, with commas between them (default: all that the model allows).")
    var scores: String?

    @Option(help: "The score that examples are ranked by, without outliers (default: the first that the model allows).")
    var score: String?

    @Option(help: "The run of a background model, for likelihood_ratio: trained on perturbed:NAME, say.")
    var background: String?

    @Option(parsing: .unconditional, help: "Inliers and outliers, each at most, drawn at random.")
    var count = 1000

    @Option(parsing: .unconditional, help: "Training examples that scores are set against.")
    var known = 2000

    @Option(parsing: .unconditional, help: "The neighbour in the code whose distance counts.")
    var neighbours = 10

    @Option(parsing: .unconditional, help: "Steps in which likelihood_regret optimizes each posterior.")
    var regretSteps = 100

    @Option(parsing: .unconditional, help: "Seed of the draws.")
    var seed = 0

    func run() throws {
        Terminal.catchInterrupts()
        for (name, value) in [("count", count), ("known", known)] { try checkCount(value, name) }
        for (name, value) in [("neighbours", neighbours), ("regretSteps", regretSteps)] {
            try checkCount(value, name, limit: 10_000)
        }
        let seed = try checkedSeed(seed)
        let run = try options.open()
        let learned = try run.run.data().train.drawn(known, seed: seed)
        let detection = try OutlierDetection(run.predictor, known: learned, codecs: .system)
        (detection.neighbours, detection.seed) = (neighbours, seed)
        detection.regret = LikelihoodRegret(steps: regretSteps)
        if let background {
            let other = try options.open(background)
            guard other.configuration.features == run.configuration.features else {
                throw StrataError(
                    parameter: "background", background,
                    "learned from examples of \(Shape(other.configuration.exampleShape)), \(run.folder) of"
                        + " \(Shape(run.configuration.exampleShape))")
            }
            detection.background = other.predictor
        }
        let found = try examples.load(run, options)
        guard against != nil || heldOut != nil else { return try rank(found, run, detection, seed) }
        let (inliers, outliers) = try parts(found, run)
        try compare(
            drawn([inliers], seed: seed), drawn(outliers, seed: seed &+ 1), run, detection)
    }

    /// Some examples of splits, drawn at random from each until there are enough.
    private func drawn(_ splits: [DataSplit], seed: UInt32) throws -> [Float] {
        var (values, left): ([Float], Int) = ([], count)
        for split in splits {
            let some = try split.drawn(left, seed: seed)
            values += try some.values(0..<some.count)
            left -= some.count
        }
        return values
    }

    /// The examples that are inliers, and those that are outliers.
    private func parts(_ found: DataSplit, _ run: OpenRun) throws -> (DataSplit, [DataSplit]) {
        if let against {
            if let heldOut {
                throw StrataError(parameter: "heldOut", heldOut, "outliers are those of --against; give one of both")
            }
            let data = try options.data(run, against)
            if let range = data.spec.example.range { try run.predictor.model.domain?.check(range, name: data.name) }
            // Examples in one piece are outliers all.
            let splits = data.isTestDrawn ? [data.train, data.test] : [data.test.count > 0 ? data.test : data.train]
            return (found, splits)
        }
        guard let labels = found.labels else { throw StrataError(.data, "--held-out: the data have no labels") }
        let own = try labels.number(of: heldOut ?? "")
        let places = (0..<Int32(found.count))
        return (
            try found.subset(places.filter { labels.values[Int($0)] != Int32(own) }),
            [try found.subset(places.filter { labels.values[Int($0)] == Int32(own) })]
        )
    }

    private var chosen: [String]? { scores?.split(separator: ",").map(String.init) }

    // MARK: Outliers known

    private func compare(
        _ inliers: [Float], _ outliers: [Float], _ run: OpenRun, _ detection: OutlierDetection
    ) throws {
        if let score { throw StrataError(parameter: "score", score, "ranks examples without outliers; see --scores") }
        let outcomes = try detection.compare(inliers: inliers, outliers: outliers, chosen) { name in
            options.output.note("\(name) …")
            return !Terminal.isInterrupted
        }
        let width = run.predictor.features
        let counts = (inliers.count / width, outliers.count / width)
        let name = against ?? heldOut.map { "class \($0)" } ?? ""
        let plot = IntervalPlot(
            title: "\(run.configuration.model): \(name) as outliers", label: "area under the ROC",
            rows: outcomes.map { .init($0.name, $0.separation.area, $0.separation.interval) }, reference: 0.5)
        try AtomicFile.write("\(run.folder)/outliers.svg", Array(plot.svg.utf8))
        let summary = JSONValue.object([
            "run": .string(run.folder), "outliers": .string(name), "inlier_count": .integer(counts.0),
            "outlier_count": .integer(counts.1), "scores": .array(outcomes.map(json)),
        ])
        try AtomicFile.write("\(run.folder)/outliers.json", Array((summary.pretty + "\n").utf8))
        if options.output.json { print(try summary.line) } else { tell(outcomes, counts, run) }
        if Terminal.isInterrupted { throw ExitCode(130) }
    }

    private func json(_ outcome: OutlierDetection.Outcome) -> JSONValue {
        let separation = outcome.separation
        return .object([
            "score": .string(outcome.name), "auroc": .number(separation.area),
            "auroc_lower": .number(separation.interval.lowerBound),
            "auroc_upper": .number(separation.interval.upperBound),
            "average_precision": .number(separation.averagePrecision), "fpr_at_95_tpr": .number(separation.missed),
            "inlier_mean": .number(outcome.inlierMean), "outlier_mean": .number(outcome.outlierMean),
        ])
    }

    private func tell(_ outcomes: [OutlierDetection.Outcome], _ counts: (Int, Int), _ run: OpenRun) {
        options.output.say("\(counts.0) inliers, \(counts.1) outliers")
        let width = outcomes.map(\.name.count).max() ?? 0
        let columns = [("AUROC", 24), ("AP", 8), ("FPR at 95 % TPR", 17), ("mean in", 12), ("mean out", 12)]
        print(padded("", width) + columns.map { "  " + padded($0.0, $0.1) }.joined())
        for outcome in outcomes {
            let (separation, interval) = (outcome.separation, outcome.separation.interval)
            let cells = [
                "\(number(separation.area, digits: 4)) (\(number(interval.lowerBound, digits: 4)) to"
                    + " \(number(interval.upperBound, digits: 4)))",
                number(separation.averagePrecision, digits: 4), number(separation.missed, digits: 4),
                number(outcome.inlierMean, digits: 3), number(outcome.outlierMean, digits: 3),
            ]
            print(
                padded(outcome.name, width)
                    + zip(cells, columns).map { "  " + padded($0, $1.1) }.joined())
        }
        options.output.say("the figure is \(run.folder)/outliers.svg")
    }

    // MARK: Outliers looked for

    private func rank(_ found: DataSplit, _ run: OpenRun, _ detection: OutlierDetection, _ seed: UInt32) throws {
        let split = found
        let values = try split.values(0..<split.count)
        let names = score.map { [$0] } ?? chosen
        // Ranked by one score: the first that there is.
        var first: String?
        let scored = try detection.scores(of: [values], names) { name in
            guard score != nil || scores != nil || first == nil else { return false }
            first = name
            options.output.note("\(name) …")
            return !Terminal.isInterrupted
        }[0]
        if Terminal.isInterrupted { throw ExitCode(130) }
        guard let ranked = scored.first else {
            throw StrataError(.unsupported, "\(run.configuration.model) allows none of the scores")
        }
        let order = ranked.values.indices.sorted { (-ranked.values[$0], $0) < (-ranked.values[$1], $1) }
        let labels = split.labels.map { labels in labels.values.map { labels.classNames[Int($0)] } }
        let heading = (["example", labels == nil ? nil : "label"].compactMap(\.self) + scored.map(\.name))
        let lines = order.map { place in
            (["\(place)"] + (labels.map { [quoted($0[place])] } ?? []) + scored.map { "\($0.values[place])" })
                .joined(separator: ",")
        }
        let table = "\(run.folder)/outliers.csv"
        let text = ([heading.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
        try AtomicFile.write(table, Array(text.utf8))
        var files = [table]
        let shown = Array(order.prefix(64))
        if RunImages.canDraw(run.configuration.exampleShape), !shown.isEmpty {
            let width = run.predictor.features
            files.append(
                try ExampleFile.write(
                    shown.flatMap { values.rows($0..<$0 + 1, width: width) }, shape: run.configuration.exampleShape,
                    to: "\(run.folder)/outliers.png", columns: 8, codecs: .system))
        }
        guard !options.output.json else {
            return print(
                try JSONValue.object([
                    "score": .string(ranked.name), "count": .integer(order.count),
                    "most_outlying": .array(shown.map { .integer($0) }), "files": .array(files.map(JSONValue.string)),
                ]).line)
        }
        for place in order.prefix(10) {
            let label = labels.map { "  \($0[place])" } ?? ""
            print("\(right("\(place)", 8))  \(right(number(ranked.values[place], digits: 4), 12))\(label)")
        }
        options.output.say("the most outlying of \(order.count) by \(ranked.name); \(files.joined(separator: ", "))")
    }

    /// A field of a table, in quotes where it has a comma.
    private func quoted(_ text: String) -> String {
        guard text.contains(where: { ",\"\n".contains($0) }) else { return text }
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        return "\"\(parts.joined(separator: "\"\""))\""
    }
}
