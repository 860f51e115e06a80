import StrataBackend
public import StrataGraph
public import StrataNN

/// The autoencoder, in all its kinds: an encoder that gives an example a code and a decoder that reconstructs the example from
/// it, both learned by how well it does.
///
/// What keeps the code from being a copy is that it is smaller (undercomplete), or a penalty Ω(h) on it (sparse,
/// contractive), or noise on the example that the encoder gets to see (denoising), or all of them.
public struct Autoencoder: LayeredModel, DecodingModel {
    /// How a reconstruction is compared with its example.
    public enum Loss: String, Sendable, Hashable, CaseIterable {
        /// −log p(x) with a probability for each feature.
        case bernoulli
        /// The squared error, summed over features, for values of any range.
        case squared
    }

    let encoderNetwork: Network
    let decoderNetwork: Network
    let loss: Loss
    let corruption: Corruption
    let penalty: CodePenalty
    let stack: LayerStack?
    private let codeActivation: Activation
    public let codeSize: Int

    /// - `shape`: Of an example.
    /// - `network`: From the examples down to the code; the decoder is its mirror image.
    /// - `isTied`: Whether the decoder's weights are the encoder's, transposed; of dense layers only.
    /// - `stack`: How encoder and decoder begin, where not at random; its layers are the encoder's.
    /// - `name`: The prefix of the variables' names.
    public init(
        shape: [Int], network: Architecture = Architecture(), code: Int, codeActivation: Activation = .identity,
        loss: Loss = .bernoulli, corruption: Corruption = .none, penalty: CodePenalty = .none, isTied: Bool = false,
        stack: LayerStack? = nil, name: String = ""
    ) {
        let features = shape.product
        var network = network
        // He's standard deviation suits rectified units; a sigmoid code is given the wider default.
        let start = network.activation == .relu && codeActivation != .sigmoid ? Initialization.he : .standard
        network.initialization = network.initialization ?? start
        var layers = network.encoder(shape)
        layers.layers.append(Dense(code, activation: codeActivation, initialization: network.initialization ?? start))
        encoderNetwork = Network("\(name)encoder", input: [features], stack?.encoder ?? layers)
        let decoder: any Layer =
            isTied
            ? TiedDecoder(encoderNetwork, activation: network.activation) : network.decoder(to: shape)
        decoderNetwork = Network("\(name)decoder", input: [code], decoder)
        self.loss = loss
        self.corruption = corruption
        self.penalty = penalty
        self.stack = stack
        self.codeActivation = codeActivation
        codeSize = code
    }

    /// An autoencoder of dense layers.
    ///
    /// - `hidden`: Widths from the examples down to the code; the decoder has them in reverse.
    public init(
        features: Int, hidden: [Int] = [], code: Int, activation: Activation = .relu,
        codeActivation: Activation = .identity, loss: Loss = .bernoulli, corruption: Corruption = .none,
        penalty: CodePenalty = .none, isTied: Bool = false, stack: LayerStack? = nil, name: String = ""
    ) {
        self.init(
            shape: [features], network: Architecture(hidden: hidden, activation: activation), code: code,
            codeActivation: codeActivation, loss: loss, corruption: corruption, penalty: penalty, isTied: isTied,
            stack: stack, name: name)
    }

    public var variables: [StateVariable] { (encoderNetwork.variables + decoderNetwork.variables).uniqued() }
    private var parameters: [StateVariable] { (encoderNetwork.parameters + decoderNetwork.parameters).uniqued() }

    public var criterion: Criterion { .minimize(loss == .bernoulli ? "cross_entropy" : "reconstruction_error") }

    public var domain: ValueDomain? {
        loss == .bernoulli ? .bits(hint: "take the squared loss") : stack?.layers.first?.domain
    }

    public var phases: [TrainingPhase] {
        let start = stack.map(unrolled) ?? []
        return (stack?.phases(then: start) ?? []) + [TrainingPhase(moving: parameters, objective: objective)]
    }

    private func objective(_ batch: Batch, _ context: StepContext) -> Objective {
        var pass = context.pass()
        let seen = corruption(batch.examples, context.key)
        let code = encoderNetwork(seen, &pass)
        let metrics = reconstruction(of: batch.examples, from: decoderNetwork(code, &pass))
        return Objective(
            metrics.loss, penalty: penalty.value(code, of: seen, context.key).map { $0 * penalty.weight },
            metrics: metrics.all, updates: pass.updates)
    }

    /// Without noise.
    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        reconstruction(of: batch.examples, from: decoderNetwork(encoderNetwork(batch.examples))).all
    }

    public func encode(_ examples: Tensor) -> Tensor { encoderNetwork(examples) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        encoderNetwork.activations(examples)
    }

    public func decode(_ codes: Tensor) -> Tensor { reconstructed(decoderNetwork(codes)) }

    private func reconstructed(_ output: Tensor) -> Tensor { loss == .bernoulli ? output.sigmoid() : output }

    private func reconstruction(of x: Tensor, from output: Tensor) -> (loss: Metric, all: [Metric]) {
        let error = Metric("reconstruction_error", StrataNN.Loss.squaredError(reconstructed(output), x))
        guard loss == .bernoulli else { return (error, [error]) }
        let entropy = Metric("cross_entropy", StrataNN.Loss.bernoulli(logits: output, x))
        return (entropy, [entropy, error])
    }

    /// The stack unrolled: each layer of the decoder begins as what leads back through a layer of the encoder.
    private func unrolled(_ stack: LayerStack) -> Updates {
        if decoderNetwork.layer is TiedDecoder {
            let biases = decoderNetwork.parameters.filter { $0.type.shape.rank == 1 }
            // The tied decoder asks for them from the code on.
            return zip(biases.reversed(), stack.layers).map { ($0, $1.decoder.bias) }
        }
        let pairs = stride(from: 0, to: decoderNetwork.parameters.count - 1, by: 2).map {
            (weight: decoderNetwork.parameters[$0], bias: decoderNetwork.parameters[$0 + 1])
        }
        return zip(pairs, stack.layers.reversed()).flatMap { layer, learned -> Updates in
            [(layer.weight, learned.decoder.weight), (layer.bias, learned.decoder.bias)]
        }
    }
}

/// The way back through an encoder of dense layers by its own weights, transposed, with biases of its own that are named after
/// the encoder's layers.
struct TiedDecoder: Layer {
    /// [outputs, inputs] each, from the examples on.
    let weights: [StateVariable]
    let activation: Activation

    init(_ encoder: Network, activation: Activation) {
        weights = encoder.parameters.filter { $0.type.shape.rank == 2 }
        self.activation = activation
    }

    /// [batch, code] → [batch, features], the last without a nonlinearity.
    func callAsFunction(_ codes: Tensor, _ pass: inout Pass) -> Tensor {
        var h = codes
        for (place, weight) in weights.enumerated().reversed() {
            let output = h.dot(pass.parameter(weight)) + pass.parameter("\(place).bias", [weight.type.shape[1]], .zeros)
            h = place > 0 ? activation(output) : output
        }
        return h
    }
}

extension Autoencoder: StackableLayer {
    public var encoder: Affine {
        let (weight, bias) = Autoencoder.onlyLayer(encoderNetwork)
        return Affine(weight: weight, bias: bias, activation: codeActivation)
    }
    public var decoder: (weight: Tensor, bias: Tensor) {
        let (weight, bias) = Autoencoder.onlyLayer(decoderNetwork)
        return (decoderNetwork.layer is TiedDecoder ? encoder.weight.tensor.transpose() : weight.tensor, bias.tensor)
    }

    /// Weight and bias of a network of one layer. Of any other, which is no layer of a stack, variables whose impossible
    /// shape is reported where they are used.
    private static func onlyLayer(_ network: Network) -> (weight: StateVariable, bias: StateVariable) {
        let parameters = network.parameters
        guard parameters.count == 2 else {
            let none = StateVariable("\(network.name), which is not one layer", [-1], initializer: .zeros)
            return (none, none)
        }
        return (parameters[0], parameters[1])
    }
}
