import ArgumentParser
import StrataBackend
import StrataCompiler
import StrataData
import StrataModels
import StrataNN
import StrataONNX
import StrataRuns
import StrataTraining

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a run of a model of ONNX, to be used and trained like any other.",
        discussion: """
            The model takes one array of rows and gives one. Its weights become the run's: strata encode, evaluate, profile
            and serve it, and strata train --resume goes on with them where there is something to learn. With --outputs features
            a softmax over the data's classes is put on its codes, which training is for.
            """)

    @Argument(help: "The model, a file .onnx.")
    var model: String

    @Option(help: "A second model that leads from its codes back to examples.")
    var decoder: String?

    @Option(help: "The output to take, by name (default: logits, or else the first of floats).")
    var output: String?

    @Option(
        help: ArgumentHelp(
            "What the outputs are: codes, logits of the data's classes, or features for a softmax that is to be learned"
                + " (default: logits for an output of that name, else codes)."))
    var outputs: String?

    @Option(help: "The data that it is for; a new run without data takes examples of the model's own shape.")
    var data: String?

    @Option(help: "The run folder (default: runs/onnx).")
    var out: String?

    @Option(parsing: .unconditional, help: "Seed of what is to be learned (default: 0).")
    var seed = 0

    @Flag(help: "Replace a run that --out holds already.")
    var force = false

    @OptionGroup var backend: BackendOptions
    @OptionGroup(title: "Output") var report: OutputOptions

    func run() throws {
        let backend = try backend.make()
        let loaded = try data.map { try Toolbox.current.load($0) }
        let network = try ONNXNetwork(
            path: model, decoder: decoder, output: output, shape: loaded?.exampleShape.extents)
        for note in network.notes { report.note("\(model): \(note)") }
        let description = try Toolbox.current.zoo[ImportedNetworks.description.name]
        var settings = network.settings
        settings["outputs"] = outputs ?? (network.hasLogits ? "logits" : "codes")
        let out = out ?? RunFolder.unused(for: description.name)
        if !force, FileBytes.kind("\(out)/checkpoint.safetensors") == .file {
            throw StrataError(.usage, "\(out) holds a run already: name another --out, or replace it with --force")
        }
        var run = RunConfiguration(
            model: description.name, settings: try Hyperparameters(description.hyperparameters, settings).typed,
            exampleShape: network.exampleShape, classes: settings["outputs"] == "logits" ? network.width : 0,
            epochs: 0, batchSize: description.batchSize, optimizer: description.optimizer.map(OptimizerSettings.init),
            seed: try checkedSeed(seed), backend: type(of: backend).identifier)
        if let loaded, let data {
            try run.record(loaded, named: data, in: Toolbox.current.data)
            run.batchSize = min(run.batchSize, loaded.train.count)
        }
        let checkpoint = try checkpoint(run, network.weights, loaded, backend)
        try ONNXNetwork.checkRows(
            Predictor(
                run.model(from: Toolbox.current.zoo), features: run.features, session: Session(backend: backend),
                weights: checkpoint))
        let folder = try RunFolder(creating: out, replacing: force)
        try folder.write(run)
        try checkpoint.write(folder.checkpoint)
        guard report.json else {
            return report.say("the run is in \(folder.path): \(network.width) \(settings["outputs"] ?? "outputs")")
        }
        print(
            try JSONValue.object([
                "out": .string(folder.path), "outputs": .integer(network.width),
                "role": .string(settings["outputs"] ?? ""), "notes": .array(network.notes.map(JSONValue.string)),
            ]).line)
    }

    /// The model's weights, and where it is to learn from data, all that a run before its first step has.
    private func checkpoint(
        _ run: RunConfiguration, _ weights: Checkpoint, _ data: DataSet?, _ backend: any Backend
    ) throws -> Checkpoint {
        let model = try run.model(from: Toolbox.current.zoo)
        if let data, !model.phases.isEmpty {
            let trainer = try Trainer(
                model: model, optimizer: try run.optimizer?.optimizer() ?? .sgd(), data: data,
                session: Session(backend: backend, seed: run.seed),
                configuration: TrainingConfiguration(
                    epochs: run.epochs, batchSize: run.batchSize, seed: run.seed, steps: nil, labels: nil))
            try trainer.start(from: weights)
            return try trainer.checkpoint(run.metadata)
        }
        let session = try Session(backend: backend, seed: run.seed).session(sharing: model.variables)
        let names = model.variables.map(\.name)
        try weights.restore(names.filter { weights.variables[$0] != nil }, in: session)
        return try Checkpoint(
            session: session, variables: names, metadata: try run.metadata.merging(["step": "0"]) { $1 })
    }
}
