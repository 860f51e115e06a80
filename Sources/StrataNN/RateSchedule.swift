public import StrataGraph

/// How a learning rate changes over the steps of a phase: it stays, or falls in a straight line to a fraction of itself that
/// it has in the last step. (A rate that falls by the same factor from step to step is small for most of the way: with
/// persistent chains it cost four nats.)
///
/// ```
/// var descent = GradientDescent(learningRate: 0.05)
/// descent.schedule.finalFraction = 0.02     // 0.001 in the end
/// ```
public struct RateSchedule: Sendable, Hashable {
    /// What is left of the rate in the last step; 1 for a rate that stays.
    public var finalFraction: Float
    /// The steps that it falls over. A trainer sets them to those of each phase.
    public var steps: Int

    public init(finalFraction: Float = 1, steps: Int = 1) {
        self.finalFraction = finalFraction
        self.steps = steps
    }

    /// The rate in a step, a scalar.
    ///
    /// - Parameter step: its number in the phase, from 1, a scalar. After the last the rate stays what it was there.
    public func rate(_ first: Float, at step: Tensor) -> Tensor {
        guard finalFraction != 1 else { return .constant(first) }
        let gone = ((step - 1) / Float(max(steps - 1, 1))).minimum(1)
        return (1 - gone * (1 - finalFraction)) * first
    }
}
