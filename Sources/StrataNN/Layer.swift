public import StrataBackend
public import StrataGraph

/// A step of a network: a function of one tensor with parameters of its own.
///
/// A layer is a value that holds no weights and says no size twice: applied to its input, it asks the pass for the
/// parameters that such an input takes. So a new layer is one type with one function:
///
/// ```
/// struct Scale: Layer {
///     func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
///         x * pass.parameter("scale", [x.shape.last ?? 1], .constant(1))
///     }
/// }
/// let encoder = Network("encoder", input: [784], Sequential([Dense(400, activation: .relu), Scale(), Dense(20)]))
/// ```
///
/// Parameters are named after the layer's place, as in the `state_dict` of a PyTorch module of the same nesting:
/// `encoder.0.weight`, `encoder.1.scale`, `encoder.2.bias`.
public protocol Layer: Sendable {
    /// The output for a batch of inputs [batch, …] → [batch, …].
    ///
    /// An input that does not fit gives an invalid tensor, which says what was expected.
    func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor
}

/// One application of a network: whether it is training, its randomness, and what its layers ask for and leave behind.
public struct Pass: Sendable {
    /// Whether the layer that is being applied behaves as in training: dropout masks, batch statistics. A layer whose
    /// parameters are held frozen behaves as after training, and all that it keeps stays as it is.
    public var isTraining: Bool { trains && !frozen.contains { path.isWithin($0) } }
    /// What gradients change, in order of first use.
    public private(set) var parameters: [StateVariable] = []
    /// What layers keep besides and update by themselves, such as running averages.
    public private(set) var buffers: [StateVariable] = []
    /// The next values of the buffers.
    public private(set) var updates: Updates = []
    /// The outputs of the stages of the network [batch, …] by their names, from the input on.
    public private(set) var activations: [(name: String, output: Tensor)] = []
    /// The name of the layer that is being applied: `encoder.0`.
    public private(set) var path: String
    /// What the network that is being applied depends on besides its input [batch, width], such as a time or a class;
    /// `nil` where there is no such thing. Layers such as `ConditionalBias` take it in.
    public internal(set) var condition: Tensor?

    /// What recurrent layers begin with and come to, by the name of the layer and its direction: the tensors [batch,
    /// units] of a state. With an empty table all begin at 0, and it is filled; without any, nobody is told.
    public var states: [String: [Tensor]]?
    /// The groups of examples that batch normalization has statistics of, where not of the batch as a whole; of no account
    /// after training.
    public var groups: ExampleGroups?
    /// Whether an example's output depends on the others of its batch in training, as batch normalization has it.
    public internal(set) var mixesExamples = false

    private let trains: Bool
    private let frozen: [String]
    private let root: RandomKey?
    private var depth = 0
    private var reparametrization: Reparametrization?

    /// A weight as layers are to have it, given its name, its value and the axis of its outputs.
    typealias Reparametrization =
        @Sendable (
            _ name: String, _ weight: Tensor, _ outputs: Int, _ pass: inout Pass
        ) -> Tensor

    private init(key: RandomKey?, trains: Bool, frozen: [String] = []) {
        path = ""
        self.trains = trains
        self.frozen = frozen
        root = key
    }

    /// A pass of training, with its randomness.
    ///
    /// - `frozen`: First parts of the names of layers that do not learn.
    public static func training(_ key: RandomKey, frozen: [String] = []) -> Pass {
        Pass(key: key, trains: true, frozen: frozen)
    }

    /// A pass after training.
    public static var evaluation: Pass { Pass(key: nil, trains: false) }

    /// The randomness of the layer that is being applied; `nil` after training.
    public var key: RandomKey? { root?.named(path) }

    // MARK: For layers

    /// The value of a parameter of the layer that is being applied.
    public mutating func parameter(_ name: String, _ shape: Shape, _ initializer: Initializer) -> Tensor {
        parameter(StateVariable(qualified(name), shape, initializer: initializer))
    }

    /// The value of a parameter that another part of a model has too.
    public mutating func parameter(_ variable: StateVariable) -> Tensor {
        if !parameters.contains(where: { $0.name == variable.name }) { parameters.append(variable) }
        return variable.tensor
    }

    /// The value of a weight of the layer that is being applied: a matrix or a filter, which leads from inputs to outputs
    /// linearly. A layer around it such as `SpectralNormalization` may rescale it.
    ///
    /// - `outputs`: The axis of the outputs.
    public mutating func weight(_ name: String, _ shape: Shape, _ initializer: Initializer, outputs: Int = 0) -> Tensor
    {
        let value = parameter(name, shape, initializer)
        guard let reparametrization else { return value }
        return reparametrization(name, value, outputs, &self)
    }

    /// Applies a layer whose weights, and those of the layers within it, are changed before they are used.
    mutating func apply(_ layer: any Layer, weights change: @escaping Reparametrization, to x: Tensor) -> Tensor {
        let outer = reparametrization
        reparametrization = change
        defer { reparametrization = outer }
        return layer(x, &self)
    }

    /// The value of a buffer of the layer that is being applied; where the layer was applied in this pass before, the one
    /// that it left.
    public mutating func buffer(_ name: String, _ shape: Shape, _ initializer: Initializer) -> Tensor {
        let variable = StateVariable(qualified(name), shape, initializer: initializer)
        if !buffers.contains(where: { $0.name == variable.name }) { buffers.append(variable) }
        return updates.first { $0.variable.name == variable.name }?.value ?? variable.tensor
    }

    /// The next value of a buffer that the layer has asked for.
    public mutating func update(_ name: String, _ value: Tensor) {
        guard let variable = buffers.first(where: { $0.name == qualified(name) }) else { return }
        updates.removeAll { $0.variable.name == variable.name }
        updates.append((variable, value))
    }

    /// Applies a layer as part of the one that is being applied, under a name of its own.
    public mutating func apply(_ layer: any Layer, named name: String, to x: Tensor) -> Tensor {
        let outer = path
        path = qualified(name)
        depth += 1
        defer { (path, depth) = (outer, depth - 1) }
        return layer(x, &self)
    }

    /// Notes the output of a stage, where the layer that is being applied is the whole network.
    public mutating func note(_ name: String, _ output: Tensor) {
        if depth == 1 { activations.append((qualified(name), output)) }
    }

    private func qualified(_ name: String) -> String {
        path.isEmpty ? name : name.isEmpty ? path : "\(path).\(name)"
    }

    /// The state that a recurrence of the layer that is being applied begins with.
    func state(_ name: String) -> [Tensor]? { states?[qualified(name)] }

    /// Notes the state that it has come to, where that is wanted.
    mutating func leave(_ name: String, _ state: [Tensor]) {
        let name = qualified(name)
        if states != nil { states?[name] = state }
    }

    /// A mistake of the layer that is being applied, with its name before what is wrong.
    public func invalid(_ message: String, file: String = #fileID, line: Int = #line) -> Tensor {
        .invalid(path.isEmpty ? message : "\(path): \(message)", file: file, line: line)
    }
}

/// The next values of some variables.
public typealias Updates = [(variable: StateVariable, value: Tensor)]
