public import StrataBackend
import StrataCompiler
import StrataGraph

/// Classification by a vote of the nearest neighbours (Cover and Hart 1967) in Euclidean distance. The vote is uniform; a
/// tie goes to the first class.
public enum NearestNeighbours {
    /// The share of `queries` that the vote among `neighbours` of the known rows gets right, for each number of
    /// neighbours. Throws `usage` for a number that is not from 1 to the known rows.
    public static func accuracies(
        of queries: LabelledCodes, among known: LabelledCodes, neighbours: [Int], backend: any Backend
    ) throws -> [Double] {
        if let wrong = neighbours.first(where: { !(1...max(known.count, 1)).contains($0) }) {
            throw StrataError(.usage, "\(wrong) neighbours: wants a number from 1 to the \(known.count) labelled examples")
        }
        let session = Session(backend: backend)
        let table = Tensor.input("known", [known.count, known.width])
        try known.values.withUnsafeBytes { try session.place("known", .init([known.count, known.width], .float32), $0) }
        let lengths = table.squared().sum([1])

        var right = neighbours.map { _ in 0 }
        // As many queries at once as keep their distances in some tens of megabytes.
        let batch = max(1, min(queries.count, 10_000_000 / known.count))
        for start in stride(from: 0, to: queries.count, by: batch) {
            let size = min(batch, queries.count - start)
            let rows = Tensor.input("queries", [size, queries.width])
            // Without the query's own length, which changes no order.
            let function = try session.prepare(Graph(outputs: [("distances", lengths - rows.dotTransposed(table) * 2)]))
            try function.write("queries", Array(queries.values[start * queries.width..<(start + size) * queries.width]))
            try function.run()
            try function.read("distances").withUnsafeBufferPointer { distances in
                for row in 0..<size {
                    let nearest = nearest(
                        UnsafeBufferPointer(rebasing: distances[row * known.count..<(row + 1) * known.count]),
                        count: neighbours.max() ?? 0)
                    for (position, count) in neighbours.enumerated()
                    where vote(nearest.prefix(count), known) == queries.labels.values[start + row] {
                        right[position] += 1
                    }
                }
            }
        }
        return right.map { Double($0) / Double(max(queries.count, 1)) }
    }

    /// The positions of the smallest numbers, in their order.
    private static func nearest(_ distances: UnsafeBufferPointer<Float>, count: Int) -> [Int] {
        var best: [(distance: Float, position: Int)] = []
        var limit = Float.infinity
        for position in distances.indices where distances[position] < limit || best.count < count {
            let distance = distances[position]
            if best.count == count { best.removeLast() }
            let place = best.firstIndex { $0.distance > distance } ?? best.count
            best.insert((distance, position), at: place)
            if best.count == count { limit = best[count - 1].distance }
        }
        return best.map(\.position)
    }

    private static func vote(_ neighbours: ArraySlice<Int>, _ known: LabelledCodes) -> Int32 {
        var votes = [Int](repeating: 0, count: known.labels.classNames.count)
        for neighbour in neighbours { votes[Int(known.labels.values[neighbour])] += 1 }
        return Int32(votes.indices.max { (votes[$0], $1) < (votes[$1], $0) } ?? 0)
    }
}
