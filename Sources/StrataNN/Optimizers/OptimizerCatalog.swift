import StrataBackend

/// An optimizer as a program offers it by name, with its settings.
public struct OptimizerDescription: Sendable {
    /// The name by which a user picks it: `adamw`.
    public var name: String
    /// One line.
    public var summary: String
    /// The learning rate where neither the user nor the model says.
    public var learningRate: Double
    /// Its settings besides the learning rate.
    public var hyperparameters: [Hyperparameter]
    /// The optimizer at a learning rate.
    public var make: @Sendable (_ learningRate: Float, _ settings: Hyperparameters) -> Optimizer

    /// An optimizer to be offered by name. Nothing is checked: `make` is given a value for each of the hyperparameters.
    public init(
        _ name: String, _ summary: String, learningRate: Double, hyperparameters: [Hyperparameter] = [],
        make: @escaping @Sendable (_ learningRate: Float, _ settings: Hyperparameters) -> Optimizer
    ) {
        self.name = name
        self.summary = summary
        self.learningRate = learningRate
        self.hyperparameters = hyperparameters
        self.make = make
    }
}

extension [OptimizerDescription] {
    /// The optimizers that come with Strata.
    public static let builtIn: [OptimizerDescription] = [
        OptimizerDescription(
            "sgd", "stochastic gradient descent with momentum", learningRate: 0.1,
            hyperparameters: [
                Hyperparameter("momentum", .real(0.9), in: 0...0.9999, "momentum"),
                .weightDecay(0, "L2 penalty on weights"),
            ],
            make: { rate, settings in
                .sgd(
                    rate, momentum: Float(settings.real("momentum")), weightDecay: Float(settings.real("weight-decay")))
            }),
        OptimizerDescription(
            "adam", "adaptive moments (Kingma & Ba 2015)", learningRate: 1e-3,
            hyperparameters: moments + [.weightDecay(0, "L2 penalty on weights")],
            make: { rate, settings in
                let (beta1, beta2, epsilon) = moments(settings)
                return Optimizer(
                    Adam(beta1: beta1, beta2: beta2, epsilon: epsilon), learningRate: rate,
                    transforms: penalty(settings))
            }),
        OptimizerDescription(
            "adamw", "Adam with decoupled weight decay (Loshchilov & Hutter 2019)", learningRate: 1e-3,
            hyperparameters: moments + [.weightDecay(0.01, "decoupled decay of weights")],
            make: { rate, settings in
                let (beta1, beta2, epsilon) = moments(settings)
                return Optimizer(
                    AdamW(
                        beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: Float(settings.real("weight-decay"))),
                    learningRate: rate)
            }),
        OptimizerDescription(
            "rmsprop", "gradients over the root of their mean square (Tieleman & Hinton 2012)", learningRate: 1e-3,
            hyperparameters: [
                Hyperparameter("decay", .real(0.99), in: 0...0.999_999, "share of the mean square that stays"),
                Hyperparameter("epsilon", .real(1e-8), in: 0...1, "added to the root"),
                .weightDecay(0, "L2 penalty on weights"),
            ],
            make: { rate, settings in
                Optimizer(
                    RMSProp(decay: Float(settings.real("decay")), epsilon: Float(settings.real("epsilon"))),
                    learningRate: rate, transforms: penalty(settings))
            }),
    ]

    private static let moments = [
        Hyperparameter("beta1", .real(0.9), in: 0...0.999_999, "decay of the mean gradient"),
        Hyperparameter("beta2", .real(0.999), in: 0...0.999_999, "decay of the mean square"),
        Hyperparameter("epsilon", .real(1e-8), in: 0...1, "added to the root of the mean square"),
    ]

    private static func moments(_ settings: Hyperparameters) -> (Float, Float, Float) {
        (Float(settings.real("beta1")), Float(settings.real("beta2")), Float(settings.real("epsilon")))
    }

    private static func penalty(_ settings: Hyperparameters) -> [any GradientTransform] {
        let weightDecay = Float(settings.real("weight-decay"))
        return weightDecay == 0 ? [] : [WeightPenalty(weightDecay)]
    }

    /// Throws `usage`, with the nearest name, for one that is not there.
    public func named(_ name: String) throws -> OptimizerDescription {
        guard let found = first(where: { $0.name == name }) else {
            throw StrataError.unknown("optimizer", name, among: map(\.name))
        }
        return found
    }
}

extension Hyperparameter {
    fileprivate static func weightDecay(_ standard: Double, _ help: String) -> Hyperparameter {
        Hyperparameter("weight-decay", .real(standard), in: 0...1, help)
    }
}

/// An optimizer by name, with settings as they are typed: what suits a model, or what a user asked for.
public struct OptimizerChoice: Sendable, Hashable {
    /// The name of an optimizer in the catalogue: `adam`.
    public var name: String
    /// The step size, before any schedule.
    public var learningRate: Double
    /// Settings that differ from the optimizer's defaults.
    public var settings: [String: String]

    /// A choice by name, which is not checked here: `optimizer(among:)` throws where there is no such optimizer or
    /// setting.
    public init(_ name: String, learningRate: Double, settings: [String: String] = [:]) {
        self.name = name
        self.learningRate = learningRate
        self.settings = settings
    }

    /// Adam at a learning rate, with other settings as they are typed: `["beta1": "0.5"]`.
    public static func adam(_ learningRate: Double, _ settings: [String: String] = [:]) -> OptimizerChoice {
        OptimizerChoice("adam", learningRate: learningRate, settings: settings)
    }

    /// Stochastic gradient descent with momentum, and an L2 penalty on weights where it is not 0.
    public static func sgd(_ learningRate: Double, momentum: Double, weightDecay: Double = 0) -> OptimizerChoice {
        OptimizerChoice(
            "sgd", learningRate: learningRate, settings: ["momentum": "\(momentum)", "weight-decay": "\(weightDecay)"])
    }

    /// The optimizer. Throws `usage` for a name or a setting that is not there.
    public func optimizer(among catalog: [OptimizerDescription] = .builtIn) throws -> Optimizer {
        let description = try catalog.named(name)
        return description.make(Float(learningRate), try Hyperparameters(description.hyperparameters, settings))
    }
}
