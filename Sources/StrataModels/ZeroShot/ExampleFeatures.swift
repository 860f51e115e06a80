import StrataBackend
import StrataData
import StrataGraph
import StrataNN

/// What a model sees in an example that does not change as it learns: its numbers or the codes of a trained network, as
/// they are or as random rectified features of them, `max(0, W x + b)` (Rahimi and Recht, "Weighted sums of random
/// kitchen sinks", 2008).
struct ExampleFeatures: Sendable {
    private let network: TrainedNetwork?
    private let weight: StateVariable?
    private let bias: StateVariable?
    /// The features of an example.
    let count: Int

    /// - Parameters:
    ///   - features: The numbers of an example.
    ///   - random: Random features; 0 for none.
    ///   - network: The network whose codes are seen; `nil` for the examples themselves.
    init(of features: Int, random: Int = 0, network: TrainedNetwork? = nil) {
        let inputs = network?.codeSize ?? features
        self.network = network
        count = random > 0 ? random : inputs
        // Weights of values from 0 to 1 that let a unit be off for a good part of them.
        let deviation = 1.5 / Float(max(inputs, 1)).squareRoot()
        weight =
            random > 0
            ? StateVariable(
                "random.weight", [inputs, random], initializer: .normal(mean: 0, standardDeviation: deviation)) : nil
        bias =
            random > 0
            ? StateVariable("random.bias", [random], initializer: .normal(mean: 0, standardDeviation: 0.3)) : nil
    }

    /// The features that a user's settings ask for. Throws `shape` for a network of other examples.
    init(_ spec: DataSpec, _ settings: Hyperparameters, _ networks: TrainedNetworks) throws {
        let network = try networks["features"].map { _ in try networks.network("features", for: spec) }
        self.init(of: spec.features, random: settings.integer("random-features"), network: network)
    }

    static func hyperparameter(_ random: Int) -> Hyperparameter {
        Hyperparameter(
            "random-features", .integer(random), in: 0...65536,
            "random rectified features of an example, or of its code by --features; 0 for none")
    }

    static let networks = [
        "features": "a run, such as of a classifier, whose codes are learned from in place of examples"
    ]

    var variables: [StateVariable] { (network?.variables ?? []) + [weight, bias].compactMap(\.self) }
    var domain: ValueDomain? { network?.domain }

    /// [batch, features] → [batch, count], constant to the gradient.
    func callAsFunction(_ examples: Tensor) -> Tensor {
        let seen = network.map { Self.normalized($0.encode(examples)) } ?? examples
        guard let weight, let bias else { return seen.stopGradient() }
        return (seen.dot(weight.tensor) + bias.tensor).relu().stopGradient()
    }

    /// Codes of a length of √width, so that their numbers are about 1 whatever the network's scale: [batch, width].
    private static func normalized(_ codes: Tensor) -> Tensor {
        codes / (codes.squared().mean([1], keepingAxes: true) + 1e-12).squareRoot()
    }

    /// A batch whose examples are features.
    func callAsFunction(_ batch: Batch) -> Batch {
        var batch = batch
        batch.examples = self(batch.examples)
        return batch
    }
}
