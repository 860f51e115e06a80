import Foundation

/// ADWIN: a window of the latest numbers that is as long as their mean stays the same (Bifet and Gavaldà, "Learning from
/// time-changing data with adaptive windowing", 2007).
///
/// Wherever the window can be cut so that the means of both parts differ by more than chance allows, the older part is
/// dropped. Numbers are kept as sums over buckets of 1, 2, 4, … of them, so that it takes memory and time of the logarithm of
/// its length.
public struct AdaptiveWindow: DriftDetector, Hashable {
    /// The probability of a false alarm at a time, at most.
    public var confidence: Double
    /// Numbers from one look for a cut to the next.
    public var interval: Int

    /// Sums of some numbers that came one after the other.
    private struct Bucket: Sendable, Hashable {
        var (count, sum, squares): (Int, Double, Double)

        static func + (a: Bucket, b: Bucket) -> Bucket {
            Bucket(count: a.count + b.count, sum: a.sum + b.sum, squares: a.squares + b.squares)
        }
        static func - (a: Bucket, b: Bucket) -> Bucket {
            Bucket(count: a.count - b.count, sum: a.sum - b.sum, squares: a.squares - b.squares)
        }
        var mean: Double { sum / Double(max(count, 1)) }
        var variance: Double { max(squares / Double(max(count, 1)) - mean * mean, 0) }
    }

    /// From the oldest to the newest.
    private var buckets: [Bucket] = []
    private var all = Bucket(count: 0, sum: 0, squares: 0)
    private var seen = 0

    /// Buckets of a size before two are put together; the least part of a cut.
    private static let (bucketsOfSize, least) = (5, 5)

    /// A detector with the paper's δ of 0.002. Nothing is checked.
    public init(confidence: Double = 0.002, interval: Int = 32) {
        (self.confidence, self.interval) = (confidence, interval)
    }

    /// The numbers in the window.
    public var count: Int { all.count }
    /// Their mean; 0 of none.
    public var mean: Double { all.mean }

    public mutating func add(_ value: Double) -> DriftChange {
        let one = Bucket(count: 1, sum: value, squares: value * value)
        buckets.append(one)
        all = all + one
        compress()
        seen += 1
        guard seen % max(interval, 1) == 0 else { return .none }
        var change = DriftChange.none
        while let found = cut() {
            change = found
            all = all - buckets.removeFirst()
        }
        return change
    }

    /// Puts the two oldest buckets of each size together where there are too many of it.
    private mutating func compress() {
        var end = buckets.count
        while end > 0 {
            let size = buckets[end - 1].count
            var start = end
            while start > 0, buckets[start - 1].count == size { start -= 1 }
            guard end - start > Self.bucketsOfSize else { return }
            buckets.replaceSubrange(start..<start + 2, with: [buckets[start] + buckets[start + 1]])
            // What was put together belongs to those of the next size.
            end = start + 1
        }
    }

    /// How the mean has changed at some place in the window.
    private func cut() -> DriftChange? {
        guard all.count >= 2 * Self.least else { return nil }
        let logarithm = log(2 * log(Double(all.count)) / confidence)
        var older = Bucket(count: 0, sum: 0, squares: 0)
        for bucket in buckets.dropLast() {
            older = older + bucket
            let newer = all - older
            guard older.count >= Self.least, newer.count >= Self.least else { continue }
            let inverse = 1 / Double(older.count) + 1 / Double(newer.count)
            let bound = (2 * inverse * all.variance * logarithm).squareRoot() + 2 / 3 * inverse * logarithm
            let difference = newer.mean - older.mean
            if abs(difference) > bound { return difference > 0 ? .rise : .fall }
        }
        return nil
    }
}
