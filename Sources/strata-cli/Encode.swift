import ArgumentParser
import StrataBackend
import StrataData
import StrataTraining

struct Encode: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Write the codes of examples as a NumPy array.")

    @OptionGroup var options: RunOptions
    @OptionGroup var examples: ExampleOptions

    @Option(help: "The .npy file: float32 [count, code] (default: codes.npy in the run folder).")
    var out: String?

    func run() throws {
        let run = try options.open()
        let split = try examples.load(run)
        var codes: [Float] = []
        var size = 0
        // A large set is read piece by piece.
        for start in stride(from: 0, to: split.count, by: 5000) {
            let part = try run.model.encode(split.values(start..<min(start + 5000, split.count)))
            codes += part.codes
            size = part.codeSize
        }
        let file = out ?? "\(run.folder.path)/codes.npy"
        try AtomicFile.write(file, NPY.encode(StoredArray(codes, shape: [split.count, size])))
        try options.report(
            file, ["count": .integer(split.count), "code_size": .integer(size)],
            "\(split.count) codes of \(size) numbers are in \(file)")
    }
}
