public import StrataGraph

/// The way from gradients to the next values of parameters: transformations of all gradients, a rule for each parameter, a
/// schedule of the learning rate.
///
/// ```
/// var optimizer = Optimizer(AdamW(weightDecay: 0.01), learningRate: 1e-3)
/// optimizer.schedule = Warmup(500, then: Cosine())
/// optimizer.transforms = [ClipByGlobalNorm(1)]
/// ```
///
/// An optimizer is a value without state: what a rule remembers, such as moments, are state variables named after the
/// parameters (`adam.m.encoder.0.weight`).
public struct Optimizer: Sendable {
    /// What gives each parameter its next value.
    public var rule: any UpdateRule
    /// The step size, before the schedule and `rateFactors`.
    public var learningRate: Float
    /// The change of the learning rate over the updates of a phase.
    public var schedule: any Schedule = Constant()
    /// What is done to all gradients before the rule, in this order.
    public var transforms: [any GradientTransform]
    /// Batches whose gradients make one update.
    public var accumulation = 1
    /// The decay of an exponential average of the parameters, kept beside them as `ema.…`; `nil` for none.
    public var averageDecay: Float?
    /// Factors of the learning rate of parameters, by the first parts of their names: `["head": 0.1]`.
    public var rateFactors: [String: Float] = [:]
    /// First parts of the names of parameters that stay as they are: `["encoder"]`.
    public var frozen: [String] = []

    /// An optimizer with a constant learning rate, for all parameters alike. Nothing is checked.
    public init(_ rule: any UpdateRule, learningRate: Float, transforms: [any GradientTransform] = []) {
        self.rule = rule
        self.learningRate = learningRate
        self.transforms = transforms
    }

    /// Adam with the paper's decay rates, 0.9 and 0.999 (Kingma and Ba 2015).
    public static func adam(_ learningRate: Float = 1e-3) -> Optimizer { Optimizer(Adam(), learningRate: learningRate) }

    /// Stochastic gradient descent, with momentum and an L2 penalty where given.
    public static func sgd(_ learningRate: Float = 0.1, momentum: Float = 0, weightDecay: Float = 0) -> Optimizer {
        Optimizer(
            SGD(momentum: momentum), learningRate: learningRate,
            transforms: weightDecay == 0 ? [] : [WeightPenalty(weightDecay)])
    }

    /// Those among parameters that are not frozen.
    public func moved(_ parameters: [StateVariable]) -> [StateVariable] {
        parameters.filter { parameter in !frozen.contains { parameter.name.isWithin($0) } }
    }

    /// The next values of parameters and of what the rule remembers of them.
    ///
    /// - `step`: The number of the update in its phase, from 1, a scalar.
    /// - `steps`: The updates of the phase.
    /// - `values`: Values that variables have instead of those at the start of the step, where they were updated in it.
    public func updates(
        _ parameters: [StateVariable], gradients: [Tensor], step: Tensor, steps: Int = 1, values: [String: Tensor] = [:]
    ) -> Updates {
        let current = parameters.map { values[$0.name] ?? $0.tensor }
        let gradients = transforms.reduce(gradients) { $1($0, of: current) }
        let rate = schedule.factor(at: step, of: steps) * learningRate
        return zip(parameters, zip(current, gradients)).flatMap { parameter, pair -> Updates in
            let factor = rateFactors.filter { parameter.name.isWithin($0.key) }.max { $0.key.count < $1.key.count }?
                .value
            var update = ParameterUpdate(
                parameter, value: pair.0, gradient: pair.1, rate: factor.map { rate * $0 } ?? rate, step: step,
                values: values)
            let next = rule(&update)
            return [(parameter, next)] + update.memory
        }
    }

    /// The next values of the averages of parameters that have come to `values`.
    ///
    /// The average of t updates weighs the last by 1 − d, the one before by (1 − d) d and so on, divided by the sum of these
    /// weights, so that it does not lean towards the start.
    public func averages(_ updated: Updates, step: Tensor) -> Updates {
        guard let decay = averageDecay else { return [] }
        let part = (1 - decay) / (1 - (step * Tensor.constant(decay).logarithm()).exponential())
        return updated.map { variable, value in
            let average = Optimizer.average(of: variable)
            return (average, average.tensor + (value - average.tensor) * part)
        }
    }

    /// The variable that holds the average of a parameter.
    public static func average(of parameter: StateVariable) -> StateVariable {
        StateVariable("ema.\(parameter.name)", parameter.type.shape, initializer: .zeros)
    }
}

extension String {
    /// Whether a dotted name is, or begins with, another: `encoder.0.weight` is within `encoder` and `encoder.0`.
    package func isWithin(_ scope: String) -> Bool { self == scope || hasPrefix("\(scope).") }
}
