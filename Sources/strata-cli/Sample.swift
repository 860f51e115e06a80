import ArgumentParser
import StrataBackend
import StrataData
import StrataFiles
import StrataTraining

struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Draw new examples from a trained model.")

    @OptionGroup var options: RunOptions

    @Option(parsing: .unconditional, help: "How many.")
    var count = 64

    @Option(parsing: .unconditional, help: "Seed of the draws.")
    var seed = 0

    @Option(help: "A .png picture of all, or an .npy file of numbers (default: samples.png in the run folder).")
    var out: String?

    func run() throws {
        try checkCount(count, option: "--count")
        let run = try options.open()
        let examples = try run.data(nil).train
        let samples = try run.model.sample(
            count, seed: UInt32(truncatingIfNeeded: seed), codesLike: examples.values(0..<min(2000, examples.count)))
        let file = try ExampleFile.write(
            samples, shape: run.configuration.exampleShape, to: out ?? "\(run.folder.path)/samples.png", columns: nil)
        try options.report(file, ["count": .integer(count)], "\(count) samples are in \(file)")
    }
}
