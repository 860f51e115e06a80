#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import StrataBackend
import StrataData

/// The folder that a training leaves behind:
///
///     config.json             its settings, and what is known of its data
///     metrics.jsonl           one object an epoch
///     checkpoint.safetensors  weights, and all that continuing needs
///     best.safetensors        the same after the epoch with the best validation criterion
///     samples.png  reconstructions.png  pairs.png  codes.svg  loss.svg
///
/// and in which other commands leave their results.
public struct RunFolder: Sendable, Hashable {
    /// Without a slash at its end.
    public let path: String

    /// The files of a run beside its checkpoint, lest a new run be shown with the images of an old one.
    private static let results =
        [
            "best.safetensors", "metrics.jsonl", "evaluation.json", "report.html", "codes.npy", "codes.svg",
            "field.svg", "loss.svg",
        ]
        + [
            "samples", "reconstructions", "filters", "traversals", "completions", "interpolation", "attribute",
            "arithmetic", "variations", "neighbours", "translation", "pairs",
        ].flatMap { name in ["png", "pgm", "ppm"].map { "\(name).\($0)" } }

    /// The path of the run's settings and facts of its data, `config.json`: a folder without that file holds no run.
    public var configuration: String { "\(path)/config.json" }
    /// The path of the records of the epochs, `metrics.jsonl`: one JSON object a line.
    public var metrics: String { "\(path)/metrics.jsonl" }
    /// The path of the checkpoint of the last step saved, `checkpoint.safetensors`.
    public var checkpoint: String { "\(path)/checkpoint.safetensors" }
    /// The path of the checkpoint of the epoch with the best validation criterion, `best.safetensors`.
    public var best: String { "\(path)/best.safetensors" }

    /// A folder of that name, whatever is in it.
    init(_ path: String) { self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path }

    /// Opens a run that exists. Throws `file` for a folder that holds none.
    public init(opening path: String) throws {
        self.init(path)
        guard access(configuration, R_OK) == 0 else {
            throw StrataError(
                .file,
                "\(self.path) holds no run: \(configuration) cannot be read (\(String(cString: strerror(errno))))")
        }
    }

    /// Makes a folder for a new run, without what an old one has left in it. Throws `file` where it cannot be made or
    /// written, and `usage` where it holds a run already and `replacing` is not set.
    public init(creating path: String, replacing: Bool) throws {
        self.init(path)
        guard !self.path.isEmpty else {
            throw StrataError(parameter: "out", "''", "expected the name of a folder")
        }
        if !replacing, holdsRun {
            throw StrataError(
                .usage, "\(self.path) holds a run already: continue it, name another folder, or replace it")
        }
        try RunFolder.makeFolders(self.path)
        guard access(self.path, W_OK | X_OK) == 0 else {
            throw StrataError(.file, "cannot write in \(self.path): \(String(cString: strerror(errno)))")
        }
        for old in [checkpoint] + RunFolder.results.map({ "\(self.path)/\($0)" }) { unlink(old) }
    }

    /// Whether a path is that of a folder with the settings of a run, which can be opened as one.
    public static func isRun(_ path: String) -> Bool { access(RunFolder(path).configuration, R_OK) == 0 }

    /// Whether a run's checkpoint is in it.
    public var holdsRun: Bool { access(checkpoint, F_OK) == 0 }

    package static func makeFolders(_ path: String) throws {
        var partial = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            partial += "/\(part)"
            if mkdir(partial, 0o777) != 0, errno != EEXIST {
                throw StrataError(.file, "cannot make the folder \(path): \(String(cString: strerror(errno)))")
            }
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw StrataError(.file, "cannot make the folder \(path): a file of that name is in the way")
        }
    }

    /// A folder under `runs` that is not there yet: `runs/vae`, `runs/vae-2`, …
    public static func unused(for model: String) -> String {
        let candidates = ["runs/\(model)"] + (2...9999).map { "runs/\(model)-\($0)" }
        return candidates.first { access($0, F_OK) != 0 } ?? "runs/\(model)-\(getpid())"
    }

    // MARK: Contents

    /// The configuration. Throws `file` where it cannot be read, `data` where it is damaged.
    public func readConfiguration() throws -> RunConfiguration {
        try RunConfiguration(JSONValue.parse(RunFolder.text(configuration), place: configuration), place: configuration)
    }

    /// Replaces the configuration. Throws `file` with the system's reason.
    public func write(_ configuration: RunConfiguration) throws {
        try AtomicFile.write(self.configuration, Array((configuration.json.pretty + "\n").utf8))
    }

    /// The epochs recorded so far, oldest first.
    public func readMetrics() throws -> [JSONValue] {
        guard access(metrics, F_OK) == 0 else { return [] }
        return try RunFolder.text(metrics).split(separator: "\n").enumerated().map { number, line in
            try JSONValue.parse(line, place: "\(metrics), line \(number + 1)")
        }
    }

    /// Replaces the records of the epochs. Throws `file` with the system's reason.
    public func write(_ records: [JSONValue]) throws {
        try AtomicFile.write(metrics, Array(try records.map { try $0.line + "\n" }.joined().utf8))
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try FileBytes.read(path), as: UTF8.self)
    }
}
