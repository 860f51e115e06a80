import ArgumentParser
import StrataBackend

/// The word that a user meant, for arguments that the parser refused.
struct Suggestion: Error, CustomStringConvertible {
    let description: String

    /// `nil` where the error was no refusal, or nothing better is known than what it says.
    init?(for arguments: [String], refusedBy error: any Error) {
        guard Root.exitCode(for: error) == .validationFailure else { return nil }
        var command: any ParsableCommand.Type = Root.self
        var rest = arguments[...]
        while !command.configuration.subcommands.isEmpty, let word = rest.popFirst(), !word.hasPrefix("-") {
            let commands = command.configuration.subcommands
            guard let next = commands.first(where: { $0._commandName == word }) else {
                guard word != "help" else { return nil }
                description = StrataError.unknown("command", word, among: commands.map { $0._commandName }).message
                return
            }
            command = next
        }
        let help = Root.helpMessage(for: command)
        for word in rest {
            let option = String(word.prefix { $0 != "=" })
            if option == "--model", help.contains("<model>") {
                description = Suggestion.model
                return
            }
            guard let meant = Suggestion.options[option], help.contains("\(meant) ") else { continue }
            description = Suggestion.text(option, meant)
            return
        }
        return nil
    }

    /// An option that a model does not take, of those that it does.
    static func unknown(_ option: String, among known: [String]) -> StrataError {
        if option == "--model" { return StrataError(.usage, model) }
        guard let meant = options[option], known.contains(meant) else {
            return StrataError.unknown("option", option, among: known)
        }
        return StrataError(.usage, text(option, meant))
    }

    /// What a command's own options are called: `--data`, `--epochs`, …
    static func options(of command: any ParsableCommand.Type) -> [String] {
        Root.helpMessage(for: command).split(separator: "\n").compactMap { line in
            let word = line.drop { $0 == " " }.prefix { $0 != " " }
            return line.hasPrefix("  ") && word.hasPrefix("--") ? String(word) : nil
        }
    }

    private static let model = "unknown option '--model': the model's name stands alone, as in 'strata train vae'"

    private static func text(_ option: String, _ meant: String) -> String {
        "unknown option '\(option)': did you mean '\(meant)'?"
    }

    /// What other programs call our options.
    private static let options: [String: String] = {
        let names: [(ours: String, theirs: [String])] = [
            ("--learning-rate", ["--lr", "--rate", "--eta", "--alpha", "--learningrate", "--learning_rate"]),
            ("--final-learning-rate", ["--final-lr", "--min-lr", "--end-lr"]),
            ("--batch-size", ["--batch", "--batchsize", "--batch_size", "--bs", "-b"]),
            ("--epochs", ["--epoch", "--num-epochs", "--n-epochs", "--iterations", "--iter", "-e"]),
            ("--steps", ["--max-steps", "--num-steps"]),
            ("--out", ["--output", "--output-dir", "--outdir", "--out-dir", "--save", "--logdir", "-o"]),
            ("--data", ["--dataset", "--input", "--train", "--corpus", "-d", "-i"]),
            ("--seed", ["--random-seed", "--random-state", "--rng", "-s"]),
            ("--count", ["--num", "--number", "--num-samples", "--samples", "--top", "--topn", "-n"]),
            ("--hidden", ["--layers", "--hidden-units", "--hidden-size", "--hidden-sizes", "--units"]),
            ("--latent", ["--latent-dim", "--latent-size", "--z-dim", "--z"]),
            ("--code", ["--code-size", "--bottleneck", "--latent", "--latent-dim"]),
            ("--clusters", ["--k", "--n-clusters", "-k"]), ("--components", ["--n-components", "--dims"]),
            ("--neighbours", ["--neighbors", "--n-neighbors", "--k", "-k"]),
            ("--weight-decay", ["--wd", "--l2", "--decay"]), ("--force", ["--overwrite", "--replace", "-f"]),
            ("--resume", ["--continue", "--restart", "--checkpoint"]),
            ("--threads", ["--workers", "--num-threads", "--num-workers", "--jobs", "-j", "-t"]),
            ("--backend", ["--gpu", "--cuda", "--engine"]), ("--quiet", ["--silent", "-q"]),
            ("--dimensions", ["--dim", "--dims", "--size", "--vector-size", "--embedding-dim"]),
            ("--negatives", ["--negative", "--negative-samples", "--neg"]),
            ("--minimum-count", ["--min-count", "--mincount"]), ("--subsample", ["--sample", "--threshold"]),
        ]
        // Of a word with several meanings the first counts.
        return Dictionary(names.flatMap { ours, theirs in theirs.map { ($0, ours) } }) { first, _ in first }
    }()
}
