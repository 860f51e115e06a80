import StrataBackend
public import StrataGraph

/// A convolution 3 × 3 of a map that is enlarged twofold, each pixel repeated in a square: `Upsample(2)` and `Convolution` with
/// `weight` [outputs, inputs, 3, 3] and `bias` [outputs], as PyTorch's, without the enlarged map.
///
/// Of the nine pixels that a filter meets there, four at most are different ones. So the same is a transposed convolution
/// 4 × 4 of stride 2 whose filter is made of sums of the weights, `[w₂, w₁ + w₂, w₀ + w₁, w₀]` along each axis, and takes
/// four products where the enlarged map takes nine.
public struct EnlargedConvolution: Layer {
    /// The channels of the output.
    public var outputs: Int
    /// How `weight` and `bias` start.
    public var initialization: Initialization

    /// A convolution of as many input channels as its input has. Nothing is checked here: fewer than 1 output gives an
    /// invalid tensor when it is applied.
    public init(_ outputs: Int, initialization: Initialization = .standard) {
        self.outputs = outputs
        self.initialization = initialization
    }

    /// [batch, channels, height, width] → [batch, outputs, 2 · height, 2 · width].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard x.rank == 4, Shape.isExtent(outputs) else {
            return pass.invalid(
                "enlarged convolution: the input is \(x.shape), expected [batch, channels, height, width] for \(outputs)"
                    + " outputs")
        }
        let inputs = x.shape[1], fan = inputs.saturatingMultiplied(by: 9)
        let weight = pass.weight(
            "weight", [outputs, inputs, 3, 3], initialization.weight(fan, outputs.saturatingMultiplied(by: 9)))
        let bias = pass.parameter("bias", [outputs], initialization.bias(fan))
        let places: [Float] = [0, 0, 1, 0, 1, 1, 1, 1, 0, 1, 0, 0]
        let sums = Tensor.literal(places, [4, 3])
        // [outputs, inputs, 3, 3] → [outputs, inputs, 3, 4] → [outputs, inputs, 4, 4].
        let columns = weight.dot(sums, DotAxes(leftContract: [3], rightContract: [1]))
        let filter = columns.dot(sums, DotAxes(leftContract: [2], rightContract: [1])).transpose([0, 1, 3, 2])
        return x.convolveTransposed(filter.transpose([1, 0, 2, 3]), stride: 2, padding: 1)
            + bias.reshape([1, outputs, 1, 1])
    }
}
