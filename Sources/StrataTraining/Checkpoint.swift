import StrataBackend
public import StrataCompiler
public import StrataData
import StrataGraph

/// Variables with their names, and what else must be remembered: a safetensors file.
///
/// ```
/// let checkpoint = try Checkpoint(path: "runs/vae/checkpoint.safetensors")
/// let trained = try TrainedModel(model, features: 784, session: session, weights: checkpoint)
/// ```
public struct Checkpoint: Sendable {
    public var variables: [String: StoredArray]
    /// Free text by name.
    public var metadata: [String: String]

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

    /// Reads a file. Throws `file` where it cannot be read, `checkpoint` where it is damaged.
    public init(path: String) throws {
        let file = try SafeTensors.read(path)
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
                problems.append("\(name) is \(stored.dtype.name) \(stored.shape), the model wants \(wanted)")
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
}

extension Session {
    fileprivate var variableTypes: [String: TensorType] {
        Dictionary(uniqueKeysWithValues: variables.map { ($0.name, $0.type) })
    }
}
