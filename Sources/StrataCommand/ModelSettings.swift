import StrataBackend
import StrataModels
import StrataRuns

/// The settings of a model as they stand on the command line: `--hidden 500 --cd=1`.
enum ModelSettings {
    static func parse(_ words: [String]) throws -> [String: String] {
        var typed: [String: String] = [:]
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--"), word.count > 2 else {
                throw StrataError(.usage, "'\(word)' is not expected here; settings look like --hidden 500")
            }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            typed[String(parts[0])] = parts.count == 2 ? String(parts[1]) : rest.popFirst() ?? ""
        }
        return typed
    }

    /// The runs that a model is built upon, which are taken out of what was typed.
    static func networks(of description: ModelDescription, _ typed: inout [String: String]) throws -> [String: Run] {
        var runs: [String: Run] = [:]
        for name in description.networks.keys {
            guard let path = typed.removeValue(forKey: name) else { continue }
            runs[name] = try Toolbox.current.open(path)
        }
        return runs
    }
}
