import ArgumentParser
import StrataBackend
import StrataData
import StrataRuns

struct CompareModels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zoo",
        abstract: "Train models on one data set under one budget, and compare them.",
        discussion: """
            Each model is a word, or a model with its settings in quotes, or the folder of a run that is there already:
            strata zoo vae "gan --critic-steps 2" runs/flow --epochs 5. All are trained alike and evaluated on the same
            test examples: likelihood where there is one, active units, and distances of samples. The folder gets a run
            for each, zoo.json, and zoo.html with their samples side by side. A run that is in the folder already is
            compared as it is, or trained anew with --force.
            """)

    @Argument(help: "Models, each with settings of its own where wanted, or runs.")
    var models: [String]

    @Option(help: "A data set, or a file or folder as for 'strata train'.")
    var data = "fashion-mnist"

    @Option(parsing: .unconditional, help: "Passes of each through the training examples (default: 5).")
    var epochs: Int?

    @Option(parsing: .unconditional, help: "Minutes of training that each has at most.")
    var minutes: Double?

    @Option(parsing: .unconditional, help: "Seed of all.")
    var seed = 0

    @Option(parsing: .unconditional, help: "Samples of each that are compared with test examples.")
    var count = 1000

    @Option(help: "The folder for what comes out.")
    var out = "runs/zoo"

    @Flag(help: "Train anew what is in the folder already.")
    var force = false

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        Terminal.catchInterrupts()
        try checkCount(count, "count")
        let backend = try backend.make()
        let loaded = try Toolbox.current.load(data)
        for note in loaded.notes { output.note(note) }
        var comparison = ModelComparison(of: loaded, samples: count)
        let folder = try RunFolder(creating: out, replacing: false).path
        // What cannot be is told before anything is trained.
        let contestants = try contestants(in: folder)
        var failures: [String] = []
        for contestant in contestants {
            guard !Terminal.isInterrupted else { break }
            do {
                if let words = contestant.training {
                    output.note("\(contestant.name) …")
                    try trained(words)
                }
                let run = try Toolbox.current.open(contestant.path)
                try comparison.add(contestant.name, run, run.predictor(on: backend))
            } catch let error as StrataError {
                // The others are worth comparing all the same.
                failures.append(contestant.name)
                output.note("\(contestant.name): \(OptionError(error))")
            }
        }
        try tell(comparison, folder)
        if Terminal.isInterrupted { throw ExitCode(130) }
        guard failures.isEmpty else {
            throw StrataError(.data, "not compared: \(failures.joined(separator: ", "))")
        }
    }

    /// Something to compare: a run that is there, or one that is to be trained with these words.
    private struct Contestant {
        var name: String
        var path: String
        var training: [String]?
    }

    private func contestants(in folder: String) throws -> [Contestant] {
        var names: [String: Int] = [:]
        return try models.map { text in
            if RunFolder.isRun(text) { return Contestant(name: text, path: text) }
            let words = text.split(separator: " ").map(String.init)
            let model = try Toolbox.current.zoo[words.first ?? ""].name
            names[model, default: 0] += 1
            let number = names[model] ?? 1
            let name = number == 1 ? model : "\(model)-\(number)"
            let path = "\(folder)/\(name)"
            guard force || !RunFolder.isRun(path) else {
                output.note("\(path) is there already, and compared as it is")
                return Contestant(name: name, path: path)
            }
            return Contestant(
                name: words.count > 1 ? "\(name) (\(words.dropFirst().joined(separator: " ")))" : name,
                path: path, training: words + ["--data", data, "--out", path, "--seed", "\(seed)", "--force"])
        }
    }

    private func trained(_ words: [String]) throws {
        var words = words
        if let epochs { words += ["--epochs", "\(epochs)"] }
        if let minutes { words += ["--minutes", "\(minutes)"] }
        words += backend.words + (output.json || output.quiet ? ["--quiet"] : [])
        do {
            let command = try Root.parseAsRoot(["train"] + words)
            guard let train = command as? Train else { throw StrataError(.usage, "'\(words[0])' cannot be trained") }
            try train.run()
        } catch let error where Root.exitCode(for: error) == .validationFailure {
            throw StrataError(.usage, Root.message(for: error))
        }
    }

    private func tell(_ comparison: ModelComparison, _ folder: String) throws {
        let report = comparison.report()
        try AtomicFile.write("\(folder)/zoo.json", Array((comparison.json.pretty + "\n").utf8))
        try AtomicFile.write("\(folder)/zoo.html", Array(report.html().utf8))
        guard !output.json else { return print(try comparison.json.line) }
        print(report.text)
        output.note("the page is \(folder)/zoo.html")
    }
}
