public import StrataBackend
import StrataReference

/// A program, what its slots hold before, and what is looked at after.
///
/// Slots are filled with a pattern before the inputs are written, so whatever a run changes outside the outputs, or
/// inside them where the oracle leaves a gap, is seen. Slot 0, the arena, may end as it likes.
public struct KernelCase: ConformanceCase {
    /// Elements of one slot.
    public struct Region: Sendable, Hashable {
        /// The index in the program's slots.
        public var slot: Int
        /// The type that the elements are stored as, and that `offset` and `count` are counted in.
        public var dtype: DType
        /// In elements.
        public var offset: Int
        /// The number of elements.
        public var count: Int

        var bytes: Range<Int> { offset * dtype.byteCount..<(offset + count) * dtype.byteCount }
    }

    /// What is written to a region before a run.
    public struct Input: Sendable {
        /// Where it is written.
        public var region: Region
        /// The numbers, stored in the region's type.
        public var fill: Fill
    }

    /// What is looked at in a region after a run.
    public struct Output: Sendable {
        /// Where it is read.
        public var region: Region
        /// What the elements there are held to; the bytes around them must not have changed.
        public var check: Check
    }

    /// What an output is held to.
    public enum Check: Sendable {
        /// The oracle's result.
        case near(Tolerance)
        /// These very numbers, whatever the oracle says.
        case known([Float])
        /// A property of the values: `nil`, or what is wrong.
        case satisfies(@Sendable ([Float]) -> String?)
    }

    /// What a run does, for reports of speed.
    public struct Work: Sendable, Hashable {
        /// Floating-point operations of one run.
        public var operations: Double
        /// Bytes that one run must read or write at least once.
        public var bytes: Double
    }

    public var name: String
    /// What is run; a backend that does not support all its kernels is reported as `split`.
    public var program: Program
    /// What is written before a run, in order; all other bytes hold the pattern.
    public var inputs: [Input]
    /// What is looked at after a run.
    public var outputs: [Output]
    /// Present in cases to be timed, which are not compared with the (slow) oracle.
    public var work: Work?

    /// Support, and speed where there is `work`, else correctness.
    public var modes: [ConformanceMode] { work == nil ? [.correctness, .support] : [.speed, .support] }

    public func run(_ mode: ConformanceMode, on backend: any Backend) throws -> ConformanceOutcome {
        guard program.kernels.allSatisfy(backend.supports) else { return .split }
        switch mode {
        case .support: return .passed
        case .speed: return try measure(on: backend)
        case .correctness, .gradient: return try compare(on: backend).map { .failed($0) } ?? .passed
        }
    }

    private func compare(on backend: any Backend) throws -> String? {
        let before = images
        let expected = try results(on: ReferenceBackend(), before, runs: 1)[0]
        let runs = try results(on: backend, before, runs: 2)
        if let difference = firstDifference(before: before, expected: expected, actual: runs[0]) { return difference }
        for slot in program.slots.indices.dropFirst() where runs[0][slot] != runs[1][slot] {
            return "two runs from the same bytes leave different ones in slot '\(program.slots[slot].name)'"
        }
        return nil
    }

    /// The bytes of the slots before a run.
    var images: [[UInt8]] {
        var images = program.slots.map { [UInt8](repeating: Sentinel.byte, count: $0.byteCount) }
        for (number, input) in inputs.enumerated() {
            let bytes = input.fill.bytes(input.region.dtype, count: input.region.count, stream: UInt32(number))
            images[input.region.slot].replaceSubrange(input.region.bytes, with: bytes)
        }
        return images
    }

    /// The bytes of the slots after each of several runs, all of which start from the same bytes in the same buffers.
    private func results(on backend: any Backend, _ before: [[UInt8]], runs: Int) throws -> [[[UInt8]]] {
        let buffers = try program.slots.map { try backend.makeBuffer(byteCount: $0.byteCount) }
        let executable = try backend.prepare(program, buffers: buffers)
        return try (0..<runs).map { _ in
            for (buffer, bytes) in zip(buffers, before) { try bytes.withUnsafeBytes { try buffer.write($0, at: 0) } }
            try executable.run()
            return try zip(buffers, program.slots).map { buffer, slot in
                var bytes = [UInt8](repeating: 0, count: slot.byteCount)
                try bytes.withUnsafeMutableBytes { try buffer.read(into: $0, at: 0) }
                return bytes
            }
        }
    }

    private func measure(on backend: any Backend) throws -> ConformanceOutcome {
        let buffers = try program.slots.map { try backend.makeBuffer(byteCount: $0.byteCount) }
        for (buffer, bytes) in zip(buffers, images) { try bytes.withUnsafeBytes { try buffer.write($0, at: 0) } }
        let executable = try backend.prepare(program, buffers: buffers)
        let clock = ContinuousClock()
        func time() throws -> Double {
            try clock.measure {
                try executable.run()
                try backend.synchronize()
            } / .seconds(1)
        }
        // The first run warms caches and compiles; if it is slow, one more tells enough.
        let first = try time()
        var times = [try time()]
        while times.count < 3 || times.reduce(0, +) < 0.1, first < 1 { times.append(try time()) }
        let work = work ?? Work(operations: 0, bytes: 0)
        return .measured(
            Measurement(
                seconds: max(times.sorted()[times.count / 2], 1e-9), operations: work.operations, bytes: work.bytes))
    }
}

/// The pattern that slots hold before a run: 64 bytes of it lie before and after every region. As a float32 it is
/// 1.5e16, far from any number that a case computes.
enum Sentinel {
    static let byte: UInt8 = 0x5A
    static let byteCount = 64
}
