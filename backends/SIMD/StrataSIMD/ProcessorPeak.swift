import StrataBackend
import StrataKernelInterface

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the processor does at most on some threads, measured: the yardstick of every benchmark.
public struct ProcessorPeak: Sendable, Hashable {
    /// Fused multiplications and additions in registers, each counted as two operations.
    public var flopsPerSecond: Double
    /// Copying an array far larger than the caches; bytes read and bytes written both count.
    public var bytesPerSecond: Double

    /// Takes the best of several tries, a third of a second in all.
    public static func measure(threads: Int? = nil) throws -> ProcessorPeak {
        let pool = try ThreadPool(threadCount: threads ?? SIMDBackend.processorCount)
        let kernels = try InstructionSet.chosen().kernels
        return ProcessorPeak(flopsPerSecond: flops(pool, kernels), bytesPerSecond: try bandwidth(pool, kernels))
    }

    private static func flops(_ pool: ThreadPool, _ kernels: KernelTable) -> Double {
        let plan = PeakPlan(iterations: 2_000_000, factor: 0.5, term: 1)
        let operations = Double(2 * PeakPlan.chains * kernels.vectorWidth * plan.iterations * pool.threadCount)
        return operations / best(of: 8) { run(pool, kernels.multiplyAdd, plan) }
    }

    private static func bandwidth(_ pool: ThreadPool, _ kernels: KernelTable) throws -> Double {
        let share = (1 << 27) / pool.threadCount / 4096 * 4096, byteCount = share * pool.threadCount
        let memory = BufferMemory()
        let source = try SIMDBuffer(byteCount: byteCount, in: memory),
            target = try SIMDBuffer(byteCount: byteCount, in: memory)
        // Pages that nobody has written to are all one and the same, and would be copied out of a cache.
        memset(source.base, 1, byteCount)
        let plan = CopyPlan(source: source.base, target: target.base, bytesPerTask: share)
        return Double(2 * byteCount) / best(of: 8) { run(pool, kernels.copyShare, plan) }
    }

    /// One task a thread.
    private static func run<Plan>(_ pool: ThreadPool, _ function: @escaping TaskFunction, _ plan: Plan) {
        withUnsafeTemporaryAllocation(byteCount: 4096 * pool.threadCount, alignment: 64) { scratch in
            withUnsafePointer(to: plan) {
                pool.run(
                    function, UnsafeRawPointer($0), count: pool.threadCount, scratch: scratch.baseAddress!,
                    scratchStride: 4096)
            }
        }
    }

    private static func best(of tries: Int, _ work: () -> Void) -> Double {
        let clock = ContinuousClock()
        return (0..<tries).map { _ in
            let time = clock.measure(work).components
            return Double(time.seconds) + Double(time.attoseconds) * 1e-18
        }.min() ?? .infinity
    }
}
