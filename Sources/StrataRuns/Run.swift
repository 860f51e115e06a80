public import StrataBackend
import StrataCompiler
public import StrataData
public import StrataModels
import StrataNN
public import StrataTraining

/// A trained run: its configuration, its weights, and what they were learned from.
///
/// ```
/// let run = try Run("runs/vae")
/// let predictor = try run.predictor()
/// let (codes, size) = try predictor.encode(try run.data().test.values(0..<10))
/// ```
///
/// The path is that of a run's folder, or of a checkpoint alone, which describes itself, in a folder of Hugging Face's too. Opening a run reads its
/// files, and neither starts a backend nor touches the data.
public struct Run: Sendable {
    /// The folder that results belong in: the run's own, or that of a checkpoint that lies alone.
    public let folder: RunFolder
    /// The settings of the run and what it knows of its data, in today's format whatever that of the file.
    public private(set) var configuration: RunConfiguration
    /// The weights, under the names that the model's variables have today.
    public private(set) var checkpoint: Checkpoint
    /// The path of the checkpoint.
    public let checkpointPath: String
    /// The model without its weights.
    public private(set) var model: any Model
    private let zoo: Zoo
    private let formerNames: [(old: String, new: String)]
    let catalog: DataCatalog
    let backends: BackendRegistry
    let codecs: Codecs

    /// Opens a run.
    ///
    /// Throws `file` where there is none, `data` or `checkpoint` where a file is damaged or of no run, and `usage` for a
    /// model that the zoo lacks.
    ///
    /// - `path`: a run's folder, or a checkpoint.
    /// - `data`: the sets that the run's data may be one of.
    /// - `backends`: those that the run may use.
    /// - `codecs`: for data in compressed files.
    public init(
        _ path: String, zoo: Zoo = .builtIn, data: DataCatalog = .builtIn, backends: BackendRegistry = .builtIn,
        codecs: Codecs = .none
    ) throws {
        // A folder of Hugging Face's holds its checkpoint under another name.
        let path = RunFolder(path).holdsRun ? path : WeightFile.find(path) ?? path
        if FileBytes.kind(path) == .file {
            let folder = RunFolder(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".")
            let checkpoint = try Checkpoint(path: path)
            try self.init(
                folder, path, checkpoint, try checkpoint.describedRun(path), zoo, data, backends, codecs)
        } else {
            let folder = try RunFolder(opening: path)
            let configuration = try folder.readConfiguration()
            try self.init(
                folder, folder.checkpoint, Checkpoint(path: folder.checkpoint), configuration, zoo, data, backends,
                codecs)
        }
    }

    /// The run that a checkpoint at hand is of; `name` is for messages.
    init(of checkpoint: Checkpoint, named name: String, zoo: Zoo = .builtIn) throws {
        try self.init(
            RunFolder("."), name, checkpoint, checkpoint.describedRun(name), zoo, .builtIn, .builtIn, .none)
    }

    private init(
        _ folder: RunFolder, _ path: String, _ checkpoint: Checkpoint, _ configuration: RunConfiguration, _ zoo: Zoo,
        _ catalog: DataCatalog, _ backends: BackendRegistry, _ codecs: Codecs
    ) throws {
        (self.folder, checkpointPath) = (folder, path)
        (self.zoo, self.catalog, self.backends, self.codecs) = (zoo, catalog, backends, codecs)
        self.configuration = try configuration.updated(zoo)
        model = try self.configuration.model(from: zoo)
        formerNames = try zoo[configuration.model].formerNames
        self.checkpoint = checkpoint.withCurrentNames(of: model, formerNames: formerNames)
    }

    /// The same run with other settings of sampling, such as the steps of an integrator, whose model has the same weights.
    ///
    /// Throws `usage` for settings that the model lacks, that are not of sampling, or whose values do not fit.
    public func sampled(with settings: [String: String]) throws -> Run {
        let declared = try zoo[configuration.model].hyperparameters
        let known = declared.filter(\.isOfSampling).map(\.name)
        for name in settings.keys.sorted() where !known.contains(name) {
            guard declared.contains(where: { $0.name == name }) else {
                throw StrataError.unknown("setting of sampling", name, among: known)
            }
            throw StrataError(
                parameter: name, settings[name] ?? "",
                "is a setting of training, where it is \(configuration.settings[name] ?? "not there"); a new one takes a"
                    + " new run")
        }
        var run = self
        run.configuration.settings = try Hyperparameters(declared, settings, over: configuration.settings).typed
        run.model = try run.configuration.model(from: zoo)
        return run
    }

    /// The records of the epochs, oldest first: objects as in `metrics.jsonl`. Empty for a checkpoint that lies alone.
    public func metrics() throws -> [JSONValue] {
        checkpointPath == folder.checkpoint ? try folder.readMetrics() : []
    }

    /// The weights of a run: those after its last step, their averages over its steps, or those after the epoch with the best
    /// validation criterion.
    public enum Weights: String, Sendable, CaseIterable {
        /// The weights after the last step, which every run has; their averages, of a run trained with a decay of the
        /// average; those of the best epoch, of a run trained with a validation split.
        case last, ema, best
    }

    /// The model with its weights, on a backend: by default the one that it was trained on, or else the first that is
    /// available.
    ///
    /// Throws `backendUnavailable` where there is none, `checkpoint` for weights of another model, or that the run has not
    /// kept.
    public func predictor(on backend: (any Backend)? = nil, weights: Weights = .last) throws -> Predictor {
        let backend = try backend ?? defaultBackend()
        let checkpoint = try self.weights(weights)
        do {
            return try Predictor(
                model, features: configuration.features, session: Session(backend: backend, seed: configuration.seed),
                weights: checkpoint)
        } catch let error as StrataError where error.kind == .checkpoint {
            throw StrataError(.checkpoint, "\(checkpointPath): \(error.message)")
        }
    }

    /// The model with its weights as a part of another one, which sees its activations.
    ///
    /// Throws `unsupported` for a model without layers, `checkpoint` for weights of another model, or that the run has not
    /// kept.
    ///
    /// - `scope`: The first part of its variables' names in the other model.
    public func network(scope: String, weights: Weights = .last) throws -> TrainedNetwork {
        try configuration.network(scope: scope, from: zoo, weights: self.weights(weights))
    }

    /// The weights of the run that were asked for. Throws `checkpoint` for what it has not kept.
    public func weights(_ weights: Weights) throws -> Checkpoint {
        switch weights {
        case .last: return checkpoint
        case .ema: return try checkpoint.averaged()
        case .best:
            guard checkpointPath == folder.checkpoint else {
                throw StrataError(
                    .checkpoint, "\(checkpointPath): is a checkpoint, and the best weights are a run's; open its folder"
                )
            }
            guard FileBytes.kind(folder.best) == .file else {
                throw StrataError(.checkpoint, "\(folder.path) has kept no best weights; train with a validation split")
            }
            return try Checkpoint(path: folder.best).withCurrentNames(of: model, formerNames: formerNames)
        }
    }

    private func defaultBackend() throws -> any Backend {
        let own = backends.backends.filter { $0.identifier == configuration.backend }
        let available = (own + backends.backends).first {
            if case .available = $0.probe() { true } else { false }
        }
        guard let available else {
            throw StrataError(.backendUnavailable, "none of the backends is available on this machine")
        }
        return try backends.make(available.identifier)
    }
}
