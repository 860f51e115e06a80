import StrataGraph
import StrataNN

/// How the losses of several tasks make one step.
public enum LossBalancing: Sendable, Hashable {
    /// They are added up.
    case sum
    /// Each counts by how uncertain it leaves its task, `½ exp(−s) L + ½ s` with s learned (Kendall, Gal and Cipolla,
    /// "Multi-task learning using uncertainty to weigh losses", 2018).
    case uncertainty
    /// Gradients of the shared parameters that contradict one another are projected onto the normal planes of each other
    /// (Yu et al., "Gradient surgery for multi-task learning", 2020). The paper meets the others in an order that it draws,
    /// here it is their own.
    case projection
    /// Factors that let all tasks learn at similar rates (Chen, Badrinarayanan, Lee and Rabinovich, "GradNorm", 2018), by
    /// descent at a rate on how far the norms of the gradients of the last shared weight are from `mean · rᵢ^asymmetry`,
    /// where rᵢ is the share of a task's first loss that is left over the mean of these shares.
    ///
    /// The rate counts in units of the mean norm, so that it does not depend on the losses' scale.
    case gradientNorms(asymmetry: Float, rate: Float)

    /// Its name, as a user chooses it.
    enum Name: String, CaseIterable {
        case sum, uncertainty
        case projection = "pcgrad"
        case gradientNorms = "gradnorm"
    }
}

/// The gradients of several losses, projected: see `LossBalancing.projection`.
///
/// - `gradients`: Of each loss, those of the shared parameters.
/// - Returns: Their sum for each parameter.
func projectedSum(_ gradients: [[Tensor]]) -> [Tensor] {
    func dot(_ a: [Tensor], _ b: [Tensor]) -> Tensor {
        zip(a, b).reduce(Tensor.constant(0, [])) { $0 + ($1.0 * $1.1).sum() }
    }
    let squares = gradients.map { dot($0, $0).maximum(.leastNormalMagnitude) }
    let projected = gradients.enumerated().map { place, own in
        gradients.indices.filter { $0 != place }.reduce(own) { gradient, other in
            let share = dot(gradient, gradients[other]).minimum(0) / squares[other]
            return zip(gradient, gradients[other]).map { $0 - $1 * share }
        }
    }
    return (gradients.first ?? []).indices.map { parameter in
        projected.dropFirst().reduce(projected[0][parameter]) { $0 + $1[parameter] }
    }
}

/// The factors of the losses by `LossBalancing.gradientNorms`, as variables and their next values.
struct GradientNormFactors: Sendable {
    /// The factors, whose mean is 1, and each task's first loss: [tasks].
    let (factors, first): (StateVariable, StateVariable)
    private let asymmetry: Float
    private let rate: Float

    init(tasks: Int, asymmetry: Float, rate: Float) {
        factors = StateVariable("balance.factors", [tasks], initializer: .constant(1))
        first = StateVariable("balance.first_losses", [tasks], initializer: .zeros)
        (self.asymmetry, self.rate) = (asymmetry, rate)
    }

    /// The next values after a step.
    ///
    /// - `losses`: The mean loss of each task: [tasks].
    /// - `norms`: The norm of the gradient of each task's loss by the last shared weight, without its factor: [tasks].
    /// - `step`: The number of the step, from 1.
    func updates(losses: Tensor, norms: Tensor, step: Tensor) -> Updates {
        let tiny = Float.leastNormalMagnitude
        let start = step.greater(1).broadcast(to: losses.shape, axes: []).select(first.tensor, losses)
        let left = losses / start.maximum(tiny)
        let rates = left / left.mean().maximum(tiny)
        let weighed = norms * factors.tensor
        let targets = (rates.maximum(tiny).logarithm() * asymmetry).exponential() * weighed.mean()
        let slopes = (weighed.greater(targets) - weighed.less(targets)) * norms / norms.mean().maximum(tiny)
        let moved = (factors.tensor - slopes * rate).maximum(0.01)
        return [(factors, moved / moved.mean()), (first, start)].map { ($0.0, $0.1.stopGradient()) }
    }
}
