import ArgumentParser
import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels
import StrataNN
import StrataRuns
import StrataTraining

struct ShowGraph: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Show the graph of a model's training step, or the program that it compiles to.",
        discussion: "strata graph vae --dot | dot -Tsvg > vae.svg")

    @Argument(help: "The model.")
    var model: String

    @Flag(help: "In the DOT language.")
    var dot = false

    @Flag(help: "The compiled program: kernels, extents, FLOPs, bytes, arena.")
    var program = false

    @Flag(help: "After the compiler's passes over the graph, for the backend if one is named.")
    var optimized = false

    @Option(parsing: .unconditional, help: "Numbers in an example.")
    var features = 784

    @Option(parsing: .unconditional, help: "Classes of the labels.")
    var classes = 10

    @Option(parsing: .unconditional, help: "Targets of an example.")
    var targets = 4

    @Option(parsing: .unconditional, help: "Examples in a step (default: the model's own).")
    var batchSize: Int?

    @Option(parsing: .unconditional, help: "The phase of the training, from 1 (default: the last).")
    var phase: Int?

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings of the model.", valueName: "--setting value"))
    var settings: [String] = []

    func run() throws {
        try checkCount(features, "features", limit: 10_000_000)
        try checkCount(classes, "classes")
        try checkCount(targets, "targets")
        let description = try Toolbox.current.zoo[model]
        let size = batchSize ?? description.batchSize
        try checkCount(size, "batchSize")
        let values = try Hyperparameters(description.hyperparameters, ModelSettings.parse(settings))
        // As many features as a square has pixels are an image.
        let side = Int(Double(features).squareRoot())
        let spec = DataSpec(
            features: features, classes: classes, targets: targets,
            shape: side * side == features ? [side, side] : [features])
        let graph = try TrainingGraph.trace(
            description.build(spec, values),
            optimizer: try description.optimizer?.optimizer(among: Toolbox.current.optimizers) ?? .sgd(),
            features: features,
            targets: targets, batchSize: size, phase: phase.map { $0 - 1 })
        // Without a backend named, every kernel is taken to be there.
        let supports = try backend.backend.map { _ in try backend.make().supports } ?? { _ in true }
        guard program else {
            let shown = optimized ? try graph.optimized(forms: graph.kernelForms(supports: supports)) : graph
            print(dot ? shown.dot : shown.description)
            return
        }
        let compiled = try graph.compiled(supports: supports).program
        print(output.json ? try json(compiled).line : compiled.description)
    }

    private func json(_ program: Program) -> JSONValue {
        let kernels = zip(program.kernels, program.labels).map { kernel, label in
            JSONValue.object([
                "kernel": .string(kernel.className), "extents": .array(kernel.extents.map(JSONValue.integer)),
                "flops": .integer(kernel.cost.flops), "bytes": .integer(kernel.cost.bytes), "label": .string(label),
            ])
        }
        return .object([
            "model": .string(model), "kernels": .array(kernels), "flops": .integer(program.cost.flops),
            "bytes": .integer(program.cost.bytes), "arena_bytes": .integer(program.slots.first?.byteCount ?? 0),
        ])
    }
}
