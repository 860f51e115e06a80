import StrataBackend
public import StrataGraph

/// A two-dimensional convolution: `activation(x ∗ W + b)` with `weight` [outputs, inputs / groups, size, size] and `bias`
/// [outputs], as PyTorch's `Conv2d`.
public struct Convolution: Layer {
    /// The channels of the output.
    public var outputs: Int
    /// The edge of the filter.
    public var size: Int
    /// Pixels from one place of the filter to the next, along height and width.
    public var stride: Int
    /// Zeros around the image; half the filter where `nil`, so that an odd filter at stride 1 keeps the extents.
    public var padding: Int?
    /// Pixels from one element of the filter to the next: 1 for a filter without gaps.
    public var dilation: Int
    /// Parts into which input and output channels are divided, each convolved by itself; both must be multiples of it.
    public var groups: Int
    /// The nonlinearity at the end; `identity` for none.
    public var activation: Activation
    /// How `weight` and `bias` start.
    public var initialization: Initialization

    /// A convolution of as many input channels as its input has. Nothing is checked here: what makes no filter gives an
    /// invalid tensor when it is applied.
    ///
    /// - `initialization`: What suits the activation where `nil`.
    public init(
        _ outputs: Int, size: Int = 3, stride: Int = 1, padding: Int? = nil, dilation: Int = 1, groups: Int = 1,
        activation: Activation = .identity, initialization: Initialization? = nil
    ) {
        self.outputs = outputs
        self.size = size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.activation = activation
        self.initialization = initialization ?? .suited(to: activation)
    }

    /// [batch, channels, height, width] → [batch, outputs, height′, width′].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard Shape.isExtent(outputs), Shape.isExtent(size), Shape.isExtent(stride), Shape.isExtent(dilation),
            (0...Shape.largestExtent).contains(padding ?? 0)
        else {
            return pass.invalid(
                "convolution: \(outputs) outputs, size \(size), stride \(stride), dilation \(dilation), padding"
                    + " \(padding ?? 0) make no filter")
        }
        guard x.rank == 4, groups > 0, x.shape[1] % groups == 0, outputs % groups == 0 else {
            return pass.invalid(
                "convolution: the input is \(x.shape), expected [batch, channels, height, width] for \(outputs) outputs in"
                    + " \(groups) groups")
        }
        let inputs = x.shape[1] / groups
        let fan = [inputs, size, size].product
        let weight = pass.weight(
            "weight", [outputs, inputs, size, size], initialization.weight(fan, [outputs, size, size].product))
        let bias = pass.parameter("bias", [outputs], initialization.bias(fan))
        let margin = padding ?? (size - 1) * dilation / 2
        let window = ConvolutionWindow(
            stride: [stride, stride], paddingLow: [margin, margin], paddingHigh: [margin, margin],
            filterDilation: [dilation, dilation], groups: groups)
        return activation(x.convolve(weight, window) + bias.reshape([1, outputs, 1, 1]))
    }
}

/// The transpose of a convolution, each input pixel painting a filter: `weight` [inputs, outputs, size, size] and `bias`
/// [outputs], as PyTorch's `ConvTranspose2d`.
public struct TransposedConvolution: Layer {
    /// The channels of the output.
    public var outputs: Int
    /// The edge of the filter.
    public var size: Int
    /// Pixels of the output from one input pixel's filter to the next, along height and width.
    public var stride: Int
    /// Rows and columns cut off on each side.
    public var padding: Int
    /// Rows and columns added at the end, which tells the extents apart that a stride rounds to the same.
    public var outputPadding: [Int]
    /// The nonlinearity at the end; `identity` for none.
    public var activation: Activation
    /// How `weight` and `bias` start.
    public var initialization: Initialization

    /// A transposed convolution of as many input channels as its input has. Nothing is checked here: what makes no
    /// filter gives an invalid tensor when it is applied.
    ///
    /// - `outputPadding`: Of height and width.
    /// - `initialization`: What suits the activation where `nil`.
    public init(
        _ outputs: Int, size: Int = 3, stride: Int = 1, padding: Int = 0, outputPadding: [Int] = [0, 0],
        activation: Activation = .identity, initialization: Initialization? = nil
    ) {
        self.outputs = outputs
        self.size = size
        self.stride = stride
        self.padding = padding
        self.outputPadding = outputPadding
        self.activation = activation
        self.initialization = initialization ?? .suited(to: activation)
    }

    /// [batch, channels, height, width] → [batch, outputs, (height − 1) · stride − 2 · padding + size + outputPadding, …].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard Shape.isExtent(outputs), Shape.isExtent(size), Shape.isExtent(stride), outputPadding.count == 2,
            ([padding] + outputPadding).allSatisfy({ (0...Shape.largestExtent).contains($0) })
        else {
            return pass.invalid(
                "transposed convolution: \(outputs) outputs, size \(size), stride \(stride), padding \(padding) and"
                    + " \(outputPadding) make no filter")
        }
        guard x.rank == 4 else {
            return pass.invalid(
                "transposed convolution: the input is \(x.shape), expected [batch, channels, height, width]")
        }
        let inputs = x.shape[1]
        // As many products make up an output pixel.
        let fan = max([inputs, size, size].product / (stride * stride), 1)
        let weight = pass.weight(
            "weight", [inputs, outputs, size, size], initialization.weight(fan, [outputs, size, size].product),
            outputs: 1)
        let bias = pass.parameter("bias", [outputs], initialization.bias(fan))
        let low = [size - 1 - padding, size - 1 - padding]
        let window = ConvolutionWindow(
            paddingLow: low, paddingHigh: zip(low, outputPadding).map { $0 + $1 }, inputDilation: [stride, stride])
        let filter = weight.transpose([1, 0, 2, 3]).reverse([2, 3])
        return activation(x.convolve(filter, window) + bias.reshape([1, outputs, 1, 1]))
    }
}
