import StrataBackend
import StrataData
import StrataGraph
import StrataNN

/// Where the weights of a network begin: at random, where layers that learned one by one have come to, or where such
/// layers have come to that then learned together.
public enum LayerStart: String, Sendable, Hashable, CaseIterable {
    /// At random, without pretraining.
    case random
    /// As restricted Boltzmann machines, one on top of the other (Hinton, Osindero and Teh 2006).
    case rbm
    /// As denoising autoencoders, one on top of the other (Vincent et al. 2010).
    case denoising
    /// As a deep Boltzmann machine.
    case dbm

    /// Those that give layers as they are, one on top of the other.
    static let stacks: [LayerStart] = [.random, .rbm, .denoising]

    /// The activation of hidden layers that suits it.
    var activation: Activation { self == .random ? .relu : .sigmoid }

    /// The hyperparameters of a model whose network may be pretrained in some of these ways.
    static func hyperparameters(_ starts: [LayerStart]) -> [Hyperparameter] {
        [
            Hyperparameter("start", LayerStart.random, among: starts, "how the layers begin")
                .only(when: "network", is: Architecture.Kind.mlp.rawValue),
            Hyperparameter(
                "pretraining-epochs", .integer(10), in: 1...1_000_000, "epochs of each layer that is pretrained"
            ).only(when: "start", isNot: "random"),
            Hyperparameter(
                "pretraining-rate", .real(0), in: 0...10,
                "learning rate of pretraining; 0 for 0.05, or 0.001 (denoising)"
            ).only(when: "start", isNot: "random"),
            Hyperparameter(
                "pretraining-masked", .real(0.25), in: 0...1, "share of a layer's input that denoising masks"
            ).only(when: "start", is: "denoising"),
        ] + (starts.contains(.dbm) ? joint : [])
    }

    private static let joint = [
        Hyperparameter("joint-epochs", .integer(10), in: 0...1_000_000, "epochs of all layers together")
            .only(when: "start", is: "dbm"),
        Hyperparameter("joint-rate", .real(0.005), in: 1e-9...10, "learning rate of all layers together")
            .only(when: "start", is: "dbm"),
    ]

    /// The layers that a user's settings ask for: `nil` to begin at random.
    ///
    /// - `widths`: From the inputs to the last layer.
    /// - `last`: The activation of the last layer, where it is another one.
    func stack(
        _ name: String, widths: [Int], network: Architecture, last: Activation? = nil, _ settings: Hyperparameters
    ) throws -> LayerStack? {
        let shapes = Array(zip(widths, widths.dropFirst()))
        let activation = network.activation
        let activations = shapes.indices.map { $0 == shapes.count - 1 ? last ?? activation : activation }
        let rate = Float(settings.real("pretraining-rate"))
        let epochs = settings.integer("pretraining-epochs")
        switch self {
        case .random: return nil
        case .dbm: throw StrataError(parameter: "start", "dbm", "its layers depend on one another and make no stack")
        case .rbm:
            try checkBinary(activation)
            let layers = shapes.indices.map { number in
                RestrictedBoltzmannMachine(
                    features: shapes[number].0, hidden: shapes[number].1,
                    hiddenUnits: activations[number] == .identity ? .gaussian : .bernoulli, name: "\(name).\(number)")
            }
            return LayerStack(
                layers, epochs: epochs,
                optimizers: layers.map { layer in
                    // Units without a bound take a rate one or two orders of magnitude smaller (Hinton 2010, section 13).
                    .boltzmannLayer(
                        learningRate: (rate > 0 ? rate : 0.05) * (layer.hiddenUnits == .gaussian ? 0.02 : 1))
                })
        case .denoising:
            let layers = shapes.indices.map { number in
                // Codes between 0 and 1 are reconstructed as the examples are; others have no bounds.
                let isBounded = number == 0 || activations[number - 1] == .sigmoid
                return Autoencoder(
                    features: shapes[number].0, code: shapes[number].1, codeActivation: activations[number],
                    loss: isBounded ? .bernoulli : .squared,
                    corruption: Corruption(.masking, Float(settings.real("pretraining-masked"))),
                    name: "\(name).\(number).")
            }
            return LayerStack(layers, epochs: epochs, optimizers: layers.map { _ in .adam(rate > 0 ? rate : 1e-3) })
        }
    }

    /// The deep Boltzmann machine that a user's settings ask for, and its phases: those of its layers, and that of all
    /// together. What is not among the settings is as the machine's own description has it.
    func deepMachine(
        _ spec: DataSpec, network: Architecture, _ settings: Hyperparameters
    ) throws -> (machine: DeepBoltzmannMachine, phases: [TrainingPhase]) {
        try checkBinary(network.activation)
        let description = DeepBoltzmannMachine.description
        let rate = settings.real("pretraining-rate")
        var typed = [
            "hidden": Hyperparameter.Value.integers(network.hidden).description,
            "pretraining-epochs": "\(settings.integer("pretraining-epochs"))",
        ]
        if rate > 0 { typed["pretraining-rate"] = "\(rate)" }
        let machine = try DeepBoltzmannMachine(spec, Hyperparameters(description.hyperparameters, typed))
        var optimizer = try description.optimizer?.optimizer() ?? .sgd()
        optimizer.learningRate = Float(settings.real("joint-rate"))
        let phases = machine.phases.map { phase in
            phase.adapted(
                epochs: settings.integer("joint-epochs"),
                hint: phase.epochs == nil ? "try a lower joint rate" : phase.hint,
                optimizer: optimizer, key: { $0.named("dbm") })
        }
        return (machine, phases)
    }

    private func checkBinary(_ activation: Activation) throws {
        guard activation == .sigmoid else {
            throw StrataError(
                parameter: "start", rawValue, "its layers are binary units, which takes activation sigmoid")
        }
    }
}

extension Optimizer {
    /// The optimizer of a Boltzmann machine that learns as a layer of something else (Hinton, "A practical guide to training
    /// restricted Boltzmann machines", 2010, sections 9 and 10).
    static func boltzmannLayer(learningRate: Float) -> Optimizer {
        .sgd(learningRate, momentum: 0.5, weightDecay: 2e-4)
    }
}
