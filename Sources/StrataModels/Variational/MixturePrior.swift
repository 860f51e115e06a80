import Foundation
import StrataBackend
public import StrataGraph

/// A mixture of Gaussians whose weights, means and variances are learned.
public struct MixturePrior: LatentPrior {
    private let logits: StateVariable
    private let mean: StateVariable
    private let logVariance: StateVariable

    /// - `components`: The Gaussians of the mixture. Sizes below 1 are told where the prior is used.
    public init(latent: Int, components: Int) {
        logits = StateVariable("prior.logits", [components], initializer: .zeros)
        mean = StateVariable(
            "prior.mean", [components, latent], initializer: .normal(mean: 0, standardDeviation: 1))
        logVariance = StateVariable("prior.log_variance", [components, latent], initializer: .zeros)
    }

    public var parameters: [StateVariable] { [logits, mean, logVariance] }

    public func density(_ posterior: (Tensor) -> DiagonalGaussian) -> any LatentDensity {
        GaussianMixtureDensity(
            logits: logits.tensor, components: DiagonalGaussian(mean: mean.tensor, logVariance: logVariance.tensor))
    }
}

/// Σ π_k N(z; μ_k, σ_k²) with π = softmax(logits).
struct GaussianMixtureDensity: LatentDensity {
    /// [components].
    let logits: Tensor
    /// [components, latent].
    let components: DiagonalGaussian

    func logDensity(_ codes: Tensor) -> Tensor {
        let (count, latent) = (logits.shape.first ?? 1, codes.shape.last ?? 1)
        if codes.isInvalid { return codes }
        let pairs: Shape = [codes.shape.first ?? 1, count, latent]
        let each = DiagonalGaussian(
            mean: components.mean.reshape([1, count, latent]),
            logVariance: components.logVariance.reshape([1, count, latent]))
        let distance = (codes.reshape([pairs[0], 1, latent]) - each.mean).squared() * (-each.logVariance).exponential()
        let constant = each.logVariance + Float(log(2 * Double.pi))
        let densities = (distance + constant).sum([2]) * -0.5
        return (densities + logits.logSoftmax(axis: 0)).logSumExp(axis: 1)
    }

    func draws(_ count: Int, key: RandomKey) -> Tensor {
        let kinds = logits.shape.first ?? 1
        let chosen = key.named("component").categorical(
            logits.broadcast(to: [count, kinds], axes: [1]))
        let own = DiagonalGaussian(
            mean: chosen.dot(components.mean), logVariance: chosen.dot(components.logVariance))
        return own.draw(key.normal(own.mean.shape))
    }
}
