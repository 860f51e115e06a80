import Foundation
import StrataBackend
public import StrataGraph
import StrataNN

/// Probabilistic principal component analysis (Tipping and Bishop 1999): x = W z + μ + ε with standard normal z and
/// ε ~ N(0, σ² I), at the maximum of the likelihood, which has a closed form.
///
/// `encode` gives the posterior mean of z.
public struct ProbabilisticPrincipalComponents: EncodingModel, DecodingModel, SamplingModel {
    let moments: Moments
    let mean: StateVariable
    /// [components, features], orthonormal rows.
    let directions: StateVariable
    /// Of the data, along each direction.
    let variances: StateVariable
    /// σ², the mean variance along all other directions.
    let noise = StateVariable("noise_variance", [], initializer: .constant(1))

    /// - Parameter components: fewer than `features`.
    public init(features: Int, components: Int) {
        moments = Moments(features: features)
        mean = StateVariable("mean", [features], initializer: .zeros)
        directions = StateVariable("components", [components, features], initializer: .zeros)
        variances = StateVariable("variances", [components], initializer: .constant(1))
    }

    public var codeSize: Int { variances.type.shape[0] }
    private var features: Int { moments.features }
    public var variables: [StateVariable] { [mean, directions, variances, noise] }
    public var fewestExamples: Int { codeSize + 2 }

    public var phases: [TrainingPhase] {
        [
            moments.phase {
                let axes = PrincipalAxes(of: moments.covariance, count: codeSize)
                return [
                    Conclusion([
                        (mean, moments.mean.tensor), (directions, axes.directions), (variances, axes.variances),
                        (noise, axes.remainder / Float(features - codeSize)),
                    ])
                ]
            }
        ]
    }

    public func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep { phases[0].step(batch, context) }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        [
            Metric("log_likelihood", logLikelihood(batch.examples)),
            Metric("squared_error", Loss.squaredError(decode(encode(batch.examples)), batch.examples)),
        ]
    }

    /// `log p(x)`, exact, in nats: [batch, features] → [batch].
    func logLikelihood(_ examples: Tensor) -> Tensor {
        let centred = examples - mean.tensor
        let along = centred.dotTransposed(directions.tensor).squared()
        // What lies outside the directions, which is never negative but by rounding.
        let outside = (centred.squared().sum([1]) - along.sum([1])).maximum(0)
        let logDeterminant = variances.tensor.logarithm().sum() + noise.tensor.logarithm() * Float(features - codeSize)
        let distance = (along / variances.tensor).sum([1]) + outside / noise.tensor
        return (distance + logDeterminant + Float(Double(features) * log(2 * Double.pi))) * -0.5
    }

    /// The lengths of the columns of W.
    private var loadings: Tensor { (variances.tensor - noise.tensor).maximum(0).squareRoot() }

    public func encode(_ examples: Tensor) -> Tensor {
        (examples - mean.tensor).dotTransposed(directions.tensor) * (loadings / variances.tensor)
    }

    public func decode(_ codes: Tensor) -> Tensor { (codes * loadings).dot(directions.tensor) + mean.tensor }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        let codes = key.named("codes").normal([count, codeSize])
        let noise = key.named("noise").normal([count, features]) * noise.tensor.squareRoot()
        return Sampling(examples: decode(codes) + noise)
    }

    public static let description = ModelDescription(
        name: "ppca", summary: "probabilistic PCA: PCA with a likelihood (Tipping & Bishop 1999)",
        hyperparameters: [.components],
        batchSize: 1000, learningRate: 1, optimizer: { rate, _ in GradientDescent(learningRate: rate) },
        build: { domain, settings in
            ProbabilisticPrincipalComponents(features: domain.features, components: try domain.factors(settings))
        })
}

extension Domain {
    /// The setting `components` of a model that has noise besides; throws `usage` where that leaves it no room.
    func factors(_ settings: Hyperparameters) throws -> Int {
        let components = try components(settings)
        guard components < features else {
            throw StrataError(
                .usage, "--components \(components): with as many as an example has numbers, nothing is left for the noise")
        }
        return components
    }
}
