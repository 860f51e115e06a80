public import StrataBackend
public import StrataGraph

/// A layer, mostly a composed one, with a name and the shape of its inputs: what models are made of.
///
/// ```
/// let encoder = Network("encoder", input: [784], Sequential([Dense(400, activation: .relu), Dense(20)]))
/// encoder.parameters.map(\.name)    // encoder.0.weight, encoder.0.bias, encoder.1.weight, encoder.1.bias
/// let codes = encoder(batch.examples)
/// ```
public struct Network: Sendable {
    /// The first part of its variables' names.
    public let name: String
    /// What an input goes through, mostly a `Sequential`.
    public let layer: any Layer
    /// The shape of one input, without the axis of the batch.
    public let inputShape: Shape
    /// Float32, or int32 for tokens.
    public let inputType: DType
    /// The shape of one output; empty where the layers do not fit the input, which applying the network tells.
    public let outputShape: Shape
    /// What gradients change, from the input on.
    public let parameters: [StateVariable]
    /// What layers keep besides, such as running averages.
    public let buffers: [StateVariable]
    /// Whether an example's output depends on the others of its batch in training, as batch normalization has it.
    public let mixesExamples: Bool

    private let file: String
    private let line: Int

    /// - `name`: The first part of its variables' names.
    /// - `input`: The shape of one input, without the axis of the batch.
    /// - `type`: Int32 for tokens, which an `Embedding` takes.
    /// - `condition`: The width of what it depends on besides; `nil` for a network of its input alone.
    public init(
        _ name: String, input: Shape, type: DType = .float32, condition: Int? = nil, _ layer: any Layer,
        file: String = #fileID, line: Int = #line
    ) {
        self.name = name
        self.layer = layer
        self.file = file
        self.line = line
        inputShape = input
        inputType = type
        // Two examples, as normalization takes them apart.
        var pass = Pass.evaluation
        pass.condition = condition.map { .input("\(name) condition", [2, $0]) }
        let output = pass.apply(
            layer, named: name, to: .input("\(name) input", Shape([2] + input.extents), dtype: type))
        outputShape = Shape(Array(output.shape.extents.dropFirst()))
        parameters = pass.parameters
        buffers = pass.buffers
        mixesExamples = pass.mixesExamples
    }

    /// Parameters and buffers.
    public var variables: [StateVariable] { parameters + buffers }

    /// Elements of an output.
    public var outputCount: Int { outputShape.elementCount }

    /// The output after training: [batch, input shape] → [batch, output shape].
    public func callAsFunction(_ x: Tensor) -> Tensor {
        var pass = Pass.evaluation
        return self(x, &pass)
    }

    /// The output in a pass, which gathers the updates of buffers: [batch, input shape] → [batch, output shape].
    ///
    /// - `condition`: What it depends on besides the input, [batch, width]; `nil` for nothing.
    public func callAsFunction(_ x: Tensor, given condition: Tensor? = nil, _ pass: inout Pass) -> Tensor {
        guard x.shape.rank == inputShape.rank + 1, x.shape.extents.dropFirst().elementsEqual(inputShape) else {
            // A mistake made before is told as it is.
            if x.isInvalid { return x }
            let expected = Shape([x.shape.first ?? 1] + inputShape.extents)
            return .invalid("\(name): the input is \(x.shape), expected \(expected)", file: file, line: line)
        }
        let outer = pass.condition
        pass.condition = condition
        defer { pass.condition = outer }
        return pass.apply(layer, named: name, to: x)
    }

    /// The outputs of the stages after training [batch, units], from the input on, by their names: `encoder.0`; none of a
    /// network without layers.
    public func activations(_ x: Tensor) -> [(name: String, activations: Tensor)] {
        var pass = Pass.evaluation
        _ = self(x, &pass)
        return pass.activations.map { ($0.name, $0.output.flattened()) }
    }
}
