import Foundation
import StrataBackend
import StrataData

/// A folder of its own for a test, in which the built command trains runs.
final class Folder {
    let path = NSTemporaryDirectory() + "strata-runs-\(UUID().uuidString)"

    init() { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Runs the command. Throws its complaint where it fails.
    func strata(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("strata")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        let log = path("log")
        try Data().write(to: URL(fileURLWithPath: log))
        let handle = FileHandle(forWritingAtPath: log)
        (process.standardOutput, process.standardError) = (handle, handle)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw StrataError(.usage, try String(contentsOfFile: log, encoding: .utf8))
        }
    }

    /// A file of 120 images of 8 × 8, ramps in various directions, as float32 on [0, 1].
    func writeRamps(_ name: String = "ramps.npy", side: Int = 8) throws -> String {
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
