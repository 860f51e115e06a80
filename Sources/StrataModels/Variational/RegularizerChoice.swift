import StrataData
import StrataNN

/// What keeps latent dimensions independent, as a user may choose it.
enum RegularizerChoice: String, CaseIterable {
    case none
    case totalCorrelation = "total-correlation"
    case factor
    case dipI = "dip-i"
    case dipII = "dip-ii"

    /// The settings of it.
    static let hyperparameters = [
        Hyperparameter("regularizer", none, "what keeps latent dimensions independent").only(
            when: "importance", is: "1"),
        Hyperparameter(
            "regularizer-weight", .real(10), in: 0...1e6, "factor of the total correlation, or of squared covariances"
        ).only(when: "regularizer", isNot: none.rawValue)
            .defaulting(to: .real(5), when: "regularizer", is: totalCorrelation.rawValue),
        Hyperparameter("estimator", AggregatePosterior.Estimator.stratified, "of the total correlation from a batch")
            .only(when: "regularizer", is: totalCorrelation.rawValue),
        Hyperparameter(
            "diagonal-weight", .real(10), in: 0...1e6, "factor of the squared distance of variances from 1"
        ).only(when: "regularizer", is: dipI.rawValue, dipII.rawValue)
            .defaulting(to: .real(100), when: "regularizer", is: dipI.rawValue),
        Hyperparameter(
            "discriminator", .integers([256, 256, 256]), in: 1...65536, "hidden layers of the density ratio's network"
        ).only(when: "regularizer", is: factor.rawValue),
    ]

    /// The regularizer that a user's settings ask for; `nil` for none.
    static func regularizer(_ spec: DataSpec, _ settings: Hyperparameters) -> (any LatentRegularizer)? {
        let weight = Float(settings.real("regularizer-weight"))
        func moments(_ codes: MomentPenalty.Codes) -> MomentPenalty {
            MomentPenalty(codes, weight: weight, diagonalWeight: Float(settings.real("diagonal-weight")))
        }
        return switch settings.choice("regularizer", RegularizerChoice.none) {
        case .none: nil
        case .totalCorrelation:
            TotalCorrelationPenalty(
                weight: weight, examples: spec.examples ?? 0,
                estimator: settings.choice("estimator", AggregatePosterior.Estimator.stratified))
        case .factor:
            DensityRatioPenalty(
                latent: settings.integer("latent"), weight: weight, hidden: settings.integers("discriminator"))
        case .dipI: moments(.means)
        case .dipII: moments(.draws)
        }
    }
}
