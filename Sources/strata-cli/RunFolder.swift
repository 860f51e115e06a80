#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import StrataBackend
import StrataData
import StrataTraining

/// The folder that a training leaves behind:
///
///     config.json             what it was started with
///     metrics.jsonl           one object an epoch
///     checkpoint.safetensors  weights, and all that continuing needs
///     samples.png  reconstructions.png  codes.svg  loss.svg
///
/// and in which other commands leave what they make of it.
struct RunFolder {
    let path: String

    /// What may be in it of a run beside its checkpoint, lest a new run be shown with the pictures of an old one.
    private static let results =
        ["metrics.jsonl", "evaluation.json", "report.html", "codes.npy", "codes.svg", "field.svg", "loss.svg"]
        + ["samples", "reconstructions", "filters", "traversals", "completions", "interpolation"].flatMap { name in
            ["png", "pgm", "ppm"].map { "\(name).\($0)" }
        }

    var configuration: String { "\(path)/config.json" }
    var metrics: String { "\(path)/metrics.jsonl" }
    var checkpoint: String { "\(path)/checkpoint.safetensors" }

    /// Opens a run that exists. Throws `file` or `data` for a folder that holds none.
    init(opening path: String) throws {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard access(configuration, R_OK) == 0 else {
            throw StrataError(
                .file, "\(self.path) holds no run: \(configuration) cannot be read (\(String(cString: strerror(errno))))")
        }
    }

    /// Makes a folder for a new run. Throws `file` where it cannot be made or written, and `usage` where it holds a
    /// run already and `replacing` is not set.
    init(creating path: String, replacing: Bool) throws {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard !self.path.isEmpty else { throw StrataError(.usage, "--out wants the name of a folder") }
        if !replacing, access(checkpoint, F_OK) == 0 {
            throw StrataError(
                .usage,
                "\(self.path) holds a run already: continue it with --resume \(self.path), name another --out, or replace it with --force")
        }
        try RunFolder.makeFolders(self.path)
        guard access(self.path, W_OK | X_OK) == 0 else {
            throw StrataError(.file, "cannot write in \(self.path): \(String(cString: strerror(errno)))")
        }
        for old in [checkpoint] + RunFolder.results.map({ "\(self.path)/\($0)" }) { unlink(old) }
    }

    private static func makeFolders(_ path: String) throws {
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
    static func unused(for model: String) -> String {
        let candidates = ["runs/\(model)"] + (2...9999).map { "runs/\(model)-\($0)" }
        return candidates.first { access($0, F_OK) != 0 } ?? "runs/\(model)-\(getpid())"
    }

    // MARK: Contents

    func readConfiguration() throws -> RunConfiguration {
        try RunConfiguration(JSONValue.parse(RunFolder.text(configuration), place: configuration), path: configuration)
    }

    func write(_ configuration: RunConfiguration) throws {
        try AtomicFile.write(self.configuration, Array((configuration.json.pretty + "\n").utf8))
    }

    /// The epochs recorded so far, oldest first.
    func readMetrics() throws -> [JSONValue] {
        guard access(metrics, F_OK) == 0 else { return [] }
        return try RunFolder.text(metrics).split(separator: "\n").enumerated().map { number, line in
            try JSONValue.parse(line, place: "\(metrics), line \(number + 1)")
        }
    }

    func write(_ records: [JSONValue]) throws {
        try AtomicFile.write(metrics, Array(try records.map { try $0.line + "\n" }.joined().utf8))
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try FileBytes.read(path), as: UTF8.self)
    }
}
