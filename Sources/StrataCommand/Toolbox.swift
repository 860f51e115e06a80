import StrataBackend
import StrataBLAS
import StrataData
import StrataFiles
import StrataModels
import StrataNN
import StrataONNX
import StrataOpenCL
import StrataRuns

/// The models, data sets and backends that the commands offer. ArgumentParser makes the commands itself, so that they
/// find it in their task.
struct Toolbox: Sendable {
    var zoo = Zoo.builtIn + [ImportedNetworks.description]
    var data = DataCatalog.builtIn
    var backends = BackendRegistry.builtIn
    var optimizers = [OptimizerDescription].builtIn
    var schedules = [ScheduleDescription].builtIn

    @TaskLocal static var current = Toolbox()

    /// A data set of the catalog, or the data under a path.
    ///
    /// - `memory`: Bytes beyond which examples stay in their files.
    /// - `areTokens`: Whether whole numbers among the examples are tokens.
    /// - `textUnit`: What a token of a text is.
    /// - `missing`: What takes the place of numbers that a table lacks.
    func load(
        _ name: String, memory: Int? = nil, areTokens: Bool = false, textUnit: TextVocabulary.Unit? = nil,
        missing: MissingFill? = nil
    ) throws -> DataSet {
        var options = DataOptions(codecs: .system, memory: memory, examples: areTokens ? .tokens : .automatic)
        options.missing = missing?.values ?? .refused
        options.textUnit = textUnit ?? .characters
        let data = try data.load(name, options)
        if let textUnit, data.vocabulary == nil {
            throw StrataError(
                parameter: "text", textUnit.rawValue, "says what the tokens of a text are, and '\(data.name)' is none")
        }
        if let missing, data.fills == nil {
            throw StrataError(
                parameter: "missing", missing.rawValue,
                "fills the numbers that a table lacks, and '\(data.name)' is none")
        }
        return data
    }

    /// A run, with whatever the command offers.
    func open(_ run: String) throws -> Run {
        try Run(run, zoo: zoo, data: data, backends: backends, codecs: .system)
    }
}

extension BackendRegistry {
    /// These backends and, after the first, those over C libraries that this build has, where none of the name is there.
    var withLibraries: BackendRegistry {
        var libraries: [any Backend.Type] = []
        #if BLAS
        libraries.append(BLASBackend.self)
        #endif
        #if OpenCL
        libraries.append(OpenCLBackend.self)
        #endif
        let own = Set(backends.map { $0.identifier })
        var registry = self
        registry.backends.insert(
            contentsOf: libraries.filter { !own.contains($0.identifier) }, at: min(1, backends.count))
        return registry
    }

    /// Backends that this build was made without, and the trait that brings each.
    static let leftOut: [(identifier: String, trait: String)] = {
        var names: [(String, String)] = []
        #if !BLAS
        names.append(("blas", "BLAS"))
        #endif
        #if !OpenCL
        names.append(("opencl", "OpenCL"))
        #endif
        return names
    }()
}
