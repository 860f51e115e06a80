import StrataBackend
public import StrataGraph

/// A summary of the pixels in each window of a map: [batch, channels, height, width] → [batch, channels, height′, width′], or
/// of all pixels: → [batch, channels].
public enum Pooling: Layer, Hashable {
    /// The largest pixel of each square window, as PyTorch's `MaxPool2d`; the stride is the window's edge where `nil`.
    case maximum(size: Int, stride: Int? = nil)
    /// The mean of each square window, as PyTorch's `AvgPool2d`.
    case average(size: Int, stride: Int? = nil)
    /// The mean of each whole channel.
    case globalAverage

    /// [batch, channels, height, width] → [batch, channels, height′, width′]; of `globalAverage` → [batch, channels].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard x.rank == 4 else {
            return pass.invalid("pooling: the input is \(x.shape), expected [batch, channels, height, width]")
        }
        func windows(_ size: Int, _ stride: Int?) -> Tensor {
            let steps = stride ?? size
            return x.windows([size, size], strides: [steps, steps])
        }
        switch self {
        case .maximum(let size, let stride): return windows(size, stride).maximum(over: [2, 3])
        case .average(let size, let stride): return windows(size, stride).mean([2, 3])
        case .globalAverage: return x.mean([2, 3])
        }
    }
}

/// Each pixel repeated in a square, as PyTorch's `Upsample` with `mode="nearest"`: [batch, channels, height, width] →
/// [batch, channels, height · factor, width · factor].
public struct Upsample: Layer, Hashable {
    /// How often a pixel is repeated along height and along width.
    public var factor: Int

    /// Repeats pixels by a factor, which is not checked here: one below 1 gives an invalid tensor when it is applied.
    public init(_ factor: Int) { self.factor = factor }

    /// [batch, channels, height, width] → [batch, channels, height · factor, width · factor].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard x.rank == 4, Shape.isExtent(factor) else {
            return pass.invalid(
                "upsample by \(factor): the input is \(x.shape), expected [batch, channels, height, width]")
        }
        let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        return x.reshape([n, c, h, 1, w, 1]).broadcast(to: [n, c, h, factor, w, factor], axes: [0, 1, 2, 3, 4, 5])
            .reshape([n, c, h.saturatingMultiplied(by: factor), w.saturatingMultiplied(by: factor)])
    }
}
