import StrataGraph

/// A rule that follows a differential equation dx/dt = v(x, t) by one step.
public enum Integrator: String, Sendable, Hashable, CaseIterable {
    /// Along the velocity where the step begins: of first order.
    case euler
    /// Along the velocity half way: of second order, two evaluations.
    case midpoint
    /// Along the mean of the velocities at both ends: of second order, two evaluations.
    case heun
    /// The classical rule of Runge and Kutta: of fourth order, four evaluations.
    case rungeKutta = "runge-kutta"

    /// The state [batch, …] after a step of length `h` from `x` at the time `t`, a scalar.
    func step(_ x: Tensor, _ t: Tensor, _ h: Float, _ velocity: (_ x: Tensor, _ t: Tensor) -> Tensor) -> Tensor {
        let first = velocity(x, t)
        switch self {
        case .euler: return x + first * h
        case .midpoint: return x + velocity(x + first * (h / 2), t + h / 2) * h
        case .heun: return x + (first + velocity(x + first * h, t + h)) * (h / 2)
        case .rungeKutta:
            let second = velocity(x + first * (h / 2), t + h / 2)
            let third = velocity(x + second * (h / 2), t + h / 2)
            let fourth = velocity(x + third * h, t + h)
            return x + (first + (second + third) * 2 + fourth) * (h / 6)
        }
    }
}
