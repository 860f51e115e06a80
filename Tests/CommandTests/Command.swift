import Foundation
import StrataBackend
import StrataData
import Testing

/// Runs the built command as a user would.
struct Command {
    struct Result {
        var status: Int32
        var output: String
        var error: String

        /// The one line of an error that a user sees.
        var complaint: String { error.split(separator: "\n").first { $0.hasPrefix("Error: ") }.map(String.init) ?? "" }
        var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]) ?? [:] }
    }

    /// A folder of its own for each test, removed with the last copy.
    let folder = Folder()

    final class Folder {
        let path: String
        init() {
            path = NSTemporaryDirectory() + "strata-command-\(UUID().uuidString)"
            try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    static var binary: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("strata").path
    }

    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> (Process, Pipe, Pipe) {
        try start(Self.binary, arguments, environment)
    }

    private func start(
        _ program: String, _ arguments: [String], _ environment: [String: String]
    ) throws -> (Process, Pipe, Pipe) {
        let process = Process()
        let (output, error) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardOutput = output
        process.standardError = error
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return (process, output, error)
    }

    @discardableResult
    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Result {
        try finish(start(arguments, environment: environment))
    }

    func shell(_ script: String) throws -> Result { try finish(start("/bin/sh", ["-c", script], [:])) }

    func finish(_ running: (Process, Pipe, Pipe)) throws -> Result {
        let (process, output, error) = running
        // Standard error is short, so draining one pipe after the other cannot block.
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Result(
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: text, error: complaint)
    }

    /// A file with 120 grey pictures of 8 × 8, ramps in various directions.
    func writeData(_ name: String = "ramps.npy", side: Int = 8) throws -> String {
        var values: [Float] = []
        for i in 0..<120 {
            for p in 0..<side * side {
                let slope = (p % side) * (i % 5) + (p / side) * (i % 3)
                values.append(Float(slope) / Float(7 * side))
            }
        }
        try AtomicFile.write(path(name), NPY.encode(StoredArray(values, shape: [120, side, side])))
        return path(name)
    }
}
