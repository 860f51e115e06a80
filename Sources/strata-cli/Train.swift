import ArgumentParser
import StrataBackend
import StrataCompiler
import StrataData
import StrataFiles
import StrataModels
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

    @Option(help: "A data set ('strata data' lists them), an IDX or NumPy file, or a folder of PNG pictures.")
    var data: String?

    @Option(parsing: .unconditional, help: "Passes through the training examples (default: 5).")
    var epochs: Int?

    @Option(parsing: .unconditional, help: "Examples in a step (default: the model's own).")
    var batchSize: Int?

    @Option(parsing: .unconditional, help: "Learning rate (default: the model's own).")
    var learningRate: Double?

    @Option(
        parsing: .unconditional,
        help: "What the learning rate falls to, in a straight line over the steps of a phase (default: it stays).")
    var finalLearningRate: Double?

    @Option(parsing: .unconditional, help: "Seed of the weights, the order and every draw (default: 0).")
    var seed: Int?

    @Option(parsing: .unconditional, help: "Stop after so many training steps in all.")
    var steps: Int?

    @Option(parsing: .unconditional, help: "Training examples whose labels or targets may be used (default: all).")
    var labels: Int?

    @Option(help: "The run folder (default: runs/MODEL).")
    var out: String?

    @Option(help: "Continue this run; what is not given again is taken from its config.json.")
    var resume: String?

    @Flag(help: "Replace a run that --out holds already.")
    var force = false

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings of the model.", valueName: "--setting value"))
    var settings: [String] = []

    func run() throws {
        Terminal.catchInterrupts()
        let old = try resume.map { try RunFolder(opening: $0) }
        var run = try old?.readConfiguration() ?? newRun()
        if old != nil { try adopt(&run) }

        let data = try DataCatalog.standard.load(run.data, codecs: .system)
        for note in data.notes where old == nil { output.note(note) }
        if old == nil {
            run.exampleShape = data.exampleShape.extents
            run.classes = data.classNames?.count ?? 0
            run.targets = data.targetNames?.count ?? 0
            run.examples = data.train.count
            // A batch size that nobody asked for gives way to a small data set.
            if batchSize == nil { run.batchSize = min(run.batchSize, data.train.count) }
        } else if data.exampleShape.extents != run.exampleShape {
            throw StrataError(
                .data,
                "'\(run.data)' has examples of \(data.exampleShape), the run was trained on \(Shape(run.exampleShape))")
        } else if run.targets > 0, data.targetNames?.count != run.targets {
            throw StrataError(
                .data, "'\(run.data)' has \(data.targetNames?.count ?? 0) targets, the run was trained on \(run.targets)")
        }
        let backend = try backend.make(fallback: run.backend)
        run.backend = type(of: backend).identifier
        let (model, optimizer) = try run.build()
        if let epochs, !model.phases.contains(where: { $0.epochs == nil }) {
            throw StrataError(.usage, "--epochs \(epochs): \(run.model) knows by itself how often to pass through the examples")
        }
        if let labels, !model.phases.contains(where: \.needsLabels) {
            throw StrataError(.usage, "--labels \(labels): \(run.model) learns without labels")
        }
        let trainer = try Trainer(
            model: model, optimizer: optimizer, data: data, session: Session(backend: backend, seed: run.seed),
            configuration: TrainingConfiguration(
                epochs: run.epochs, batchSize: run.batchSize, seed: run.seed, steps: steps, labels: run.labels))

        let folder = try old ?? RunFolder(creating: out ?? RunFolder.unused(for: run.model), replacing: force)
        var records: [JSONValue] = []
        if old != nil {
            try trainer.restore(Checkpoint(path: folder.checkpoint))
            records = try folder.readMetrics().filter { ($0["step"]?.integer ?? .max) <= trainer.step }
        }
        try folder.write(run)
        try train(trainer, run, folder, &records)
        try finish(trainer, run, data, folder, records)
    }

    // MARK: Configuration

    private func newRun() throws -> RunConfiguration {
        guard let model else {
            throw StrataError(.usage, "which model? one of \(Zoo.standard.models.map(\.name).joined(separator: ", "))")
        }
        let description = try Zoo.standard[model]
        let typed = try ModelSettings.parse(settings)
        let known = Set(description.hyperparameters.map(\.name))
        if let stray = typed.keys.sorted().first(where: { !known.contains($0) }) {
            throw StrataError.unknown(
                "option", "--\(stray)", among: description.hyperparameters.map { "--\($0.name)" } + Train.ownOptions)
        }
        return RunConfiguration(
            model: model, settings: try Hyperparameters(description.hyperparameters, typed).typed,
            data: data ?? "fashion-mnist", exampleShape: [], classes: 0, targets: 0, epochs: epochs ?? 5,
            batchSize: batchSize ?? description.batchSize,
            learningRate: try rate(learningRate, "--learning-rate") ?? description.learningRate,
            finalLearningRate: try rate(finalLearningRate, "--final-learning-rate"), seed: try checkedSeed() ?? 0,
            labels: labels, backend: backend.backend ?? "simd")
    }

    /// Lets a resumed run go on for longer, at another rate or elsewhere; all else is as it was. A rate that falls does so over
    /// all steps that the run has then.
    private func adopt(_ run: inout RunConfiguration) throws {
        let fixed: [(String, Bool)] = [
            ("--data", data != nil), ("--batch-size", batchSize != nil), ("--seed", seed != nil), ("--labels", labels != nil), ("--out", out != nil),
            ("a model's name", model != nil && model != run.model), ("settings of the model", !settings.isEmpty),
        ]
        if let (name, _) = fixed.first(where: \.1) {
            throw StrataError(.usage, "--resume takes everything from the run itself; \(name) cannot be changed")
        }
        if let epochs { run.epochs = epochs }
        if let rate = try rate(learningRate, "--learning-rate") { run.learningRate = rate }
        if let rate = try rate(finalLearningRate, "--final-learning-rate") { run.finalLearningRate = rate }
    }

    private func rate(_ value: Double?, _ option: String) throws -> Double? {
        if let value, !value.isFinite || value <= 0 {
            throw StrataError(.usage, "\(option) \(value): a rate is greater than 0")
        }
        return value
    }

    private func checkedSeed() throws -> UInt32? {
        guard let seed else { return nil }
        guard let value = UInt32(exactly: seed) else {
            throw StrataError(.usage, "--seed \(seed): a seed is a whole number from 0 to 4294967295")
        }
        return value
    }

    private static let ownOptions = [
        "--data", "--epochs", "--batch-size", "--learning-rate", "--final-learning-rate", "--seed", "--steps", "--labels",
        "--out", "--resume", "--force", "--backend", "--threads", "--device", "--json", "--quiet",
    ]

    // MARK: Training

    private func train(
        _ trainer: Trainer, _ run: RunConfiguration, _ folder: RunFolder, _ records: inout [JSONValue]
    ) throws {
        var bar = ProgressBar(epochs: trainer.epochCount, isQuiet: output.quiet)
        var lastSaved = trainer.step > 0 ? "the last good checkpoint, \(folder.checkpoint), is of step \(trainer.step)" : nil
        do {
            while !Terminal.isInterrupted, let event = try trainer.nextEvent() {
                switch event {
                case .progress(let progress): bar.show(progress, batchSize: run.batchSize)
                case .epoch(let report):
                    bar.show(report)
                    try trainer.checkpoint(["model": run.model]).write(folder.checkpoint)
                    lastSaved = "the last good checkpoint, \(folder.checkpoint), is of step \(trainer.step)"
                    records.append(record(report))
                    try folder.write(records)
                }
            }
        } catch let error as StrataError where error.kind == .notFinite {
            bar.finishLine()
            throw StrataError(.notFinite, "\(error.message); \(lastSaved ?? "no checkpoint had been saved")")
        }
        bar.finishLine()
        guard Terminal.isInterrupted, !trainer.isFinished else { return }
        try trainer.checkpoint(["model": run.model]).write(folder.checkpoint)
        output.note("interrupted at step \(trainer.step); continue with: strata train --resume \(folder.path)")
        throw ExitCode(130)
    }

    private func record(_ report: EpochReport) -> JSONValue {
        .object([
            "epoch": .integer(report.epoch), "step": .integer(report.step), "seconds": .number(report.seconds),
            "step_ms_median": .number(report.medianStepMilliseconds),
            "train": .object(JSONValue.metrics(report.train)), "test": .object(JSONValue.metrics(report.test)),
        ])
    }

    // MARK: Results

    private func finish(
        _ trainer: Trainer, _ run: RunConfiguration, _ data: DataSet, _ folder: RunFolder, _ records: [JSONValue]
    ) throws {
        if records.isEmpty { try trainer.checkpoint(["model": run.model]).write(folder.checkpoint) }
        let trained = try TrainedModel(trainer.model, features: run.features, session: trainer.session)
        let drawing = try RunPictures(folder: folder, shape: run.exampleShape, seed: run.seed)
        let written = try drawing.write(trained, data) + drawing.writeLoss(records)
        guard output.json else {
            let pictures = written.isEmpty ? "" : ": \(written.joined(separator: ", "))"
            output.say("the run is in \(folder.path)\(pictures)")
            return
        }
        var report: [String: JSONValue] = [
            "model": .string(run.model), "backend": .string(run.backend), "data": .string(run.data),
            "out": .string(folder.path), "steps": .integer(trainer.step), "epochs": .integer(trainer.epoch),
            "seed": .integer(Int(run.seed)), "batch_size": .integer(run.batchSize),
        ]
        if let last = records.last {
            for name in ["train", "test", "step_ms_median", "seconds"] { report[name] = last[name] }
            if case .object(let test)? = last["test"] { report.merge(test) { old, _ in old } }
        }
        print(try JSONValue.object(report).line)
    }
}
