import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataRuns

struct Latent: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Move in a model's latent space: attributes, arithmetic, variations, neighbours.",
        discussion: """
            For any model that makes examples of codes. One without an encoder, such as a gan, has its decoder inverted,
            which takes some seconds.
            """,
        subcommands: [
            AttributeCommand.self, Arithmetic.self, Variations.self, Traversals.self, Neighbours.self, Translate.self,
        ])
}

/// A run whose latent space is moved in, and the examples that are moved.
struct LatentOptions: ParsableArguments {
    @OptionGroup var options: RunOptions
    @OptionGroup var examples: ExampleOptions

    @Option(help: "A .png image, a .npy or .csv file, or - for standard output (default: an image in the run folder).")
    var out: String?

    func open() throws -> (OpenRun, LatentSpace) {
        try options.checkOutput(out)
        let run = try options.open()
        let space = try LatentSpace(run.predictor)
        if space.invertsDecoder {
            options.output.note("\(run.configuration.model) has no encoder: its decoder is inverted")
        }
        return (run, space)
    }

    /// Training examples from which the space is known, with labels and factors, at most some thousands.
    func known(_ run: OpenRun, _ space: LatentSpace) throws -> DataSplit {
        // An inversion takes a thousandth of a second of each.
        try options.data(run, examples.data).train.drawn(space.invertsDecoder ? 200 : 10_000)
    }

    /// The first examples of the split that was asked for.
    func first(_ count: Int, _ run: OpenRun) throws -> [Float] {
        let split = try examples.load(run, options)
        guard count <= split.count else {
            throw StrataError(parameter: "count", count, "there are \(split.count) examples")
        }
        return try split.values(0..<count)
    }

    /// Writes examples, so many in a row of the image, and tells where.
    func write(
        _ values: [Float], _ run: OpenRun, named name: String, columns: Int, _ text: String,
        _ fields: [String: JSONValue] = [:]
    ) throws {
        let file = try ExampleFile.write(
            values, shape: run.configuration.exampleShape, to: out ?? "\(run.folder)/\(name).png", columns: columns,
            codecs: .system)
        try options.report(file, fields, "\(text); \(file)")
    }
}

extension [Float] {
    /// Some rows of a table.
    func rows(_ rows: Range<Int>, width: Int) -> ArraySlice<Float> {
        self[rows.lowerBound * width..<rows.upperBound * width]
    }
}
