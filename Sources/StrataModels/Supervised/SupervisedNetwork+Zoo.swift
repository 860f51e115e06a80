import StrataBackend
import StrataNN

/// The supervised networks that people know by name: one network, with different heads.
extension SupervisedNetwork {
    public static let classifier = described(
        "classifier", "hidden layers, pretrained or not, and a softmax; needs labels", rate: 0.1
    ) { .softmax(classes: try $0.labelled("classifier")) }

    public static let regressor = described(
        "regressor", "hidden layers, pretrained or not, that tell numbers by squared error; needs targets", rate: 0.01
    ) { .regression(targets: try $0.aimed("regressor")) }

    public static let multiLabel = described(
        "multi-label", "hidden layers, pretrained or not, and a Bernoulli output a label; needs targets, above 1/2 or not",
        rate: 0.1
    ) { .multiLabel(labels: try $0.aimed("multi-label")) }

    private static func described(
        _ name: String, _ summary: String, rate: Double, head: @escaping @Sendable (Domain) throws -> SupervisedHead
    ) -> ModelDescription {
        ModelDescription(
            name: name, summary: summary,
            hyperparameters: [
                Hyperparameter("hidden", .integers([500, 500, 2000]), in: 1...65536, "widths of the hidden layers"),
                LayerActivation.hyperparameter,
                Hyperparameter("normalization", Normalization.Kind.none, "of each hidden layer's input"),
                Hyperparameter("dropout", .real(0), in: 0...0.99, "the part of each hidden layer put out while training"),
            ] + GradientDescent.hyperparameters(momentum: 0.9, weightDecay: 0) + LayerStart.hyperparameters(LayerStart.allCases),
            batchSize: 128, learningRate: rate,
            optimizer: { GradientDescent(learningRate: $0, $1) },
            build: { try SupervisedNetwork($0, head: head($0), $1) })
    }

    /// That of a user's settings.
    private init(_ domain: Domain, head: SupervisedHead, _ settings: Hyperparameters) throws {
        let start = settings.choice("start", LayerStart.random)
        let activation = LayerActivation(settings).activation(after: start)
        let normalization = settings.choice("normalization", Normalization.Kind.none)
        guard start == .random || normalization == .none else {
            throw StrataError(
                .usage,
                "--normalization \(normalization.rawValue): layers that were pretrained are not normalised; leave --start out")
        }
        let (hidden, dropout) = (settings.integers("hidden"), Float(settings.real("dropout")))
        switch start {
        case .random, .rbm, .denoising:
            self.init(
                features: domain.features, hidden: hidden, head: head, activation: activation,
                normalization: normalization, dropout: dropout,
                stack: try start.stack("body", widths: [domain.features] + hidden, activation: activation, settings))
        case .dbm:
            let (machine, phases) = try start.deepMachine(domain, hidden: hidden, activation: activation, settings)
            self.init(
                body: MeanFieldNetwork(machine, dropout: dropout), width: machine.codeSize, head: head,
                pretraining: phases)
        }
    }
}
