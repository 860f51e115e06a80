public import StrataGraph

/// Squared distances of covariances of codes from those of independent ones of variance 1: DIP-VAE (Kumar, Sattigeri and
/// Balakrishnan, "Variational inference of disentangled latent concepts from unlabeled observations", 2018),
/// `λ Σ_{i≠j} C_ij² + λ_d Σ_i (C_ii − 1)²` over the covariances C of a batch.
public struct MomentPenalty: LatentRegularizer {
    /// The covariances of which numbers.
    public enum Codes: Sendable, Hashable {
        /// The means of the posteriors, `Cov[μ(x)]`: DIP-VAE-I.
        case means
        /// Codes of the aggregate posterior, `Cov[μ(x)] + E[σ²(x)]`: DIP-VAE-II.
        case draws
    }

    private let codes: Codes
    private let weight: Float
    private let diagonalWeight: Float

    /// - Parameters:
    ///   - codes: Of what the moments are.
    ///   - weight: The λ of covariances.
    ///   - diagonalWeight: The λ_d of variances.
    public init(_ codes: Codes, weight: Float, diagonalWeight: Float) {
        self.codes = codes
        self.weight = weight
        self.diagonalWeight = diagonalWeight
    }

    public func penalty(
        _ posterior: DiagonalGaussian, at draws: Tensor, prior: any LatentDensity
    ) -> (value: Tensor, metrics: [Metric]) {
        let mean = posterior.mean
        guard mean.rank == 2, !mean.isInvalid else {
            return (.invalid("moments: the means are \(mean.shape)", of: mean), [])
        }
        let centred = mean - mean.mean([0], keepingAxes: true)
        let products = centred.dot(centred, DotAxes(leftContract: [0], rightContract: [0]))
        let covariance = products * (1 / Float(mean.shape[0]))
        let unit = Tensor.identity(mean.shape[1])
        var variances = centred.squared().mean([0])
        if codes == .draws { variances = variances + posterior.logVariance.exponential().mean([0]) }
        let covariances = unit.select(.constant(0, covariance.shape), covariance).squared().sum()
        let excess = (variances - 1).squared().sum()
        return (
            covariances * weight + excess * diagonalWeight,
            [Metric("squared_covariance", covariances), Metric("squared_excess_variance", excess)]
        )
    }
}
