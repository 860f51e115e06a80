import Foundation

/// The way back from noise to an example, over all steps of a diffusion or over some of them evenly apart: at each, the
/// example is estimated as `x̂₀ = (x − √(1 − ᾱ) ε̂) / √ᾱ`, and the next state is `a x̂₀ + b x + σ z`.
public struct ReverseDiffusion: Sendable, Hashable {
    /// How much noise each step adds, and so what the other two factors are.
    public enum Rule: String, Sendable, Hashable, CaseIterable {
        /// Variance β, exact for examples that are noise of variance 1 themselves (Ho, Jain and Abbeel 2020).
        case ancestral
        /// Variance β (1 − ᾱ_prev) / (1 − ᾱ), that of the state given the next and the example, exact for a single
        /// example (Ho, Jain and Abbeel 2020).
        case posterior
        /// No noise (Song, Meng and Ermon, "Denoising diffusion implicit models", 2021): the same noise gives the same
        /// example, and few steps are enough.
        case ddim
    }

    /// One step, from a state of more noise to one of less.
    struct Step: Hashable {
        /// The step of the diffusion at whose end the state is, counted from 1.
        var time: Int
        /// √ᾱ and √(1 − ᾱ) of the state.
        var signal: Double, noise: Double
        /// The factors of x̂₀ and x, and the standard deviation of what is added.
        var example: Double, state: Double, deviation: Double
    }

    /// What each step adds.
    public var rule: Rule
    /// The steps from noise to an example, at most those of the diffusion.
    public var steps: Int

    /// A rule and its steps; fewer than 1 count as 1.
    public init(_ rule: Rule = .ancestral, steps: Int = 1000) {
        self.rule = rule
        self.steps = steps
    }

    /// The steps in the order in which they are taken, for a diffusion with these ᾱ.
    func plan(_ signals: [Double]) -> [Step] {
        let count = min(max(steps, 1), signals.count)
        // Evenly apart, the last of them the last of the diffusion.
        let times = (1...max(count, 1)).map { $0 * signals.count / max(count, 1) }
        return times.indices.reversed().map { place in
            let (now, before) = (signals[times[place] - 1], place > 0 ? signals[times[place - 1] - 1] : 1)
            let kept = now / before  // α
            let posterior = (1 - kept) * (1 - before) / (1 - now)
            var step = Step(
                time: times[place], signal: now.squareRoot(), noise: (1 - now).squareRoot(),
                example: before.squareRoot() * (1 - kept) / (1 - now),
                state: kept.squareRoot() * (1 - before) / (1 - now), deviation: posterior.squareRoot())
            switch rule {
            case .posterior: break
            // What leads to the example itself adds nothing.
            case .ancestral: step.deviation = place > 0 ? (1 - kept).squareRoot() : 0
            case .ddim:
                step.state = ((1 - before) / (1 - now)).squareRoot()
                step.example = before.squareRoot() - step.state * step.signal
                step.deviation = 0
            }
            return step
        }
    }
}
