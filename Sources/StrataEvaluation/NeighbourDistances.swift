public import StrataBackend

/// How far the nearest other codes are from each code: what intrinsic dimensions are estimated from.
///
/// Estimates take logarithms of ratios of distances, so these must be right however small they are. Codes that are
/// equal to the bit are taken once: a density has no two examples at one place. The backend then finds candidates, a
/// few more than asked for, among the codes about their mean, and their distances are computed anew from differences in
/// double precision and put in order. What is left to chance is which neighbours become candidates where more than
/// those few lie nearer to each other than 1e-3 of the code's own length.
public struct NeighbourDistances: Sendable {
    /// For each different code the distances to its nearest others, ascending, none of them 0.
    public let rows: [[Double]]

    /// Candidates beyond the neighbours asked for.
    private static let margin = 8

    /// - `neighbours`: of each code; fewer where there are fewer different codes.
    ///
    /// Throws `data` for fewer than 2 examples, `usage` for fewer than 2 neighbours. Time grows with the square of the
    /// examples.
    public init(_ codes: Codes, neighbours: Int = 20, backend: any Backend) throws {
        try codes.require(2, for: "an intrinsic dimension")
        guard neighbours > 1 else {
            throw StrataError(.usage, "\(neighbours) neighbours: an intrinsic dimension takes at least 2")
        }
        guard let centred = codes.centred(), case let positions = centred.differentRows, positions.count > 2 else {
            rows = []
            return
        }
        // Those given have kept all their digits.
        let (different, given) = (centred.rows(positions), codes.rows(positions))
        let count = min(neighbours, different.count - 1)
        var rows: [[Double]] = []
        try NearestNeighbours.search(
            different, among: different, count: min(count + 1 + Self.margin, different.count), backend: backend
        ) { row, candidates in
            let distances = candidates.filter { $0 != row }.map { given.distance(row, $0) }.sorted()
            rows.append(Array(distances.prefix(count)))
        }
        self.rows = rows
    }
}

extension Codes {
    /// The first of each of the rows that are equal.
    fileprivate var differentRows: [Int] {
        var seen: Set<ArraySlice<Float>> = []
        return (0..<count).filter { seen.insert(values[$0 * width..<($0 + 1) * width]).inserted }
    }

    fileprivate func distance(_ first: Int, _ second: Int) -> Double {
        var sum = 0.0
        for unit in 0..<width {
            let difference = Double(values[first * width + unit]) - Double(values[second * width + unit])
            sum += difference * difference
        }
        return sum.squareRoot()
    }
}
