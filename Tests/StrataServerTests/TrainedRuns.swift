import Foundation
import StrataBackend
import StrataData
import StrataRuns
import StrataServer
import StrataTraining

/// Runs that the built command has trained, for all the tests of a process: a VAE and a classifier of images of 8 × 8.
final class TrainedRuns: Sendable {
    static let shared = Result { try TrainedRuns() }

    let folder = NSTemporaryDirectory() + "strata-server-\(UUID().uuidString)"

    private init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var values: [Float] = []
        for image in 0..<120 {
            for pixel in 0..<64 {
                values.append(Float(pixel % 8 * (image % 5) + pixel / 8 * (image % 3)) / 56)
            }
        }
        let labels = (0..<120).map { Int32($0 % 3) }
        let arrays: [(String, StoredArray)] = [
            ("x_train", try StoredArray(values, shape: [120, 8, 8])),
            ("y_train", try StoredArray(labels, shape: [120])),
        ]
        for (name, array) in arrays { try AtomicFile.write("\(folder)/\(name).npy", NPY.encode(array)) }
        try strata(
            "train", "vae", "--data", "x_train.npy", "--hidden", "16", "--latent", "3", "--epochs", "1", "--out", "vae")
        try strata("train", "classifier", "--data", ".", "--hidden", "16", "--epochs", "1", "--out", "classifier")
    }

    /// Runs the command beside the runs. Throws its complaint where it fails.
    func strata(_ arguments: String...) throws {
        let process = try start(arguments)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw StrataError(.usage, try String(contentsOfFile: "\(folder)/errors", encoding: .utf8))
        }
    }

    /// Starts the command, whose output comes through a pipe and whose errors go to a file.
    func start(_ arguments: [String], output: Pipe? = nil) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("strata")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let errors = "\(folder)/errors"
        try Data().write(to: URL(fileURLWithPath: errors))
        process.standardError = FileHandle(forWritingAtPath: errors)
        process.standardOutput = output ?? FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    func predictor(_ name: String) throws -> Predictor { try Run("\(folder)/\(name)").predictor() }

    /// A run as a server opens it.
    func source(_ name: String, as other: String? = nil) -> ModelRepository.Source {
        let path = "\(folder)/\(name)"
        return ModelRepository.Source(other ?? name) {
            let run = try Run(path)
            return (run, try run.predictor())
        }
    }

    /// Images of 8 × 8, each another one.
    static func images(_ count: Int, from first: Int = 0) -> [Float] {
        (0..<count * 64).map { Float((($0 + first * 64) * 7919) % 257) / 256 }
    }
}
