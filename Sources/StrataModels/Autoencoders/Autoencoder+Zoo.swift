import StrataBackend
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
        "restores examples that were partly masked, sparse overcomplete code (Vincent et al. 2008)",
        Standard(
            hidden: [], code: 2000, codeActivation: .sigmoid, corruption: Corruption(.masking, 0.3),
            penalty: CodePenalty(.l1, weight: 1e-4)))

    private struct Standard {
        var hidden: [Int]
        var code: Int
        var codeActivation = LayerActivation.identity
        var corruption = Corruption(.none, 0.3)
        var penalty = CodePenalty(.none, weight: 1e-3)
    }

    private static func described(_ name: String, _ summary: String, _ standard: Standard) -> ModelDescription {
        ModelDescription(
            name: name, summary: summary,
            hyperparameters: [
                Hyperparameter("hidden", .integers(standard.hidden), in: 1...65536, "widths down to the code; none for a single layer"),
                Hyperparameter("code", .integer(standard.code), in: 1...65536, "numbers in a code"),
                LayerActivation.hyperparameter,
                Hyperparameter("code-activation", standard.codeActivation, "of the code"),
                Hyperparameter("loss", Loss.bernoulli, "how a restored example is judged"),
                Hyperparameter("corruption", standard.corruption.kind, "noise on what the encoder sees"),
                Hyperparameter("corruption-level", .real(Double(standard.corruption.level).rounded(to: 7)), in: 0...10,
                    "the part put out, or the deviation of gaussian noise"),
                Hyperparameter("penalty", standard.penalty.kind, "on the code"),
                Hyperparameter("penalty-weight", .real(Double(standard.penalty.weight).rounded(to: 9)), in: 0...1e6,
                    "beside the loss of an example"),
                Hyperparameter("activity", .real(0.05), in: 1e-6...0.999_999, "with penalty kl: the mean activity wanted of a unit"),
                Hyperparameter("tied", .flag(false), "whether the decoder has the encoder's weights, transposed"),
            ] + LayerStart.hyperparameters(LayerStart.stacks),
            batchSize: 128, learningRate: 1e-3, optimizer: { rate, _ in Adam(learningRate: rate) },
            build: { domain, settings in
                let start = settings.choice("start", LayerStart.random)
                let activation = LayerActivation(settings).activation(after: start)
                let codeActivation = settings.choice("code-activation", standard.codeActivation).activation(after: start)
                let (hidden, code) = (settings.integers("hidden"), settings.integer("code"))
                let penalty = CodePenalty(
                    settings.choice("penalty", standard.penalty.kind), weight: Float(settings.real("penalty-weight")),
                    activity: Float(settings.real("activity")))
                guard penalty.kind != .kl || codeActivation == .sigmoid else {
                    throw StrataError(.usage, "--penalty kl: wants a code between 0 and 1; add --code-activation sigmoid")
                }
                let corruption = Corruption(
                    settings.choice("corruption", standard.corruption.kind), Float(settings.real("corruption-level")))
                guard corruption.level <= 1 || corruption.kind == .gaussian else {
                    throw StrataError(.usage, "--corruption-level \(corruption.level): no more than all of an example can be put out")
                }
                return Autoencoder(
                    features: domain.features, hidden: hidden, code: code, activation: activation,
                    codeActivation: codeActivation, loss: settings.choice("loss", Loss.bernoulli),
                    corruption: corruption, penalty: penalty, isTied: settings.flag("tied"),
                    stack: try start.stack(
                        "encoder", widths: [domain.features] + hidden + [code], activation: activation,
                        last: codeActivation, settings))
            })
    }
}

extension Double {
    /// Without the digits that a conversion from single precision made up.
    fileprivate func rounded(to digits: Int) -> Double {
        let factor = (0..<digits).reduce(1.0) { product, _ in product * 10 }
        return (self * factor).rounded() / factor
    }
}
