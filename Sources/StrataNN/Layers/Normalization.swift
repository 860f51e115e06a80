import StrataBackend
public import StrataGraph

/// Brings activations to mean 0 and variance 1, and then to a learned mean and scale: `weight` and `bias`, and of batch
/// normalization the running averages `running_mean` and `running_var`, named as in PyTorch's `BatchNorm`, `LayerNorm`,
/// `GroupNorm` and `InstanceNorm`.
public struct Normalization: Layer, Hashable {
    /// What mean and variance are taken over.
    public enum Kind: Sendable, Hashable {
        /// Each channel (axis 1) over the batch and all positions (Ioffe and Szegedy 2015); after training by running
        /// averages.
        case batch
        /// Each example over its last axes (Ba, Kiros and Hinton 2016): of maps [batch, channels, height, width] over all
        /// three, else over the last.
        case layer
        /// Each example over groups of channels and all positions (Wu and He 2018).
        case group(Int)
        /// Each channel of each example over all positions (Ulyanov, Vedaldi and Lempitsky 2016).
        case instance
    }

    /// What mean and variance are taken over.
    public var kind: Kind
    /// The share of a running average that gives way to each batch's value; of no account but to `batch`.
    public var momentum: Float
    /// What is added to a variance before its root divides, so that it never divides by 0.
    public var epsilon: Float

    /// A normalization with PyTorch's defaults. Nothing is checked here: groups that channels do not make give an
    /// invalid tensor when it is applied.
    public init(_ kind: Kind, momentum: Float = 0.1, epsilon: Float = 1e-5) {
        self.kind = kind
        self.momentum = momentum
        self.epsilon = epsilon
    }

    /// [batch, channels, …] → the same shape.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard x.rank > 1 else {
            return pass.invalid("normalization: the input is \(x.shape), expected [batch, channels, …]")
        }
        let (channels, positions) = (x.shape[1], Array(2..<x.rank))
        switch kind {
        case .batch: return overBatch(x, &pass)
        case .layer:
            let axes = x.rank == 4 ? [1, 2, 3] : [x.rank - 1]
            return scaled(over(x, axes).normalized, Shape(axes.map { x.shape[$0] }), &pass)
        case .group(let groups):
            guard groups > 0, channels % groups == 0 else {
                return pass.invalid("normalization: \(channels) channels do not make \(groups) groups")
            }
            let extents = [x.shape[0], groups, channels / groups] + positions.map { x.shape[$0] }
            let normalized = over(x.reshape(Shape(extents)), Array(2..<extents.count)).normalized
            return scaled(normalized.reshape(x.shape), perChannel(x), &pass)
        case .instance:
            guard x.rank > 2 else {
                return pass.invalid("normalization: the input is \(x.shape), expected positions after the channels")
            }
            return scaled(over(x, positions).normalized, perChannel(x), &pass)
        }
    }

    private func overBatch(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        pass.mixesExamples = true
        let channels = x.shape[1]
        let average = pass.buffer("running_mean", [channels], .zeros)
        let spread = pass.buffer("running_var", [channels], .constant(1))
        guard pass.isTraining else {
            let centred = x - average.reshape(perChannel(x))
            return scaled(divided(centred, by: spread.reshape(perChannel(x))), perChannel(x), &pass)
        }
        guard x.shape.elementCount != channels else {
            return pass.invalid(
                "normalization: the input is \(x.shape), and one value of a channel less the mean of its batch is 0; take a"
                    + " larger batch")
        }
        if let groups = pass.groups { return overGroups(x, groups, average, spread, &pass) }
        let axes = (0..<x.rank).filter { $0 != 1 }
        let (normalized, mean, variance) = over(x, axes)
        func moved(_ average: Tensor, _ value: Tensor) -> Tensor {
            average * (1 - momentum) + value.reshape([channels]).stopGradient() * momentum
        }
        // The variance to expect of other batches: that of this one with Bessel's correction.
        let count = Float(x.shape.elementCount / max(channels, 1))
        pass.update("running_mean", moved(average, mean))
        pass.update("running_var", moved(spread, variance * (count / max(count - 1, 1))))
        return scaled(normalized, perChannel(x), &pass)
    }

    /// Each group by its own statistics; the running averages are of the last, where the batch has examples of it.
    private func overGroups(
        _ x: Tensor, _ groups: ExampleGroups, _ average: Tensor, _ spread: Tensor, _ pass: inout Pass
    ) -> Tensor {
        let channels = x.shape[1]
        let means = groups.means(x)
        let centred = x - groups.spread(means)
        let variances = groups.means(centred.squared())
        let factors = variances.map { ($0 + epsilon).squareRoot().reciprocal() }
        if let members = groups.members.last, let mean = means.last, let variance = variances.last {
            let share = members.sum().minimum(1) * momentum
            let count = members.sum() * Float(max(x.shape.elementCount / max(channels * x.shape[0], 1), 1))
            let unbiased = variance * (count / (count - 1).maximum(1))
            for (name, old, value) in [("running_mean", average, mean), ("running_var", spread, unbiased)] {
                pass.update(name, old * (1 - share) + value.reshape([channels]).stopGradient() * share)
            }
        }
        return scaled(centred * groups.spread(factors), perChannel(x), &pass)
    }

    /// [channels] as it is aligned with [batch, channels, …].
    private func perChannel(_ x: Tensor) -> Shape { Shape([x.shape[1]] + (2..<x.rank).map { _ in 1 }) }

    private func over(_ x: Tensor, _ axes: [Int]) -> (normalized: Tensor, mean: Tensor, variance: Tensor) {
        let mean = x.mean(axes, keepingAxes: true)
        let centred = x - mean
        let variance = centred.squared().mean(axes, keepingAxes: true)
        return (divided(centred, by: variance), mean, variance)
    }

    /// Divided by the deviation: multiplied with its reciprocal, of which there are fewer.
    private func divided(_ centred: Tensor, by variance: Tensor) -> Tensor {
        centred * (variance + epsilon).squareRoot().reciprocal()
    }

    /// Scale and shift, whose parameters have as many elements as `shape`, which is aligned at the last axis.
    private func scaled(_ normalized: Tensor, _ shape: Shape, _ pass: inout Pass) -> Tensor {
        let own = kind == .layer ? shape : Shape([shape[0]])
        let scale = pass.parameter("weight", own, .constant(1)).reshape(shape)
        return normalized * scale + pass.parameter("bias", own, .zeros).reshape(shape)
    }
}
