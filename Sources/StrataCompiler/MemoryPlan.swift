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
        var placed: [(range: Range<Int>, lifetime: ClosedRange<Int>)] = []
        for value in values.sorted(by: { ($0.byteCount, $1.id) > ($1.byteCount, $0.id) }) {
            let size = (value.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
            var offset = 0
            let neighbours = placed.filter { $0.lifetime.overlaps(value.lifetime) }
            for other in neighbours.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
                if other.range.lowerBound >= offset + size { break }
                offset = max(offset, other.range.upperBound)
            }
            placed.append((offset..<offset + size, value.lifetime))
            offsets[value.id] = offset
            byteCount = max(byteCount, offset + size)
        }
    }
}
