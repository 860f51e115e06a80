import StrataBackend
import StrataLinearAlgebra

/// How far codes lie from those of known examples.
enum CodeDistance {
    /// Widths up to which a covariance is decomposed: its time grows with their cube.
    static let widest = 1024

    /// The share of the greatest variance below which a direction of the known codes says nothing.
    private static let tolerance = 1e-6

    /// The squared Mahalanobis distance from the mean of known codes, by their covariance (Lee et al., "A simple unified
    /// framework for detecting out-of-distribution samples and adversarial attacks", 2018, of one class). Directions in
    /// which these do not vary are left out.
    ///
    /// Throws `data` for fewer than 2 known codes.
    static func mahalanobis(_ known: Codes, backend: any Backend) throws -> (Codes) throws -> [Double] {
        try known.require(2, for: "a Mahalanobis distance")
        let (means, width) = (known.moments().means, known.width)
        let covariance = try known.covariance(about: means, backend: backend)
        let (values, vectors) = covariance.symmetricEigen(by: .portable)
        let least = (values.max() ?? 0) * tolerance
        var whitening = vectors
        for (row, value) in values.enumerated() {
            whitening.scaleRow(row, by: value > least && value > 0 ? 1 / value.squareRoot() : 0)
        }
        let directions = whitening.transposed()
        return { codes in
            try codes.requireSameWidth(as: known)
            let centred = Matrix(
                rows: codes.count, columns: width,
                elements: codes.values.enumerated().map { Double($1) - means[$0 % width] })
            let white = centred.times(directions, by: .portable).elements
            return (0..<codes.count).map { row in
                white[row * width..<(row + 1) * width].reduce(0) { $0 + $1 * $1 }
            }
        }
    }

    /// The distance from the k-th nearest of known codes (Sun, Ming, Zhu and Li, "Out-of-distribution detection with deep
    /// nearest neighbors", 2022), or from the farthest where there are fewer.
    ///
    /// Throws `data` where there are no known codes.
    static func nearest(_ known: Codes, neighbours: Int, backend: any Backend) throws -> (Codes) throws -> [Double] {
        try known.require(1, for: "a distance from neighbours")
        return { codes in
            try codes.requireSameWidth(as: known)
            var distances: [Double] = []
            try NearestNeighbours.search(
                codes, among: known, count: min(max(neighbours, 1), known.count), backend: backend
            ) { row, nearest in
                distances.append((nearest.last.map { codes.squaredDistance(row, known, $0) } ?? 0).squareRoot())
            }
            return distances
        }
    }
}
