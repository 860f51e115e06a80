import CCPU
import StrataBackend
import StrataKernelInterface
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Threads that wait for the tasks of a step and share them out one by one.
///
/// A step takes microseconds, so idle threads spin for a while before they sleep, and the caller takes tasks too: a
/// thread that the system has put aside delays nobody, as the others take its share. Which thread runs a task changes
/// no result.
final class ThreadPool: @unchecked Sendable {
    /// Threads that take tasks, the caller among them.
    let threadCount: Int
    private let shared = Shared()
    private var threads: [pthread_t] = []

    init(threadCount: Int) throws {
        self.threadCount = max(threadCount, 1)
        for number in 1..<self.threadCount {
            let context = Unmanaged.passRetained(Worker(shared: shared, number: number))
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<Worker>.fromOpaque(context).takeRetainedValue().run()
                    return nil
                }, context.toOpaque())
            guard status == 0 else {
                context.release()
                stop()
                throw StrataError(.device, "cannot start thread \(number + 1) of \(threadCount); ask for fewer")
            }
            threads.append(thread)
        }
    }

    deinit { stop() }

    private func stop() {
        shared.isStopping.store(true, ordering: .sequentiallyConsistent)
        shared.wake()
        for thread in threads { pthread_join(thread, nil) }
        threads = []
    }

    /// Runs tasks `0 ..< count`, and returns when all are done. Thread `t` has the scratch memory from
    /// `scratch + t · scratchStride` on.
    func run(
        _ function: @escaping TaskFunction, _ plan: UnsafeRawPointer, count: Int, scratch: UnsafeMutableRawPointer,
        scratchStride: Int
    ) {
        if count == 1 || threadCount == 1 {
            for task in 0..<count { function(plan, task, scratch) }
        } else if count > 0 {
            shared.job = Job(
                function: function, plan: plan, count: count, scratch: scratch, scratchStride: scratchStride)
            shared.publish(count)
            shared.work(number: 0)
            shared.waitUntilDone()
        }
    }
}

private struct Job {
    var function: TaskFunction
    var plan: UnsafeRawPointer
    var count: Int
    var scratch: UnsafeMutableRawPointer
    var scratchStride: Int
}

/// What the caller and the workers have in common.
///
/// The job may be read only by who has taken one of its tasks: it stays what it is until that task is done.
private final class Shared: @unchecked Sendable {
    var job: Job?
    /// Tasks that nobody has taken, and that are not done.
    let untaken = Atomic<Int>(0)
    let undone = Atomic<Int>(0)
    let sleepers = Atomic<Int>(0)
    let isStopping = Atomic<Bool>(false)
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// About 50 µs of spinning: longer than the pauses within a training step, shorter than a person notices.
    private static let spins = 2000

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func publish(_ count: Int) {
        undone.store(count, ordering: .relaxed)
        untaken.store(count, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wake() }
    }

    func wake() {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Takes tasks until there are none.
    func work(number: Int) {
        var left = untaken.load(ordering: .relaxed)
        while left > 0 {
            let (taken, seen) = untaken.compareExchange(
                expected: left, desired: left - 1, successOrdering: .acquiring, failureOrdering: .relaxed)
            if taken, let job {
                job.function(job.plan, job.count - left, job.scratch + number * job.scratchStride)
                undone.subtract(1, ordering: .releasing)
                left = untaken.load(ordering: .relaxed)
            } else {
                left = seen
            }
        }
    }

    func waitUntilDone() {
        var spins = 0
        while undone.load(ordering: .acquiring) > 0 {
            spins += 1
            if spins % Self.spins == 0 { sched_yield() } else { strata_cpu_pause() }
        }
    }

    /// Spins, then sleeps, until there may be a task. False when the pool ends.
    func waitForWork() -> Bool {
        for _ in 0..<Self.spins {
            if untaken.load(ordering: .relaxed) > 0 { return true }
            if isStopping.load(ordering: .relaxed) { return false }
            strata_cpu_pause()
        }
        pthread_mutex_lock(mutex)
        // Whoever publishes sees the sleeper, or the sleeper sees what is published.
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while untaken.load(ordering: .sequentiallyConsistent) <= 0,
            !isStopping.load(ordering: .sequentiallyConsistent)
        {
            pthread_cond_wait(condition, mutex)
        }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
        return !isStopping.load(ordering: .relaxed)
    }
}

private final class Worker {
    let shared: Shared
    let number: Int

    init(shared: Shared, number: Int) {
        self.shared = shared
        self.number = number
    }

    func run() {
        while shared.waitForWork() { shared.work(number: number) }
    }
}
