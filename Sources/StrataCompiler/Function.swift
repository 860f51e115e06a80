import StrataBackend
public import StrataGraph

/// A compiled graph bound to memory: an arena, inputs and outputs of its own, and the session's variables, placed inputs
/// and literals.
///
/// A function is used by one thread at a time, which is why it is not `Sendable`. Several functions may run side by
/// side as long as none writes a variable that another uses: for evaluation, make a `copy` for each thread.
public final class Function {
    package let compiled: CompiledProgram
    private let backend: any Backend
    private let executable: any Executable
    private let buffers: [any Buffer]
    /// The buffers, by slot, that are the session's.
    private let shared: [Int: any Buffer]

    init(compiled: CompiledProgram, backend: any Backend, shared: [Int: any Buffer]) throws {
        self.compiled = compiled
        self.backend = backend
        self.shared = shared
        buffers = try compiled.program.slots.enumerated().map { number, slot in
            try shared[number] ?? backend.makeBuffer(byteCount: slot.byteCount)
        }
        executable = try MixedExecutable.prepare(compiled.program, on: backend, buffers: buffers)
    }

    /// The same program once more, with an arena, inputs and outputs of its own, and the same variables, placed inputs
    /// and literals. May be asked for while the function runs.
    public func copy() throws -> Function { try Function(compiled: compiled, backend: backend, shared: shared) }

    /// Runs once; may return before the device is done.
    public func run() throws { try executable.run() }

    /// Runs once, waiting after each kernel: the seconds that each took, where the backend can tell.
    package func profile() throws -> [Double]? { try executable.profile() }

    /// The names that `write` takes: the inputs that a result depends on, those placed in the session included.
    public var inputNames: [String] { compiled.inputs.map(\.name) }

    /// One input, found once and written many times; writing allocates nothing.
    public struct Input {
        /// The shape and element type of what `write` takes.
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
        switch try output(name).type.dtype {
        case .float32: try read(name, as: Float.self)
        case .int32: try read(name, as: Int32.self).map(Float.init)
        case .uint8: try read(name, as: UInt8.self).map(Float.init)
        }
    }

    /// An output of the last run as it is stored, whole numbers without a digit lost. Waits for the device. Throws `shape`
    /// where its elements are of another size.
    public func read<Element: BitwiseCopyable & ExpressibleByIntegerLiteral>(
        _ name: String, as type: Element.Type
    ) throws -> [Element] {
        let output = try output(name)
        guard MemoryLayout<Element>.stride == output.type.dtype.byteCount else {
            throw StrataError(.shape, "output '\(name)' is \(output.type); it was read as \(type)")
        }
        var values = [Element](repeating: 0, count: output.type.shape.elementCount)
        try values.withUnsafeMutableBytes { try buffers[output.slot].read(into: $0, at: 0) }
        return values
    }

    private func output(_ name: String) throws -> CompiledProgram.Binding {
        guard let output = compiled.outputs.first(where: { $0.name == name }) else {
            throw StrataError.unknown("output", name, among: compiled.outputs.map(\.name))
        }
        return output
    }

    /// The shape and type of an output.
    public func outputType(_ name: String) -> TensorType? {
        compiled.outputs.first { $0.name == name }?.type
    }
}

@available(*, unavailable)
extension Function: Sendable {}
