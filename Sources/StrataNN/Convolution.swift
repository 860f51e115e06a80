import StrataBackend
public import StrataGraph

/// A two-dimensional convolution: `activation(x ∗ W + b)` for x [batch, inputs, height, width], W [outputs, inputs, size,
/// size] and b [outputs], the layout of PyTorch's `Conv2d`.
public struct Convolution: Sendable, Hashable {
    public let weight: StateVariable
    public let bias: StateVariable
    public let activation: Activation
    let stride: Int

    /// - Parameter size: of the filter, odd; pixels beyond the border count as 0, so that a stride of 1 keeps the extents.
    public init(
        _ name: String, inputs: Int, outputs: Int, size: Int = 3, stride: Int = 1, activation: Activation = .identity
    ) {
        let fanIn = inputs * size * size
        weight = StateVariable(
            "\(name).weight", [outputs, inputs, size, size],
            initializer: activation == .relu ? .he(fanIn: fanIn) : .linear(fanIn: fanIn))
        bias = StateVariable("\(name).bias", [outputs], initializer: .zeros)
        self.activation = activation
        self.stride = stride
    }

    public var variables: [StateVariable] { [weight, bias] }
    private var padding: Int { weight.type.shape[2] / 2 }

    /// What an extent becomes.
    public func extent(_ input: Int) -> Int { (input - 1) / stride + 1 }

    public func callAsFunction(_ x: Tensor, file: String = #fileID, line: Int = #line) -> Tensor {
        let window = ConvolutionWindow(
            stride: [stride, stride], paddingLow: [padding, padding], paddingHigh: [padding, padding])
        let outputs = bias.type.shape[0]
        return activation(
            x.convolve(weight.tensor, window, file: file, line: line) + bias.tensor.reshape([1, outputs, 1, 1]))
    }
}

/// The way back through a convolution (its transpose): each pixel of x [batch, inputs, height, width] paints a filter of W
/// [inputs, outputs, size, size], the layout of PyTorch's `ConvTranspose2d`.
public struct TransposedConvolution: Sendable, Hashable {
    public let weight: StateVariable
    public let bias: StateVariable
    public let activation: Activation
    let stride: Int
    /// Height and width of the result.
    let extents: [Int]

    /// - Parameter extents: of the result; the convolution from there with the same stride leads to x's.
    public init(
        _ name: String, inputs: Int, outputs: Int, size: Int = 3, stride: Int = 1, extents: [Int],
        activation: Activation = .identity
    ) {
        // A pixel of the result is painted by so many.
        let fanIn = max(inputs * size * size / (stride * stride), 1)
        weight = StateVariable(
            "\(name).weight", [inputs, outputs, size, size],
            initializer: activation == .relu ? .he(fanIn: fanIn) : .linear(fanIn: fanIn))
        bias = StateVariable("\(name).bias", [outputs], initializer: .zeros)
        self.activation = activation
        self.stride = stride
        self.extents = extents
    }

    public var variables: [StateVariable] { [weight, bias] }

    public func callAsFunction(_ x: Tensor, file: String = #fileID, line: Int = #line) -> Tensor {
        guard x.rank == 4 else {
            return .invalid("transposed convolution: expected [batch, channels, height, width], the input is \(x.shape)", of: x,
                file: file, line: line)
        }
        let size = weight.type.shape[2]
        let low = size - 1 - size / 2
        // What the stride had rounded away is filled up at the end of each axis.
        let missing = (0..<2).map { extents[$0] - ((x.shape[2 + $0] - 1) * stride + 1 + low * 2 - size + 1) }
        let window = ConvolutionWindow(
            paddingLow: [low, low], paddingHigh: missing.map { low + $0 }, inputDilation: [stride, stride])
        let filter = weight.tensor.transpose([1, 0, 2, 3]).reverse([2, 3])
        let outputs = bias.type.shape[0]
        return activation(
            x.convolve(filter, window, file: file, line: line) + bias.tensor.reshape([1, outputs, 1, 1]))
    }
}
