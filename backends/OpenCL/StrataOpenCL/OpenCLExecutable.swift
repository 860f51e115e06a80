#if OpenCL
import COpenCL
import StrataBackend

/// A program whose kernels are compiled and have their arguments.
final class OpenCLExecutable: Executable {
    /// One call of `clEnqueueNDRangeKernel`.
    private struct Step: Sendable {
        nonisolated(unsafe) let kernel: cl_kernel
        let globalSize: Int, groupSize: Int
        /// Which kernel of the program it belongs to.
        let position: Int
    }

    private let context: OpenCLContext
    private let labels: [String]
    private let steps: [Step]
    /// Kept alive: OpenCL does not retain what kernels point to.
    private let buffers: [OpenCLBuffer]
    private let scratch: OpenCLBuffer
    private let tables: [OpenCLBuffer]

    init(_ program: Program, buffers: [any Buffer], context: OpenCLContext) throws {
        guard buffers.count == program.slots.count else {
            throw StrataError(.usage, "opencl: \(buffers.count) buffers for \(program.slots.count) slots of a program")
        }
        let buffers = try zip(buffers, program.slots).map { buffer, slot in
            guard let buffer = buffer as? OpenCLBuffer, buffer.context === context else {
                throw StrataError(.usage, "opencl: the buffer for slot '\(slot.name)' was made by another backend")
            }
            guard buffer.byteCount >= slot.byteCount else {
                throw StrataError(
                    .usage,
                    "opencl: slot '\(slot.name)' takes \(slot.byteCount) bytes, its buffer has \(buffer.byteCount)")
            }
            return buffer
        }
        var launches: [(position: Int, launch: Launch)] = []
        for (position, kernel) in program.kernels.enumerated() {
            guard let made = Launch.launches(for: kernel, tuning: context.tuning) else {
                throw StrataError(.unsupported, "opencl: kernel '\(program.label(position))' is not supported")
            }
            launches += made.map { (position, $0) }
        }
        let scratch = try OpenCLBuffer(context, byteCount: launches.map(\.launch.scratchByteCount).max() ?? 0)

        var tables: [[Int32]: OpenCLBuffer] = [:]
        for (_, launch) in launches where !launch.tables.isEmpty && tables[launch.tables] == nil {
            let buffer = try OpenCLBuffer(context, byteCount: launch.tables.count * DType.int32.byteCount)
            try launch.tables.withUnsafeBytes { try buffer.write($0, at: 0) }
            tables[launch.tables] = buffer
        }

        let kernels = try context.kernels(for: launches.map(\.launch))
        do {
            for (kernel, (_, launch)) in zip(kernels, launches) {
                try launch.bind(kernel) { slot in
                    switch slot {
                    case Launch.Pointer.scratch: scratch
                    case Launch.Pointer.tables: tables[launch.tables] ?? scratch
                    default: buffers[slot]
                    }
                }
            }
        } catch {
            kernels.forEach { clReleaseKernel($0) }
            throw error
        }
        steps = zip(kernels, launches).map { kernel, made in
            Step(
                kernel: kernel, globalSize: made.launch.groups * made.launch.groupSize,
                groupSize: made.launch.groupSize, position: made.position)
        }
        self.context = context
        self.labels = program.kernels.indices.map(program.label)
        self.buffers = buffers
        self.scratch = scratch
        self.tables = Array(tables.values)
    }

    deinit { steps.forEach { clReleaseKernel($0.kernel) } }

    func run() throws {
        for step in steps { try enqueue(step) }
        try check(clFlush(context.queue), "clFlush")
    }

    func profile() throws -> [Double]? {
        var seconds = [Double](repeating: 0, count: labels.count)
        let clock = ContinuousClock()
        try check(clFinish(context.queue), "clFinish")
        for step in steps {
            let start = clock.now
            try enqueue(step)
            try check(clFinish(context.queue), "clFinish", labels[step.position])
            seconds[step.position] += (clock.now - start) / .seconds(1)
        }
        return seconds
    }

    private func enqueue(_ step: Step) throws {
        var globalSize = step.globalSize
        var groupSize = step.groupSize
        try check(
            clEnqueueNDRangeKernel(context.queue, step.kernel, 1, nil, &globalSize, &groupSize, 0, nil, nil),
            "clEnqueueNDRangeKernel", labels[step.position])
    }
}

extension Program {
    fileprivate func label(_ position: Int) -> String {
        position < labels.count ? labels[position] : "number \(position)"
    }
}

extension Launch {
    /// `nil` for a kernel that the backend does not support.
    fileprivate static func launches(for kernel: Kernel, tuning: Tuning) -> [Launch]? {
        switch kernel {
        case .map(let map): launches(for: map, tuning: tuning)
        case .reduce(let reduce): launches(for: reduce, tuning: tuning)
        case .contract(let contract): launches(for: contract, tuning: tuning)
        case .scatterAdd(let scatter): launches(for: scatter, tuning: tuning)
        case .convolve, .decompose: nil
        }
    }

    /// Sets all arguments: the pointers, then the numbers.
    fileprivate func bind(_ kernel: cl_kernel, memory: (Int) -> OpenCLBuffer) throws {
        for (position, pointer) in pointers.enumerated() {
            var memory: cl_mem? = memory(pointer.slot).memory
            try check(
                clSetKernelArg(kernel, cl_uint(position), MemoryLayout<cl_mem?>.size, &memory), "clSetKernelArg")
        }
        for (position, number) in numbers.enumerated() {
            let place = cl_uint(pointers.count + position)
            if isWide {
                var number = cl_long(truncatingIfNeeded: number)
                try check(clSetKernelArg(kernel, place, 8, &number), "clSetKernelArg")
            } else {
                // Strides along dimensions of one element may be any number, and are multiplied by 0.
                var number = cl_int(truncatingIfNeeded: number)
                try check(clSetKernelArg(kernel, place, 4, &number), "clSetKernelArg")
            }
        }
    }
}
#endif
