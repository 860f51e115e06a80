import Foundation
public import StrataGraph

/// Gaussians over codes with diagonal covariances, one a row: posteriors q(z | x), or the components of a prior.
public struct DiagonalGaussian: Sendable {
    /// [rows, latent].
    public var mean: Tensor
    /// [rows, latent].
    public var logVariance: Tensor

    /// Gaussians of means and variances of the same shape, which is not checked.
    public init(mean: Tensor, logVariance: Tensor) {
        self.mean = mean
        self.logVariance = logVariance
    }

    /// A draw from each, as a function of standard normal noise (the reparameterization of Kingma and Welling 2014):
    /// [rows, latent] → [rows, latent].
    public func draw(_ noise: Tensor) -> Tensor { mean + (logVariance * 0.5).exponential() * noise }

    /// The log density of a code under the Gaussian of its row, in nats: [rows, latent] → [rows].
    public func logDensity(_ codes: Tensor) -> Tensor {
        let distance = (codes - mean).squared() * (-logVariance).exponential()
        return (distance + logVariance + Float(Foundation.log(2 * Double.pi))).sum([1]) * -0.5
    }

    /// The same Gaussians, which the gradient takes for constants.
    var stopped: DiagonalGaussian {
        DiagonalGaussian(mean: mean.stopGradient(), logVariance: logVariance.stopGradient())
    }

    /// KL(self ‖ p) of each row and latent dimension, in nats: [rows, latent].
    func divergence(from p: DiagonalGaussian) -> Tensor {
        let distance = (logVariance.exponential() + (mean - p.mean).squared()) * (-p.logVariance).exponential()
        return (distance + p.logVariance - logVariance - 1) * 0.5
    }

    /// The normalized product of the densities of two rows, in which each mean counts by its precision: [rows, latent].
    func product(_ other: DiagonalGaussian) -> DiagonalGaussian {
        let excess = logVariance - other.logVariance
        // The precisions add up; in logarithms, so that none overflows.
        return DiagonalGaussian(
            mean: mean + (other.mean - mean) * excess.sigmoid(), logVariance: logVariance - excess.softplus())
    }

    /// All rows so many times, one after the other: [copies · rows, latent].
    package func repeated(_ copies: Int) -> DiagonalGaussian {
        DiagonalGaussian(mean: mean.repeatedRows(copies), logVariance: logVariance.repeatedRows(copies))
    }
}

extension Tensor {
    /// All rows so many times, one after the other: [rows, width] → [copies · rows, width].
    package func repeatedRows(_ copies: Int) -> Tensor {
        guard copies != 1, !isInvalid, rank == 2 else { return self }
        let rows = shape[0].saturatingMultiplied(by: copies)
        return broadcast(to: [copies, shape[0], shape[1]], axes: [1, 2]).reshape([rows, shape[1]])
    }
}
