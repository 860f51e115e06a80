import Foundation
import StrataGraph

/// What codes drawn from the posteriors of a batch tell of its examples: the terms of bounds on log p(x).
struct VariationalBound {
    /// Codes drawn for each example.
    let draws: Int
    /// q(z | x) of each draw's example: [draws · batch, latent].
    let posterior: DiagonalGaussian
    /// p(z).
    let prior: any LatentDensity
    /// The codes as functions of the encoder, the first draw of all examples before the second: [draws · batch, latent].
    let drawn: Tensor
    /// The same codes as the terms below take them, which a doubly reparameterized gradient holds constant.
    let codes: Tensor
    /// log p(x | z): [draws · batch].
    let reconstructions: Tensor
    /// KL(q(z | x) ‖ p(z)) of each latent dimension, or of the whole code: [draws · batch, dimensions].
    let divergences: Tensor
    /// log p(x, z) − log q(z | x): [draws, batch].
    let logWeights: Tensor

    /// Means over the draws: [batch].
    var reconstruction: Tensor { perExample(reconstructions) }
    /// Means over the draws: [batch].
    var divergence: Tensor { perExample(divergences.sum([1])) }

    /// Means over the draws: [draws · batch] → [batch].
    func perExample(_ rows: Tensor) -> Tensor {
        draws == 1 || rows.isInvalid ? rows : rows.reshape([draws, rows.shape.elementCount / draws]).mean([0])
    }

    /// The importance-weighted bound (Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders", 2016): [batch].
    var importanceWeighted: Tensor { Self.importanceWeighted(logWeights) }

    /// `log 1/K Σ_k w_k` of the logarithms of weights [draws, batch]: [batch]. Its mean is log p(x) at most, and comes
    /// nearer to it the more draws there are.
    static func importanceWeighted(_ logWeights: Tensor) -> Tensor {
        logWeights.logSumExp(axis: 0) - Float(log(Double(logWeights.shape.first ?? 1)))
    }
}

extension VariationalBound {
    /// The terms of draws from q(z | x), which `posterior` is for each of them.
    ///
    /// - `held`: Codes and posteriors as the weights take them; what they are where `nil`.
    init(
        draws: Int = 1, posterior: DiagonalGaussian, prior: any LatentDensity, drawn: Tensor,
        held: (codes: Tensor, posterior: DiagonalGaussian)? = nil, reconstructions: Tensor
    ) {
        (self.draws, self.posterior, self.prior, self.drawn) = (draws, posterior, prior, drawn)
        self.reconstructions = reconstructions
        codes = held?.codes ?? drawn
        divergences = prior.divergence(from: posterior, at: codes)
        let weights = reconstructions + prior.logDensity(codes) - (held?.posterior ?? posterior).logDensity(codes)
        logWeights = weights.isInvalid ? weights : weights.reshape([draws, weights.shape.elementCount / draws])
    }
}
