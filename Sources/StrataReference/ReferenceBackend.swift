public import StrataBackend

/// The oracle as a backend: every kernel, one thread, no hurry. Results are what all other backends are held to.
///
/// Unlike a fast backend it prepares nothing ahead, so a run allocates the few words that `ReferenceKernels` takes.
public final class ReferenceBackend: Backend {
    public static let identifier = "reference"
    public static func probe() -> Availability { .available("scalar loops on the host") }

    public let deviceDescription = "scalar loops on the host, 1 thread"

    public init(configuration: BackendConfiguration = .init()) {}

    public func supports(_ kernel: Kernel) -> Bool { true }
    public func makeBuffer(byteCount: Int) throws -> any Buffer { try HostBuffer(byteCount: byteCount) }
    public func synchronize() {}

    /// Throws where a slot has no buffer that is large enough, and where a kernel would reach outside its slots.
    public func prepare(_ program: Program, buffers: [any Buffer]) throws -> any Executable {
        try program.check()
        try program.checkBuffers(buffers)
        let host = try buffers.map { buffer in
            guard let buffer = buffer as? HostBuffer else {
                throw StrataError(.usage, "the reference backend was given a buffer of another backend")
            }
            return buffer
        }
        return ReferenceExecutable(kernels: program.kernels, buffers: host)
    }
}

private final class ReferenceExecutable: Executable {
    let kernels: [Kernel]
    let buffers: [HostBuffer]

    init(kernels: [Kernel], buffers: [HostBuffer]) {
        self.kernels = kernels
        self.buffers = buffers
    }

    func run() {
        for kernel in kernels { ReferenceKernels.run(kernel) { buffers[$0].base } }
    }

    func profile() -> [Double]? {
        kernels.map { kernel in
            let time = ContinuousClock().measure { ReferenceKernels.run(kernel) { buffers[$0].base } }
            return time / .seconds(1)
        }
    }
}
