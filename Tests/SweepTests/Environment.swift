import Foundation

func environment(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

/// A folder of its own, removed with its last reference.
final class TemporaryFolder {
    let path = NSTemporaryDirectory() + "strata-sweep-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}
