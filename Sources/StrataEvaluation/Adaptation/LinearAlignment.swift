public import StrataBackend
import StrataLinearAlgebra

/// A linear map, in closed form, that makes the codes of a source domain like those of a target: a classifier of the mapped
/// source is used on the mapped target.
public enum LinearAlignment: String, Sendable, Hashable, CaseIterable {
    /// Both domains about their own means, nothing else.
    case centred
    /// The source is whitened and given the covariance of the target (Sun, Feng and Saenko, "Return of frustratingly easy
    /// domain adaptation", 2016). Both domains lie about their own means, and both covariances have their mean variance added
    /// to the diagonal, which of standardized codes is the paper's unit matrix.
    case correlation = "coral"
    /// The principal subspace of the source is turned onto that of the target (Fernando, Habrard, Sebban and Tuytelaars,
    /// "Unsupervised visual domain adaptation using subspace alignment", 2013).
    case subspace

    /// Dimensions of a subspace, where codes have as many.
    private static let dimensions = 80

    /// Codes of both domains after the map, [count, width] each, or [count, dimensions] of subspaces.
    ///
    /// Throws `shape` for codes of different widths, `data` for fewer than two of either domain. Time grows with the cube of
    /// the width.
    public func callAsFunction(
        source: Codes, target: Codes, backend: any Backend
    ) throws -> Aligned {
        try source.requireSameWidth(as: target)
        for codes in [source, target] { try codes.require(2, for: "an alignment of domains") }
        let width = source.width
        let identity = Matrix(identity: width, width)
        if self == .centred { return Aligned(source, identity, target, identity) }
        let spread = try [source, target].map { codes in
            try codes.covariance(about: codes.moments().means, backend: backend).symmetricEigen(by: .portable)
        }
        let (own, other) = (spread[0], spread[1])
        switch self {
        case .centred: return Aligned(source, identity, target, identity)
        case .correlation:
            func power(_ eigen: (values: [Double], vectors: Matrix), _ exponent: Double) -> Matrix {
                let added = max(eigen.values.reduce(0, +) / Double(width), .leastNormalMagnitude)
                var scaled = eigen.vectors
                for row in 0..<width {
                    let root = (max(eigen.values[row], 0) + added).squareRoot()
                    scaled.scaleRow(row, by: exponent < 0 ? 1 / root : root)
                }
                return eigen.vectors.transposed().times(scaled, by: .portable)
            }
            return Aligned(
                source, power(own, -0.5).times(power(other, 0.5), by: .portable), target, identity)
        case .subspace:
            let count = min(width, Self.dimensions)
            func basis(_ eigen: (values: [Double], vectors: Matrix)) -> Matrix {
                let leading = eigen.values.indices.sorted { eigen.values[$0] > eigen.values[$1] }.prefix(count)
                return Matrix(
                    rows: count, columns: width,
                    elements: leading.flatMap { Array(eigen.vectors.elements[$0 * width..<($0 + 1) * width]) })
            }
            let (first, second) = (basis(own), basis(other))
            let turned = first.times(second.transposed(), by: .portable)
            return Aligned(
                source, first.transposed().times(turned, by: .portable), target, second.transposed())
        }
    }

    /// The map of each domain: its means are taken off, and what is left is multiplied by its matrix.
    public struct Aligned: Sendable {
        private let means: [[Double]]
        private let matrices: [Matrix]

        init(_ source: Codes, _ first: Matrix, _ target: Codes, _ second: Matrix) {
            means = [source.moments().means, target.moments().means]
            matrices = [first, second]
        }

        /// Codes of the source, mapped.
        public func source(_ codes: Codes, backend: any Backend) throws -> Codes {
            try codes.transformed(about: means[0], by: matrices[0], backend: backend)
        }

        /// Codes of the target, mapped.
        public func target(_ codes: Codes, backend: any Backend) throws -> Codes {
            try codes.transformed(about: means[1], by: matrices[1], backend: backend)
        }
    }
}
