import Foundation

/// How noise grows over the steps of a diffusion `x_t = √ᾱ_t x₀ + √(1 − ᾱ_t) ε`: the share of the signal ᾱ falls from
/// nearly 1 to nearly 0.
public enum NoiseSchedule: String, Sendable, Hashable, CaseIterable {
    /// Variances β that grow linearly, from 0.1 / T to 20 / T (Ho, Jain and Abbeel 2020, who have T = 1000).
    case linear
    /// ᾱ as a squared cosine, each β at most 0.999 (Nichol and Dhariwal, "Improved denoising diffusion probabilistic
    /// models", 2021).
    case cosine

    /// ᾱ after each of `steps` steps, from the first on.
    public func signals(_ steps: Int) -> [Double] {
        let count = max(steps, 1)
        var signal = 1.0
        return (0..<count).map { step in
            signal *= 1 - min(variance(step, of: count), 0.999)
            return signal
        }
    }

    /// β of a step, counted from 0.
    private func variance(_ step: Int, of count: Int) -> Double {
        let steps = Double(count)
        switch self {
        case .linear: return (0.1 + (count > 1 ? 19.9 * Double(step) / (steps - 1) : 0)) / steps
        case .cosine:
            func cosine(_ t: Double) -> Double {
                let value = cos((t / steps + 0.008) / 1.008 * .pi / 2)
                return value * value
            }
            return 1 - cosine(Double(step + 1)) / cosine(Double(step))
        }
    }
}
