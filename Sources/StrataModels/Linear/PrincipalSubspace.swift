import StrataGraph
import StrataNN

/// What principal component analysis and its probabilistic kin learn: where the examples lie, along which directions
/// they vary most, and how much.
struct PrincipalSubspace: Sendable, Hashable {
    private let solver: PrincipalSolver
    private let moments: Moments
    /// [features].
    let mean: StateVariable
    /// [components, features], orthonormal rows, the one with most variance first.
    let directions: StateVariable
    /// [components]: along each direction, with the likelihood's divisor.
    let variances: StateVariable
    /// The variance along all other directions together.
    let remainder = StateVariable("remaining_variance", [], initializer: .constant(1))

    init(features: Int, components: Int, solver: PrincipalSolver = .eigh) {
        self.solver = solver
        moments = Moments(features: features)
        mean = StateVariable("mean", [features], initializer: .zeros)
        directions = StateVariable("components", [components, features], initializer: .zeros)
        variances = StateVariable("variances", [components], initializer: .constant(1))
    }

    var features: Int { moments.features }
    var components: Int { variances.type.shape[0] }
    var variables: [StateVariable] { [mean, directions, variances, remainder] }

    /// One pass, in memory that does not grow with the examples.
    var phase: TrainingPhase {
        switch solver {
        case .eigh:
            moments.phase {
                let axes = PrincipalAxes(of: moments.covariance, count: components)
                return [
                    EpochEndUpdate([
                        (mean, moments.mean.tensor), (directions, axes.directions), (variances, axes.variances),
                        (remainder, axes.remainder),
                    ])
                ]
            }
        case .svd: IncrementalAxes(features: features, components: components).phase(for: self)
        }
    }

    /// The parts of centred examples along each direction: [batch, features] → [batch, components].
    func projections(_ examples: Tensor) -> Tensor { (examples - mean.tensor).dotTransposed(directions.tensor) }

    /// The example at such parts: [batch, components] → [batch, features].
    func point(_ projections: Tensor) -> Tensor { projections.dot(directions.tensor) + mean.tensor }
}
