import Foundation
public import StrataGraph

/// Brightness in steps from 0 to 1, each with the mass that a logistic distribution about the decoder's output has within
/// half a step of it; the first and the last step have the tails besides (Salimans et al., "PixelCNN++", 2017). The scale
/// of the logistic is one learned number (Kingma et al., "Improved variational inference with inverse autoregressive
/// flow", 2016).
public struct LogisticDecoder: DecoderDistribution {
    private let levels: Int
    private let logScale: StateVariable

    /// The least logarithm of the scale.
    private static let leastLogScale: Float = -7

    /// - Parameters:
    ///   - levels: The values that a feature can have, 256 of bytes; fewer than 2 count as 2.
    ///   - scale: That of the logistic at the start of training.
    public init(levels: Int = 256, scale: Float = 0.1) {
        self.levels = max(levels, 2)
        logScale = StateVariable("likelihood.log_scale", [], initializer: .constant(log(scale)))
    }

    public var parameters: [StateVariable] { [logScale] }
    public var domain: ValueDomain? { .levels }
    public var isDiscrete: Bool { true }

    private var scale: Tensor { logScale.tensor.maximum(Self.leastLogScale).exponential() }

    /// σ(a) − σ(b) = σ(a) σ(−b) (1 − exp(b − a)), where nothing cancels however narrow a step is.
    public func logLikelihood(of x: Tensor, given output: Tensor) -> Tensor {
        let half = 0.5 / Float(levels - 1)
        let zero = Tensor.constant(0, x.shape)
        let (isFirst, isLast) = (x.less(half), x.greater(1 - half))
        let below = isFirst.select(zero, ((x - output - half) / scale).softplus())
        let above = isLast.select(zero, ((output - x - half) / scale).softplus())
        let width = (-(-2 * half / scale).exponentialMinusOne()).logarithm()
        return ((1 - isFirst - isLast) * width - below - above).sum(Array(1..<max(x.rank, 1)))
    }

    /// A draw of the logistic, rounded to the nearest step.
    public func draw(_ output: Tensor, _ key: RandomKey) -> Tensor? {
        if output.isInvalid { return output }
        // Away from 0 and 1, where the logit is infinite.
        let uniform = key.named("x").uniform(output.shape) * (1 - 1e-6) + 5e-7
        let drawn = output + (uniform.logarithm() - (1 - uniform).logarithm()) * scale
        return (drawn.maximum(0).minimum(1) * Float(levels - 1)).rounded() * (1 / Float(levels - 1))
    }

    /// The mean of the logistic when it is confined to 0 … 1, which that of the steps is to within half a step.
    public func mean(_ output: Tensor) -> Tensor {
        ((output / scale).softplus() - ((output - 1) / scale).softplus()) * scale
    }
}

extension ValueDomain {
    /// Brightness of bytes.
    static let levels = ValueDomain(0...1, meaning: "brightness in steps", hint: "take a Gaussian decoder")
}
