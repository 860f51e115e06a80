public import StrataBackend
public import StrataGraph

/// An image as a sequence of square patches, row by row, each with its channels one after the other (Dosovitskiy et al., "An
/// image is worth 16x16 words", 2021).
public struct Patches: Layer, Hashable {
    /// Pixels along an edge of a patch.
    public var size: Int

    /// Patches of a size. Nothing is checked here: an image that they do not fill gives an invalid tensor when it is applied.
    public init(_ size: Int) { self.size = size }

    /// [batch, channels, height, width] → [batch, patches, channels · size · size].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard x.rank == 4, size > 0, x.shape[2] % size == 0, x.shape[3] % size == 0 else {
            return pass.invalid("patches: the input is \(x.shape), expected images that squares of \(size) pixels fill")
        }
        let (channels, rows, columns) = (x.shape[1], x.shape[2] / size, x.shape[3] / size)
        return x.reshape([x.shape[0], channels, rows, size, columns, size]).transpose([0, 2, 4, 1, 3, 5])
            .reshape([x.shape[0], rows * columns, channels * size * size])
    }
}

/// The way back from a sequence of patches to the image.
public struct JoinedPatches: Layer, Hashable {
    /// Pixels along an edge of a patch.
    public var size: Int
    /// Of the image: [channels, height, width].
    public var image: Shape

    /// An image of a shape, of patches of a size. Nothing is checked here: patches that do not fill it give an invalid tensor
    /// when it is applied.
    public init(_ size: Int, image: Shape) {
        self.size = size
        self.image = image
    }

    /// [batch, patches, channels · size · size] → [batch, channels, height, width].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard image.rank == 3, size > 0, image[1] % size == 0, image[2] % size == 0, x.rank == 3,
            x.shape[1] == (image[1] / size) * (image[2] / size), x.shape[2] == image[0] * size * size
        else { return pass.invalid("patches: \(x.shape) are no patches of \(size) pixels of an image \(image)") }
        let (rows, columns) = (image[1] / size, image[2] / size)
        return x.reshape([x.shape[0], rows, columns, image[0], size, size]).transpose([0, 3, 1, 4, 2, 5])
            .reshape(Shape([x.shape[0]] + image.extents))
    }
}

/// A learned vector that is added at each position of a sequence, so that attention knows where things stand: `weight`
/// [length, width].
public struct PositionEmbedding: Layer, Hashable {
    /// Vectors of the length and the width of the input, which start small.
    public init() {}

    /// [batch, length, width] → the same shape.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard x.rank == 3 else {
            return pass.invalid("positions: the input is \(x.shape), expected [batch, length, width]")
        }
        return x + pass.parameter("weight", [x.shape[1], x.shape[2]], .normal(mean: 0, standardDeviation: 0.02))
    }
}
