import StrataBackend
import StrataData
import StrataNN

/// The autoencoders that people know by name: one model, begun from other settings.
extension Autoencoder {
    /// Undercomplete, with one hidden layer.
    public static let description = described(
        "autoencoder", "any autoencoder: layers, code, loss, corruption, penalty, tied weights (Rumelhart et al. 1986)",
        Standard(hidden: [500], code: 30))

    /// From random weights with rectified units, which makes the paper's layer-wise start unnecessary; `--start rbm`
    /// is that start.
    public static let deep = described(
        "deep-autoencoder", "784-1000-500-250-30 and back, rectified, linear code (Hinton & Salakhutdinov 2006)",
        Standard(hidden: [1000, 500, 250], code: 30))

    /// The code may be larger than the example; the noise, and a penalty that keeps it sparse, leave it something to
    /// learn.
    public static let denoising = described(
        "denoising-autoencoder",
        "reconstructs examples that were partly masked, sparse overcomplete code (Vincent et al. 2008)",
        Standard(
            hidden: [], code: 2000, codeActivation: .sigmoid, corruption: Corruption(.masking, 0.3),
            penalty: CodePenalty(.l1, weight: 1e-4)))

    /// Convolutions that halve an image's extents, a linear code, and their transposes back.
    public static let convolutional = described(
        "convolutional-autoencoder", "convolutions down to a code and back (Masci et al. 2011)",
        Standard(hidden: [500], code: 30, network: .conv),
        formerNames: [
            ("encoder.0", "encoder.1"), ("encoder.1", "encoder.2"), ("code", "encoder.4"), ("decoder.2", "decoder.0"),
            ("decoder.1", "decoder.2"), ("decoder.0", "decoder.3"),
        ])

    private struct Standard {
        var hidden: [Int]
        var code: Int
        var codeActivation = Activation.identity
        var corruption = Corruption(.none, 0.3)
        var penalty = CodePenalty(.none, weight: 1e-3)
        var network = Architecture.Kind.mlp
    }

    private static func described(
        _ name: String, _ summary: String, _ standard: Standard, formerNames: [(old: String, new: String)] = []
    ) -> ModelDescription {
        ModelDescription(
            name: name, summary: summary,
            hyperparameters: Architecture.hyperparameters(
                hidden: standard.hidden, hiddenHelp: "widths down to the code; none for a single layer",
                kind: standard.network,
                automatic: "auto is relu, or sigmoid where layers are pretrained"
            ) + [
                Hyperparameter("code", .integer(standard.code), in: 1...65536, "latent dimensions"),
                Hyperparameter("code-activation", standard.codeActivation, "of the code"),
                Hyperparameter("loss", Loss.bernoulli, "how a reconstruction is compared with its example"),
                Hyperparameter("corruption", standard.corruption.kind, "noise on what the encoder sees"),
                Hyperparameter(
                    "corruption-level", .real(Double(standard.corruption.level).rounded(to: 7)), in: 0...10,
                    "share of features masked, or the standard deviation of gaussian noise"
                ).only(when: "corruption", isNot: "none"),
                Hyperparameter("penalty", standard.penalty.kind, "on the code"),
                Hyperparameter(
                    "penalty-weight", .real(Double(standard.penalty.weight).rounded(to: 9)), in: 0...1e6,
                    "beside the loss of an example"
                ).only(when: "penalty", isNot: "none"),
                Hyperparameter("activity", .real(0.05), in: 1e-6...0.999_999, "mean activity expected of a unit")
                    .only(when: "penalty", is: "kl"),
                Hyperparameter("tied", .flag(false), "whether the decoder has the encoder's weights, transposed")
                    .only(when: "network", is: "mlp"),
            ] + LayerStart.hyperparameters(LayerStart.stacks),
            batchSize: 128, optimizer: .adam(1e-3), formerNames: formerNames,
            build: { try Autoencoder($0, standard, $1) })
    }

    /// The autoencoder of a user's settings.
    private init(_ spec: DataSpec, _ standard: Standard, _ settings: Hyperparameters) throws {
        let start = settings.choice("start", LayerStart.random)
        let network = Architecture(settings, automatic: start.activation)
        try network.check(spec.shape)
        let codeActivation = settings.choice("code-activation", standard.codeActivation)
        let penalty = CodePenalty(
            settings.choice("penalty", standard.penalty.kind), weight: Float(settings.real("penalty-weight")),
            activity: Float(settings.real("activity")))
        guard penalty.kind != .kl || codeActivation == .sigmoid else {
            throw StrataError(
                parameter: "penalty", "kl", "expected a code between 0 and 1; set code-activation to sigmoid")
        }
        let corruption = Corruption(
            settings.choice("corruption", standard.corruption.kind), Float(settings.real("corruption-level")))
        guard corruption.level <= 1 || corruption.kind == .gaussian else {
            throw StrataError(
                parameter: "corruption-level", corruption.level, "no more than all of an example can be masked")
        }
        let (code, isTied) = (settings.integer("code"), settings.flag("tied"))
        guard !isTied || network.normalization == nil else {
            throw StrataError(
                parameter: "tied", true, "layers with shared weights are not normalized; leave normalization out")
        }
        self.init(
            shape: spec.shape, network: network, code: code, codeActivation: codeActivation,
            loss: settings.choice("loss", Loss.bernoulli), corruption: corruption, penalty: penalty, isTied: isTied,
            stack: try start.stack(
                "encoder", widths: [spec.features] + network.hidden + [code], network: network, last: codeActivation,
                settings))
    }
}

extension Double {
    /// Without the digits that a conversion from single precision made up.
    fileprivate func rounded(to digits: Int) -> Double {
        let factor = (0..<digits).reduce(1.0) { product, _ in product * 10 }
        return (self * factor).rounded() / factor
    }
}
