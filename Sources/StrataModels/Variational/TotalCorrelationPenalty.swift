public import StrataGraph

/// The total correlation of the latent dimensions, `KL(q(z) ‖ Π q(z_j))`, estimated from the posteriors of a batch: the
/// β-TC-VAE (Chen et al., "Isolating sources of disentanglement in variational autoencoders", 2018), whose β is the weight
/// here and 1 more.
public struct TotalCorrelationPenalty: LatentRegularizer {
    private let weight: Float
    private let examples: Int
    private let estimator: AggregatePosterior.Estimator

    /// - Parameters:
    ///   - weight: Of the total correlation beside the negative evidence lower bound, which holds it once already.
    ///   - examples: The training examples of which a batch is a part.
    public init(weight: Float, examples: Int) { self.init(weight: weight, examples: examples, estimator: .stratified) }

    init(weight: Float, examples: Int, estimator: AggregatePosterior.Estimator) {
        self.weight = weight
        self.examples = examples
        self.estimator = estimator
    }

    public func penalty(
        _ posterior: DiagonalGaussian, at codes: Tensor, prior: any LatentDensity
    ) -> (value: Tensor, metrics: [Metric]) {
        let aggregate = AggregatePosterior(posterior, at: codes, examples: examples, estimator: estimator)
        return (
            aggregate.totalCorrelation.mean() * weight,
            [
                Metric("mutual_information", aggregate.mutualInformation),
                Metric("total_correlation", aggregate.totalCorrelation),
                Metric("dimension_divergence", aggregate.dimensionDivergence(from: prior, at: codes)),
            ]
        )
    }
}
