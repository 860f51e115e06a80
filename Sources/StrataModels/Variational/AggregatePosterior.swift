import Foundation
import StrataGraph

/// The aggregate posterior of N examples, `q(z) = 1/N Σ q(z | x_n)`, at codes of a batch of them, estimated from the batch
/// (Chen et al., "Isolating sources of disentanglement in variational autoencoders", 2018).
///
/// The mean divergence of the posteriors from a prior falls into three parts, which add up to `log q(z | x) − log p(z)`.
struct AggregatePosterior {
    /// How a batch of M + 1 examples stands for all N.
    enum Estimator: String, Sendable, Hashable, CaseIterable {
        /// The code's own example counts 1/N, as it does among all, and each of the M others (N − 1)/(N M): an unbiased
        /// estimate of q(z). It is the mean of the paper's, which singles out one of the others, over which of them that is.
        case stratified
        /// Every example of the batch counts 1/N(M + 1), whose E log q(z) is a lower bound. Beside plain means over the batch
        /// the total correlation is (latent − 1) log N more, a constant that no gradient sees.
        case weighted

        /// The logarithms of the weights of the examples (columns) in the sum for a code of each: [batch, batch].
        func logWeights(_ batch: Int, of examples: Int) -> Tensor {
            let (size, all) = (Double(max(batch, 1)), Double(max(examples, batch, 2)))
            switch self {
            case .weighted: return .constant(Float(-log(size * all)), [batch, batch])
            case .stratified:
                let other = Float(log((all - 1) / (all * max(size - 1, 1))))
                return Tensor.identity(batch).select(
                    .constant(Float(-log(all)), [batch, batch]), .constant(other, [batch, batch]))
            }
        }
    }

    /// log q(z | x) of each code and its example: [batch].
    private let conditional: Tensor
    /// log q(z): [batch].
    private let joint: Tensor
    /// Σ_j log q(z_j): [batch].
    private let marginal: Tensor

    /// - Parameters:
    ///   - posterior: q(z | x) of each example of a batch.
    ///   - codes: A draw from each, [batch, latent].
    ///   - examples: The N examples of which the batch is a part; as many as the batch has where it is more.
    init(_ posterior: DiagonalGaussian, at codes: Tensor, examples: Int, estimator: Estimator = .stratified) {
        guard codes.rank == 2, !codes.isInvalid else {
            let invalid = Tensor.invalid("aggregate posterior: the codes are \(codes.shape)", of: codes)
            (conditional, joint, marginal) = (invalid, invalid, invalid)
            return
        }
        let (batch, latent) = (codes.shape[0], codes.shape[1])
        // The log density of each dimension of each code (rows) under the posterior of each example (columns).
        let (mean, logVariance) = (
            posterior.mean.reshape([1, batch, latent]), posterior.logVariance.reshape([1, batch, latent])
        )
        let distance = (codes.reshape([batch, 1, latent]) - mean).squared() * (-logVariance).exponential()
        let densities = (distance + (logVariance + Float(log(2 * Double.pi)))) * -0.5
        let weights = estimator.logWeights(batch, of: examples)
        conditional = posterior.logDensity(codes)
        joint = (densities.sum([2]) + weights).logSumExp(axis: 1)
        marginal = (densities + weights.reshape([batch, batch, 1])).logSumExp(axis: 1).sum([1])
    }

    /// log q(z | x) − log q(z), whose mean is the mutual information of examples and codes, in nats: [batch].
    var mutualInformation: Tensor { conditional - joint }
    /// log q(z) − Σ_j log q(z_j), whose mean is the total correlation of the latent dimensions, in nats: [batch].
    var totalCorrelation: Tensor { joint - marginal }
    /// Σ_j log q(z_j) − log p(z), whose mean is the sum of the divergences of the dimensions from a prior that is
    /// independent over them, in nats: [batch].
    func dimensionDivergence(from prior: any LatentDensity, at codes: Tensor) -> Tensor {
        marginal - prior.logDensity(codes)
    }
}
