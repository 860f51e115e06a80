import ArgumentParser
import StrataBackend
import StrataData
import StrataModels
import StrataTraining

struct Interpolate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw what lies between examples in a model's code.",
        discussion: "Each row goes from one example to another; a model without an encoder goes from noise to noise.")

    @OptionGroup var options: RunOptions
    @OptionGroup var examples: ExampleOptions

    @Option(parsing: .unconditional, help: "Pairs: the rows of the picture.")
    var count = 8

    @Option(parsing: .unconditional, help: "Steps from one end to the other: the columns.")
    var steps = 10

    @Option(parsing: .unconditional, help: "Seed, for a model without an encoder.")
    var seed = 0

    @Option(help: "A .png picture, or an .npy file (default: interpolation.png in the run folder).")
    var out: String?

    func run() throws {
        try checkCount(count, option: "--count", limit: 1000)
        try checkCount(steps, option: "--steps", limit: 1000)
        let run = try options.open()
        let (from, to) = try run.model.model is any EncodingModel ? ends(run) : noise(run)
        let path = try run.model.interpolate(from: from, to: to, steps: steps)
        let file = try ExampleFile.write(
            path, shape: run.configuration.exampleShape, to: out ?? "\(run.folder.path)/interpolation.png",
            columns: steps)
        try options.report(
            file, ["count": .integer(count), "steps": .integer(steps)],
            "\(count) ways of \(steps) steps are in \(file)")
    }

    private func ends(_ run: TrainedRun) throws -> ([Float], [Float]) {
        let split = try examples.load(run)
        guard split.count >= 2 * count else {
            throw StrataError(.usage, "--count \(count): that takes \(2 * count) examples, there are \(split.count)")
        }
        return try (split.values(0..<count), split.values(count..<2 * count))
    }

    private func noise(_ run: TrainedRun) throws -> ([Float], [Float]) {
        let codes = try run.model.priorCodes(2 * count, seed: UInt32(truncatingIfNeeded: seed))
        return (Array(codes[..<(codes.count / 2)]), Array(codes[(codes.count / 2)...]))
    }
}
