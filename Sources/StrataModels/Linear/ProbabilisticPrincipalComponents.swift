import Foundation
import StrataBackend
import StrataData
public import StrataGraph
import StrataNN

/// Probabilistic principal component analysis (Tipping and Bishop 1999): x = W z + μ + ε with standard normal z and
/// ε ~ N(0, σ² I), at the maximum of the likelihood, which has a closed form.
///
/// `encode` gives the posterior mean of z.
public struct ProbabilisticPrincipalComponents: EncodingModel, DecodingModel, SamplingModel {
    let subspace: PrincipalSubspace

    /// - `components`: fewer than `features`.
    public init(features: Int, components: Int) {
        subspace = PrincipalSubspace(features: features, components: components)
    }

    public var codeSize: Int { subspace.components }
    public var variables: [StateVariable] { subspace.variables }
    public var minimumExampleCount: Int { codeSize + 2 }
    public var phases: [TrainingPhase] { [subspace.phase] }

    private var features: Int { subspace.features }
    private var variances: Tensor { subspace.variances.tensor }
    /// σ², the mean variance along all other directions.
    private var noise: Tensor { subspace.remainder.tensor / (Float(features) - Float(codeSize)) }

    public var criterion: Criterion { .maximize("log_likelihood") }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        [
            Metric("log_likelihood", logLikelihood(batch.examples)),
            Metric("squared_error", Loss.squaredError(decode(encode(batch.examples)), batch.examples)),
        ]
    }

    /// `log p(x)`, exact, in nats: [batch, features] → [batch].
    func logLikelihood(_ examples: Tensor) -> Tensor {
        let along = subspace.projections(examples).squared()
        // What lies outside the directions, which is never negative but by rounding.
        let outside = ((examples - subspace.mean.tensor).squared().sum([1]) - along.sum([1])).maximum(0)
        let logDeterminant = variances.logarithm().sum() + noise.logarithm() * (Float(features) - Float(codeSize))
        let distance = (along / variances).sum([1]) + outside / noise
        return (distance + logDeterminant + Float(Double(features) * log(2 * Double.pi))) * -0.5
    }

    /// The lengths of the columns of W.
    private var loadings: Tensor { (variances - noise).maximum(0).squareRoot() }

    public func encode(_ examples: Tensor) -> Tensor {
        subspace.projections(examples) * (loadings / variances)
    }

    public func decode(_ codes: Tensor) -> Tensor { subspace.point(codes * loadings) }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        let codes = key.named("codes").normal([count, codeSize])
        let noise = key.named("noise").normal([count, features]) * noise.squareRoot()
        return Sampling(examples: decode(codes) + noise)
    }

    /// `ppca` in the zoo: 30 components, batches of 1,000. `build` throws `usage` where there are no fewer components
    /// than features.
    public static let description = ModelDescription(
        name: "ppca", summary: "probabilistic PCA: PCA with a likelihood (Tipping & Bishop 1999)",
        hyperparameters: [.components],
        batchSize: 1000,
        build: { spec, settings in
            ProbabilisticPrincipalComponents(features: spec.features, components: try spec.factors(settings))
        })
}

extension DataSpec {
    /// The setting `components` of a model that has noise besides; throws `usage` where that leaves it no room.
    func factors(_ settings: Hyperparameters) throws -> Int {
        let components = try components(settings)
        guard components < features else {
            throw StrataError(
                parameter: "components", components,
                "with as many as an example has numbers, nothing is left for the noise")
        }
        return components
    }
}
