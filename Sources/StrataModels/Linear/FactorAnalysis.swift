import Foundation
public import StrataGraph
import StrataNN

/// Factor analysis: x = Λ z + μ + ε with standard normal z and ε ~ N(0, diag ψ), fitted by the EM algorithm of Rubin
/// and Thayer (1982), which needs nothing but the covariance of the examples.
///
/// Unlike the principal components, the factors do not change when a feature is scaled. `encode` gives the posterior
/// mean of z.
public struct FactorAnalysis: EncodingModel, DecodingModel, SamplingModel {
    let moments: Moments
    let mean: StateVariable
    /// Λ: [features, factors].
    let loadings: StateVariable
    /// ψ: [features].
    let uniquenesses: StateVariable
    let iterations: Int

    private let floor: VarianceFloor

    /// - `factors`: fewer than `features`.
    /// - `iterations`: of EM.
    /// - `resolution`: The step between neighbouring values of the data, such as 1/255; 0 for real numbers.
    public init(features: Int, factors: Int, iterations: Int = 200, resolution: Float = 0) {
        floor = VarianceFloor("uniqueness_floor", resolution: resolution)
        moments = Moments(features: features)
        mean = StateVariable("mean", [features], initializer: .zeros)
        loadings = StateVariable("loadings", [features, factors], initializer: .zeros)
        uniquenesses = StateVariable("uniquenesses", [features], initializer: .constant(1))
        self.iterations = iterations
    }

    public var codeSize: Int { loadings.type.shape[1] }
    private var features: Int { moments.features }
    public var variables: [StateVariable] { [mean, loadings, uniquenesses] }
    public var minimumExampleCount: Int { codeSize + 2 }

    public var phases: [TrainingPhase] {
        [moments.phase { [EpochEndUpdate(start), EpochEndUpdate(expectationMaximization, repeats: iterations)] }]
    }

    public var criterion: Criterion { .maximize("log_likelihood") }

    /// Probabilistic PCA's solution: the best of those whose uniquenesses are all equal.
    private var start: Updates {
        let axes = PrincipalAxes(of: moments.covariance, count: codeSize)
        let noise = (axes.remainder / (Float(features) - Float(codeSize))).maximum(least)
        let lengths = (axes.variances - noise).maximum(0).squareRoot()
        return [
            (mean, moments.mean.tensor), (loadings, axes.directions.transpose() * lengths),
            (uniquenesses, noise.broadcast(to: [features], axes: [])),
        ]
    }

    /// One iteration: with β = Λᵀ(ΛΛᵀ + Ψ)⁻¹, E[zzᵀ] = I − βΛ + βSβᵀ; Λ ← Sβᵀ E[zzᵀ]⁻¹, ψ ← diag(S − ΛβS).
    private var expectationMaximization: Updates {
        let beta = posteriorWeights
        let regression = beta.dot(moments.covariance)
        let second = posteriorCovariance + regression.dotTransposed(beta)
        let next = second.solve(regression).transpose()
        let explained = (next * regression.transpose()).sum([1])
        let least = least.broadcast(to: [features], axes: [])
        return [(loadings, next), (uniquenesses, (variances - explained).maximum(least))]
    }

    /// The variance of each feature: [features].
    private var variances: Tensor { (moments.covariance * Tensor.identity(features)).sum([1]) }
    /// What no uniqueness falls below.
    private var least: Tensor { floor.value(meanVariance: variances.mean()) }

    /// ΛᵀΨ⁻¹: [factors, features].
    private var weighted: Tensor { (loadings.tensor / uniquenesses.tensor.reshape([features, 1])).transpose() }

    /// I + ΛᵀΨ⁻¹Λ: [factors, factors], the inverse of the posterior covariance of z.
    private var precision: Tensor { Tensor.identity(codeSize) + weighted.dot(loadings.tensor) }

    private var posteriorCovariance: Tensor { precision.solve(Tensor.identity(codeSize)) }

    /// β: [factors, features], by the Woodbury identity.
    private var posteriorWeights: Tensor { precision.solve(weighted) }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        [
            Metric("log_likelihood", logLikelihood(batch.examples)),
            Metric("squared_error", Loss.squaredError(decode(encode(batch.examples)), batch.examples)),
        ]
    }

    /// `log p(x)`, exact, in nats: [batch, features] → [batch].
    func logLikelihood(_ examples: Tensor) -> Tensor {
        let centred = examples - mean.tensor
        let projected = centred.dotTransposed(weighted)
        let explained = (projected * projected.dot(posteriorCovariance)).sum([1])
        let distance = (centred.squared() / uniquenesses.tensor).sum([1]) - explained
        let diagonal = (precision.cholesky() * Tensor.identity(codeSize)).sum([1])
        let logDeterminant = uniquenesses.tensor.logarithm().sum() + diagonal.logarithm().sum() * 2
        return (distance + logDeterminant + Float(Double(features) * log(2 * Double.pi))) * -0.5
    }

    public func encode(_ examples: Tensor) -> Tensor {
        (examples - mean.tensor).dotTransposed(posteriorWeights)
    }

    public func decode(_ codes: Tensor) -> Tensor { codes.dotTransposed(loadings.tensor) + mean.tensor }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        let codes = key.named("codes").normal([count, codeSize])
        let noise = key.named("noise").normal([count, features]) * uniquenesses.tensor.squareRoot()
        return Sampling(examples: decode(codes) + noise)
    }

    /// `factor-analysis` in the zoo: 30 factors, 200 iterations of EM, batches of 1,000. `build` throws `usage` where
    /// there are no fewer factors than features.
    public static let description = ModelDescription(
        name: "factor-analysis",
        summary: "factor analysis, a noise variance for each feature, by EM (Rubin & Thayer 1982)",
        hyperparameters: [
            .components, Hyperparameter("iterations", .integer(200), in: 0...1_000_000, "iterations of EM"),
        ],
        batchSize: 1000,
        build: { spec, settings in
            FactorAnalysis(
                features: spec.features, factors: try spec.factors(settings),
                iterations: settings.integer("iterations"),
                resolution: spec.resolution)
        })
}
