import Foundation
public import StrataGraph
import StrataNN

/// p(z): the prior of a variational autoencoder over its codes.
public protocol LatentPrior: Sendable {
    /// What gradients change.
    var parameters: [StateVariable] { get }
    /// The distribution, given the encoder: from examples [rows, features] to their posteriors.
    func density(_ posterior: (Tensor) -> DiagonalGaussian) -> any LatentDensity
}

/// A distribution over codes.
public protocol LatentDensity {
    /// log p(z) in nats: [rows, latent] → [rows].
    func logDensity(_ codes: Tensor) -> Tensor
    /// Codes of the distribution: [count, latent].
    func draws(_ count: Int, key: RandomKey) -> Tensor
    /// KL(q ‖ p) of each row in nats, of each latent dimension [rows, latent] where there is a closed form; else the
    /// estimate log q(z) − log p(z) of one draw from each [rows, 1].
    func divergence(from posterior: DiagonalGaussian, at codes: Tensor) -> Tensor
}

extension LatentDensity {
    public func divergence(from posterior: DiagonalGaussian, at codes: Tensor) -> Tensor {
        let difference = posterior.logDensity(codes) - logDensity(codes)
        return difference.isInvalid ? difference : difference.reshape([difference.shape.elementCount, 1])
    }
}

/// The standard normal prior.
public struct NormalPrior: LatentPrior {
    private let latent: Int

    /// - `latent`: Latent dimensions.
    public init(latent: Int) { self.latent = latent }

    public var parameters: [StateVariable] { [] }
    public func density(_ posterior: (Tensor) -> DiagonalGaussian) -> any LatentDensity {
        StandardNormal(latent: latent)
    }
}

/// Independent standard normal numbers.
struct StandardNormal: LatentDensity {
    let latent: Int

    func logDensity(_ codes: Tensor) -> Tensor {
        (codes.squared() + Float(log(2 * Double.pi))).sum([1]) * -0.5
    }

    func draws(_ count: Int, key: RandomKey) -> Tensor { key.normal([count, latent]) }

    /// Kingma and Welling 2014, appendix B.
    func divergence(from posterior: DiagonalGaussian, at codes: Tensor) -> Tensor {
        let (mean, logVariance) = (posterior.mean, posterior.logVariance)
        return (mean.squared() + logVariance.exponential() - logVariance - 1) * 0.5
    }
}
