public import StrataBackend
import StrataCompiler
import StrataGraph

/// The nearest of known codes in Euclidean distance, and classification by their vote (Cover and Hart 1967). The vote
/// is uniform; a tie goes to the first class.
public enum NearestNeighbours {
    /// The share of `queries` that the vote among `neighbours` of the known rows gets right, for each number of
    /// neighbours. Throws `usage` for a number that is not from 1 to the known rows.
    public static func accuracies(
        of queries: LabelledCodes, among known: LabelledCodes, neighbours: [Int], backend: any Backend
    ) throws -> [Double] {
        if let wrong = neighbours.first(where: { !(1...max(known.count, 1)).contains($0) }) {
            throw StrataError(
                .usage, "\(wrong) neighbours: expected a number from 1 to the \(known.count) labelled examples")
        }
        var right = neighbours.map { _ in 0 }
        try search(queries.codes, among: known.codes, count: neighbours.max() ?? 0, backend: backend) { row, nearest in
            for (position, count) in neighbours.enumerated()
            where vote(nearest.prefix(count), known) == queries.labels.values[row] {
                right[position] += 1
            }
        }
        return right.map { Double($0) / Double(max(queries.count, 1)) }
    }

    /// Finds the positions of the `count` known rows nearest to each query, the nearest first.
    ///
    /// Candidates, a few more than asked for, are ranked by |b|² − 2 a·b in single precision, about the mean of the known rows
    /// and in units of their spread, so that it does not matter where the rows lie; the distances of these are computed anew
    /// from differences in double precision. Of equal distances the first known row comes first.
    ///
    /// - `found`: Is given the number of each query, in their order, and its neighbours.
    static func search(
        _ queries: Codes, among known: Codes, count: Int, backend: any Backend, found: (Int, [Int]) -> Void
    ) throws {
        guard known.count > 0, let frame = Frame(known) else { return try searchAlike(queries, known, count, found) }
        let (exactQueries, exactKnown) = (queries, known)
        let (queries, known) = (frame.moved(queries), frame.moved(known))
        let candidates = min(count + margin, known.count)
        let session = Session(backend: backend)
        let table = Tensor.input("known", [known.count, known.width])
        try known.values.withUnsafeBytes {
            try session.place("known", .init([known.count, known.width], .float32), $0)
        }
        let lengths = table.squared().sum([1])

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
                    let own = UnsafeBufferPointer(rebasing: distances[row * known.count..<(row + 1) * known.count])
                    let ranked = nearest(own, count: candidates).map { position in
                        (distance: exactQueries.squaredDistance(start + row, exactKnown, position), position: position)
                    }.sorted { ($0.distance, $0.position) < ($1.distance, $1.position) }
                    found(start + row, ranked.prefix(count).map(\.position))
                }
            }
        }
    }

    /// Candidates beyond the neighbours asked for.
    private static let margin = 8

    /// Known rows that are all alike are equally near.
    private static func searchAlike(_ queries: Codes, _ known: Codes, _ count: Int, _ found: (Int, [Int]) -> Void)
        throws
    {
        for row in 0..<queries.count { found(row, Array(0..<min(count, known.count))) }
    }

    /// Where known rows lie and how far they are spread.
    private struct Frame {
        let means: [Double]
        let scale: Double

        init?(_ codes: Codes) {
            let moments = codes.moments()
            means = moments.means
            scale = (moments.variances.reduce(0, +) / Double(max(codes.width, 1))).squareRoot()
            if scale <= 0 || !scale.isFinite { return nil }
        }

        func moved(_ codes: Codes) -> Codes {
            codes.mapped { unit, value in Float((Double(value) - means[unit]) / scale) }
        }
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
