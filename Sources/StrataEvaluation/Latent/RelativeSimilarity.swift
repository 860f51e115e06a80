public import StrataBackend

/// How alike the relative codes of two models are: whether an example has the same anchors and the same neighbours in both
/// (Moschella et al., "Relative representations enable zero-shot latent space communication", 2023, table 1).
public struct RelativeSimilarity: Sendable, Hashable {
    /// The mean cosine of the two relative codes of an example.
    public var cosine: Double
    /// The mean share of common ones among the nearest examples of both models: |A ∩ B| / |A ∪ B|.
    public var jaccard: Double
    /// The mean of 1 / rank that an example has among all in the other model by the distance of relative codes: 1 where it
    /// is always nearest to itself.
    public var meanReciprocalRank: Double

    /// Of relative codes of the same examples by the same anchors.
    ///
    /// Throws `shape` for codes of other numbers of examples or anchors, `data` for fewer than 2 examples.
    ///
    /// - `neighbours`: The nearest examples that are compared; fewer where there are fewer.
    public init(_ first: Codes, _ second: Codes, neighbours: Int = 10, backend: any Backend) throws {
        try first.requireSameWidth(as: second)
        guard first.count == second.count else {
            throw StrataError(.shape, "\(first.count) codes and \(second.count) are not of the same examples")
        }
        try first.require(2, for: "the similarity of relative codes")
        let (count, width) = (first.count, first.width)
        let cosines = (0..<count).map { row in
            Self.cosine(
                first.values[row * width..<(row + 1) * width], second.values[row * width..<(row + 1) * width])
        }
        cosine = cosines.reduce(0, +) / Double(count)

        let wanted = min(max(neighbours, 1), count - 1)
        func neighbourhoods(_ codes: Codes) throws -> [Set<Int>] {
            var sets: [Set<Int>] = []
            try NearestNeighbours.search(codes, among: codes, count: wanted + 1, backend: backend) { row, nearest in
                sets.append(Set(nearest.filter { $0 != row }.prefix(wanted)))
            }
            return sets
        }
        let shared = zip(try neighbourhoods(first), try neighbourhoods(second)).map { own, other in
            Double(own.intersection(other).count) / Double(own.union(other).count)
        }
        jaccard = shared.reduce(0, +) / Double(count)

        var ranks = 0.0
        try NearestNeighbours.search(first, among: second, count: count, backend: backend) { row, nearest in
            ranks += 1 / Double((nearest.firstIndex(of: row) ?? count) + 1)
        }
        meanReciprocalRank = ranks / Double(count)
    }

    private static func cosine(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
        var (product, lengths) = (0.0, (0.0, 0.0))
        for (x, y) in zip(a, b) {
            product += Double(x) * Double(y)
            lengths = (lengths.0 + Double(x) * Double(x), lengths.1 + Double(y) * Double(y))
        }
        let length = (lengths.0 * lengths.1).squareRoot()
        return length > 0 ? product / length : 0
    }
}
