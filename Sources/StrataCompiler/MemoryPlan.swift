/// Places values in one arena so that two that live at the same time never overlap.
struct MemoryPlan: Hashable {
    struct Value: Hashable {
        var id: Int
        var byteCount: Int
        /// The kernels that write it first and read it last.
        var lifetime: ClosedRange<Int>
    }

    private(set) var offsets: [Int: Int] = [:]
    private(set) var byteCount = 0

    /// What offsets are multiples of: a cache line and the widest vector.
    static let alignment = 64

    /// Finds a place for each value.
    ///
    /// Greedy by size (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020): the
    /// largest value first, each at the lowest place that is free for its whole life.
    init(_ values: [Value]) {
        // By their places, so that the search for one ends at the first gap.
        var placed: [(range: Range<Int>, lifetime: ClosedRange<Int>)] = []
        for value in values.sorted(by: { ($0.byteCount, $1.id) > ($1.byteCount, $0.id) }) {
            let size = (value.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
            var offset = 0
            for other in placed where other.lifetime.overlaps(value.lifetime) {
                if other.range.lowerBound >= offset + size { break }
                offset = max(offset, other.range.upperBound)
            }
            placed.insert(
                (offset..<offset + size, value.lifetime), at: placed.firstPosition { $0.range.lowerBound > offset })
            offsets[value.id] = offset
            byteCount = max(byteCount, offset + size)
        }
    }
}

extension Array {
    /// The position of the first element that satisfies a condition which all after it satisfy too; the count if none does.
    fileprivate func firstPosition(_ condition: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
