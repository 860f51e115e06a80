import StrataBackend
public import StrataGraph

/// A fully connected layer: `activation(x Wᵀ + b)` for x [batch, inputs], W [outputs, inputs] and b [outputs], the
/// layout and the names of PyTorch's `Linear`.
///
/// ```
/// let layer = Dense("encoder.0", inputs: 784, outputs: 400, activation: .relu)
/// let h = layer(x)
/// ```
public struct Dense: Sendable, Hashable {
    public let weight: StateVariable
    public let bias: StateVariable
    public let activation: Activation

    public init(
        _ name: String, inputs: Int, outputs: Int, activation: Activation = .identity,
        initializer: Initializer? = nil
    ) {
        let initial = initializer ?? .linear(fanIn: inputs)
        weight = StateVariable("\(name).weight", [outputs, inputs], initializer: initial)
        bias = StateVariable(
            "\(name).bias", [outputs], initializer: initializer == nil ? .linear(fanIn: inputs) : .zeros)
        self.activation = activation
    }

    /// A layer over variables that another part of the model has too.
    public init(weight: StateVariable, bias: StateVariable, activation: Activation) {
        self.weight = weight
        self.bias = bias
        self.activation = activation
    }

    public var inputs: Int { weight.type.shape[1] }
    public var outputs: Int { weight.type.shape[0] }
    public var variables: [StateVariable] { [weight, bias] }
    /// What its variables' names begin with: `encoder.0`.
    public var name: String { String(weight.name.dropLast(weight.name.hasSuffix(".weight") ? ".weight".count : 0)) }

    public func callAsFunction(
        _ x: Tensor, _ weights: Weights = .current, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        activation(input(x, weights, file: file, line: line))
    }

    /// What goes into the activation.
    public func input(
        _ x: Tensor, _ weights: Weights = .current, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        guard x.rank == 2, x.shape[1] == inputs else {
            return .invalid(
                "\(name): expected [batch, \(inputs)], the input is \(x.shape)", of: x, file: file, line: line)
        }
        return x.dotTransposed(weights[weight], file: file, line: line) + weights[bias]
    }
}

/// Dense layers one after the other, named `name.0`, `name.1`, …
public struct MultilayerPerceptron: Sendable, Hashable {
    public let layers: [Dense]

    public init(_ layers: [Dense]) { self.layers = layers }

    /// `widths` starts with the number of inputs; the last layer has the activation `output`.
    public init(
        _ name: String, widths: [Int], hidden: Activation, output: Activation = .identity,
        initializer: (@Sendable (_ inputs: Int, _ outputs: Int) -> Initializer)? = nil
    ) {
        layers = zip(widths, widths.dropFirst()).enumerated().map { position, width in
            Dense(
                "\(name).\(position)", inputs: width.0, outputs: width.1,
                activation: position == widths.count - 2 ? output : hidden,
                initializer: initializer?(width.0, width.1))
        }
    }

    public var variables: [StateVariable] { layers.flatMap(\.variables) }

    /// What each layer makes of x, from the lowest up: [batch, outputs] by the layer's name.
    public func activations(_ x: Tensor) -> [(name: String, activations: Tensor)] {
        var h = x
        return layers.map { layer in
            h = layer(h)
            return (layer.name, h)
        }
    }

    public func callAsFunction(
        _ x: Tensor, _ weights: Weights = .current, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        layers.reduce(x) { $1($0, weights, file: file, line: line) }
    }
}
