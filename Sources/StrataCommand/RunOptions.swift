public import ArgumentParser
import StrataBackend
import StrataData
import StrataRuns
import StrataTraining

/// A run and its model with weights, as the commands that use them have them.
struct OpenRun {
    let run: Run
    let predictor: Predictor

    var configuration: RunConfiguration { run.configuration }
    /// The folder that results go to.
    var folder: String { run.folder.path }
}

/// A run, and the backend to use it on.
struct RunOptions: ParsableArguments {
    @Argument(help: "The run folder, or a checkpoint.")
    var run: String

    @Option(help: "The weights: last, ema (their averages) or best (of the epoch with the best validation criterion).")
    var weights = Run.Weights.last

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    /// The run, or another, with its settings changed before its model is made.
    func open(_ path: String? = nil, changed: (Run) throws -> Run = { $0 }) throws -> OpenRun {
        let run = try changed(Toolbox.current.open(path ?? run))
        let backend = try backend.make(fallback: run.configuration.backend)
        return OpenRun(run: run, predictor: try run.predictor(on: backend, weights: weights))
    }

    /// The data to use the model on, with its notes told.
    func data(_ run: OpenRun, _ name: String?, drawsTest: Bool = true) throws -> DataSet {
        let data = try run.run.data(name, drawsTest: drawsTest)
        for note in data.notes { output.note(note) }
        return data
    }

    /// Throws `usage` where a result and the numbers would go to standard output both.
    func checkOutput(_ file: String?) throws {
        if let file, output.json, ExampleFile.isStandardOutput(file) {
            throw StrataError(parameter: "out", file, "standard output takes the numbers or the JSON object, not both")
        }
    }

    /// Tells where a file was written; on the side where that is standard output.
    func report(_ file: String, _ fields: [String: JSONValue], _ text: String) throws {
        if ExampleFile.isStandardOutput(file) {
            output.note(text)
        } else if output.json {
            print(try JSONValue.object(fields.merging(["out": .string(file)]) { old, _ in old }).line)
        } else {
            output.say(text)
        }
    }
}

extension Run.Weights: ExpressibleByArgument {}

/// The settings of a model that count when it is sampled, in place of those that it was trained with.
struct SamplingOptions: ParsableArguments {
    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp(
            "Settings of the model that count in sampling, as 'strata models MODEL' lists them (default: those of the"
                + " run).", valueName: "--setting value"))
    var settings: [String] = []

    /// The run with these settings. Throws `usage` for one that neither the run's model nor the command has.
    func apply(to run: Run, in command: any ParsableCommand.Type) throws -> Run {
        let typed = try ModelSettings.parse(settings)
        let known = try Toolbox.current.zoo[run.configuration.model].hyperparameters
        if let stray = typed.keys.sorted().first(where: { name in !known.contains { $0.name == name } }) {
            throw Suggestion.unknown(
                "--\(stray)",
                among: known.filter(\.isOfSampling).map { "--\($0.name)" } + Suggestion.options(of: command))
        }
        return try run.sampled(with: typed)
    }
}

/// Examples of a data set.
struct ExampleOptions: ParsableArguments {
    @Option(help: "The data, - for arrays from standard input (default: those of the run).")
    var data: String?

    @Option(
        help: ArgumentHelp(
            "train or test (default: test, where the data have such a split; of --data in one piece all, in their order)."
        ))
    var split: SplitName?

    enum SplitName: String, ExpressibleByArgument, CaseIterable { case train, test }

    /// The split that was asked for, or else the test split, or the training split where there is no other.
    func load(_ run: OpenRun, _ options: RunOptions) throws -> DataSplit {
        let data = try options.data(run, data, drawsTest: data == nil || split != nil)
        if split == .test, data.test.count == 0 {
            throw StrataError(.data, "--split test: '\(data.name)' has no test examples")
        }
        return split != .train && data.test.count > 0 ? data.test : data.train
    }

    /// Throws `usage` where one of these was given to a command that has no use for them.
    func refuse(because reason: String) throws {
        if let data { throw StrataError(parameter: "data", data, reason) }
        if let split { throw StrataError(parameter: "split", split.rawValue, reason) }
    }
}

/// Throws `usage` for a count that is not from 1 to `limit`.
func checkCount(_ count: Int, _ parameter: String, limit: Int = 100_000) throws {
    guard (1...limit).contains(count) else {
        throw StrataError(parameter: parameter, count, "expected a number from 1 to \(limit)")
    }
}

/// A seed, which is a whole number of 32 bits. Throws `usage` for any other.
func checkedSeed(_ seed: Int) throws -> UInt32 {
    guard let value = UInt32(exactly: seed) else {
        throw StrataError(parameter: "seed", seed, "a seed is a whole number from 0 to 4294967295")
    }
    return value
}
