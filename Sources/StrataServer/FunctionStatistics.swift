import StrataBackend

/// What a served function has done since the server started: counts and times, of which only sums are kept.
final class FunctionStatistics: Sendable {
    /// The sums.
    struct Sums: Sendable {
        /// Calls of the function, and rows that went through them.
        var (calls, rows) = (0, 0)
        /// Requests that were answered, and that failed.
        var (answered, failures) = (0, 0)
        /// Nanoseconds that requests waited, and that calls took.
        var (waited, computed) = (UInt64(0), UInt64(0))
        /// Calls of at most so many rows.
        var batches = Histogram([1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
    }

    private let sums = Locked(Sums())

    /// The sums so far.
    var now: Sums { sums.withLock { $0 } }

    /// A call has ended well.
    func called(rows: Int, started: ContinuousClock.Instant, waited: [Duration]) {
        let (requests, computed) = (waited.count, (ContinuousClock.now - started).nanoseconds)
        let waited = waited.reduce(UInt64(0)) { $0 + $1.nanoseconds }
        sums.withLock { sums in
            sums.calls += 1
            sums.rows += rows
            sums.answered += requests
            sums.waited += waited
            sums.computed += computed
            sums.batches.add(Double(rows))
        }
    }

    /// A request has failed.
    func failed() { sums.withLock { $0.failures += 1 } }
}

/// Counts of values by upper bounds, as Prometheus has them.
struct Histogram: Sendable {
    let bounds: [Double]
    /// Values of at most each bound that are above the bound before, and last those above all.
    private(set) var counts: [Int]
    private(set) var sum = 0.0

    /// - `bounds`: in ascending order.
    init(_ bounds: [Double]) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    mutating func add(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }
}

extension Duration {
    /// Whole nanoseconds; 0 of a negative duration.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(seconds, 0)) * 1_000_000_000 + UInt64(max(attoseconds, 0)) / 1_000_000_000
    }
}
