import StrataBackend
import StrataGraph

extension Architecture {
    /// Layers from codes [batch, width] to several numbers for each feature of examples of a shape, such as a mean and a
    /// variance: [batch, numbers · features], the first number of all features before the second.
    public func decoder(to shape: [Int], numbers: Int) -> Sequential {
        guard numbers != 1 else { return decoder(to: shape) }
        switch kind {
        case .mlp: return decoder(to: [numbers] + shape)
        case .conv, .residual, .transformer:
            let image = shape.count == 2 ? [1] + shape : shape
            return decoder(to: [numbers.saturatingMultiplied(by: image.first ?? 1)] + image.dropFirst())
        case .lstm, .gru:
            let (steps, width) = (shape.first ?? 1, Array(shape.dropFirst()).product)
            return decoder(to: [steps, numbers.saturatingMultiplied(by: width)])
                + Sequential([Reshape([steps, numbers, width]), Permute([1, 0, 2]), Flatten()])
        }
    }
}

/// The axes of each example in another order, counted from 0 without that of the batch.
struct Permute: Rearrangement, Hashable {
    let axes: [Int]

    init(_ axes: [Int]) { self.axes = axes }

    /// [batch, …] → [batch, …].
    func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        x.isInvalid ? x : x.transpose([0] + axes.map { $0 + 1 })
    }
}
