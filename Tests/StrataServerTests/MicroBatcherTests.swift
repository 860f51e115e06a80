import Dispatch
import Foundation
import StrataBackend
import Synchronization
import Testing

@testable import StrataServer

/// The queue before a function: what goes through one call, and whom a failure concerns.
@Suite struct MicroBatcherTests {
    /// Doubles its rows of two numbers, once a gate is open; refuses calls with a negative number.
    private final class Doubling: Sendable {
        let gate = DispatchSemaphore(value: 0)
        let calls = Mutex([Int]())

        func function(_ batching: ServedFunction.Batching = .rows) -> ServedFunction {
            ServedFunction(
                name: "double", inputs: [TensorSpec("x", row: [2])], outputs: [TensorSpec("y", row: [2])],
                batching: batching
            ) { inputs in
                self.gate.wait()
                let values = inputs[0].floats
                self.calls.withLock { $0.append(values.count / 2) }
                guard !values.contains(where: { $0 < 0 }) else { throw StrataError(.data, "x: negative") }
                return [.floats(values.map { 2 * $0 })]
            }
        }
    }

    /// What jobs gave, by their numbers.
    private final class Results: Sendable {
        let found = Mutex([Int: Result<[Float], any Error>]())
        let group = DispatchGroup()

        func job(_ number: Int, _ values: [Float]) -> MicroBatcher.Job {
            group.enter()
            return MicroBatcher.Job(inputs: [.floats(values)], rows: values.count / 2) { result in
                self.found.withLock { $0[number] = result.map { $0[0].floats } }
                self.group.leave()
            }
        }

        func wait() -> [Int: Result<[Float], any Error>] {
            #expect(group.wait(timeout: .now() + 20) == .success)
            return found.withLock { $0 }
        }
    }

    private func batcher(_ function: ServedFunction, capacity: Int = 100, largest: Int = 8) -> MicroBatcher {
        MicroBatcher(function, capacity: capacity, largestBatch: largest, statistics: FunctionStatistics())
    }

    /// Waits until the first job runs, so that those after it gather.
    private func untilRunning(_ batcher: MicroBatcher) { while batcher.waiting > 0 { usleep(1000) } }

    @Test func rowsThatGatherShareACall() throws {
        let (doubling, results) = (Doubling(), Results())
        let batcher = batcher(doubling.function())
        try batcher.submit(results.job(0, [1, 2]))
        untilRunning(batcher)
        // Three and three rows fit eight, three more do not; twelve go alone.
        for number in 1...3 { try batcher.submit(results.job(number, (0..<6).map { Float(10 * number + $0) })) }
        try batcher.submit(results.job(4, (0..<24).map(Float.init)))
        for _ in 0..<4 { doubling.gate.signal() }
        let found = results.wait()
        #expect(doubling.calls.withLock { $0 } == [1, 6, 3, 12])
        for number in 1...3 {
            #expect(try found[number]?.get() == (0..<6).map { Float(2 * (10 * number + $0)) })
        }
        #expect(try found[4]?.get().count == 24)
    }

    @Test func aCallOfItsOwnIsNotShared() throws {
        let (doubling, results) = (Doubling(), Results())
        let batcher = batcher(doubling.function(.request))
        for number in 0..<3 { try batcher.submit(results.job(number, [1, 2])) }
        for _ in 0..<3 { doubling.gate.signal() }
        _ = results.wait()
        #expect(doubling.calls.withLock { $0 } == [1, 1, 1])
    }

    /// A request whose numbers are refused fails alone.
    @Test func neighboursOfAFailureAreAnswered() throws {
        let (doubling, results) = (Doubling(), Results())
        let batcher = batcher(doubling.function())
        try batcher.submit(results.job(0, [1, 2]))
        untilRunning(batcher)
        try batcher.submit(results.job(1, [3, 4]))
        try batcher.submit(results.job(2, [5, -1]))
        try batcher.submit(results.job(3, [6, 7]))
        for _ in 0..<5 { doubling.gate.signal() }
        let found = results.wait()
        #expect(try found[1]?.get() == [6, 8] && found[3]?.get() == [12, 14])
        #expect(throws: StrataError.self) { try found[2]?.get() }
    }

    @Test func aFullQueueRefuses() throws {
        let (doubling, results) = (Doubling(), Results())
        let batcher = batcher(doubling.function(), capacity: 3)
        try batcher.submit(results.job(0, [1, 2]))
        untilRunning(batcher)
        for number in 1...3 { try batcher.submit(results.job(number, [1, 2])) }
        let refusal = #expect(throws: RequestFailure.self) {
            try batcher.submit(MicroBatcher.Job(inputs: [.floats([1, 2])], rows: 1) { _ in })
        }
        #expect(refusal?.status == .tooManyRequests)
        for _ in 0..<2 { doubling.gate.signal() }
        #expect(results.wait().count == 4)
        // There is room again.
        doubling.gate.signal()
        try batcher.submit(results.job(5, [1, 2]))
        #expect(try results.wait()[5]?.get() == [2, 4])
    }
}
