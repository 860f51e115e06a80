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
    /// A factor of 1 in every update.
    public init() {}

    public func factor(at step: Tensor, of steps: Int) -> Tensor { .constant(1) }
}

/// A linear decay to a fraction of the rate in the last update.
///
/// A rate that falls by the same factor from update to update is small for most of the way: with persistent chains that cost
/// four nats.
public struct Linear: Schedule, Hashable {
    /// What is left of the learning rate in the last update, from 0 for nothing to 1 for all of it.
    public var finalFraction: Float

    /// Decays linearly to a fraction of the learning rate, which is not checked.
    public init(to finalFraction: Float = 0) { self.finalFraction = finalFraction }

    public func factor(at step: Tensor, of steps: Int) -> Tensor {
        1 - progress(step, steps) * (1 - finalFraction)
    }
}

/// Half a cosine down to a fraction of the rate in the last update (Loshchilov and Hutter, "SGDR", 2017).
public struct Cosine: Schedule, Hashable {
    /// What is left of the learning rate in the last update, from 0 for nothing to 1 for all of it.
    public var finalFraction: Float

    /// Decays by half a cosine to a fraction of the learning rate, which is not checked.
    public init(to finalFraction: Float = 0) { self.finalFraction = finalFraction }

    public func factor(at step: Tensor, of steps: Int) -> Tensor {
        ((progress(step, steps) * Float.pi).cosine() + 1) * (0.5 * (1 - finalFraction)) + finalFraction
    }
}

/// A factor after each so many updates.
public struct StepDecay: Schedule, Hashable {
    /// Updates from one fall to the next; fewer than 1 count as 1.
    public var updates: Int
    /// What the learning rate is multiplied by at each fall.
    public var factor: Float

    /// Falls by a factor after each so many updates. Nothing is checked.
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
    /// Updates until the whole of the learning rate is reached; 0 or fewer for no rise.
    public var updates: Int
    /// The schedule of the updates after the rise, which it counts from 1.
    public var next: any Schedule

    /// Rises linearly from 1 / `updates` of the learning rate to all of it, and goes on with another schedule.
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
