import StrataBackend
public import StrataCompiler
import StrataData
public import StrataGraph

/// Variables with their names, and what else must be remembered: a safetensors file.
public struct Checkpoint: Sendable {
    public struct Variable: Sendable, Hashable {
        public var type: TensorType
        public var bytes: [UInt8]

        public init(type: TensorType, bytes: [UInt8]) {
            self.type = type
            self.bytes = bytes
        }
    }

    public var variables: [String: Variable]
    /// Free text by name.
    public var metadata: [String: String]

    public init(variables: [String: Variable], metadata: [String: String] = [:]) {
        self.variables = variables
        self.metadata = metadata
    }

    /// Reads the named variables off the device.
    public init(session: Session, variables names: [String], metadata: [String: String] = [:]) throws {
        let types = Dictionary(uniqueKeysWithValues: session.variables.map { ($0.name, $0.type) })
        variables = [:]
        for name in names {
            guard let type = types[name] else { continue }
            variables[name] = Variable(type: type, bytes: try session.readVariable(name))
        }
        self.metadata = metadata
    }

    /// Overwrites the named variables of a session, which must exist there. Throws `checkpoint` if one is missing
    /// or has another shape, and then changes nothing.
    public func restore(_ names: [String], in session: Session) throws {
        let types = Dictionary(uniqueKeysWithValues: session.variables.map { ($0.name, $0.type) })
        var problems: [String] = []
        for name in names {
            guard let wanted = types[name] else { continue }
            switch variables[name]?.type {
            case wanted: continue
            case let type?: problems.append("\(name) is \(type.shape), the model wants \(wanted.shape)")
            case nil: problems.append("\(name) is missing")
            }
        }
        guard problems.isEmpty else {
            let rest = problems.count > 3 ? ", and \(problems.count - 3) more" : ""
            throw StrataError(
                .checkpoint,
                "the checkpoint is of another model: \(problems.prefix(3).joined(separator: "; "))\(rest)")
        }
        for name in names where types[name] != nil {
            try variables[name]?.bytes.withUnsafeBytes { try session.writeVariable(name, $0) }
        }
    }
}
