import StrataBackend
import StrataData
public import StrataGraph

/// A trained model within another, which sees its activations and never changes it: a perceptual network, a teacher.
///
/// Its variables are the outer model's too, under a scope of their own, so that the outer model's checkpoints are whole.
///
/// ```
/// let network = try Run("runs/classifier").network(scope: "features")
/// let distances = zip(network.layers(examples), network.layers(reconstructions)).map { ... }
/// ```
public struct TrainedNetwork: Sendable {
    /// The first part of the names of its variables.
    public let scope: String
    /// The numbers of an example that it takes.
    public let features: Int
    /// Its weights, under the scope. No move of the outer model has them among its parameters.
    public let variables: [StateVariable]
    private let model: any LayeredModel

    /// A model and where its weights come from.
    ///
    /// - Parameters:
    ///   - model: Its variables are named as in its own checkpoints.
    ///   - features: The numbers of an example that it takes.
    ///   - scope: The first part of the names that its variables have here.
    ///   - weights: The initial values of its variables; their own initializers where `nil`, for a model whose checkpoint
    ///     is yet to be read.
    public init(
        _ model: any LayeredModel, features: Int, scope: String, weights: ((StateVariable) throws -> Initializer)? = nil
    ) rethrows {
        self.model = model
        self.features = features
        self.scope = scope
        variables = try model.variables.map { variable in
            var own = variable.scoped(scope)
            if let weights { own.initializer = try weights(variable) }
            return own
        }
    }

    /// The activations of each layer, from the lowest on: [batch, features] → [batch, units] each.
    public func layers(_ examples: Tensor) -> [Tensor] {
        laid(over: examples) { model.layers($0).map(\.activations) }
    }

    /// [batch, features] → [batch, code].
    public func encode(_ examples: Tensor) -> Tensor { laid(over: examples) { [model.encode($0)] }[0] }

    /// The values that its examples must have; `nil` for any.
    public var domain: ValueDomain? { model.domain }

    /// The numbers of a code.
    public var codeSize: Int { model.encode(.input("examples", [2, features])).extent(1) }

    /// Whether it makes examples out of codes.
    public var isDecoding: Bool { model is any DecodingModel }

    /// [batch, code] → [batch, features]; invalid where it does not decode.
    public func decode(_ codes: Tensor) -> Tensor {
        guard let model = model as? any DecodingModel else {
            return .invalid("\(scope): the network makes no examples out of codes")
        }
        return laid(over: codes) { [model.decode($0)] }[0]
    }

    /// The network on something. It is laid over a variable that stands for it: what `input` is computed from may have
    /// names as the network's own variables have.
    private func laid(over input: Tensor, _ body: (Tensor) -> [Tensor]) -> [Tensor] {
        if input.isInvalid { return [input] }
        let place = StateVariable("\(scope) input", input.shape, initializer: .zeros)
        var substitution = Substitution { $0.name == place.name ? input : $0.scoped(scope).tensor }
        return body(place.tensor).map { substitution($0) }
    }

    /// How far the activations of two batches are apart: the mean squared difference of the units of each layer, summed over
    /// layers. [batch, features] twice → [batch].
    ///
    /// The gradient takes what the network sees in `target` for constant.
    public func distance(_ examples: Tensor, to target: Tensor) -> Tensor {
        let (seen, wanted) = (layers(examples), layers(target))
        return zip(seen, wanted).reduce(Tensor.constant(0, [examples.shape.first ?? 1])) { sum, layer in
            sum + (layer.0 - layer.1.stopGradient()).squared().mean([1])
        }
    }
}

/// The trained models that another is built upon, by the names of the settings that name their runs.
public typealias TrainedNetworks = [String: TrainedNetwork]

extension TrainedNetworks {
    /// The network of a setting, for examples of some domain. Throws `usage` where it is missing, `shape` where it takes
    /// others.
    func network(_ name: String, for spec: DataSpec) throws -> TrainedNetwork {
        guard let network = self[name] else {
            throw StrataError(parameter: name, "none", "the model is built upon a trained one; name its run")
        }
        guard network.features == spec.features else {
            throw StrataError(
                .shape,
                "\(name): the run's model takes examples of \(network.features) numbers, and these have \(spec.features)"
            )
        }
        return network
    }
}
