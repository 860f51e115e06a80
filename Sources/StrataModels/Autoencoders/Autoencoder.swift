import StrataBackend
public import StrataGraph
public import StrataNN

/// The autoencoder, in all its kinds: an encoder that gives an example a code and a decoder that restores the example
/// from it, both learned by how well it does.
///
/// What keeps the code from being a copy is that it is smaller (undercomplete), or a penalty Ω(h) on it (sparse,
/// contractive), or noise on the example that the encoder gets to see (denoising), or all of them.
public struct Autoencoder: LayeredModel, DecodingModel {
    /// How well an example is restored.
    public enum Loss: String, Sendable, Hashable, CaseIterable {
        /// −log p(x) with a probability for each number.
        case bernoulli
        case squared
    }

    let encoderLayers: MultilayerPerceptron
    let decoderLayers: Decoder
    let loss: Loss
    let corruption: Corruption
    let penalty: CodePenalty
    let stack: LayerStack?
    public let codeSize: Int

    /// - Parameters:
    ///   - hidden: widths from the examples down to the code; the decoder has them in reverse.
    ///   - isTied: whether the decoder's weights are the encoder's, transposed.
    ///   - stack: how encoder and decoder begin, where not at random; its layers are the encoder's.
    ///   - name: the prefix of the variables' names.
    public init(
        features: Int, hidden: [Int] = [], code: Int, activation: Activation = .relu,
        codeActivation: Activation = .identity, loss: Loss = .bernoulli, corruption: Corruption = .none,
        penalty: CodePenalty = .none, isTied: Bool = false, stack: LayerStack? = nil, name: String = ""
    ) {
        let widths = [features] + hidden + [code]
        // He's deviation suits rectified units; a sigmoid code is given the wider default.
        let isRectified = activation == .relu && codeActivation != .sigmoid
        let he: @Sendable (Int, Int) -> Initializer = { inputs, _ in .he(fanIn: inputs) }
        let initializer = isRectified ? he : nil
        let random = MultilayerPerceptron(
            "\(name)encoder", widths: widths, hidden: activation, output: codeActivation, initializer: initializer)
        encoderLayers = stack?.encoder ?? random
        if isTied {
            decoderLayers = .tied(Decoder.Tied(encoderLayers, activation, name: name))
        } else {
            decoderLayers = .own(
                MultilayerPerceptron(
                    "\(name)decoder", widths: Array(widths.reversed()), hidden: activation, initializer: initializer))
        }
        self.loss = loss
        self.corruption = corruption
        self.penalty = penalty
        self.stack = stack
        codeSize = code
    }

    public var variables: [StateVariable] { encoderLayers.variables + decoderLayers.variables }

    public var phases: [TrainingPhase] {
        let end = stack.map { decoderLayers.start($0) } ?? []
        return (stack?.phases(then: end) ?? []) + [TrainingPhase(step: trainingStep)]
    }

    public func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep {
        let seen = corruption(batch.examples, context.key)
        let code = encoderLayers(seen)
        let metrics = restoration(of: batch.examples, from: code)
        var loss = metrics[0].value
        if let penalty = penalty.value(code, of: seen, context.key) { loss = loss + penalty * self.penalty.weight }
        return TrainingStep(
            updates: context.optimizer.minimizing(loss, variables, step: context.step), metrics: metrics)
    }

    /// Without noise.
    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        restoration(of: batch.examples, from: encoderLayers(batch.examples))
    }

    public func encode(_ examples: Tensor) -> Tensor { encoderLayers(examples) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        encoderLayers.activations(examples)
    }

    public func decode(_ codes: Tensor) -> Tensor { restored(decoderLayers(codes)) }

    private func restored(_ output: Tensor) -> Tensor { loss == .bernoulli ? output.sigmoid() : output }

    private func restoration(of x: Tensor, from code: Tensor) -> [Metric] {
        let output = decoderLayers(code)
        let error = Metric("reconstruction_error", StrataNN.Loss.squaredError(restored(output), x))
        guard loss == .bernoulli else { return [error] }
        return [Metric("cross_entropy", StrataNN.Loss.bernoulli(logits: output, x)), error]
    }
}

extension Autoencoder {
    /// What leads from codes back to examples, without the last nonlinearity.
    enum Decoder: Sendable {
        case own(MultilayerPerceptron)
        case tied(Tied)

        /// The encoder's weights, transposed, with biases of its own: one for each layer of the encoder.
        struct Tied: Sendable {
            let encoder: MultilayerPerceptron
            let activation: Activation
            let biases: [StateVariable]

            init(_ encoder: MultilayerPerceptron, _ activation: Activation, name: String) {
                self.encoder = encoder
                self.activation = activation
                biases = encoder.layers.enumerated().map { position, layer in
                    StateVariable("\(name)decoder.\(position).bias", [layer.inputs], initializer: .zeros)
                }
            }
        }

        var variables: [StateVariable] {
            switch self {
            case .own(let network): network.variables
            case .tied(let tied): tied.biases
            }
        }

        func callAsFunction(_ codes: Tensor) -> Tensor {
            switch self {
            case .own(let network): network(codes)
            case .tied(let tied):
                tied.encoder.layers.indices.reversed().reduce(codes) { h, position in
                    let output = h.dot(tied.encoder.layers[position].weight.tensor) + tied.biases[position].tensor
                    return position > 0 ? tied.activation(output) : output
                }
            }
        }

        /// The stack unrolled: each layer of the decoder begins as what leads back through a layer of the encoder.
        func start(_ stack: LayerStack) -> Updates {
            switch self {
            case .own(let network):
                zip(network.layers, stack.layers.reversed()).flatMap { layer, learned -> Updates in
                    [(layer.weight, learned.decoder.weight), (layer.bias, learned.decoder.bias)]
                }
            case .tied(let tied): zip(tied.biases, stack.layers).map { ($0, $1.decoder.bias) }
            }
        }
    }
}

extension Autoencoder: StackableLayer {
    public var encoder: Dense { encoderLayers.layers[0] }
    public var decoder: (weight: Tensor, bias: Tensor) {
        switch decoderLayers {
        case .own(let network): (network.layers[0].weight.tensor, network.layers[0].bias.tensor)
        case .tied(let tied): (encoder.weight.tensor.transpose(), tied.biases[0].tensor)
        }
    }
}
