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
/// A session is used by one thread at a time.
public final class Session {
    public let backend: any Backend
    /// Seeds the variables' initial values.
    public let seed: UInt32

    private var residents: [String: Resident] = [:]
    private var programs: [Graph: CompiledProgram] = [:]

    private let optimization: Graph.Optimization

    private struct Resident {
        var type: TensorType
        var buffer: any Buffer
        var isVariable: Bool
    }

    public init(backend: any Backend, seed: UInt32 = 0, optimization: Graph.Optimization = .full) {
        self.backend = backend
        self.optimization = optimization
        self.seed = seed
    }

    // MARK: Preparing

    /// Compiles a graph (or finds it compiled) and binds it to the session's state. New variables get their
    /// initial values. Throws `shape` for a mistake in the graph or a variable of another shape.
    public func prepare(_ graph: Graph) throws -> Function {
        try create(graph.variables)
        return try bind(graph)
    }

    /// Compiles without binding; the same graph is compiled once.
    public func compile(_ graph: Graph) throws -> CompiledProgram {
        if let known = programs[graph] { return known }
        let program = try graph.compiled(optimization, supports: backend.supports)
        programs[graph] = program
        return program
    }

    private func bind(_ graph: Graph) throws -> Function {
        let compiled = try compile(graph)
        var buffers: [any Buffer] = []
        for slot in compiled.program.slots {
            if let resident = residents[slot.name] {
                buffers.append(resident.buffer)
            } else {
                buffers.append(try backend.makeBuffer(byteCount: slot.byteCount))
            }
        }
        for input in compiled.inputs {
            if let resident = residents[input.name], resident.type != input.type {
                throw StrataError(.shape, "'\(input.name)' is \(resident.type), the graph wants \(input.type)")
            }
        }
        let executable = try MixedExecutable.prepare(compiled.program, on: backend, buffers: buffers)
        return Function(compiled: compiled, executable: executable, buffers: buffers)
    }

    /// Makes variables that do not exist yet, with their initial values. Throws `shape` for one that exists with
    /// another shape.
    public func create(_ variables: [StateVariable]) throws {
        var missing: [StateVariable] = []
        for variable in variables {
            guard let resident = residents[variable.name] else {
                missing.append(variable)
                continue
            }
            guard resident.type == variable.type else {
                throw StrataError(
                    .shape, "variable '\(variable.name)' is \(resident.type), the graph wants \(variable.type)")
            }
        }
        guard !missing.isEmpty else { return }
        for variable in missing {
            residents[variable.name] = Resident(
                type: variable.type, buffer: try backend.makeBuffer(byteCount: variable.type.byteCount),
                isVariable: true)
        }
        // Memory comes zeroed.
        let drawn = missing.filter { $0.initializer != .zeros }
        guard !drawn.isEmpty else { return }
        let key = Tensor.input(Session.keyName, [2], dtype: .int32)
        let initial = try bind(
            Graph(outputs: [], updates: drawn.map { ($0, $0.initializer.value(of: $0, key: key)) }))
        if initial.inputNames.contains(Session.keyName) {
            try initial.write(Session.keyName, [Int32(bitPattern: seed), 0])
        }
        try initial.run()
    }

    /// The name of the input that holds a step's random key: the seed and the step, int32 [2].
    public static let keyName = "key"

    // MARK: State

    /// Puts a value on the device under a name that graphs may use as an input.
    public func place(_ name: String, _ type: TensorType, _ bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count == type.byteCount else {
            throw StrataError(.shape, "'\(name)': \(bytes.count) bytes for \(type)")
        }
        let buffer = try backend.makeBuffer(byteCount: bytes.count)
        try buffer.write(bytes, at: 0)
        residents[name] = Resident(type: type, buffer: buffer, isVariable: false)
    }

    /// The variables that exist, by name.
    public var variables: [(name: String, type: TensorType)] {
        residents.filter(\.value.isVariable).map { ($0.key, $0.value.type) }.sorted { $0.0 < $1.0 }
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
        guard let resident = residents[name], resident.isVariable else {
            throw StrataError.unknown("variable", name, among: variables.map(\.name))
        }
        return resident
    }
}

/// A compiled graph bound to memory.
public final class Function {
    public let compiled: CompiledProgram
    private let executable: any Executable
    private let buffers: [any Buffer]

    init(compiled: CompiledProgram, executable: any Executable, buffers: [any Buffer]) {
        self.compiled = compiled
        self.executable = executable
        self.buffers = buffers
    }

    /// Runs once; may return before the device is done.
    public func run() throws { try executable.run() }

    /// Runs once, waiting after each kernel: the seconds that each took, where the backend can tell.
    public func profile() throws -> [Double]? { try executable.profile() }

    public var inputNames: [String] { compiled.inputs.map(\.name) }

    /// One input, found once and written many times; writing allocates nothing.
    public struct Input {
        public let type: TensorType
        private let byteCount: Int
        private let buffer: any Buffer

        fileprivate init(type: TensorType, buffer: any Buffer) {
            self.type = type
            self.buffer = buffer
            byteCount = type.byteCount
        }

        /// Overwrites the input; throws `shape` unless the bytes have its size.
        public func write(_ bytes: UnsafeRawBufferPointer) throws {
            guard bytes.count == byteCount else {
                throw StrataError(.shape, "\(bytes.count) bytes for an input that is \(type)")
            }
            try buffer.write(bytes, at: 0)
        }
    }

    /// The input of that name, or `nil` where nothing depends on it.
    public func input(_ name: String) -> Input? {
        compiled.inputs.first { $0.name == name }.map { Input(type: $0.type, buffer: buffers[$0.slot]) }
    }

    /// Overwrites an input before a run; `values` must have its element type and size.
    public func write<Element: BitwiseCopyable>(_ name: String, _ values: [Element]) throws {
        guard let input = compiled.inputs.first(where: { $0.name == name }) else {
            throw StrataError.unknown("input", name, among: inputNames)
        }
        guard values.count == input.type.shape.elementCount,
            MemoryLayout<Element>.stride == input.type.dtype.byteCount
        else {
            throw StrataError(
                .shape, "input '\(name)' is \(input.type); it was given \(values.count) values of \(Element.self)")
        }
        try values.withUnsafeBytes { try buffers[input.slot].write($0, at: 0) }
    }

    /// An output of the last run as floats. Waits for the device.
    public func read(_ name: String) throws -> [Float] {
        guard let output = compiled.outputs.first(where: { $0.name == name }) else {
            throw StrataError.unknown("output", name, among: compiled.outputs.map(\.name))
        }
        let (buffer, count) = (buffers[output.slot], output.type.shape.elementCount)
        func elements<Element: BitwiseCopyable>(_ zero: Element) throws -> [Element] {
            var values = [Element](repeating: zero, count: count)
            try values.withUnsafeMutableBytes { try buffer.read(into: $0, at: 0) }
            return values
        }
        switch output.type.dtype {
        case .float32: return try elements(0 as Float)
        case .int32: return try elements(0 as Int32).map(Float.init)
        case .uint8: return try elements(0 as UInt8).map(Float.init)
        }
    }

    /// The shape and type of an output.
    public func outputType(_ name: String) -> TensorType? {
        compiled.outputs.first { $0.name == name }?.type
    }
}
