import StrataBackend
import StrataReference

/// Runs a program on a backend that does not have all of its kernels: runs of kernels that it has are executables
/// of its own; each of the others reads its operands' bytes to the host, is computed there, and writes its results
/// back.
final class MixedExecutable: Executable {
    private enum Part {
        case device(any Executable)
        case host(HostKernel)
    }

    private let parts: [Part]

    /// The backend's own executable when it supports everything.
    static func prepare(_ program: Program, on backend: any Backend, buffers: [any Buffer]) throws -> any Executable {
        if program.kernels.allSatisfy(backend.supports) { return try backend.prepare(program, buffers: buffers) }
        return try MixedExecutable(program, backend, buffers)
    }

    private init(_ program: Program, _ backend: any Backend, _ buffers: [any Buffer]) throws {
        var parts: [Part] = []
        var run = Program(slots: program.slots, kernels: [], labels: [])
        func finishRun() throws {
            if !run.kernels.isEmpty { parts.append(.device(try backend.prepare(run, buffers: buffers))) }
            run.kernels = []
            run.labels = []
        }
        for (kernel, label) in zip(program.kernels, program.labels) {
            if backend.supports(kernel) {
                run.kernels.append(kernel)
                run.labels.append(label)
            } else {
                try finishRun()
                parts.append(.host(HostKernel(kernel, buffers)))
            }
        }
        try finishRun()
        self.parts = parts
    }

    func run() throws {
        for part in parts {
            switch part {
            case .device(let executable): try executable.run()
            case .host(let kernel): try kernel.run()
            }
        }
    }

    func profile() throws -> [Double]? {
        let clock = ContinuousClock()
        var seconds: [Double] = []
        for part in parts {
            switch part {
            case .device(let executable):
                guard let times = try executable.profile() else { return nil }
                seconds += times
            case .host(let kernel):
                let time = try clock.measure { try kernel.run() }
                seconds.append(Double(time.components.attoseconds) * 1e-18 + Double(time.components.seconds))
            }
        }
        return seconds
    }
}

/// One kernel that the oracle runs on copies of the bytes that it touches.
private final class HostKernel: Sendable {
    private let kernel: Kernel
    private let regions: [(slot: Int, bytes: Range<Int>, isWritten: Bool)]
    private let buffers: [any Buffer]

    init(_ kernel: Kernel, _ buffers: [any Buffer]) {
        self.kernel = kernel
        self.buffers = buffers
        var touched: [Int: (bytes: Range<Int>, isWritten: Bool)] = [:]
        for region in kernel.regions {
            let known = touched[region.slot]
            let lower = min(known?.bytes.lowerBound ?? region.bytes.lowerBound, region.bytes.lowerBound)
            let upper = max(known?.bytes.upperBound ?? region.bytes.upperBound, region.bytes.upperBound)
            touched[region.slot] = (lower..<upper, region.isWritten || known?.isWritten ?? false)
        }
        regions = touched.map { ($0.key, $0.value.bytes, $0.value.isWritten) }
    }

    func run() throws {
        var memory: [Int: UnsafeMutableRawBufferPointer] = [:]
        defer { for buffer in memory.values { buffer.deallocate() } }
        for region in regions {
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(region.bytes.count, 1), alignment: 64)
            memory[region.slot] = bytes
            try buffers[region.slot].read(
                into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<region.bytes.count]),
                at: region.bytes.lowerBound)
        }
        let starts = Dictionary(uniqueKeysWithValues: regions.map { ($0.slot, $0.bytes.lowerBound) })
        ReferenceKernels.run(kernel) { slot in memory[slot]!.baseAddress! - starts[slot]! }
        for region in regions where region.isWritten {
            try buffers[region.slot].write(
                UnsafeRawBufferPointer(rebasing: memory[region.slot]![..<region.bytes.count]),
                at: region.bytes.lowerBound)
        }
    }
}
