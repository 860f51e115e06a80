import StrataBackend
import StrataNN

extension MultiTaskNetwork {
    /// `multitask` in the zoo: 512 and 256 hidden units that three tasks share, class, parity and brightness, Adam at 1e-3,
    /// batches of 128.
    ///
    /// `build` throws `usage` for heads that name no column of the data or a kind that does not suit one, `data` where a
    /// network of convolutions gets no images.
    public static let description = ModelDescription(
        name: "multitask",
        summary: "one network, several tasks: heads of any columns, shared or stitched (Caruana 1997)",
        hyperparameters: [
            Hyperparameter(
                "heads", .words(["label", "parity", "brightness"]),
                "tasks, each a column, target or factor, its kind and factor: label,size:regression:0.5"),
            Hyperparameter("sharing", TaskSharing.Name.hard, "what tasks share: one encoder, or one each"),
            Hyperparameter("tie", .real(1e-3), in: 0...1e6, "factor of the squared distance of the tasks' encoders")
                .only(when: "sharing", is: TaskSharing.Name.soft.rawValue),
            Hyperparameter("balancing", LossBalancing.Name.sum, "how the losses of tasks make one step"),
            Hyperparameter("asymmetry", .real(1.5), in: 0...100, "how much slow tasks are helped")
                .only(when: "balancing", is: LossBalancing.Name.gradientNorms.rawValue),
            Hyperparameter("balancing-rate", .real(0.01), in: 0...1, "rate of the factors of the losses")
                .only(when: "balancing", is: LossBalancing.Name.gradientNorms.rawValue),
        ] + Architecture.hyperparameters(hidden: [512, 256], hiddenHelp: "widths of the encoder's layers"),
        batchSize: 128, optimizer: .adam(1e-3),
        formerNames: [
            ("trunk", "encoder"), ("class", "heads.label"), ("parity", "heads.parity"),
            ("brightness", "heads.brightness"),
        ],
        build: { spec, settings in
            let network = Architecture(settings, initialization: .standard)
            try network.check(spec.shape)
            let sharing: TaskSharing =
                switch settings.choice("sharing", TaskSharing.Name.hard) {
                case .hard: .hard
                case .soft: .soft(Float(settings.real("tie")))
                case .crossStitch: .crossStitch
                }
            let balancing: LossBalancing =
                switch settings.choice("balancing", LossBalancing.Name.sum) {
                case .sum: .sum
                case .uncertainty: .uncertainty
                case .projection: .projection
                case .gradientNorms:
                    .gradientNorms(
                        asymmetry: Float(settings.real("asymmetry")), rate: Float(settings.real("balancing-rate")))
                }
            let model = MultiTaskNetwork(
                shape: spec.shape, network: network, tasks: try LearningTask.tasks(settings.words("heads"), spec),
                sharing: sharing, balancing: balancing)
            guard model.factors == nil || model.encoder.parameters.contains(where: { $0.type.shape.rank > 1 }) else {
                throw StrataError(
                    parameter: "balancing", LossBalancing.Name.gradientNorms.rawValue,
                    "balances the gradients of a weight that tasks share; take hidden layers")
            }
            return model
        })
}
