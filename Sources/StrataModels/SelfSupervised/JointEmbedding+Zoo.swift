import StrataBackend
import StrataNN

extension JointEmbedding {
    /// `simclr` in the zoo: 512 and 128 hidden units with a projection to 64, masked views, a temperature of 0.5, Adam at 1e-3,
    /// batches of 256. Of this and those below `build` throws `data` where a network of convolutions gets no images, `usage`
    /// for views that are none.
    public static let contrastive = described(
        "simclr", "codes on which two views of an example agree (Chen et al. 2020)", projection: [64],
        isNormalized: false,
        [Hyperparameter("temperature", .real(0.5), in: 1e-3...1000, "of the similarities")]
    ) { .contrast(temperature: Float($0.real("temperature"))) }

    /// `barlow-twins` in the zoo: the same encoder with a projection of 256 and 256, normalized over batches.
    public static let barlowTwins = described(
        "barlow-twins", "codes whose dimensions agree between views and differ from one another (Zbontar et al. 2021)",
        projection: [256, 256], isNormalized: true,
        [Hyperparameter("redundancy", .real(0.005), in: 0...1000, "factor of the correlations of different dimensions")]
    ) { .correlation(redundancy: Float($0.real("redundancy"))) }

    /// `vicreg` in the zoo: the same encoder with a projection of 256 and 256, normalized over batches.
    public static let vicReg = described(
        "vicreg", "codes by the variance, invariance and covariance of views (Bardes et al. 2022)",
        projection: [256, 256], isNormalized: true,
        [
            Hyperparameter("invariance", .real(25), in: 0...1e6, "factor of the squared distance of views"),
            Hyperparameter("variance", .real(25), in: 0...1e6, "factor of what standard deviations lack of 1"),
            Hyperparameter("covariance", .real(1), in: 0...1e6, "factor of the squared covariances"),
        ]
    ) {
        .moments(
            invariance: Float($0.real("invariance")), variance: Float($0.real("variance")),
            covariance: Float($0.real("covariance")))
    }

    /// `lejepa` in the zoo: the same encoder with a projection of 256 and 64, normalized over batches.
    public static let leJEPA = described(
        "lejepa", "codes that are near between views and isotropic Gaussian (SIGReg, Balestriero & LeCun 2025)",
        projection: [256, 64], isNormalized: true,
        [
            Hyperparameter("weight", .real(0.05), in: 0...1, "share of the test of normality in the loss"),
            Hyperparameter("slices", .integer(256), in: 1...16384, "random directions of the test"),
        ]
    ) { .isotropy(weight: Float($0.real("weight")), slices: $0.integer("slices")) }

    /// `byol` in the zoo: the same encoder with a projection of 256 and 64 and a predictor of 256 hidden units, normalized over
    /// batches.
    public static let bootstrap = described(
        "byol", "codes that predict those of a slow copy for another view (Grill et al. 2020)", projection: [256, 64],
        isNormalized: true,
        [
            Hyperparameter("predictor", .integers([256]), in: 1...65536, "widths of the predictor's hidden layers"),
            Hyperparameter("decay", .real(0.99), in: 0...1, "share of the slow copy that a step leaves"),
        ], predicts: true
    ) { _ in .prediction }

    private static func described(
        _ name: String, _ summary: String, projection: [Int], isNormalized: Bool, _ own: [Hyperparameter],
        predicts: Bool = false, objective: @escaping @Sendable (Hyperparameters) -> ViewObjective
    ) -> ModelDescription {
        @Sendable func layers(_ widths: [Int]) -> Sequential {
            Sequential(
                widths.enumerated().map { place, width in
                    let isLast = place + 1 == widths.count
                    return isNormalized && !isLast
                        ? Block(Dense(width), normalization: Normalization(.batch), activation: .relu)
                        : Dense(width, activation: isLast ? .identity : .relu)
                })
        }
        return ModelDescription(
            name: name, summary: summary,
            hyperparameters: Architecture.hyperparameters(hidden: [512, 128]) + [
                Hyperparameter("projection", .integers(projection), in: 1...65536, "widths of the projection")
            ] + ExampleViews.hyperparameters() + own,
            batchSize: 256, optimizer: .adam(1e-3),
            build: { spec, settings in
                let network = Architecture(settings)
                try network.check(spec.shape)
                let widths = settings.integers("projection")
                guard !predicts || !widths.isEmpty else {
                    throw StrataError(parameter: "projection", "none", "the predictor takes a projection")
                }
                return JointEmbedding(
                    features: spec.features, encoder: network.encoder(spec.shape), projection: layers(widths),
                    predictor: predicts ? layers(settings.integers("predictor") + [widths.last ?? 1]) : nil,
                    views: try ExampleViews(settings, of: spec), objective: objective(settings),
                    decay: Float(settings.real("decay")))
            })
    }
}
