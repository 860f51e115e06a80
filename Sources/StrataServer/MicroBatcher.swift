import Dispatch
import StrataBackend

/// A queue before a function, from which the rows that have gathered while a call ran go through the next one together.
///
/// Nothing waits for company: an idle function takes a request at once, and a busy one finds its next batch made. So a
/// lonely client gets the least delay and many clients the throughput of large batches, without a delay to be chosen.
final class MicroBatcher: Sendable {
    /// A request that waits for its results.
    struct Job: Sendable {
        /// One for each of the function's inputs.
        var inputs: [TensorValues]
        /// The rows of each.
        var rows: Int
        /// Told once, on the batcher's thread.
        var complete: @Sendable (Result<[TensorValues], any Error>) -> Void
        /// When it came.
        var arrival = ContinuousClock.now
    }

    let function: ServedFunction
    /// The requests that may wait.
    let capacity: Int
    /// The rows of a call, where a request has not more.
    let largestBatch: Int
    private let statistics: FunctionStatistics
    private let state = Locked(State())
    private let worker: DispatchQueue

    private struct State {
        var waiting: [Job] = []
        var isRunning = false
    }

    init(_ function: ServedFunction, capacity: Int, largestBatch: Int, statistics: FunctionStatistics) {
        self.function = function
        self.capacity = capacity
        self.largestBatch = largestBatch
        self.statistics = statistics
        worker = DispatchQueue(label: "strata.\(function.name)")
    }

    /// Requests that wait.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Puts a request in the queue. Throws where that is full.
    func submit(_ job: Job) throws(RequestFailure) {
        let (isFull, starts) = state.withLock { state in
            guard state.waiting.count < capacity else { return (true, false) }
            state.waiting.append(job)
            defer { state.isRunning = true }
            return (false, !state.isRunning)
        }
        guard !isFull else {
            throw RequestFailure(.tooManyRequests, "\(capacity) requests wait for this model already; try again later")
        }
        if starts { worker.async { self.work() } }
    }

    /// Runs batches until no request waits.
    private func work() {
        while let batch = next() { run(batch) }
    }

    /// The requests that share the next call, at least one; `nil`, and the end of the work, where none waits.
    private func next() -> [Job]? {
        state.withLock { state in
            guard let first = state.waiting.first else {
                state.isRunning = false
                return nil
            }
            var (count, rows) = (1, first.rows)
            if function.batching == .rows {
                while count < state.waiting.count, rows + state.waiting[count].rows <= largestBatch {
                    rows += state.waiting[count].rows
                    count += 1
                }
            }
            let batch = Array(state.waiting[..<count])
            state.waiting.removeFirst(count)
            return batch
        }
    }

    private func run(_ batch: [Job]) {
        let start = ContinuousClock.now
        let rows = batch.reduce(0) { $0 + $1.rows }
        do {
            let inputs = function.inputs.indices.map { place in TensorValues.joined(batch.map { $0.inputs[place] }) }
            let outputs = try function(inputs)
            statistics.called(rows: rows, started: start, waited: batch.map { start - $0.arrival })
            guard batch.count > 1 else { return batch[0].complete(.success(outputs)) }
            var first = 0
            for job in batch {
                let shares = outputs.map { values in
                    let width = values.count / rows
                    return values[first * width..<(first + job.rows) * width]
                }
                job.complete(.success(shares))
                first += job.rows
            }
        } catch {
            // One request's numbers must not fail its neighbours.
            guard batch.count > 1 else {
                statistics.failed()
                return batch[0].complete(.failure(error))
            }
            for job in batch { run([job]) }
        }
    }
}
