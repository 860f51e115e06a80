import StrataBackend
public import StrataCompiler
public import StrataData
import StrataGraph
package import StrataModels

/// Variables with their names, and what else must be remembered: a safetensors file.
///
/// ```
/// let checkpoint = try Checkpoint(path: "runs/vae/checkpoint.safetensors")
/// let predictor = try Predictor(model, features: 784, session: session, weights: checkpoint)
/// ```
public struct Checkpoint: Sendable {
    /// Arrays by the names of their variables: weights, their averages (`ema.…`), the optimizer's state and the
    /// rest that continuing needs.
    public var variables: [String: StoredArray]
    /// Free text by name.
    public var metadata: [String: String]

    /// A checkpoint of arrays at hand. Names and shapes are not checked: `restore` compares them with a session's.
    public init(variables: [String: StoredArray], metadata: [String: String] = [:]) {
        self.variables = variables
        self.metadata = metadata
    }

    /// Reads the named variables off the device.
    public init(session: Session, variables names: [String], metadata: [String: String] = [:]) throws {
        let types = session.variableTypes
        variables = [:]
        for name in names {
            guard let type = types[name] else { continue }
            variables[name] = try StoredArray(
                dtype: type.dtype, shape: type.shape, bytes: try session.readVariable(name))
        }
        self.metadata = metadata
    }

    /// Reads a file of safetensors, one that `torch.save` wrote (see `PyTorch`), or an archive of NumPy's. Throws `file` where
    /// it cannot be read, `checkpoint` or `data` where it is damaged, `unsupported` for what is not taken of PyTorch's.
    ///
    /// - `codecs`: For an archive that is compressed.
    public init(path: String, codecs: Codecs = .none) throws {
        let file = try WeightFile.read(path, codecs: codecs)
        self.init(variables: file.tensors, metadata: file.metadata)
    }

    /// Writes a file, whole or not at all: until the new one is complete, an old one of that name stays.
    public func write(_ path: String) throws {
        try SafeTensors(tensors: variables, metadata: metadata).write(path)
    }

    /// Overwrites the named variables of a session, which must exist there. Throws `checkpoint` if one is missing
    /// or has another shape, and then changes nothing.
    public func restore(_ names: [String], in session: Session) throws {
        let types = session.variableTypes
        var problems: [String] = []
        for name in names {
            guard let wanted = types[name] else { continue }
            guard let stored = variables[name] else {
                problems.append("\(name) is missing")
                continue
            }
            if TensorType(stored.shape, stored.dtype) != wanted {
                problems.append("\(name) is \(stored.dtype.name) \(stored.shape), the model has \(wanted)")
            }
        }
        guard problems.isEmpty else {
            let rest = problems.count > 3 ? "; and \(problems.count - 3) more" : ""
            throw StrataError(
                .checkpoint,
                "the checkpoint is of another model: \(problems.prefix(3).joined(separator: "; "))\(rest)")
        }
        for name in names where types[name] != nil {
            try variables[name]?.bytes.withUnsafeBytes { try session.writeVariable(name, $0) }
        }
    }

    // MARK: Other names

    /// The same variables under other names.
    public func renamed(_ map: NameMap) -> Checkpoint {
        var renamed = self
        renamed.variables = Dictionary(variables.map { (map($0.key), $0.value) }) { first, _ in first }
        return renamed
    }

    /// The weights with their averages over the steps of training in place of the last values. Throws `checkpoint` where no
    /// averages were kept.
    public func averaged() throws -> Checkpoint {
        let averages = variables.filter { $0.key.hasPrefix("ema.") }
        guard !averages.isEmpty else {
            throw StrataError(.checkpoint, "the checkpoint has no averaged weights; train with a decay of the average")
        }
        var averaged = self
        for (name, value) in averages { averaged.variables[String(name.dropFirst("ema.".count))] = value }
        return averaged
    }

    /// The first parts of the variables' names.
    public var scopes: [String] { Checkpoint.scopes(of: Array(variables.keys)) }

    static func scopes(of names: [String]) -> [String] {
        Set(names.compactMap { $0.split(separator: ".").first.map(String.init) }).sorted()
    }
}

extension Session {
    fileprivate var variableTypes: [String: TensorType] {
        Dictionary(uniqueKeysWithValues: variables.map { ($0.name, $0.type) })
    }
}

extension Checkpoint {
    /// The weights of a checkpoint of a former version, under the names that a model's variables have today; unchanged where it
    /// has these already.
    package func withCurrentNames(of model: any Model, formerNames: [(old: String, new: String)]) -> Checkpoint {
        model.variables.allSatisfy { variables[$0.name] != nil } ? self : renamed(NameMap(formerNames))
    }
}
