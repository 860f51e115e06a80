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
        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]) ?? [:]
        }
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

    /// A process whose output goes to files, so that however much it says it never waits for a reader.
    struct Running {
        var process: Process
        var output: String
        var error: String
    }

    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
        try start(Self.binary, arguments, environment)
    }

    private func start(_ program: String, _ arguments: [String], _ environment: [String: String]) throws -> Running {
        let process = Process()
        let name = UUID().uuidString
        let running = Running(process: process, output: path("\(name).output"), error: path("\(name).error"))
        for file in [running.output, running.error] { try Data().write(to: URL(fileURLWithPath: file)) }
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardOutput = FileHandle(forWritingAtPath: running.output)
        process.standardError = FileHandle(forWritingAtPath: running.error)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return running
    }

    @discardableResult
    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Result {
        try finish(start(arguments, environment: environment))
    }

    func shell(_ script: String) throws -> Result { try finish(start("/bin/sh", ["-c", script], [:])) }

    func finish(_ running: Running) throws -> Result {
        running.process.waitUntilExit()
        let ended = running.process.terminationReason == .exit
        return Result(
            status: ended ? running.process.terminationStatus : -running.process.terminationStatus,
            output: try String(contentsOfFile: running.output, encoding: .utf8),
            error: try String(contentsOfFile: running.error, encoding: .utf8))
    }

    /// A file with 120 grayscale images of 8 × 8, ramps in various directions.
    func writeData(_ name: String = "ramps.npy", side: Int = 8, count: Int = 120) throws -> String {
        var values: [Float] = []
        for i in 0..<count {
            for p in 0..<side * side {
                let slope = (p % side) * (i % 5) + (p / side) * (i % 3)
                values.append(Float(slope) / Float(7 * side))
            }
        }
        try AtomicFile.write(path(name), NPY.encode(StoredArray(values, shape: [count, side, side])))
        return path(name)
    }
}
