public import StrataBackend
import StrataKernelInterface

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The processor's vector units, in pure Swift: no library is needed, and it is there on every machine.
///
/// The kernels are compiled for several instruction sets, of which the best that the processor has is taken when a
/// backend starts (see `InstructionSet.chosen`). A program is planned once, by `prepare`, into a flat list of steps
/// with all addresses resolved; a run goes through the list and splits each step over the threads.
public final class SIMDBackend: Backend {
    public static let identifier = "simd"

    private let pool: ThreadPool
    private let memory = BufferMemory()
    private let kernels: KernelTable
    private let library: (any HostLibrary)?
    public let deviceDescription: String

    public static func probe() -> Availability {
        do {
            return .available(description(try InstructionSet.chosen(), threads: processorCount))
        } catch {
            return .unavailable("\(error)")
        }
    }

    /// Starts the threads, one for each processor if `configuration.threads` is `nil`, and chooses the instruction set;
    /// `configuration.device` is ignored.
    ///
    /// Throws `usage` unless there are 1 to 4096 threads, or where `STRATA_SIMD_LEVEL` names no instruction set, and
    /// `device` where a thread cannot be started.
    public convenience init(configuration: BackendConfiguration) throws {
        try self.init(configuration: configuration, library: nil)
    }

    /// An engine that leaves some work to a library of the host.
    public convenience init(configuration: BackendConfiguration, library: (any HostLibrary)?) throws {
        try self.init(configuration: configuration, library: library, instructionSet: .chosen())
    }

    package init(
        configuration: BackendConfiguration, library: (any HostLibrary)? = nil, instructionSet: InstructionSet
    ) throws {
        let threads = configuration.threads ?? Self.processorCount
        guard threads >= 1, threads <= 4096 else {
            throw StrataError(.usage, "\(threads) threads: ask for 1 to 4096")
        }
        pool = try ThreadPool(threadCount: threads)
        kernels = instructionSet.kernels
        self.library = library
        deviceDescription = Self.description(instructionSet, threads: threads)
    }

    public func supports(_ kernel: Kernel) -> Bool {
        switch kernel {
        case .map, .reduce, .scatterAdd, .decompose: true
        case .contract(let contract): MatrixProduct(contract) != nil || contract.fitsTables
        case .convolve: false
        }
    }

    public func makeBuffer(byteCount: Int) throws -> any Buffer { try SIMDBuffer(byteCount: byteCount, in: memory) }

    public func prepare(_ program: Program, buffers: [any Buffer]) throws -> any Executable {
        let slots = try bind(program, buffers)
        var planner = Planner(slots: slots, kernels: kernels, library: library, pool: pool)
        for (number, kernel) in program.kernels.enumerated() {
            do {
                try planner.plan(kernel)
            } catch let error as StrataError {
                let label = number < program.labels.count ? " (\(program.labels[number]))" : ""
                throw StrataError(error.kind, "kernel \(number)\(label): \(error.message)")
            }
        }
        planner.finish()
        return SIMDExecutable(planner, pool: pool, buffers: buffers, kernelCount: program.kernels.count)
    }

    public func synchronize() throws {}

    private func bind(_ program: Program, _ buffers: [any Buffer]) throws -> [Slot] {
        guard buffers.count == program.slots.count else {
            throw StrataError(.device, "a program of \(program.slots.count) slots was given \(buffers.count) buffers")
        }
        return try zip(program.slots, buffers).map { slot, buffer in
            guard let buffer = buffer as? SIMDBuffer else {
                throw StrataError(
                    .device,
                    "slot '\(slot.name)' was given another backend's buffer; make it with this one's makeBuffer")
            }
            guard buffer.byteCount >= slot.byteCount else {
                throw StrataError(
                    .device, "slot '\(slot.name)' needs \(slot.byteCount) bytes, its buffer has \(buffer.byteCount)")
            }
            return Slot(name: slot.name, base: buffer.base, byteCount: buffer.byteCount)
        }
    }

    package static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    private static func description(_ instructionSet: InstructionSet, threads: Int) -> String {
        "\(processorName), \(instructionSet.title), \(threads) thread\(threads == 1 ? "" : "s")"
    }

    /// What the kernel calls the processor: `AMD EPYC 9354 32-Core Processor`.
    private static var processorName: String {
        guard let file = fopen("/proc/cpuinfo", "r") else { return "CPU" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") else { continue }
            let name = text[text.index(after: colon)...].filter { $0 != "\n" }
            return String(name.drop { $0 == " " })
        }
        return "CPU"
    }
}
