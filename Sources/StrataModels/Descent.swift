import StrataNN

extension GradientDescent {
    /// What a user may set of the descent of a model, beside its rate, with the model's own values.
    static func hyperparameters(momentum: Double, weightDecay: Double) -> [Hyperparameter] {
        [
            Hyperparameter("momentum", .real(momentum), in: 0...0.9999, "momentum"),
            Hyperparameter("weight-decay", .real(weightDecay), in: 0...1, "weight decay"),
        ]
    }

    /// That of a user's settings.
    init(learningRate: Float, _ settings: Hyperparameters) {
        self.init(
            learningRate: learningRate, momentum: Float(settings.real("momentum")),
            weightDecay: Float(settings.real("weight-decay")))
    }

    /// That of a Boltzmann machine which learns as a layer of something else (Hinton, "A practical guide to training
    /// restricted Boltzmann machines", 2010, sections 9 and 10).
    static func layer(learningRate: Float) -> GradientDescent {
        GradientDescent(learningRate: learningRate, momentum: 0.5, weightDecay: 2e-4)
    }
}
