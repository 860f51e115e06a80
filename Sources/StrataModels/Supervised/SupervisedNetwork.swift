import StrataBackend
public import StrataGraph
public import StrataNN

/// An encoder and a head that predicts labels or targets from its code, trained on the head's loss. The code of an example is
/// the output of the encoder.
///
/// The encoder may begin where it has come to without labels, as a stack or as a deep Boltzmann machine; the labels then only
/// fine-tune it (Hinton, Osindero and Teh 2006; Salakhutdinov and Hinton 2009; Vincent et al. 2010).
public struct SupervisedNetwork: LayeredModel, ClassifyingModel, PredictingModel {
    let encoder: Network
    let output: Network
    let head: SupervisedHead
    /// In which the encoder learns without the head.
    let pretraining: [TrainingPhase]
    /// What is done to the examples that it learns from; `nil` for nothing.
    public var adversarial: AdversarialTraining?
    public let domain: ValueDomain?

    /// - `encoder`: From examples [batch, features] to codes [batch, width].
    /// - `output`: From codes to what the head reads; by default a dense layer.
    /// - `pretraining`: The phases of another model that has the encoder's variables.
    /// - `domain`: The values that the other model takes.
    public init(
        encoder: Network, output: (any Layer)? = nil, head: SupervisedHead, pretraining: [TrainingPhase] = [],
        domain: ValueDomain? = nil
    ) {
        self.encoder = encoder
        self.output = Network("head", input: encoder.outputShape, output ?? Dense(head.outputs))
        self.head = head
        self.pretraining = pretraining
        self.domain = domain
    }

    /// - `shape`: Of an example.
    /// - `stack`: How the hidden layers begin, where not at random.
    public init(shape: [Int], network: Architecture, head: SupervisedHead, stack: LayerStack? = nil) {
        var network = network
        // Sigmoids four times as steep as the default begin in their linear part, and pass signals on (Glorot and Bengio
        // 2010).
        network.initialization = network.activation == .sigmoid ? .glorot(gain: 4) : .standard
        var layers = network.encoder(shape)
        if let stack {
            layers.layers = stack.encoder.layers.map { Block($0, dropout: network.dropout) }
        }
        self.init(
            encoder: Network("encoder", input: [shape.product], layers), head: head,
            pretraining: stack?.phases() ?? [],
            domain: stack?.layers.first?.domain)
    }

    /// A network of dense layers.
    ///
    /// - `stack`: How the hidden layers begin, where not at random.
    public init(
        features: Int, hidden: [Int] = [500, 500, 2000], head: SupervisedHead, activation: Activation = .relu,
        normalization: Normalization? = nil, dropout: Float = 0, stack: LayerStack? = nil
    ) {
        self.init(
            shape: [features],
            network: Architecture(
                hidden: hidden, activation: activation, normalization: normalization, dropout: dropout),
            head: head, stack: stack)
    }

    public var variables: [StateVariable] { encoder.variables + output.variables }
    public var criterion: Criterion { head.criterion }

    public var phases: [TrainingPhase] {
        let parameters = encoder.parameters + output.parameters
        return pretraining + [
            TrainingPhase(moving: parameters, needsLabels: true) { batch, context in
                let batch = adversarial?.attacked(batch, context, logits: outputs) ?? batch
                var pass = context.pass()
                let outputs = output(encoder(batch.examples, &pass), &pass)
                return head.objective(outputs, batch, updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        head.metrics(outputs(batch.examples), batch)
    }

    /// The outputs of the head: [batch, features] → [batch, outputs].
    public func outputs(_ examples: Tensor) -> Tensor { output(encoder(examples)) }

    public var classes: Int { head.classes }
    public func classLogits(_ examples: Tensor) -> Tensor { outputs(examples) }

    public func predictions(_ examples: Tensor) -> [(name: String, value: Tensor)] {
        [("predictions", head.prediction(outputs(examples)))]
    }

    public func encode(_ examples: Tensor) -> Tensor { encoder(examples) }

    /// Without hidden layers, the examples themselves.
    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        let layers = encoder.activations(examples)
        return layers.isEmpty ? [("code", encode(examples))] : layers
    }
}
