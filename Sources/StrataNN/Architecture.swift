import StrataBackend
import StrataGraph

/// The networks that a model may be made of, whatever its objective: from examples to hidden units, and back.
///
/// ```
/// let conv = Architecture(.conv, channels: [32, 64])
/// let encoder = Network("encoder", input: [784], conv.encoder([28, 28]))       // [batch, 784] → [batch, 3136]
/// let decoder = Network("decoder", input: [20], conv.decoder(to: [28, 28]))    // [batch, 20] → [batch, 784]
/// ```
public struct Architecture: Sendable {
    /// What hidden layers are made of: dense layers of any examples, convolutions of images, or recurrent layers over
    /// sequences.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Dense layers.
        case mlp
        /// Convolutions of stride 2, each of which halves an image's extents.
        case conv
        /// Residual blocks of two convolutions, each of which halves an image's extents (He et al. 2016).
        case residual
        /// Long short-term memory over sequences [steps, features]; of an image the rows are the steps.
        case lstm
        /// Gated recurrent units over the same.
        case gru
        /// Self-attention over the patches of images (Dosovitskiy et al. 2021).
        case transformer

        /// What an example has to be; `nil` where any will do.
        fileprivate var examples: (name: String, ranks: ClosedRange<Int>)? {
            switch self {
            case .mlp: nil
            case .conv, .residual, .transformer: ("images [height, width] or [channels, height, width]", 2...3)
            case .lstm, .gru: ("sequences [steps, features], such as the rows of grayscale images", 2...2)
            }
        }
    }

    /// Which layers the network has, and so which of the widths below count.
    public var kind: Kind
    /// The widths of dense layers, from the examples on, for `mlp`; the decoder has them in reverse.
    public var hidden: [Int]
    /// The channels of the convolutions, of which each halves the extents.
    public var channels: [Int]
    /// The widths of dense layers after the convolutions; the decoder has them in reverse.
    public var dense: [Int]
    /// What a transformer is made of.
    public var attention = PatchAttention()
    /// The units of recurrent layers, from the examples on; the decoder has them in reverse.
    public var units: [Int]
    /// The nonlinearity of hidden layers, but for recurrent ones, which have their own; the decoder's last layer has none.
    public var activation: Activation
    /// The normalization of hidden layers, before the activation; `nil` for none, as recurrent ones have.
    public var normalization: Normalization?
    /// The share of hidden units dropped in training, from 0 up to but not including 1.
    public var dropout: Float
    /// How hidden layers start; what suits the activation where `nil`.
    public var initialization: Initialization?

    /// A network of some kind. Nothing is checked here: `check(_:)` tells whether it takes examples of a shape, and
    /// layers that fit nothing are told when a `Network` of them is applied.
    public init(
        _ kind: Kind = .mlp, hidden: [Int] = [], channels: [Int] = [], dense: [Int] = [], units: [Int] = [],
        activation: Activation = .relu,
        normalization: Normalization? = nil, dropout: Float = 0, initialization: Initialization? = nil
    ) {
        self.kind = kind
        self.hidden = hidden
        self.channels = channels
        self.dense = dense
        self.units = units
        self.activation = activation
        self.normalization = normalization
        self.dropout = dropout
        self.initialization = initialization
    }

    /// Throws `data` where examples of that shape are no images or no sequences, and the network needs them, and `usage` for
    /// patches that do not fill an image, or heads that do not share a width.
    public func check(_ shape: [Int]) throws {
        if let examples = kind.examples, !examples.ranks.contains(shape.count) {
            throw StrataError(
                .data, "networks of kind \(kind.rawValue) take \(examples.name); these examples are \(Shape(shape))")
        }
        if kind == .transformer { try attention.check(image(shape)) }
    }

    // MARK: Networks

    /// Layers from examples [batch, features] of a shape to hidden units [batch, units].
    public func encoder(_ shape: [Int]) -> Sequential {
        switch kind {
        case .mlp: Sequential(hidden.map(denseBlock))
        case .conv:
            Sequential(
                [Reshape(Shape(image(shape)))] + channels.map { halved($0) } + [Flatten()] + dense.map(denseBlock))
        case .residual:
            Sequential(
                [Reshape(Shape(image(shape))), convolution(channels.first ?? 1)]
                    + channels.map { residual($0, stride: 2) } + [Flatten()] + dense.map(denseBlock))
        case .transformer:
            Sequential(
                [Reshape(Shape(image(shape)))] + attention.encoder(dropout: dropout) + [Flatten()]
                    + dense.map(denseBlock))
        case .lstm, .gru:
            Sequential(
                [Reshape(Shape(shape))]
                    + units.enumerated().flatMap { recurrent($1, isLast: $0 == units.count - 1) }
                    + (units.isEmpty ? [Flatten()] : []))
        }
    }

    /// Layers from codes [batch, width] to examples [batch, features] of a shape, the last without a nonlinearity.
    public func decoder(to shape: [Int]) -> Sequential {
        let features = shape.product
        switch kind {
        case .mlp:
            return Sequential(
                hidden.reversed().map(denseBlock) + [Dense(features, initialization: initialization ?? .standard)])
        case .lstm, .gru:
            let (steps, width) = (shape.first ?? 1, Array(shape.dropFirst()).product)
            return Sequential(
                [Repeat(steps)] + units.reversed().flatMap { recurrent($0, isLast: false) } + [
                    Dense(width, initialization: initialization ?? .standard), Flatten(),
                ])
        case .transformer:
            return Sequential(
                dense.reversed().map(denseBlock) + attention.decoder(to: image(shape), dropout: dropout) + [Flatten()])
        case .conv, .residual: return convolutionalDecoder(shape)
        }
    }

    private func convolutionalDecoder(_ shape: [Int]) -> Sequential {
        // Extents that no image has are told by the layers that they lead to.
        let image = image(shape).map { min(max($0, 0), Shape.largestExtent) }
        let widths = [image.first ?? 0] + channels
        var extents = [Array(image.dropFirst())]
        for _ in channels { extents.append((extents.last ?? []).map { (max($0, 1) - 1) / 2 + 1 }) }
        let inner = [widths[channels.count]] + extents[channels.count]
        var layers: [any Layer] = dense.reversed().map(denseBlock) + [denseBlock(inner.product), Reshape(Shape(inner))]
        for place in channels.indices.reversed() {
            // What the stride rounded away on the way down is added at the end of each axis.
            let missing = zip(extents[place], extents[place + 1]).map { $0 - (2 * $1 - 1) }
            let isLast = place == 0 && kind == .conv
            // The residual network ends in a convolution of its own.
            let outputs = place == 0 && kind == .residual ? channels[0] : widths[place]
            let up = TransposedConvolution(
                outputs, stride: 2, padding: 1, outputPadding: missing,
                initialization: initialization(isLast ? .identity : activation))
            layers.append(isLast ? up : block(up))
            if kind == .residual { layers.append(residual(outputs, stride: 1)) }
        }
        if kind == .residual { layers.append(Convolution(widths[0])) }
        return Sequential(layers + [Flatten()])
    }

    // MARK: Layers

    private func image(_ shape: [Int]) -> [Int] { shape.count == 2 ? [1] + shape : shape }

    private func initialization(_ activation: Activation) -> Initialization {
        initialization ?? .suited(to: activation)
    }

    private func block(_ linear: any Layer) -> Block {
        Block(linear, normalization: normalization, activation: activation, dropout: dropout)
    }

    private func denseBlock(_ outputs: Int) -> any Layer {
        block(Dense(outputs, initialization: initialization(activation)))
    }

    /// What is passed on of a sequence of states: all, or of the last layer of an encoder the last state.
    private func recurrent(_ units: Int, isLast: Bool) -> [any Layer] {
        let layer: any Layer =
            kind == .gru
            ? GRU(units, returns: isLast ? .last : .sequence) : LSTM(units, returns: isLast ? .last : .sequence)
        return [layer] + (dropout == 0 ? [] : [Dropout(dropout)])
    }

    private func convolution(_ outputs: Int, stride: Int = 1) -> Block {
        block(Convolution(outputs, stride: stride, initialization: initialization(activation)))
    }

    private func halved(_ outputs: Int) -> any Layer { convolution(outputs, stride: 2) }

    private func residual(_ outputs: Int, stride: Int) -> any Layer {
        let last = Block(Convolution(outputs, initialization: initialization(activation)), normalization: normalization)
        return Residual(
            Sequential([convolution(outputs, stride: stride), last]),
            shortcut: stride == 1 ? nil : Convolution(outputs, size: 1, stride: stride), activation: activation)
    }
}
