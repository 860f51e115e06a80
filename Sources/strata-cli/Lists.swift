import ArgumentParser
import StrataBackend
import StrataData
import StrataModels

struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the zoo, or one model's settings.")

    @Argument(help: "A model, to see its settings.")
    var model: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let models = try model.map { [try Zoo.standard[$0]] } ?? Zoo.standard.models
        if output.json {
            print(try JSONValue.object(["models": .array(models.map(json))]).line)
            return
        }
        let width = models.map(\.name.count).max() ?? 0
        for description in models {
            print("\(padded(description.name, width))  \(description.summary)")
            guard model != nil else { continue }
            for setting in description.hyperparameters {
                print("  --\(padded(setting.name, 16)) \(setting.help) (default: \(setting.standard))")
            }
            print("  --\(padded("batch-size", 16)) examples in a step (default: \(description.batchSize))")
            print("  --\(padded("learning-rate", 16)) learning rate (default: \(description.learningRate))")
        }
    }

    private func json(_ model: ModelDescription) -> JSONValue {
        .object([
            "name": .string(model.name), "summary": .string(model.summary),
            "settings": .object(
                Dictionary(uniqueKeysWithValues: model.hyperparameters.map { ($0.name, .string("\($0.standard)")) })),
        ])
    }
}

struct Backends: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the backends: on what device each would run, or why it cannot.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        let probed = BackendRegistry.command.backends.map { ($0.identifier, $0.probe()) }
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
    static let configuration = CommandConfiguration(commandName: "data", abstract: "List the data sets known by name.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        let entries = DataCatalog.standard.entries
        if output.json {
            let list = entries.map { JSONValue.object(["name": .string($0.name), "summary": .string($0.summary)]) }
            print(try JSONValue.object(["data": .array(list)]).line)
            return
        }
        let width = entries.map(\.name.count).max() ?? 0
        for entry in entries { print("\(padded(entry.name, width))  \(entry.summary)") }
        print("\(padded("PATH", width))  an IDX pair, a .npy or .npz file, or a folder of PNG pictures")
    }
}

func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
}
