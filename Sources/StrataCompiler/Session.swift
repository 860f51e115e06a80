public import StrataBackend
public import StrataGraph

/// Graphs at work on one backend: compiles them, and keeps the state that they share.
///
/// Variables are created when the first graph that mentions them is prepared, and every later graph is bound to
/// the same memory: a training step, an evaluation and a sampler see one set of weights. Inputs that were placed
/// (`place`), such as a data set, are resident too.
///
/// ```
/// let session = try Session(backend: SIMDBackend(configuration: .init()), seed: 1)
/// let step = try session.prepare(graph)
/// try step.write("x", [1, 2, 3])
/// try step.run()
/// let loss = try step.read("loss")
/// ```
///
/// A session may be used by several threads at once. What two of them do to one variable at the same time is for them
/// to keep apart: see `Backend`.
public final class Session: Sendable {
    /// The backend that holds the variables and runs every function.
    public let backend: any Backend
    /// Seeds the variables' initial values.
    public let seed: UInt32
    private let optimization: Graph.Optimization
    private let memory: Locked<Memory>
    /// What has been compiled, by this session and by those that share variables with it.
    private let programs: Locked<[Graph: CompiledProgram]>

    /// What lies on the device for all functions.
    private struct Memory {
        var variables: [String: Resident] = [:]
        var placed: [String: Resident] = [:]
        var literals: [Literal: any Buffer] = [:]
    }

    private struct Resident {
        var type: TensorType
        var buffer: any Buffer
    }

    /// A session without variables on a backend that has been started.
    ///
    /// - `optimization`: How much the compiler does for every graph; `.none` is for comparison and slow.
    public init(backend: any Backend, seed: UInt32 = 0, optimization: Graph.Optimization = .full) {
        self.backend = backend
        self.optimization = optimization
        self.seed = seed
        (memory, programs) = (Locked(Memory()), Locked([:]))
    }

    private init(sharing memory: Memory, with other: Session, seed: UInt32) {
        (backend, self.seed, optimization) = (other.backend, seed, other.optimization)
        (self.memory, programs) = (Locked(memory), other.programs)
    }

    /// A session on the same backend that shares some variables with this one, and what has been compiled. What it
    /// creates or places besides is its own, such as a Markov chain or the sums of an evaluation; so several of them may
    /// be at work at once, as long as none writes what is shared.
    ///
    /// New variables among those that are to be shared get their initial values in this session. Throws `shape` for one
    /// that exists with another shape.
    ///
    /// - `seed`: Seeds what the new session creates; `nil` for the seed of this one.
    public func session(sharing variables: [StateVariable], seed: UInt32? = nil) throws -> Session {
        try memory.withLock { memory in
            try create(variables, &memory)
            let names = Set(variables.map(\.name))
            let shared = Memory(
                variables: memory.variables.filter { names.contains($0.key) }, literals: memory.literals)
            return Session(sharing: shared, with: self, seed: seed ?? self.seed)
        }
    }

    // MARK: Preparing

    /// Compiles a graph (or finds it compiled) and binds it to the session's state. New variables get their
    /// initial values. Throws `shape` for a mistake in the graph or a variable of another shape.
    ///
    /// Each call makes a function with an arena, inputs and outputs of its own; so does `Function.copy`.
    public func prepare(_ graph: Graph) throws -> Function {
        try memory.withLock { memory in
            try create(graph.variables, &memory)
            return try bind(graph, &memory)
        }
    }

    /// Compiles without binding; the same graph is compiled once.
    package func compile(_ graph: Graph) throws -> CompiledProgram {
        try programs.withLock { programs in
            if let known = programs[graph] { return known }
            let program = try graph.compiled(optimization, supports: backend.supports)
            programs[graph] = program
            return program
        }
    }

    private func bind(_ graph: Graph, _ memory: inout Memory) throws -> Function {
        let compiled = try compile(graph)
        var shared: [Int: any Buffer] = [:]
        for variable in compiled.variables { shared[variable.slot] = memory.variables[variable.name]?.buffer }
        for input in compiled.inputs {
            guard let resident = memory.placed[input.name] else { continue }
            guard resident.type == input.type else {
                throw StrataError(.shape, "'\(input.name)' is \(resident.type), the graph expected \(input.type)")
            }
            shared[input.slot] = resident.buffer
        }
        for (literal, slot) in compiled.literals {
            if memory.literals[literal] == nil {
                let buffer = try backend.makeBuffer(byteCount: literal.bytes.count)
                try literal.bytes.withUnsafeBytes { try buffer.write($0, at: 0) }
                memory.literals[literal] = buffer
            }
            shared[slot] = memory.literals[literal]
        }
        return try Function(compiled: compiled, backend: backend, shared: shared)
    }

    /// Makes variables that do not exist yet, with their initial values. Throws `shape` for one that exists with
    /// another shape.
    public func create(_ variables: [StateVariable]) throws { try memory.withLock { try create(variables, &$0) } }

    private func create(_ variables: [StateVariable], _ memory: inout Memory) throws {
        var missing: [StateVariable] = []
        for variable in variables {
            guard let resident = memory.variables[variable.name] else {
                missing.append(variable)
                continue
            }
            guard resident.type == variable.type else {
                throw StrataError(
                    .shape, "variable '\(variable.name)' is \(resident.type), the graph expected \(variable.type)")
            }
        }
        guard !missing.isEmpty else { return }
        for variable in missing {
            memory.variables[variable.name] = Resident(
                type: variable.type, buffer: try buffer(variable.name, variable.type))
        }
        // Memory comes zeroed.
        let drawn = missing.filter { $0.initializer != .zeros }
        guard !drawn.isEmpty else { return }
        do {
            let key = Tensor.input(Session.keyName, [2], dtype: .int32)
            let initial = try bind(
                Graph(outputs: [], updates: drawn.map { ($0, $0.initializer.value(of: $0, key: key)) }), &memory)
            if initial.inputNames.contains(Session.keyName) {
                try initial.write(Session.keyName, [Int32(bitPattern: seed), 0])
            }
            try initial.run()
        } catch {
            // None is left behind without its value.
            for variable in missing { memory.variables[variable.name] = nil }
            throw error
        }
    }

    /// The name of the input that holds a step's random key: the seed and the step, int32 [2].
    public static let keyName = "key"

    // MARK: State

    /// Puts a value on the device under a name that graphs may use as an input.
    public func place(_ name: String, _ type: TensorType, _ bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count == type.byteCount else {
            throw StrataError(.shape, "'\(name)': \(bytes.count) bytes for \(type)")
        }
        let buffer = try buffer(name, type)
        try buffer.write(bytes, at: 0)
        memory.withLock { $0.placed[name] = Resident(type: type, buffer: buffer) }
    }

    private func buffer(_ name: String, _ type: TensorType) throws -> any Buffer {
        guard type.shape.isPossible else { throw StrataError(.shape, "'\(name)': no array is \(type)") }
        return try backend.makeBuffer(byteCount: type.byteCount)
    }

    /// The variables that exist, by name.
    public var variables: [(name: String, type: TensorType)] {
        memory.withLock { $0.variables.map { ($0.key, $0.value.type) } }.sorted { $0.0 < $1.0 }
    }

    /// A variable's bytes.
    public func readVariable(_ name: String) throws -> [UInt8] {
        let resident = try variable(name)
        var bytes = [UInt8](repeating: 0, count: resident.type.byteCount)
        try bytes.withUnsafeMutableBytes { try resident.buffer.read(into: $0, at: 0) }
        return bytes
    }

    /// Overwrites a variable; `bytes` must have its size.
    public func writeVariable(_ name: String, _ bytes: UnsafeRawBufferPointer) throws {
        let resident = try variable(name)
        guard bytes.count == resident.type.byteCount else {
            throw StrataError(.shape, "variable '\(name)': \(bytes.count) bytes for \(resident.type)")
        }
        try resident.buffer.write(bytes, at: 0)
    }

    private func variable(_ name: String) throws -> Resident {
        guard let resident = memory.withLock({ $0.variables[name] }) else {
            throw StrataError.unknown("variable", name, among: variables.map(\.name))
        }
        return resident
    }
}
