#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
public import StrataBackend

/// In how many dimensions codes lie. All are 0 for codes that do not tell: that never vary or, of those by neighbours,
/// of fewer than three different ones, or all equally far apart.
public enum Dimensionality {
    /// The participation ratio (Σλ)² / Σλ² of the eigenvalues of the codes' covariance C, which is tr(C)² / ‖C‖²_F: the
    /// dimensions that a linear code of equal variances would have (Gao et al., "A theory of multineuronal
    /// dimensionality, dynamics and measurement", 2017).
    ///
    /// Throws `data` for fewer than 2 examples.
    public static func participationRatio(_ codes: Codes, backend: any Backend) throws -> Double {
        try codes.require(2, for: "the participation ratio")
        guard let centred = codes.centred() else { return 0 }
        let trace = centred.moments().variances.reduce(0, +) * Double(codes.count)
        return trace * trace / (try CrossProducts(backend).squaredNorm(centred, centred))
    }

    /// The intrinsic dimension by two nearest neighbours: the slope of −log(1 − F) over log μ through the origin, for
    /// the ratio μ of the distances to the second and the first neighbour and its empirical distribution F, without the
    /// largest tenth (Facco, d'Errico, Rodriguez and Laio, "Estimating the intrinsic dimension of datasets by a minimal
    /// neighborhood information", 2017).
    public static func twoNearestNeighbours(_ distances: NeighbourDistances) -> Double {
        let ratios = distances.rows.filter { $0.count > 1 }.map { log($0[1] / $0[0]) }.sorted()
        var (products, squares) = (0.0, 0.0)
        for (position, ratio) in ratios.prefix(Int(0.9 * Double(ratios.count))).enumerated() {
            products -= ratio * log(1 - Double(position + 1) / Double(ratios.count))
            squares += ratio * ratio
        }
        return squares > 0 ? products / squares : 0
    }

    /// The intrinsic dimension by maximum likelihood (Levina and Bickel, "Maximum likelihood estimation of intrinsic
    /// dimension", 2004), from as many neighbours as there are distances: the inverse of the mean over examples, as
    /// MacKay and Ghahramani put right in 2005, of the mean of log(Tₖ / Tⱼ) over the neighbours j < k.
    public static func maximumLikelihood(_ distances: NeighbourDistances) -> Double {
        var (sum, terms) = (0.0, 0)
        for row in distances.rows {
            guard let farthest = row.last, row.count > 1 else { continue }
            for distance in row.dropLast() { sum += log(farthest / distance) }
            terms += row.count - 1
        }
        return sum > 0 ? Double(terms) / sum : 0
    }
}
