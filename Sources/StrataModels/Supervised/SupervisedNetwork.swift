import StrataBackend
public import StrataGraph
public import StrataNN

/// Hidden layers and a head that tells labels or targets from what they make of an example, trained by gradient descent
/// with momentum on the head's loss. The code of an example is what its last hidden layer makes of it.
///
/// The layers may begin where they have come to without labels, as a stack or as a deep Boltzmann machine; the labels
/// then only fine-tune them (Hinton, Osindero and Teh 2006; Salakhutdinov and Hinton 2009; Vincent et al. 2010).
public struct SupervisedNetwork: LayeredModel {
    let body: any NetworkBody
    let output: Dense
    let head: SupervisedHead
    /// In which the body learns without the head.
    let pretraining: [TrainingPhase]

    /// - Parameters:
    ///   - width: numbers in a code of the body.
    ///   - pretraining: the phases of another model that has the body's variables.
    public init(body: any NetworkBody, width: Int, head: SupervisedHead, pretraining: [TrainingPhase] = []) {
        self.body = body
        output = Dense("head", inputs: width, outputs: head.outputs)
        self.head = head
        self.pretraining = pretraining
    }

    /// - Parameter stack: how the hidden layers begin, where not at random.
    public init(
        features: Int, hidden: [Int] = [500, 500, 2000], head: SupervisedHead, activation: Activation = .relu,
        normalization: Normalization.Kind = .none, dropout: Float = 0, stack: LayerStack? = nil
    ) {
        // Sigmoids four times as steep as the default begin in their linear part, and pass signals on (Glorot and Bengio
        // 2010).
        let glorot: @Sendable (Int, Int) -> Initializer = { inputs, outputs in
            let bound = 4 * (6 / Float(inputs + outputs)).squareRoot()
            return .uniform(low: -bound, high: bound)
        }
        let random = MultilayerPerceptron(
            "body", widths: [features] + hidden, hidden: activation, output: activation,
            initializer: activation == .sigmoid ? glorot : nil)
        self.init(
            body: HiddenLayers(stack?.encoder ?? random, normalization: normalization, dropout: dropout),
            width: hidden.last ?? features, head: head, pretraining: stack?.phases() ?? [])
    }

    public var variables: [StateVariable] { body.variables + output.variables }

    public var phases: [TrainingPhase] {
        pretraining + [TrainingPhase(needsLabels: true, step: trainingStep)]
    }

    public func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep {
        let hidden = body.training(batch.examples, context.key)
        let metrics = head.metrics(output(hidden.output), batch)
        let parameters = body.parameters + output.variables
        return TrainingStep(
            updates: context.optimizer.minimizing(metrics[0].value, parameters, step: context.step) + hidden.updates,
            metrics: metrics)
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        head.metrics(output(body(batch.examples)), batch)
    }

    public func encode(_ examples: Tensor) -> Tensor { body(examples) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        let layers = body.activations(examples)
        return layers.isEmpty ? [("code", encode(examples))] : layers
    }
}
