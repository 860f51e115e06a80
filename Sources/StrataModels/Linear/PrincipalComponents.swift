import StrataBackend
import StrataData
public import StrataGraph
import StrataNN

/// Principal component analysis (Pearson 1901; Hotelling 1933): the directions along which examples vary most.
///
/// The covariance is added up in one pass, batch by batch, and decomposed at its end, or the axes are brought up to date
/// with each batch; so the data may be larger than memory. With `isWhitening` every number of a code has variance 1.
public struct PrincipalComponents: EncodingModel, DecodingModel {
    let subspace: PrincipalSubspace
    let isWhitening: Bool

    /// - `components`: no more than `features`.
    public init(features: Int, components: Int, isWhitening: Bool = false, solver: PrincipalSolver = .eigh) {
        subspace = PrincipalSubspace(features: features, components: components, solver: solver)
        self.isWhitening = isWhitening
    }

    public var codeSize: Int { subspace.components }
    public var variables: [StateVariable] { subspace.variables }
    public var minimumExampleCount: Int { codeSize + 1 }
    public var phases: [TrainingPhase] { [subspace.phase] }

    public var criterion: Criterion { .minimize("squared_error") }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let explained = subspace.variances.tensor.sum()
        return [
            Metric("squared_error", Loss.squaredError(decode(encode(batch.examples)), batch.examples)),
            Metric("explained_variance_ratio", explained / (explained + subspace.remainder.tensor)),
        ]
    }

    public func encode(_ examples: Tensor) -> Tensor {
        let codes = subspace.projections(examples)
        return isWhitening ? codes / deviations : codes
    }

    public func decode(_ codes: Tensor) -> Tensor {
        subspace.point(isWhitening ? codes * deviations : codes)
    }

    /// Of the codes; a direction without variance is left as it is.
    private var deviations: Tensor {
        let variances = subspace.variances.tensor
        return variances.greater(0).select(variances.squareRoot(), .constant(1, [codeSize]))
    }

    /// `pca` in the zoo: 30 components, not whitened, batches of 1,000. `build` throws `usage` where there are more
    /// components than features.
    public static let description = ModelDescription(
        name: "pca", summary: "principal component analysis, in one pass (Hotelling 1933)",
        hyperparameters: [
            .components,
            Hyperparameter("whiten", .flag(false), in: 0...1, "scale the codes to variance 1"),
            Hyperparameter(
                "solver", PrincipalSolver.eigh,
                "eigenvectors of the covariance, or singular values batch by batch, in less memory"),
        ],
        batchSize: 1000,
        build: { spec, settings in
            PrincipalComponents(
                features: spec.features, components: try spec.components(settings),
                isWhitening: settings.flag("whiten"),
                solver: settings.choice("solver", PrincipalSolver.eigh))
        })
}

extension Hyperparameter {
    static let components = Hyperparameter("components", .integer(30), in: 1...65536, "latent dimensions")
}

extension DataSpec {
    /// The setting `components`; throws `usage` where examples have fewer numbers.
    func components(_ settings: Hyperparameters) throws -> Int {
        let components = settings.integer("components")
        guard components <= features else {
            throw StrataError(
                parameter: "components", components, "examples of this data have only \(features) numbers")
        }
        return components
    }
}
