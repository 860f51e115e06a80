import ArgumentParser
import StrataBackend
import StrataCompiler
import StrataData
import StrataFiles
import StrataModels
import StrataNN
import StrataRuns
import StrataTraining

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a model and leave a run folder behind.",
        discussion: """
            The model's own settings are options too, after its name: strata train rbm --hidden 500 --cd 1.
            'strata models' lists them. Ctrl-C finishes the step and saves; --resume continues as if never stopped.
            """)

    @Argument(help: "The model; 'strata models' lists them.")
    var model: String?

    @Option(
        help: ArgumentHelp(
            "A data set ('strata data' lists them), an IDX or NumPy file, or a folder of PNG images (default:"
                + " fashion-mnist); with --resume the place where the run's data are now."))
    var data: String?

    @Option(parsing: .unconditional, help: "Passes through the training examples (default: 5).")
    var epochs: Int?

    @Option(parsing: .unconditional, help: "Examples in a step (default: the model's own).")
    var batchSize: Int?

    @Option(parsing: .unconditional, help: "Seed of the weights, the order and every draw (default: 0).")
    var seed: Int?

    @Option(parsing: .unconditional, help: "Stop after so many training steps in all.")
    var steps: Int?

    @Option(parsing: .unconditional, help: "Stop after so many minutes of training, wherever it is; --resume goes on.")
    var minutes: Double?

    @Option(parsing: .unconditional, help: "Training examples whose labels or targets may be used (default: all).")
    var labels: Int?

    @Option(parsing: .unconditional, help: "Share of the training examples that is set aside for validation.")
    var validation: Double?

    @Option(parsing: .unconditional, help: "Epochs without a better validation criterion after which to stop.")
    var patience: Int?

    @Option(help: "Memory for a split, such as 512M or 4G; larger ones are read from the disk batch by batch.")
    var memory: String?

    @Flag(help: "Whole numbers among the examples are tokens of a vocabulary, not numbers.")
    var tokens = false

    @Option(help: "What the tokens of a text are: characters or words (default: characters).")
    var text: TextVocabulary.Unit?

    @Option(
        help:
            "What takes the place of numbers that a table lacks: mean, of the training rows, or zero (default: refused)."
    )
    var missing: MissingFill?

    @Option(help: "The run folder (default: runs/MODEL).")
    var out: String?

    @Option(help: "Continue this run; what is not given again is taken from its config.json.")
    var resume: String?

    @Flag(help: "Replace a run that --out holds already.")
    var force = false

    @OptionGroup(title: "Classes") var classes: ClassOptions
    @OptionGroup(title: "Optimizer") var optimizer: OptimizerOptions
    @OptionGroup(title: "Weights") var start: StartOptions
    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings of the model.", valueName: "--setting value"))
    var settings: [String] = []

    func run() throws {
        Terminal.catchInterrupts()
        if let minutes, !(minutes > 0 && minutes < 1e6) {
            throw StrataError(parameter: "minutes", minutes, "expected a number greater than 0")
        }
        if let resume { try continueRun(RunFolder(opening: resume)) } else { try startRun() }
    }

    // MARK: A new run

    private func startRun() throws {
        let start = try start.start(for: model)
        var (run, networks) = try newRun(start)
        let out = out ?? RunFolder.unused(for: run.model)
        if !force, FileBytes.kind("\(out)/checkpoint.safetensors") == .file {
            throw StrataError(
                .usage,
                "\(out) holds a run already: continue it with --resume \(out), name another --out, or replace it with"
                    + " --force")
        }
        let backend = try backend.make()
        run.backend = type(of: backend).identifier
        let name = data ?? "fashion-mnist"
        let loaded = try classes.describe(
            Toolbox.current.load(name, memory: bytes(), areTokens: tokens, textUnit: text, missing: missing))
        try run.record(loaded, named: name, in: Toolbox.current.data)
        let data = try validated(loaded, run)
        run.examples = data.train.count
        for note in data.notes { output.note(note) }
        // A batch size that nobody asked for gives way to a small data set.
        if batchSize == nil { run.batchSize = min(run.batchSize, data.train.count) }
        let trainer = try makeTrainer(run, data, backend, upon: networks)
        if let start {
            for note in start.notes { output.note(note) }
            // A closed form does not start anywhere.
            if !start.settings.isEmpty, steps != 0, !trainer.model.phases.contains(where: \.usesOptimizer) {
                throw StrataError(
                    .usage,
                    "\(run.model) is fitted, which replaces the weights it starts from; keep them as they are with --steps 0"
                )
            }
            let found = try trainer.start(from: start.weights, map: start.map)
            output.note(
                "\(found.count) of \(trainer.model.variables.count) variables start from \(self.start.from ?? "")")
        }
        // Nothing is written before all is checked.
        let folder = try RunFolder(creating: out, replacing: force)
        try folder.write(run)
        try train(trainer, run, data, folder, [])
    }

    private func validated(_ data: DataSet, _ run: RunConfiguration) throws -> DataSet {
        try run.validation.map { try data.validating($0, seed: run.seed) } ?? data
    }

    /// `--memory` as bytes.
    private func bytes() throws -> Int? {
        guard let memory else { return nil }
        let units: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
        let shift = memory.last.flatMap { units[Character($0.uppercased())] }
        guard let number = Int(shift == nil ? memory[...] : memory.dropLast()), number > 0,
            number < 1 << 22 || shift == nil
        else { throw StrataError(parameter: "memory", memory, "expected bytes, such as 512M or 4G") }
        return number << (shift ?? 0)
    }

    private func newRun(_ start: StartOptions.Start?) throws -> (run: RunConfiguration, networks: TrainedNetworks) {
        guard let model else {
            throw StrataError(
                .usage, "which model? one of \(Toolbox.current.zoo.models.map(\.name).joined(separator: ", "))")
        }
        var typed = try ModelSettings.parse(settings)
        // The parser takes a misspelt option for a setting, and its value for the model.
        if typed["model"] != nil { throw Suggestion.unknown("--model", among: []) }
        let description = try Toolbox.current.zoo[model]
        let parts = try ModelSettings.networks(of: description, &typed)
        let optimizer = try optimizer.settings(for: description, &typed)
        let known = Set(description.hyperparameters.map(\.name))
        if let stray = typed.keys.sorted().first(where: { !known.contains($0) }) {
            throw Suggestion.unknown(
                "--\(stray)",
                among: (description.hyperparameters.map(\.name) + description.networks.keys.sorted()).map { "--\($0)" }
                    + Suggestion.options(of: Train.self))
        }
        if let adopted = start?.adopt(into: &typed, for: description), !adopted.isEmpty {
            output.note("as in \(self.start.from ?? ""): \(adopted.joined(separator: ", "))")
        }
        if let validation, !(validation > 0 && validation < 1) {
            throw StrataError(parameter: "validation", validation, "expected a share between 0 and 1")
        }
        let run = RunConfiguration(
            model: description.name, settings: try Hyperparameters(description.hyperparameters, typed).typed,
            networks: parts.mapValues(\.configuration), epochs: epochs ?? 5,
            batchSize: batchSize ?? description.batchSize, optimizer: optimizer,
            seed: try seed.map(checkedSeed) ?? 0, labels: labels, validation: validation, patience: patience,
            backend: "")
        return (run, try parts.reduce(into: [:]) { $0[$1.key] = try $1.value.network(scope: $1.key) })
    }

    // MARK: A run that goes on

    private func continueRun(_ folder: RunFolder) throws {
        let opened = try Toolbox.current.open(folder.path)
        var run = opened.configuration
        try adopt(&run)
        let loaded = try run.load(data, from: Toolbox.current.data, codecs: .system, memory: bytes())
        try run.requireSame(loaded)
        if let name = self.data {
            let examples = run.examples
            try run.record(loaded, named: name, in: Toolbox.current.data)
            run.examples = examples
        }
        let data = try validated(loaded, run)
        let backend = try backend.make(fallback: run.backend)
        run.backend = type(of: backend).identifier
        let trainer = try makeTrainer(run, data, backend)
        try trainer.restore(opened.checkpoint)
        guard trainer.step <= trainer.stepCount else {
            throw steps.map { StrataError(parameter: "steps", $0, "the run has done \(trainer.step) already") }
                ?? StrataError(
                    parameter: "epochs", run.epochs,
                    "the run has done \(trainer.step) steps already, which is more;"
                        + " a run cannot become shorter")
        }
        let records = try folder.readMetrics().filter { ($0["step"]?.integer ?? .max) <= trainer.step }
        try folder.write(run)
        try train(trainer, run, data, folder, records)
    }

    /// Lets a resumed run go on for longer, at another rate or elsewhere; all else is as it was. A rate that falls does so over
    /// all steps that the run has then.
    private func adopt(_ run: inout RunConfiguration) throws {
        let fixed: [(String, Bool)] = [
            ("--batch-size", batchSize != nil), ("--seed", seed != nil), ("--labels", labels != nil),
            ("--out", out != nil),
            ("--force", force), ("--tokens", tokens), ("--missing", missing != nil), ("--text", text != nil),
            ("--validation", validation != nil),
            ("--from", start.from != nil),
            ("--map", start.map != nil),
            (classes.given ?? "", classes.given != nil),
            (optimizer.given.first ?? "", !optimizer.given.isEmpty),
            ("a model's name", model != nil && model != run.model),
            ("settings of the model", !settings.isEmpty),
        ]
        if let (name, _) = fixed.first(where: \.1) {
            throw StrataError(.usage, "--resume takes everything from the run itself; \(name) cannot be changed")
        }
        if let epochs { run.epochs = epochs }
        if let patience { run.patience = patience }
        guard var settings = run.optimizer else {
            if let first = optimizer.givenWithRates.first {
                throw StrataError(.usage, "\(first): \(run.model) has no optimizer")
            }
            return
        }
        if let rate = try OptimizerOptions.rate(optimizer.learningRate, "learningRate") { settings.learningRate = rate }
        if optimizer.finalLearningRate != nil, settings.schedule == "constant" { settings.schedule = "linear" }
        try optimizer.decay(&settings)
        run.optimizer = settings
    }

    // MARK: Both

    /// A trainer for a run, once its options are known to have a use.
    private func makeTrainer(
        _ run: RunConfiguration, _ data: DataSet, _ backend: any Backend, upon networks: TrainedNetworks = [:]
    ) throws -> Trainer {
        let model = try run.model(from: Toolbox.current.zoo, upon: networks)
        if let epochs, !model.phases.isEmpty, !model.phases.contains(where: { $0.epochs == nil }) {
            throw StrataError(
                parameter: "epochs", epochs, "\(run.model) knows by itself how often to pass through the examples")
        }
        if let labels, !model.phases.contains(where: \.usesLabels) {
            throw StrataError(parameter: "labels", labels, "\(run.model) learns without labels")
        }
        if let first = optimizer.givenWithRates.first, !model.phases.contains(where: \.usesOptimizer) {
            throw StrataError(.usage, "\(first): with these settings \(run.model) is fitted, not descended")
        }
        let optimizer = try run.optimizer?.optimizer(
            among: Toolbox.current.optimizers, schedules: Toolbox.current.schedules)
        return try Trainer(
            model: model, optimizer: optimizer ?? .sgd(), data: data,
            session: Session(backend: backend, seed: run.seed),
            configuration: TrainingConfiguration(
                epochs: run.epochs, batchSize: run.batchSize, seed: run.seed, steps: steps, labels: run.labels,
                patience: run.patience, memory: bytes()))
    }

    // MARK: Training

    private func train(
        _ trainer: Trainer, _ run: RunConfiguration, _ data: DataSet, _ folder: RunFolder, _ earlier: [JSONValue]
    ) throws {
        var records = earlier
        var bar = ProgressBar(epochs: trainer.epochCount, isQuiet: output.quiet)
        func saved() -> String { "the last good checkpoint, \(folder.checkpoint), is of step \(trainer.step)" }
        var lastSaved = trainer.step > 0 ? saved() : nil
        let metadata = try run.metadata
        let (clock, start) = (ContinuousClock(), ContinuousClock.now)
        var isTimeUp: Bool { minutes.map { clock.now - start >= .seconds($0 * 60) } ?? false }
        var warned: [String] = []
        do {
            while !Terminal.isInterrupted, !isTimeUp, let event = try trainer.nextEvent() {
                switch event {
                case .progress(let progress): bar.show(progress, batchSize: run.batchSize)
                case .epoch(let report):
                    bar.show(report)
                    // What was told after the epoch before is not news.
                    for warning in report.warnings where !warned.contains(warning) { output.note(warning) }
                    warned = report.warnings
                    let checkpoint = try trainer.checkpoint(metadata)
                    try checkpoint.write(folder.checkpoint)
                    if report.isBest { try checkpoint.write(folder.best) }
                    lastSaved = saved()
                    records.append(.epoch(report))
                    try folder.write(records)
                }
            }
        } catch let error as StrataError where error.kind == .notFinite {
            bar.finishLine()
            throw StrataError(.notFinite, "\(error.message); \(lastSaved ?? "no checkpoint had been saved")")
        }
        bar.finishLine()
        guard !Terminal.isInterrupted || trainer.isFinished else {
            try trainer.checkpoint(metadata).write(folder.checkpoint)
            output.note("interrupted at step \(trainer.step); continue with: strata train --resume \(folder.path)")
            throw ExitCode(130)
        }
        if trainer.hasStoppedEarly { output.note("stopped early: no better epoch in \(run.patience ?? 0)") }
        if !trainer.isFinished, isTimeUp {
            try trainer.checkpoint(metadata).write(folder.checkpoint)
            output.note(
                "the time is up at step \(trainer.step) of \(trainer.stepCount); continue with: strata train --resume"
                    + " \(folder.path)")
        }
        if records.isEmpty { try trainer.checkpoint(metadata).write(folder.checkpoint) }
        try finish(trainer, run, data, folder, records)
    }

    // MARK: Results

    private func finish(
        _ trainer: Trainer, _ run: RunConfiguration, _ data: DataSet, _ folder: RunFolder, _ records: [JSONValue]
    ) throws {
        let predictor = try Predictor(trainer.model, features: run.features, session: trainer.session)
        let drawing = RunImages(folder: folder, shape: run.exampleShape, seed: run.seed, codecs: .system)
        let written = try drawing.write(predictor, data) + drawing.writeLoss(records, trainer.model.criterion)
        guard output.json else {
            let images = written.isEmpty ? "" : ": \(written.joined(separator: ", "))"
            output.say("the run is in \(folder.path)\(images)")
            return
        }
        var report: [String: JSONValue] = [
            "model": .string(run.model), "backend": .string(run.backend),
            "data": run.data.map(JSONValue.string) ?? .null,
            "out": .string(folder.path), "steps": .integer(trainer.step), "epochs": .integer(trainer.epoch),
            "seed": .integer(Int(run.seed)), "batch_size": .integer(run.batchSize),
        ]
        if let last = records.last {
            for name in ["train", "validation", "test", "step_ms_median", "seconds"] { report[name] = last[name] }
            if case .object(let test)? = last["test"] { report.merge(test) { old, _ in old } }
        }
        print(try JSONValue.object(report).line)
    }
}
