public import StrataGraph

/// The change of a learning rate over the updates of a phase.
///
/// ```
/// struct Halving: Schedule {
///     func factor(at step: Tensor, of steps: Int) -> Tensor { Tensor.constant(0.5).power((step / 1000).floor()) }
/// }
/// ```
public protocol Schedule: Sendable {
    /// The factor of the learning rate in an update, a scalar.
    ///
    /// - Parameters:
    ///   - step: The number of the update in its phase, from 1, a scalar.
    ///   - steps: The updates of the phase; a later one, as in a run that goes on, has the factor of the last.
    func factor(at step: Tensor, of steps: Int) -> Tensor
}

/// The learning rate as it is.
public struct Constant: Schedule, Hashable {
    public init() {}

    public func factor(at step: Tensor, of steps: Int) -> Tensor { .constant(1) }
}

/// A linear decay to a fraction of the rate in the last update.
///
/// A rate that falls by the same factor from update to update is small for most of the way: with persistent chains that cost
/// four nats.
public struct Linear: Schedule, Hashable {
    public var finalFraction: Float

    public init(to finalFraction: Float = 0) { self.finalFraction = finalFraction }

    public func factor(at step: Tensor, of steps: Int) -> Tensor {
        1 - progress(step, steps) * (1 - finalFraction)
    }
}

/// Half a cosine down to a fraction of the rate in the last update (Loshchilov and Hutter, "SGDR", 2017).
public struct Cosine: Schedule, Hashable {
    public var finalFraction: Float

    public init(to finalFraction: Float = 0) { self.finalFraction = finalFraction }

    public func factor(at step: Tensor, of steps: Int) -> Tensor {
        ((progress(step, steps) * Float.pi).cosine() + 1) * (0.5 * (1 - finalFraction)) + finalFraction
    }
}

/// A factor after each so many updates.
public struct StepDecay: Schedule, Hashable {
    public var updates: Int
    public var factor: Float

    public init(every updates: Int, by factor: Float = 0.1) {
        self.updates = updates
        self.factor = factor
    }

    public func factor(at step: Tensor, of steps: Int) -> Tensor {
        Tensor.constant(factor).power(((step - 1) / Float(max(updates, 1))).floor())
    }
}

/// A linear rise over the first updates, before another schedule of those that are left.
public struct Warmup: Schedule {
    public var updates: Int
    public var next: any Schedule

    public init(_ updates: Int, then next: any Schedule = Constant()) {
        self.updates = updates
        self.next = next
    }

    public func factor(at step: Tensor, of steps: Int) -> Tensor {
        guard updates > 0 else { return next.factor(at: step, of: steps) }
        let rise = step / Float(updates)
        let later = next.factor(at: (step - Float(updates)).maximum(1), of: steps > updates ? steps - updates : 1)
        return rise.less(1).select(rise, later)
    }
}

/// The share of the way from the first update to the last that is done, from 0 to 1.
private func progress(_ step: Tensor, _ steps: Int) -> Tensor {
    ((step - 1) / Float(max(steps, 2) - 1)).minimum(1)
}
