/// The backends that a program offers its user: a value, so a third party's is one more element.
///
/// ```
/// let registry = BackendRegistry([SIMDBackend.self, MyBackend.self])
/// let backend = try registry.make("simd", BackendConfiguration(threads: 2))
/// ```
public struct BackendRegistry: Sendable {
    /// The backends that `make` chooses from by their `identifier`; of two with the same, the first.
    public var backends: [any Backend.Type]

    /// A registry of these backends, none of which is probed or started yet.
    public init(_ backends: [any Backend.Type]) { self.backends = backends }

    /// Starts the backend of that name. Throws `usage` for an unknown name (and tells the nearest), and
    /// `backendUnavailable` with the reason where the machine cannot run it.
    public func make(_ identifier: String, _ configuration: BackendConfiguration = .init()) throws -> any Backend {
        guard let type = backends.first(where: { $0.identifier == identifier }) else {
            throw StrataError.unknown("backend", identifier, among: backends.map { $0.identifier })
        }
        if let threads = configuration.threads, threads < 1 {
            throw StrataError(parameter: "threads", threads, "at least one thread is needed")
        }
        if case .unavailable(let reason) = type.probe() {
            throw StrataError(.backendUnavailable, "backend '\(identifier)' is unavailable: \(reason)")
        }
        return try type.init(configuration: configuration)
    }
}

extension StrataError {
    /// `unknown model 'vea': did you mean 'vae'? (known: gan, rbm, vae)`
    public static func unknown(_ kind: String, _ name: String, among known: [String]) -> StrataError {
        func distance(_ candidate: String) -> Int { editDistance(candidate.lowercased(), name.lowercased()) }
        let nearest = known.min { distance($0) < distance($1) }
        let close = nearest.flatMap { distance($0) <= Swift.max(2, name.count / 2) ? $0 : nil }
        let hint = close.map { ": did you mean '\($0)'?" } ?? ""
        return StrataError(.usage, "unknown \(kind) '\(name)'\(hint) (known: \(known.joined(separator: ", ")))")
    }
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one string into the other (Damerau 1964).
private func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var rows = (0...a.count).map { i in (0...b.count).map { j in i == 0 ? j : i } }
    for i in a.indices {
        for j in b.indices {
            var distance = min(rows[i][j + 1], rows[i + 1][j]) + 1
            distance = min(distance, rows[i][j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, rows[i - 1][j - 1] + 1) }
            rows[i + 1][j + 1] = distance
        }
    }
    return rows[a.count][b.count]
}
