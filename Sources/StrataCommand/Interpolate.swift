public import ArgumentParser
import StrataBackend
import StrataData
import StrataModels
import StrataRuns
public import StrataTraining

struct Interpolate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Interpolate between examples in a model's code.",
        discussion: "Each row goes from one example to another; a model without an encoder goes from noise to noise.")

    @OptionGroup var options: RunOptions
    @OptionGroup var examples: ExampleOptions

    @Option(parsing: .unconditional, help: "Pairs: the rows of the image.")
    var count = 8

    @Option(parsing: .unconditional, help: "Steps from one end to the other: the columns.")
    var steps = 10

    @Option(parsing: .unconditional, help: "Seed of the noise, for a model without an encoder (default: 0).")
    var seed: Int?

    @Option(help: "The way: linear, spherical, or geodesic, the shortest among the decoded examples.")
    var along = LatentPath.linear

    @Option(
        help: ArgumentHelp(
            "A .png image, a .npy or .csv file, - for standard output, or a .mid file of tunes (default: interpolation.png in the run folder, or"
                + " interpolation.npy)."))
    var out: String?

    func run() throws {
        try checkCount(count, "count", limit: 1000)
        try checkCount(steps, "steps", limit: 1000)
        try options.checkOutput(out)
        let run = try options.open()
        let (from, to) = try run.predictor.model is any EncodingModel ? ends(run) : noise(run)
        let path = try run.predictor.interpolate(from: from, to: to, steps: steps, along: along)
        let shape = run.configuration.exampleShape
        let file = try ExampleFile.write(
            path, shape: shape, to: out ?? ExampleFile.path("interpolation", in: run.folder, shape: shape),
            columns: steps, vocabulary: run.configuration.facts?.vocabulary, codecs: .system)
        let areTokens = run.configuration.spec.hasTokens
        let length = length(path, run.predictor.features, areTokens: areTokens)
        try options.report(
            file,
            [
                "count": .integer(count), "steps": .integer(steps), "along": .string(along.rawValue),
                "length": .number(length),
            ],
            "\(count) ways of \(steps) steps, \(number(length, digits: 3))\(areTokens ? " changed tokens" : "") long in the"
                + " mean from example to example, are in \(file)")
    }

    /// The mean length of the ways, as the sum of the distances between neighbouring examples: of tokens the number of
    /// those that differ.
    private func length(_ path: [Float], _ width: Int, areTokens: Bool) -> Double {
        let examples = path.count / max(width, 1)
        let legs = (0..<examples).filter { $0 % steps != 0 }.map { row in
            let differences = (0..<width).map { Double(path[row * width + $0]) - Double(path[(row - 1) * width + $0]) }
            guard !areTokens else { return Double(differences.count { $0 != 0 }) }
            return differences.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
        return legs.reduce(0, +) / Double(max(count, 1))
    }

    /// Examples at the ends.
    private func ends(_ run: OpenRun) throws -> ([Float], [Float]) {
        if let seed {
            throw StrataError(
                parameter: "seed", seed, "is for a model without an encoder; \(run.configuration.model) has one")
        }
        let split = try examples.load(run, options)
        guard split.count >= 2 * count else {
            throw StrataError(parameter: "count", count, "that takes \(2 * count) examples, there are \(split.count)")
        }
        return try (split.values(0..<count), split.values(count..<2 * count))
    }

    private func noise(_ run: OpenRun) throws -> ([Float], [Float]) {
        try examples.refuse(because: "\(run.configuration.model) has no encoder, and goes from noise to noise")
        let codes = try run.predictor.priorCodes(2 * count, seed: checkedSeed(seed ?? 0))
        return (Array(codes[..<(codes.count / 2)]), Array(codes[(codes.count / 2)...]))
    }
}

extension LatentPath: ExpressibleByArgument {}
