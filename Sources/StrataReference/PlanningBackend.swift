public import StrataBackend

/// A backend that takes every program and computes nothing: to look at what the compiler makes of a model, whatever
/// its size. Its buffers take no memory and read as zeros.
public final class PlanningBackend: Backend {
    public static let identifier = "plan"
    public static func probe() -> Availability { .available("plans only, computes nothing") }

    public let deviceDescription = "plans only, computes nothing"

    public init(configuration: BackendConfiguration = .init()) {}

    public func supports(_ kernel: Kernel) -> Bool { true }
    public func makeBuffer(byteCount: Int) -> any Buffer { PlannedBuffer(byteCount: byteCount) }
    public func synchronize() {}

    /// Throws where the program is malformed; see `Program.check`.
    public func prepare(_ program: Program, buffers: [any Buffer]) throws -> any Executable {
        try program.check()
        try program.checkBuffers(buffers)
        return PlannedExecutable(kernelCount: program.kernels.count)
    }
}

private final class PlannedBuffer: Buffer {
    let byteCount: Int

    init(byteCount: Int) { self.byteCount = byteCount }

    func write(_ bytes: UnsafeRawBufferPointer, at byteOffset: Int) throws {
        try checkRange(byteOffset, bytes.count)
    }

    func read(into bytes: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws {
        try checkRange(byteOffset, bytes.count)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }
}

private final class PlannedExecutable: Executable {
    let kernelCount: Int

    init(kernelCount: Int) { self.kernelCount = kernelCount }

    func run() {}
    func profile() -> [Double]? { [Double](repeating: 0, count: kernelCount) }
}
