import ArgumentParser
import StrataBackend
import StrataCompiler
import StrataData
import StrataFiles
import StrataTraining

/// A run folder brought back to life, for the commands that use a trained model.
struct TrainedRun {
    let configuration: RunConfiguration
    let folder: RunFolder
    let model: TrainedModel

    init(_ path: String, _ options: BackendOptions) throws {
        folder = try RunFolder(opening: path)
        configuration = try folder.readConfiguration()
        let checkpoint = try Checkpoint(path: folder.checkpoint)
        let backend = try options.make(fallback: configuration.backend)
        do {
            model = try TrainedModel(
                configuration.build().model, features: configuration.features,
                session: Session(backend: backend, seed: configuration.seed), weights: checkpoint)
        } catch let error as StrataError where error.kind == .checkpoint {
            throw StrataError(.checkpoint, "\(folder.checkpoint): \(error.message)")
        }
    }

    /// The data to use the model on: what `--data` names, or what it was trained on.
    func data(_ name: String?) throws -> DataSet {
        let data = try DataCatalog.standard.load(name ?? configuration.data, codecs: .system)
        guard data.exampleShape.elementCount == configuration.features else {
            throw StrataError(
                .data,
                "'\(data.name)' has examples of \(data.exampleShape), the model was trained on \(Shape(configuration.exampleShape))")
        }
        return data
    }
}

/// Which run, on what.
struct RunOptions: ParsableArguments {
    @Argument(help: "The run folder.")
    var run: String

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func open() throws -> TrainedRun { try TrainedRun(run, backend) }

    /// Tells where a file was written.
    func report(_ file: String, _ fields: [String: JSONValue], _ text: String) throws {
        if output.json {
            print(try JSONValue.object(fields.merging(["out": .string(file)]) { old, _ in old }).line)
        } else {
            output.say(text)
        }
    }
}

/// Which examples of a data set.
struct ExampleOptions: ParsableArguments {
    @Option(help: "The data (default: what the run was trained on).")
    var data: String?

    @Option(help: "train or test.")
    var split: SplitName = .test

    enum SplitName: String, ExpressibleByArgument, CaseIterable { case train, test }

    /// The split, or the training part where the data has no test part.
    func load(_ run: TrainedRun) throws -> DataSplit {
        let data = try run.data(data)
        return split == .test && data.test.count > 0 ? data.test : data.train
    }
}

/// Throws `usage` for a count that is not from 1 to `limit`.
func checkCount(_ count: Int, option: String, limit: Int = 100_000) throws {
    guard (1...limit).contains(count) else {
        throw StrataError(.usage, "\(option) \(count): wants a number from 1 to \(limit)")
    }
}
