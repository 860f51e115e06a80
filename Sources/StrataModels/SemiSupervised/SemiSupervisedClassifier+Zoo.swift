import StrataBackend
import StrataNN

extension SemiSupervisedClassifier {
    /// `pseudo-label` in the zoo: 500 and 500 hidden units, 100 labelled examples in a step beside a batch of 128, views with
    /// noise of 0.3, classes of which it is sure from 0.95 on, Adam at 1e-3. Of this and that below `build` throws `data`
    /// where there are fewer than two classes of labels.
    public static let pseudoLabel = described(
        "pseudo-label", "a classifier from few labels that learns from its own, where it is sure (Lee 2013)", weight: 1,
        [Hyperparameter("threshold", .real(0.95), in: 0...1, "probability from which it is sure of a class")]
    ) { .pseudoLabel(threshold: Float($0.real("threshold"))) }

    /// `mean-teacher` in the zoo: the same network, which follows an average of itself over its steps.
    public static let meanTeacher = described(
        "mean-teacher", "a classifier from few labels that agrees with a slow copy of it (Tarvainen & Valpola 2017)",
        weight: 10,
        [Hyperparameter("decay", .real(0.99), in: 0...1, "share of the slow copy that a step leaves")]
    ) { .teacher(decay: Float($0.real("decay"))) }

    private static func described(
        _ name: String, _ summary: String, weight: Double, _ own: [Hyperparameter],
        target: @escaping @Sendable (Hyperparameters) -> UnlabelledTarget
    ) -> ModelDescription {
        ModelDescription(
            name: name, summary: summary,
            hyperparameters: Architecture.hyperparameters(hidden: [500, 500]) + [
                Hyperparameter(
                    "labelled", .integer(100), in: 1...65536, "labelled examples in a step, besides its batch"),
                Hyperparameter(
                    "consistency", .real(weight), in: 0...1e6, "factor of what unlabelled examples add to the loss"),
                Hyperparameter(
                    "ramp-up", .real(0.3), in: 0...1, "share of the training over which that factor grows from 0"),
            ] + own + ExampleViews.hyperparameters(["gaussian"]),
            batchSize: 128, optimizer: .adam(1e-3),
            build: { spec, settings in
                let classes = try spec.labelled(name)
                let network = Architecture(settings)
                try network.check(spec.shape)
                return SemiSupervisedClassifier(
                    encoder: Network("encoder", input: [spec.features], network.encoder(spec.shape)), classes: classes,
                    views: try ExampleViews(settings, of: spec), target: target(settings),
                    weight: Float(settings.real("consistency")), rampUp: Float(settings.real("ramp-up")),
                    labelled: settings.integer("labelled"))
            })
    }
}
