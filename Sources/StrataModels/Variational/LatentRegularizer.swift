public import StrataGraph

/// What training adds to the negative evidence lower bound so that latent dimensions come to stand for independent factors: a
/// penalty on the aggregate posterior `q(z) = E q(z | x)`.
///
/// ```
/// let objective = VariationalObjective(regularizer: TotalCorrelationPenalty(weight: 5, examples: 60_000))
/// ```
public protocol LatentRegularizer: Sendable {
    /// What is added to the loss of a batch, a scalar, and what is reported of it.
    ///
    /// - `posterior`: q(z | x) of each example; `codes`: a draw from each, [batch, latent].
    func penalty(
        _ posterior: DiagonalGaussian, at codes: Tensor, prior: any LatentDensity
    ) -> (value: Tensor, metrics: [Metric])
    /// What a step does besides, after the autoencoder has moved; none where nothing else is learned.
    ///
    /// - `codes`: New draws from the posteriors of a batch, [batch, latent], constant to the gradient.
    func moves(_ codes: @escaping @Sendable (Batch, StepContext) -> Tensor) -> [Move]
}

extension LatentRegularizer {
    public func moves(_ codes: @escaping @Sendable (Batch, StepContext) -> Tensor) -> [Move] { [] }
}
