import StrataBackend
import StrataData
import StrataNN

/// The supervised networks that people know by name: one network, with different heads.
extension SupervisedNetwork {
    /// `classifier` in the zoo: 500, 500 and 2,000 hidden units and a softmax over the classes, SGD at 0.1 with
    /// momentum 0.9, batches of 128. `build` throws `data` where there are fewer than two classes of labels, `usage`
    /// where pretraining does not suit the network.
    public static let classifier = described(
        "classifier", "hidden layers, pretrained or not, and a softmax; needs labels", rate: 0.1,
        isAttacked: true
    ) { .softmax(classes: try $0.labelled("classifier")) }

    /// `regressor` in the zoo: 500, 500 and 2,000 hidden units and the squared error of the targets, SGD at 0.01 with
    /// momentum 0.9, batches of 128. `build` throws `data` where there are no targets, `usage` where pretraining does
    /// not suit the network.
    public static let regressor = described(
        "regressor", "hidden layers, pretrained or not, that predict numbers by squared error; needs targets",
        rate: 0.01
    ) { .regression(targets: try $0.aimed("regressor")) }

    /// `multi-label` in the zoo: 500, 500 and 2,000 hidden units and a Bernoulli variable for each target, SGD at 0.1
    /// with momentum 0.9, batches of 128. `build` throws `data` where there are no targets, `usage` where pretraining
    /// does not suit the network.
    public static let multiLabel = described(
        "multi-label",
        "hidden layers, pretrained or not, and a Bernoulli output a label; needs targets, above 1/2 or not",
        rate: 0.1
    ) { .multiLabel(labels: try $0.aimed("multi-label")) }

    private static func described(
        _ name: String, _ summary: String, rate: Double, isAttacked: Bool = false,
        head: @escaping @Sendable (DataSpec) throws -> SupervisedHead
    ) -> ModelDescription {
        ModelDescription(
            name: name, summary: summary,
            hyperparameters: Architecture.hyperparameters(
                hidden: [500, 500, 2000], automatic: "auto is relu, or sigmoid where layers are pretrained"
            ) + LayerStart.hyperparameters(LayerStart.allCases)
                + (isAttacked ? AdversarialTraining.hyperparameters : []),
            batchSize: 128, optimizer: .sgd(rate, momentum: 0.9),
            formerNames: [("body", "encoder"), ("normalization", "encoder.norm")],
            build: { spec, settings in
                var network = try SupervisedNetwork(spec, head: head(spec), settings)
                network.adversarial = AdversarialTraining(settings, within: spec.example.isBrightness ? 0...1 : nil)
                return network
            })
    }

    /// The network of a user's settings.
    private init(_ spec: DataSpec, head: SupervisedHead, _ settings: Hyperparameters) throws {
        let start = settings.choice("start", LayerStart.random)
        let network = Architecture(settings, automatic: start.activation)
        try network.check(spec.shape)
        guard start == .random || network.normalization == nil else {
            throw StrataError(
                parameter: "start", start.rawValue,
                "layers that were pretrained are not normalized; leave normalization out")
        }
        switch start {
        case .random, .rbm, .denoising:
            self.init(
                shape: spec.shape, network: network, head: head,
                stack: try start.stack(
                    "encoder", widths: [spec.features] + network.hidden, network: network, settings))
        case .dbm:
            let (machine, phases) = try start.deepMachine(spec, network: network, settings)
            self.init(
                encoder: Network(
                    "encoder", input: [spec.features], MeanFieldNetwork(machine, dropout: network.dropout)),
                head: head, pretraining: phases, domain: machine.domain)
        }
    }
}
