public import StrataBackend
import StrataCompiler
import StrataGraph

/// How the neighbourhoods of real examples and of samples overlap, a neighbourhood being the ball round an example that
/// reaches to its k-th nearest of its own set.
///
/// Precision and recall are of Kynkäänniemi et al. ("Improved precision and recall metric for assessing generative
/// models", 2019), density and coverage of Naeem et al. ("Reliable fidelity and diversity metrics for generative
/// models", 2020).
public struct Neighbourhoods: Sendable, Hashable {
    /// The share of samples within the neighbourhood of a real example: whether samples are real.
    public let precision: Double
    /// The share of real examples within the neighbourhood of a sample: whether samples are all there is.
    public let recall: Double
    /// The mean number of real neighbourhoods that a sample is in, over k: 1 for equal distributions, and not upset by
    /// a real example far out.
    public let density: Double
    /// The share of real neighbourhoods with a sample in them.
    public let coverage: Double

    /// The overlap of two sets of features.
    ///
    /// Throws `data` for no more than k examples in a set, `usage` for a k below 1, `shape` for features of different
    /// widths. Time grows with the product of both numbers of examples.
    public init(real: Codes, samples: Codes, neighbours: Int = 5, backend: any Backend) throws {
        guard neighbours > 0 else {
            throw StrataError(parameter: "neighbours", neighbours, "a neighbourhood reaches to the first at least")
        }
        try real.requireSameWidth(as: samples)
        let realRadii = try Self.radii(real, neighbours, backend)
        let sampleRadii = try Self.radii(samples, neighbours, backend)
        var (balls, isNear) = ([Int](repeating: 0, count: samples.count), [Bool](repeating: false, count: real.count))
        var isCovered = isNear
        try Self.distances(real, samples, backend) { row, column, distance in
            if distance.isAtMost(realRadii[row]) {
                balls[column] += 1
                isCovered[row] = true
            }
            if distance.isAtMost(sampleRadii[column]) { isNear[row] = true }
        }
        func share(_ count: Int, _ all: Int) -> Double { Double(count) / Double(max(all, 1)) }
        precision = share(balls.count { $0 > 0 }, samples.count)
        recall = share(isNear.count { $0 }, real.count)
        density = share(balls.reduce(0, +), samples.count * neighbours)
        coverage = share(isCovered.count { $0 }, real.count)
    }

    /// The squared distance of each row from its k-th nearest other.
    private static func radii(_ codes: Codes, _ neighbours: Int, _ backend: any Backend) throws -> [Double] {
        try codes.require(neighbours + 1, for: "a neighbourhood of \(neighbours)")
        var radii = [Double](repeating: 0, count: codes.count)
        try NearestNeighbours.search(codes, among: codes, count: neighbours + 1, backend: backend) { row, nearest in
            // Itself is among them, but where others are equal to it and came first.
            let others = nearest.filter { $0 != row }.prefix(neighbours)
            radii[row] = others.last.map { codes.squaredDistance(row, codes, $0) } ?? 0
        }
        return radii
    }

    /// A squared distance in single precision, which is computed anew from differences where its error could decide.
    private struct Distance {
        var estimate: Double
        var error: Double
        var exact: () -> Double

        func isAtMost(_ radius: Double) -> Bool {
            abs(estimate - radius) > error ? estimate < radius : exact() <= radius
        }
    }

    /// The share of the squared lengths of two rows by which their distance may be wrong.
    private static let relativeError = 1e-5

    /// The squared distance of each row from each other, about the mean of the rows so that it does not matter where they
    /// lie.
    private static func distances(
        _ rows: Codes, _ others: Codes, _ backend: any Backend, _ found: (Int, Int, Distance) -> Void
    ) throws {
        let means = rows.moments().means
        let (centredRows, centredOthers) = (
            rows.mapped { Float(Double($1) - means[$0]) }, others.mapped { Float(Double($1) - means[$0]) }
        )
        let (rowLengths, otherLengths) = (centredRows.squaredLengths, centredOthers.squaredLengths)
        let session = Session(backend: backend)
        let table = Tensor.input("others", [others.count, others.width])
        try centredOthers.values.withUnsafeBytes {
            try session.place("others", .init([others.count, others.width], .float32), $0)
        }
        let batch = max(1, min(rows.count, 4_000_000 / max(others.count, 1)))
        for start in stride(from: 0, to: rows.count, by: batch) {
            let count = min(batch, rows.count - start)
            let function = try session.prepare(
                Graph(outputs: [("products", Tensor.input("rows", [count, rows.width]).dotTransposed(table))]))
            try function.write("rows", Array(centredRows.values[start * rows.width..<(start + count) * rows.width]))
            try function.run()
            try function.read("products").withUnsafeBufferPointer { products in
                for row in 0..<count {
                    for column in 0..<others.count {
                        let lengths = rowLengths[start + row] + otherLengths[column]
                        let estimate = lengths - 2 * Double(products[row * others.count + column])
                        let distance = Distance(estimate: estimate, error: relativeError * lengths) {
                            rows.squaredDistance(start + row, others, column)
                        }
                        found(start + row, column, distance)
                    }
                }
            }
        }
    }
}

extension Codes {
    fileprivate var squaredLengths: [Double] {
        (0..<count).map { row in
            values[row * width..<(row + 1) * width].reduce(0) { $0 + Double($1) * Double($1) }
        }
    }
}
