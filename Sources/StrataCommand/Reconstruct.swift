import ArgumentParser
import StrataBackend
import StrataData
import StrataFiles
import StrataRuns
import StrataTraining

struct Reconstruct: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reconstruct examples from their codes or, by a model of pairs, from their sources.",
        discussion:
            "In an image, rows of originals have the row of their reconstructions beneath; rows of sources have what"
            + " the model makes of them beneath, and the true images below that.")

    @OptionGroup var options: RunOptions
    @OptionGroup var examples: ExampleOptions

    @Option(parsing: .unconditional, help: "How many.")
    var count = 32

    @Option(
        help: ArgumentHelp(
            "A .png image, a .npy or .csv file, - for standard output, or a .mid file of tunes (default: reconstructions.png or pairs.png in the"
                + " run folder, or .npy)."))
    var out: String?

    func run() throws {
        try checkCount(count, "count")
        try options.checkOutput(out)
        let run = try options.open()
        let split = try examples.load(run, options)
        let restorations = try Restorations(run.predictor, of: split, 0..<min(count, split.count))
        let (originals, results) = (restorations.originals, restorations.results)
        let shape = run.configuration.exampleShape
        let path = out ?? ExampleFile.path(restorations.name, in: run.folder, shape: shape)
        let isArray = ExampleFile.holdsNumbers(path)
        let file = try ExampleFile.write(
            isArray
                ? results : restorations.rows(width: run.predictor.features, columns: 8),
            shape: shape, to: path, columns: 8, vocabulary: run.configuration.facts?.vocabulary, codecs: .system)
        let shown: JSONValue = .integer(min(count, split.count))
        if run.configuration.spec.hasTokens {
            let same = zip(originals, results).count { $0 == $1 }
            let share = Double(same) / Double(max(originals.count, 1))
            return try options.report(
                file, ["accuracy": .number(share), "count": shown],
                "\(number(share, digits: 3)) of the tokens come back; \(file)")
        }
        let error = zip(originals, results).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        let perExample = error / Double(max(originals.count / run.predictor.features, 1))
        try options.report(
            file, ["reconstruction_error": .number(perExample), "count": shown],
            "squared error \(number(perExample, digits: 3)) an example; \(file)")
    }
}
