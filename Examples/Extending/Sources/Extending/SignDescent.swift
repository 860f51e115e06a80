import Strata

/// Steps of one length against the sign of each gradient.
struct SignDescent: UpdateRule {
    func callAsFunction(_ update: inout ParameterUpdate) -> Tensor {
        update.value - update.gradient.sign() * update.rate
    }

    static let description = OptimizerDescription("mine", "steps against the sign of the gradient", learningRate: 0.002)
    {
        rate, _ in Optimizer(SignDescent(), learningRate: rate)
    }
}

/// A learning rate that falls as one over the root of the update's number.
struct InverseRoot: Schedule {
    func factor(at step: Tensor, of steps: Int) -> Tensor { step.squareRoot().reciprocal() }

    static let description = ScheduleDescription("mine", "one over the root of the update's number") { _ in
        InverseRoot()
    }
}
