public import StrataBackend
import StrataLinearAlgebra

/// Examples told by how alike they are to others: the cosines of a code with the codes of anchors (Moschella et al.,
/// "Relative representations enable zero-shot latent space communication", 2023). It is the same for codes that are
/// turned or scaled, and so may be compared between models.
public enum RelativeRepresentation {
    /// The cosines of codes with anchors: [codes.count, anchors.count]; those of a code or an anchor of length 0 are 0.
    ///
    /// Throws `shape` for anchors of another width, `data` where there are none.
    public static func cosines(_ codes: Codes, to anchors: Codes) throws -> Codes {
        try codes.requireSameWidth(as: anchors)
        try anchors.require(1, for: "a relative representation")
        func directions(_ codes: Codes) -> [[Double]] {
            (0..<codes.count).map { row in
                let values = codes.values[row * codes.width..<(row + 1) * codes.width].map(Double.init)
                let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
                return length > 0 ? values.map { $0 / length } : values
            }
        }
        let (rows, columns) = (directions(codes), directions(anchors))
        let cosines = rows.flatMap { row in
            columns.map { column in Float(zip(row, column).reduce(0) { $0 + $1.0 * $1.1 }) }
        }
        return try Codes(cosines, width: anchors.count)
    }

    /// How often the example with the nearest relative representation in the other model is the same example.
    public static func agreement(_ first: Codes, _ second: Codes, backend: any Backend) throws -> Double {
        try first.requireSameWidth(as: second)
        var right = 0
        try NearestNeighbours.search(first, among: second, count: 1, backend: backend) { row, nearest in
            if nearest.first == row { right += 1 }
        }
        return Double(right) / Double(max(first.count, 1))
    }
}

/// The affine map between two models' codes of the same examples, the anchors, that is best in the least squares
/// (Maiorca et al., "Latent space translation via semantic alignment", 2023).
public struct LatentTranslation: Sendable {
    private let weights: Matrix
    private let means: (from: [Double], to: [Double])

    /// The share of the greatest eigenvalue below which a direction of the anchors' codes says nothing.
    private static let tolerance = 1e-6

    /// Throws `shape` where there are not as many codes of either, `data` for fewer than 2.
    public init(from codes: Codes, to others: Codes) throws {
        guard codes.count == others.count else {
            throw StrataError(.shape, "\(codes.count) codes and \(others.count) are not of the same examples")
        }
        try codes.require(2, for: "a translation of codes")
        means = (codes.moments().means, others.moments().means)
        func centred(_ codes: Codes, _ means: [Double]) -> Matrix {
            Matrix(
                rows: codes.count, columns: codes.width,
                elements: codes.values.enumerated().map { Double($1) - means[$0 % codes.width] })
        }
        let (x, y) = (centred(codes, means.from), centred(others, means.to))
        let (values, vectors) = x.transposed().times(x, by: .portable).symmetricEigen(by: .portable)
        let least = (values.max() ?? 0) * Self.tolerance
        var scaled = vectors
        for (row, value) in values.enumerated() { scaled.scaleRow(row, by: value > least && value > 0 ? 1 / value : 0) }
        weights = vectors.transposed().times(
            scaled.times(x.transposed().times(y, by: .portable), by: .portable), by: .portable)
    }

    /// What the other model's codes would be. Throws `shape` for codes of another width.
    public func callAsFunction(_ codes: Codes) throws -> Codes {
        guard codes.width == weights.rows else {
            throw StrataError(.shape, "codes of \(codes.width) numbers are not the \(weights.rows) that were aligned")
        }
        let x = Matrix(
            rows: codes.count, columns: codes.width,
            elements: codes.values.enumerated().map { Double($1) - means.from[$0 % codes.width] })
        let y = x.times(weights, by: .portable)
        return try Codes(
            y.elements.enumerated().map { Float($1 + means.to[$0 % weights.columns]) }, width: weights.columns)
    }
}
