import CCPU
import StrataBackend
import StrataKernelInterface
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Threads that wait for the tasks of a step and share them out.
///
/// Thread `t` of `n` begins with the `t`-th part of the tasks, so that from step to step, and from one training step to
/// the next, the same weights and moments stay in the same core's caches: two cores need not share any (with tasks dealt
/// out one by one, a training step took 1.6 times as long on two cores of different chiplets as on two of one). Who is
/// done with its own part helps with another's, from the end: a thread that the system has put aside delays nobody.
/// Which thread runs a task changes no result.
///
/// Several threads may call at once: one of them has the workers until its tasks are done, and the others do their tasks by
/// themselves meanwhile, which gives the same bits.
///
/// A step takes microseconds, so idle threads spin for a while before they sleep, and the caller takes tasks too.
final class ThreadPool: @unchecked Sendable {
    /// Threads that take tasks, the caller among them.
    let threadCount: Int
    private let shared: Shared
    private var threads: [pthread_t] = []
    /// Whether a caller has the workers.
    private let isTaken = Atomic<Bool>(false)

    init(threadCount: Int) throws {
        self.threadCount = max(threadCount, 1)
        shared = Shared(threadCount: self.threadCount)
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

    /// The tasks that a thread begins with.
    static func part(of thread: Int, threadCount: Int, tasks: Int) -> Range<Int> {
        Parts.range(of: thread, count: threadCount, tasks: tasks)
    }

    /// When the last of some tasks ends, if they take these times and all threads begin at once.
    static func time(of tasks: [Double], threadCount: Int) -> Double {
        var parts = (0..<threadCount).map { Parts.range(of: $0, count: threadCount, tasks: tasks.count) }
        var clocks = [Double](repeating: 0, count: threadCount)
        for _ in tasks {
            let thread = clocks.indices.min { clocks[$0] < clocks[$1] } ?? 0
            if !parts[thread].isEmpty {
                clocks[thread] += tasks[parts[thread].removeFirst()]
            } else if let other = (1..<threadCount).map({ (thread + $0) % threadCount }).first(where: {
                !parts[$0].isEmpty
            }) {
                clocks[thread] += tasks[parts[other].removeLast()]
            }
        }
        return clocks.max() ?? 0
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
        guard count > 1, threadCount > 1, !isTaken.exchange(true, ordering: .acquiring) else {
            for task in 0..<max(count, 0) { function(plan, task, scratch) }
            return
        }
        shared.job = Job(function: function, plan: plan, count: count, scratch: scratch, scratchStride: scratchStride)
        shared.publish(count)
        shared.work(number: 0)
        shared.waitUntilDone()
        isTaken.store(false, ordering: .releasing)
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
    /// Tasks that are not done.
    let undone = Atomic<Int>(0)
    let sleepers = Atomic<Int>(0)
    let isStopping = Atomic<Bool>(false)
    private let parts: Parts
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// About 50 µs of spinning: longer than the pauses within a training step, shorter than a person notices.
    private static let spins = 2000

    init(threadCount: Int) {
        parts = Parts(count: threadCount)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
        parts.deallocate()
    }

    func publish(_ count: Int) {
        undone.store(count, ordering: .relaxed)
        parts.share(count)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wake() }
    }

    func wake() {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Takes tasks until there are none: a thread's own, then others'.
    func work(number: Int) {
        while let task = parts.takeFirst(of: number) { run(task, on: number) }
        for step in 1..<max(parts.count, 1) {
            while let task = parts.takeLast(of: (number + step) % parts.count) { run(task, on: number) }
        }
    }

    private func run(_ task: Int, on number: Int) {
        guard let job else { return }
        job.function(job.plan, task, job.scratch + number * job.scratchStride)
        undone.subtract(1, ordering: .releasing)
    }

    func waitUntilDone() {
        var spins = 0
        while undone.load(ordering: .acquiring) > 0 {
            spins += 1
            if spins % Self.spins == 0 { sched_yield() } else { strata_cpu_pause() }
        }
    }

    /// Spins, then sleeps, until there may be a task for the thread. False when the pool ends.
    func waitForWork(number: Int) -> Bool {
        for _ in 0..<Self.spins {
            if !parts.isEmpty(number) { return true }
            if isStopping.load(ordering: .relaxed) { return false }
            strata_cpu_pause()
        }
        pthread_mutex_lock(mutex)
        // Whoever publishes sees the sleeper, or the sleeper sees what is published.
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while parts.isEmpty(number),
            !isStopping.load(ordering: .sequentiallyConsistent)
        {
            pthread_cond_wait(condition, mutex)
        }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
        return !isStopping.load(ordering: .relaxed)
    }
}

/// For each thread the tasks of its part that nobody has taken: the first and the end, in the two halves of a word, each
/// word in cache lines of its own.
private struct Parts: @unchecked Sendable {
    let count: Int
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    /// In words: two lines, as processors fetch them in pairs.
    private static let stride = 16

    init(count: Int) {
        self.count = count
        words = .allocate(capacity: count * Self.stride)
        for thread in 0..<count { (words + thread * Self.stride).initialize(to: Atomic(0)) }
    }

    func deallocate() { words.deallocate() }

    /// The part of a thread.
    static func range(of thread: Int, count: Int, tasks: Int) -> Range<Int> {
        tasks * thread / count..<tasks * (thread + 1) / count
    }

    /// Gives every thread its part of tasks `0 ..< tasks`.
    func share(_ tasks: Int) {
        for thread in 0..<count {
            let part = Self.range(of: thread, count: count, tasks: tasks)
            word(thread).pointee.store(
                UInt64(part.lowerBound) | UInt64(part.upperBound) << 32, ordering: .sequentiallyConsistent)
        }
    }

    func isEmpty(_ thread: Int) -> Bool {
        let value = word(thread).pointee.load(ordering: .sequentiallyConsistent)
        return value & 0xFFFF_FFFF >= value >> 32
    }

    func takeFirst(of thread: Int) -> Int? {
        take(thread) { value in (value + 1, Int(value & 0xFFFF_FFFF)) }
    }

    func takeLast(of thread: Int) -> Int? {
        take(thread) { value in (value - (1 << 32), Int(value >> 32) - 1) }
    }

    @inline(__always) private func take(_ thread: Int, _ next: (UInt64) -> (UInt64, Int)) -> Int? {
        var value = word(thread).pointee.load(ordering: .relaxed)
        while value & 0xFFFF_FFFF < value >> 32 {
            let (rest, task) = next(value)
            let (taken, seen) = word(thread).pointee.compareExchange(
                expected: value, desired: rest, successOrdering: .acquiring, failureOrdering: .relaxed)
            if taken { return task }
            value = seen
        }
        return nil
    }

    private func word(_ thread: Int) -> UnsafeMutablePointer<Atomic<UInt64>> { words + thread * Self.stride }
}

private final class Worker {
    let shared: Shared
    let number: Int

    init(shared: Shared, number: Int) {
        self.shared = shared
        self.number = number
    }

    func run() {
        while shared.waitForWork(number: number) { shared.work(number: number) }
    }
}
