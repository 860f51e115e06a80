import ArgumentParser
import StrataBackend
import StrataData
import StrataModels
import StrataRuns
import StrataTraining

struct Encode: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Write the codes of examples to a file.")

    @OptionGroup var options: RunOptions
    @OptionGroup var examples: ExampleOptions

    @Option(
        help:
            "A .npy file, float32 [count, code], a .csv or .tsv table, or - for standard output (default: codes.npy in the run folder)."
    )
    var out: String?

    func run() throws {
        try options.checkOutput(out)
        let run = try options.open()
        let file = out ?? "\(run.folder)/codes.npy"
        guard ExampleFile.holdsNumbers(file) else {
            throw StrataError(parameter: "out", file, "expected a name that ends in .npy, .csv or .tsv")
        }
        if !ExampleFile.isStandardOutput(file) { try AtomicFile.check(file) }
        let split = try examples.load(run, options)
        let labels = run.predictor.model is any ConditionalEncodingModel ? try run.configuration.labels(of: split) : nil
        var codes: [Float] = []
        var size = 0
        // A large set is read piece by piece.
        for start in stride(from: 0, to: split.count, by: 5000) {
            let rows = start..<min(start + 5000, split.count)
            let values = try split.values(rows)
            let part =
                try labels.map { try run.predictor.encode(values, labels: $0[rows]) }
                ?? run.predictor.encode(values)
            codes += part.codes
            size = part.codeSize
        }
        try ExampleFile.writeNumbers(codes, shape: [size], to: file)
        try options.report(
            file, ["count": .integer(split.count), "code_size": .integer(size)],
            "\(split.count) codes of \(size) numbers are in \(file)")
    }
}
