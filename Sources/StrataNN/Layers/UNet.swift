import StrataBackend
public import StrataGraph

/// A network from images to images of the same extents (Ronneberger, Fischer and Brox 2015), as flows and diffusions have
/// it: residual blocks at ever lower resolutions and back, and at each resolution what was seen on the way down beside
/// what comes back up. Each block takes in the condition of the pass, where there is one.
///
/// Parameters are named `input`, `down.0.block`, `down.0.shrink`, `middle`, `up.0.grow`, `up.0.block`, `output`, the blocks'
/// `body` and `shortcut` beneath them.
public struct UNet: Layer, Hashable {
    /// The channels at each resolution, of which each but the first has half the extents of the one before.
    public var channels: [Int]
    /// The channels of the output; as many as the input has where `nil`.
    public var outputs: Int?
    /// The groups of channels that are normalized.
    public var groups: Int
    /// The nonlinearity before each convolution of a block.
    public var activation: Activation

    /// Nothing is checked here: channels that do not make the groups, or images that cannot be halved, give an invalid
    /// tensor when it is applied.
    public init(channels: [Int], outputs: Int? = nil, groups: Int = 8, activation: Activation = .silu) {
        self.channels = channels
        self.outputs = outputs
        self.groups = groups
        self.activation = activation
    }

    /// [batch, channels, height, width] → [batch, outputs, height, width]; height and width are multiples of
    /// 2^(resolutions − 1).
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        let halvings = channels.count - 1
        guard x.rank == 4, halvings >= 0, halvings < 16, x.shape[2].isMultiple(of: 1 << halvings),
            x.shape[3].isMultiple(of: 1 << halvings)
        else {
            return pass.invalid(
                "U-Net: the input is \(x.shape), expected [batch, channels, height, width], to be halved \(halvings) times"
            )
        }
        var h = pass.apply(convolution(channels[0]), named: "input", to: x)
        var kept: [Tensor] = []
        for level in 0..<halvings {
            h = pass.apply(block(h, channels[level], pass), named: "down.\(level).block", to: h)
            kept.append(h)
            h = pass.apply(convolution(channels[level + 1], stride: 2), named: "down.\(level).shrink", to: h)
        }
        h = pass.apply(block(h, channels[halvings], pass), named: "middle", to: h)
        for (place, level) in (0..<halvings).reversed().enumerated() {
            let grow = EnlargedConvolution(channels[level])
            h = pass.apply(grow, named: "up.\(place).grow", to: h)
            h = .concatenate([h, kept[level]], axis: 1)
            h = pass.apply(block(h, channels[level], pass), named: "up.\(place).block", to: h)
        }
        let output = Sequential([norm, activation, convolution(outputs ?? x.shape[1])])
        return pass.apply(output, named: "output", to: h)
    }

    private var norm: Normalization { Normalization(.group(groups)) }

    private func convolution(_ outputs: Int, stride: Int = 1) -> Convolution {
        Convolution(outputs, stride: stride, initialization: .standard)
    }

    /// Two convolutions, each of what is normalized and bent before, with the condition between them, and a way around.
    private func block(_ x: Tensor, _ outputs: Int, _ pass: Pass) -> Residual {
        let told: [any Layer] = pass.condition == nil ? [] : [ConditionalBias()]
        let body =
            [norm, activation, convolution(outputs)] + told + [norm, activation, convolution(outputs)] as [any Layer]
        let isNarrowed = x.rank > 1 && x.shape[1] != outputs
        return Residual(
            Sequential(body),
            shortcut: isNarrowed ? Convolution(outputs, size: 1, initialization: .standard) : nil)
    }
}
