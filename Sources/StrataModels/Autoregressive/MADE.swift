import StrataBackend
public import StrataGraph
public import StrataNN

/// The masked autoencoder for distribution estimation (Germain et al. 2015): a network whose output for each bit
/// depends on the bits before it alone, so that `p(x) = Π p(x_d | x_<d)` is exact and takes one pass. Without hidden
/// layers it is the fully visible sigmoid belief network (Neal 1992; Frey 1998), a logistic regression of each bit on
/// those before it.
public struct MADE: LayeredModel, AutoregressiveModel {
    /// From bits to hidden units.
    let hidden: Network
    /// From hidden units to logits; none without hidden layers.
    private let output: Network?
    /// From bits to logits.
    private let direct: Network

    /// - Parameters:
    ///   - features: Bits of an example.
    ///   - hidden: Widths of the hidden layers.
    ///   - activation: The nonlinearity of hidden units.
    public init(features: Int, hidden: [Int] = [500], activation: Activation = .relu) {
        let inputs = AutoregressiveDegrees.ordered(features)
        let degrees = [inputs] + hidden.map { .hidden($0, of: features) }
        self.hidden = Network(
            "hidden", input: [features],
            Sequential(
                zip(degrees, degrees.dropFirst()).flatMap {
                    [MaskedDense(from: $0, to: $1), activation] as [any Layer]
                }))
        output = degrees.dropFirst().last.map {
            Network("output", input: [$0.units], MaskedDense(from: $0, to: inputs, isStrict: true))
        }
        direct = Network("direct", input: [features], MaskedDense(from: inputs, to: inputs, isStrict: true))
    }

    private var features: Int { direct.inputShape.elementCount }
    private var networks: [Network] { [hidden, output, direct].compactMap { $0 } }
    public var variables: [StateVariable] { networks.flatMap(\.variables) }

    /// The logit of each bit given those before it: [batch, features] → [batch, features].
    public func logits(_ x: Tensor) -> Tensor {
        let shortcut = direct(x)
        return output.map { $0(hidden(x)) + shortcut } ?? shortcut
    }

    /// The last hidden layer; the logits themselves where there is none.
    public func encode(_ examples: Tensor) -> Tensor { output == nil ? logits(examples) : hidden(examples) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        output == nil ? [(direct.name, encode(examples))] : hidden.activations(examples)
    }

    /// Bit by bit, each given those before it.
    public func sampling(_ count: Int, key: RandomKey, holding evidence: Evidence) -> Sampling {
        let x = StateVariable("sampling.chain", [count, features], initializer: .zeros)
        return .counting(to: features) { step in
            let isNext = Tensor.iota([count, features], axis: 1).equal(
                step.broadcast(to: [count, features], axes: []))
            let next = isNext.select(key.named("bit").bernoulli(logits(x.tensor).sigmoid()), x.tensor)
            return (next, [(x, next)])
        }
    }

    /// `made` in the zoo: 500 hidden units, Adam at 1e-3, batches of 100.
    public static let description = described(
        "made", "autoregressive network with masks, exact likelihood (Germain et al. 2015)", hidden: [500])

    /// `fvsbn` in the zoo: no hidden units, Adam at 1e-3, batches of 100.
    public static let sigmoidBeliefNetwork = described(
        "fvsbn", "fully visible sigmoid belief network: each bit from those before it (Frey 1998)", hidden: [])

    private static func described(_ name: String, _ summary: String, hidden: [Int]) -> ModelDescription {
        ModelDescription(
            name: name, summary: summary,
            hyperparameters: [
                Hyperparameter("hidden", .integers(hidden), in: 1...65536, "widths of the hidden layers"),
                Hyperparameter("activation", Activation.relu, "of the hidden layers"),
            ],
            batchSize: 100, optimizer: .adam(1e-3),
            build: { spec, settings in
                MADE(
                    features: spec.features, hidden: settings.integers("hidden"),
                    activation: settings.choice("activation", Activation.relu))
            })
    }
}
