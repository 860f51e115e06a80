/// A way to run programs: the whole contract between Strata and a device.
///
/// **What to implement.** `probe`, memory, and `prepare` for whichever kernels `supports` admits. A backend that
/// supports `contract` alone is legal: a convolution becomes copies and contractions, and any other kernel runs on
/// the host, with its operands copied there and its results back. `StrataConformance` tells whether what a backend
/// claims is right.
///
/// **Threads.** A backend may be called by several threads at once, and so may its buffers and executables, as long as
/// no two calls use the same buffer at the same time unless both only read it. An executable uses all buffers that it
/// was prepared with, so two that share weights and have their own arenas, inputs and outputs may run side by side. A
/// backend may spread the work of a run over threads of its own. Results are the same bits for any number of them, and
/// whatever else runs at the same time.
///
/// **Order.** `run`, `write` and `read` of one thread take effect in the order of the calls. `run` and `write` may return before
/// they are done; `read` and `synchronize` wait.
///
/// **Ownership.** An executable keeps the buffers it was prepared with; a buffer frees its memory when released.
public protocol Backend: AnyObject, Sendable {
    /// What `--backend` takes: lower case, no spaces.
    static var identifier: String { get }

    /// Tells whether this machine can run the backend, on what, or why not. Never throws and leaves nothing behind.
    static func probe() -> Availability

    /// Starts the backend with the threads and on the device that `configuration` asks for.
    ///
    /// Throws `usage` for a setting that it cannot take, `backendUnavailable` where the machine has nothing to run it
    /// on, and `device` where that does not start.
    init(configuration: BackendConfiguration) throws

    /// The device in words, for reports: `AMD EPYC, AVX-512, 2 threads`.
    var deviceDescription: String { get }

    /// Whether `prepare` takes this kernel. The answer depends on the kernel's value alone.
    func supports(_ kernel: Kernel) -> Bool

    /// Zeroed memory of at least `byteCount` bytes (which may be 0), aligned to 64 bytes.
    func makeBuffer(byteCount: Int) throws -> any Buffer

    /// Builds what running `program` needs. `buffers[i]` is bound to `program.slots[i]` for good; the same buffer
    /// may be bound to several programs, which is how a training step and an evaluation share weights.
    func prepare(_ program: Program, buffers: [any Buffer]) throws -> any Executable

    /// Waits until everything that was run or written is done.
    func synchronize() throws
}

/// Memory of a backend.
public protocol Buffer: AnyObject, Sendable {
    /// The bytes that may be written and read: at least as many as were asked for.
    var byteCount: Int { get }
    /// Copies bytes in; the source may be reused when the call returns.
    func write(_ bytes: UnsafeRawBufferPointer, at byteOffset: Int) throws
    /// Waits for the runs before it and copies bytes out.
    func read(into bytes: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws
}

/// A program bound to buffers.
public protocol Executable: AnyObject, Sendable {
    /// Runs all kernels once, in order. Allocates nothing.
    func run() throws

    /// Runs all kernels once and waits after each: the seconds that each took. (optional)
    func profile() throws -> [Double]?
}

extension Executable {
    public func profile() throws -> [Double]? { nil }
}

/// What the user asked of a backend.
public struct BackendConfiguration: Sendable, Hashable {
    /// Threads of the processor to use; `nil` means all.
    public var threads: Int?
    /// Picks a device where there are several, in the backend's own terms; `nil` means the first.
    public var device: String?

    /// Settings for `Backend.init`: all threads and the first device unless told otherwise. Nothing is checked.
    public init(threads: Int? = nil, device: String? = nil) {
        self.threads = threads
        self.device = device
    }
}

/// What `Backend.probe` found: something to run on, or the reason why there is nothing.
public enum Availability: Sendable, Hashable {
    /// The device, in words.
    case available(String)
    /// Why not, and what to do: `no OpenCL platform; install an ICD such as pocl-opencl-icd`.
    case unavailable(String)
}
