import ArgumentParser
import StrataBackend
import StrataData
import StrataModels
import StrataNN
import StrataRuns

struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the zoo, or one model's settings.")

    @Argument(help: "A model, to see its settings.")
    var model: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let models = try model.map { [try Toolbox.current.zoo[$0]] } ?? Toolbox.current.zoo.models
        if output.json {
            print(try JSONValue.object(["models": .array(models.map(json))]).line)
            return
        }
        let width = models.map(\.name.count).max() ?? 0
        for description in models {
            print("\(padded(description.name, width))  \(description.summary)")
            guard model != nil else { continue }
            try show(description)
        }
    }

    /// The settings of a model, and of the optimizer that suits it.
    private func show(_ description: ModelDescription) throws {
        func line(_ name: String, _ help: String, _ standard: String, _ condition: Hyperparameter.Condition? = nil) {
            let when = condition.map { "; \($0.description)" } ?? ""
            print("  --\(padded(name, 18)) \(help) (default: \(standard)\(when))")
        }
        for setting in description.hyperparameters {
            let others = setting.alternatives.map { ", \($0.standard) \($0.condition.description)" }.joined()
            line(setting.name, setting.help, "\(setting.standard)\(others)", setting.condition)
        }
        for (name, help) in description.networks.sorted(by: { $0.key < $1.key }) { line(name, help, "none") }
        line("batch-size", "examples in a step", "\(description.batchSize)")
        guard let choice = description.optimizer else { return print("  no optimizer: it is fitted, not descended") }
        let optimizers = Toolbox.current.optimizers
        line("optimizer", optimizers.map(\.name).joined(separator: ", "), choice.name)
        line("learning-rate", "learning rate", "\(choice.learningRate)")
        for setting in try optimizers.named(choice.name).hyperparameters {
            line(
                setting.name, "\(setting.help), of \(choice.name)",
                choice.settings[setting.name] ?? "\(setting.standard)")
        }
        for schedule in Toolbox.current.schedules {
            line("schedule \(schedule.name)", schedule.summary, schedule.name == "constant" ? "this one" : "off")
            for setting in schedule.hyperparameters { line(setting.name, setting.help, "\(setting.standard)") }
        }
    }

    private func json(_ model: ModelDescription) -> JSONValue {
        .object([
            "name": .string(model.name), "summary": .string(model.summary),
            "optimizer": model.optimizer.map { .string($0.name) } ?? .null,
            "settings": .object(
                Dictionary(uniqueKeysWithValues: model.hyperparameters.map { ($0.name, .string("\($0.standard)")) })),
            "networks": .object(model.networks.mapValues(JSONValue.string)),
        ])
    }
}

struct Backends: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the backends: on what device each would run, or why it cannot.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        let probed =
            Toolbox.current.backends.backends.map { ($0.identifier, $0.probe()) }
            + BackendRegistry.leftOut.map { name, trait in
                (name, .unavailable("left out of this build; build with the trait \(trait)"))
            }
        if output.json {
            let list = probed.map { name, availability -> JSONValue in
                switch availability {
                case .available(let device):
                    .object(["name": .string(name), "available": .bool(true), "device": .string(device)])
                case .unavailable(let reason):
                    .object(["name": .string(name), "available": .bool(false), "reason": .string(reason)])
                }
            }
            print(try JSONValue.object(["backends": .array(list)]).line)
            return
        }
        let width = probed.map(\.0.count).max() ?? 0
        for (name, availability) in probed {
            switch availability {
            case .available(let device): print("\(padded(name, width))  \(device)")
            case .unavailable(let reason): print("\(padded(name, width))  unavailable: \(reason)")
            }
        }
    }
}

struct DataSets: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "List the data sets known by name, or tell what one or a file holds.")

    @Argument(help: "A data set, or a file or folder as for 'strata train'.")
    var name: String?

    @Flag(help: "Whole numbers are tokens, and tunes are melodies.")
    var tokens = false

    @Option(help: "What the tokens of a text are: characters or words (default: characters).")
    var text: TextVocabulary.Unit?

    @Option(help: "What takes the place of numbers that a table lacks: mean or zero.")
    var missing: MissingFill?

    @OptionGroup var output: OutputOptions

    func run() throws {
        if let name { return try tell(Toolbox.current.load(name, areTokens: tokens, textUnit: text, missing: missing)) }
        let given = [("--tokens", tokens), ("--missing", missing != nil), ("--text", text != nil)]
        if let (option, _) = given.first(where: \.1) { throw StrataError(.usage, "\(option): which data?") }
        let catalog = Toolbox.current.data
        let entries =
            catalog.entries.map { ($0.name, $0.summary) } + catalog.derivations.map { ($0.form, $0.summary) }
        if output.json {
            let list = entries.map { JSONValue.object(["name": .string($0), "summary": .string($1)]) }
            print(try JSONValue.object(["data": .array(list)]).line)
            return
        }
        let width = entries.map(\.0.count).max() ?? 0
        for (name, summary) in entries { print("\(padded(name, width))  \(summary)") }
        print("\(padded("PATH", width))  \(catalog.formats.map(\.summary).joined(separator: ", "))")
    }

    private func tell(_ data: DataSet) throws {
        let spec = data.train.examples.spec
        guard output.json else {
            print("\(data.name): \(data.train.count) training and \(data.test.count) test examples")
            let unseen = data.attributes.map { ", \($0.unseen.count) of them unseen in training" } ?? ""
            print(
                "each \(spec.dtype.name) \(spec.shape)"
                    + (data.classNames.map { ", of \($0.count) classes\(unseen)" } ?? ""))
            for note in data.notes { print(note) }
            return
        }
        print(
            try JSONValue.object([
                "name": .string(data.name), "train": .integer(data.train.count), "test": .integer(data.test.count),
                "shape": .array(data.exampleShape.map { .integer($0) }), "dtype": .string(data.dtype.name),
                "classes": data.classNames.map { .integer($0.count) } ?? .null,
                "unseen": data.attributes.map { .integer($0.unseen.count) } ?? .null,
                "notes": .array(data.notes.map { .string($0) }),
            ]).line)
    }
}
