import StrataBackend
public import StrataGraph
import StrataNN

/// Independent component analysis by FastICA (Hyvärinen, "Fast and robust fixed-point algorithms for independent
/// component analysis", 1999): symmetric, with log cosh as its measure of how far from Gaussian a direction is.
///
/// A first pass finds the principal subspace; every pass after that is one fixed-point iteration for all components.
public struct IndependentComponents: EncodingModel, DecodingModel {
    let subspace: PrincipalSubspace
    /// [components, components], orthogonal: whitened examples to sources.
    let unmixing: StateVariable
    private let products: StateVariable
    private let derivatives: StateVariable
    private let count: StateVariable
    let iterations: Int

    /// A model of so many sources, no more than `features`, which is not checked.
    ///
    /// - `iterations`: Passes through the examples after the first, one fixed-point iteration each.
    public init(features: Int, components: Int, iterations: Int = 50) {
        subspace = PrincipalSubspace(features: features, components: components)
        unmixing = StateVariable(
            "unmixing", [components, components], initializer: .normal(mean: 0, standardDeviation: 1))
        products = StateVariable("ica_products", [components, components], initializer: .zeros)
        derivatives = StateVariable("ica_slopes", [components], initializer: .zeros)
        count = StateVariable("ica_count", [], initializer: .zeros)
        self.iterations = iterations
    }

    public var codeSize: Int { subspace.components }
    public var variables: [StateVariable] { subspace.variables + [unmixing] }
    public var minimumExampleCount: Int { codeSize + 1 }

    public var phases: [TrainingPhase] {
        var first = subspace.phase
        first.epochEnd = { [epochEnd = first.epochEnd] in
            epochEnd($0) + [EpochEndUpdate([(unmixing, orthogonal(unmixing.tensor))])]
        }
        return [
            first,
            TrainingPhase(
                epochs: iterations, hint: "try fewer components", statistics: statistics,
                epochEnd: { _ in [EpochEndUpdate(moved)] }),
        ]
    }

    public var criterion: Criterion { .minimize("squared_error") }

    /// Adds up E[z g(w·z)] and E[g'(w·z)] for g = tanh.
    private func statistics(_ batch: Batch, _ context: StepContext) -> TrainingPhase.Statistics {
        let z = whitened(batch.examples)
        let g = z.dotTransposed(unmixing.tensor).tanh()
        return .init(
            [
                (products, products.tensor + g.dot(z, DotAxes(leftContract: [0], rightContract: [0]))),
                (derivatives, derivatives.tensor + (1 - g.squared()).sum([0])),
                (count, count.tensor + Float(batch.count)),
            ], metrics: [contrast(batch.examples)])
    }

    /// w ← E[z g(w·z)] − E[g'(w·z)] w for all, made orthogonal again.
    private var moved: Updates {
        let next = (products.tensor - derivatives.tensor.reshape([codeSize, 1]) * unmixing.tensor) / count.tensor
        return [
            (unmixing, orthogonal(next)), (products, .constant(0, products.type.shape)),
            (derivatives, .constant(0, [codeSize])), (count, .constant(0)),
        ]
    }

    /// (W Wᵀ)^−½ W, the orthogonal matrix nearest to W: of its singular value decomposition U S Vᵀ, the product U Vᵀ.
    private func orthogonal(_ weights: Tensor) -> Tensor {
        let (u, _, vt) = weights.singularValueDecomposition()
        return u.dot(vt)
    }

    private func whitened(_ x: Tensor) -> Tensor { subspace.projections(x) / deviations }

    private var deviations: Tensor {
        let variances = subspace.variances.tensor
        return variances.greater(0).select(variances.squareRoot(), .constant(1, [codeSize]))
    }

    /// The mean of log cosh over the components, 0.3746 if they were Gaussian.
    private func contrast(_ examples: Tensor) -> Metric {
        let s = encode(examples).absolute()
        // Without overflow.
        return Metric("log_cosh", (s + (s * -2).exponential().logarithmOnePlus() - 0.693_147_18).mean([1]))
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        [
            Metric("squared_error", Loss.squaredError(decode(encode(batch.examples)), batch.examples)),
            contrast(batch.examples),
        ]
    }

    /// The sources, each of variance 1: [batch, features] → [batch, components].
    public func encode(_ examples: Tensor) -> Tensor { whitened(examples).dotTransposed(unmixing.tensor) }
    public func decode(_ codes: Tensor) -> Tensor { subspace.point(codes.dot(unmixing.tensor) * deviations) }

    /// `ica` in the zoo: 30 components, 50 iterations, batches of 1,000. `build` throws `usage` where there are more
    /// components than features.
    public static let description = ModelDescription(
        name: "ica", summary: "independent components by FastICA, symmetric, log cosh (Hyvärinen 1999)",
        hyperparameters: [
            .components,
            Hyperparameter("iterations", .integer(50), in: 1...1_000_000, "fixed-point iterations, a pass each"),
        ],
        batchSize: 1000,
        build: { spec, settings in
            IndependentComponents(
                features: spec.features, components: try spec.components(settings),
                iterations: settings.integer("iterations"))
        })
}
