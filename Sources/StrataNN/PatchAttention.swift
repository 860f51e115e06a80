import StrataBackend

/// What a transformer over the patches of an image is made of (Vaswani et al., "Attention is all you need", 2017; Dosovitskiy et
/// al., "An image is worth 16x16 words", 2021), with each block normalized before it (Xiong et al., "On layer normalization in
/// the transformer architecture", 2020).
public struct PatchAttention: Sendable, Hashable {
    /// Pixels along an edge of a patch.
    public var patch: Int
    /// Numbers by which a patch is known in the network.
    public var width: Int
    /// Heads of an attention, of which each has an equal share of the width.
    public var heads: Int
    /// Blocks, of an attention and of two dense layers at each patch.
    public var blocks: Int

    /// Two blocks over patches of 7 × 7 pixels where nothing else is given. Nothing is checked here: `check` throws.
    public init(patch: Int = 7, width: Int = 64, heads: Int = 4, blocks: Int = 2) {
        (self.patch, self.width, self.heads, self.blocks) = (patch, width, heads, blocks)
    }

    /// Throws `usage` where patches do not fill an image [channels, height, width], or heads do not share the width.
    func check(_ image: [Int]) throws {
        guard patch > 0, image.dropFirst().allSatisfy({ $0 % patch == 0 }) else {
            throw StrataError(
                parameter: "patch", patch, "squares of so many pixels do not fill an image of \(Shape(image))")
        }
        guard heads > 0, width % heads == 0 else {
            throw StrataError(parameter: "attention-heads", heads, "do not share a width of \(width) equally")
        }
    }

    /// Layers from images [batch, channels, height, width] to [batch, patches, width].
    func encoder(dropout: Float) -> [any Layer] {
        [Patches(patch), Dense(width), PositionEmbedding()] + stack(dropout)
    }

    /// Layers from codes [batch, units] to images [batch, channels, height, width].
    func decoder(to image: [Int], dropout: Float) -> [any Layer] {
        let image = image.map { min(max($0, 0), Shape.largestExtent) }
        let patches = image.dropFirst().reduce(1) { $0.saturatingMultiplied(by: $1 / max(patch, 1)) }
        let numbers = (image.first ?? 1).saturatingMultiplied(by: patch.saturatingMultiplied(by: patch))
        return [Dense(patches.saturatingMultiplied(by: width)), Reshape([patches, width]), PositionEmbedding()]
            + stack(dropout) + [Dense(numbers), JoinedPatches(patch, image: Shape(image))]
    }

    private func stack(_ dropout: Float) -> [any Layer] {
        (0..<max(blocks, 0)).flatMap { _ -> [any Layer] in
            [
                Residual(Sequential([Normalization(.layer), Attention(heads: heads), Dropout(dropout)])),
                Residual(
                    Sequential([
                        Normalization(.layer),
                        Dense(width.saturatingMultiplied(by: 4), activation: .relu, initialization: .he), Dense(width),
                        Dropout(dropout),
                    ])),
            ]
        } + [Normalization(.layer)]
    }
}
