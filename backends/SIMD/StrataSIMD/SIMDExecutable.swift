import StrataBackend
import StrataKernelInterface

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A part of a kernel that is done when all its tasks are.
struct Step {
    var function: TaskFunction
    var plan: UnsafeRawPointer
    var taskCount: Int
    /// The number of the kernel that it is part of.
    var kernel: Int
}

/// A planned program: a run goes through its steps, and nothing is left to be decided.
final class SIMDExecutable: Executable, @unchecked Sendable {
    /// In bare memory, as unoptimized code allocates to go through an array.
    private let steps: UnsafeMutableBufferPointer<Step>
    private let pool: ThreadPool
    private let scratch: UnsafeMutableRawPointer
    private let scratchStride: Int
    private let kernelCount: Int
    /// Owners of what the steps point to.
    private let memory: PlanMemory
    private let buffers: [any Buffer]

    init(_ planner: Planner, pool: ThreadPool, buffers: [any Buffer], kernelCount: Int) {
        steps = .allocate(capacity: planner.steps.count)
        _ = steps.initialize(from: planner.steps)
        self.pool = pool
        self.buffers = buffers
        self.kernelCount = kernelCount
        memory = planner.memory
        // Whole pages apart and one line more: the same places of two threads do not compete for a set of the cache.
        scratchStride = (planner.scratchBytes + 4095) / 4096 * 4096 + 64
        scratch = memory.allocate(scratchStride * pool.threadCount)
    }

    deinit {
        steps.deinitialize()
        steps.deallocate()
    }

    func run() throws {
        var i = 0
        while i < steps.count {
            run(steps[i])
            i += 1
        }
    }

    func profile() throws -> [Double]? {
        var seconds = [Double](repeating: 0, count: kernelCount)
        for step in steps {
            let start = Self.now()
            run(step)
            seconds[step.kernel] += Self.now() - start
        }
        return seconds
    }

    private func run(_ step: Step) {
        pool.run(step.function, step.plan, count: step.taskCount, scratch: scratch, scratchStride: scratchStride)
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
