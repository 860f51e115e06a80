import StrataBackend
public import StrataGraph

/// Channels laid out as pixels, the sub-pixel convolution's last step (Shi et al., "Real-time single image and video
/// super-resolution using an efficient sub-pixel convolutional neural network", 2016): each group of factor² channels
/// becomes the pixels of a square, as PyTorch's `PixelShuffle`.
public struct PixelShuffle: Layer, Hashable {
    /// The edge of the square that a pixel becomes.
    public var factor: Int

    /// Nothing is checked here: channels that do not make squares give an invalid tensor when it is applied.
    public init(_ factor: Int) { self.factor = factor }

    /// [batch, channels · factor², height, width] → [batch, channels, height · factor, width · factor].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        let square = factor.saturatingMultiplied(by: factor)
        guard x.rank == 4, Shape.isExtent(factor), x.shape[1].isMultiple(of: square) else {
            return pass.invalid(
                "pixel shuffle by \(factor): the input is \(x.shape), expected [batch, channels · factor², height,"
                    + " width]")
        }
        let (n, c, h, w) = (x.shape[0], x.shape[1] / square, x.shape[2], x.shape[3])
        return x.reshape([n, c, factor, factor, h, w]).transpose([0, 1, 4, 2, 5, 3])
            .reshape([n, c, h.saturatingMultiplied(by: factor), w.saturatingMultiplied(by: factor)])
    }
}
