import StrataBackend

/// Reductions over axes, which vanish, or stay with extent 1 where `keepingAxes` is set. With no axes given, over
/// all of them.
extension Tensor {
    /// The sum over `axes`, or over all axes if `nil`; 0 where there are no elements.
    public func sum(_ axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor { reduce(.sum, axes, keepingAxes) }
    /// The largest element over `axes`, or over all axes if `nil`: `NaN` where any element is, −∞ where there are none.
    /// Equal ones share the gradient.
    public func maximum(over axes: [Int]?, keepingAxes: Bool = false) -> Tensor { reduce(.maximum, axes, keepingAxes) }
    /// The least element over `axes`, or over all axes if `nil`: `NaN` where any element is, ∞ where there are none.
    /// Equal ones share the gradient.
    public func minimum(over axes: [Int]?, keepingAxes: Bool = false) -> Tensor { reduce(.minimum, axes, keepingAxes) }

    /// The arithmetic mean over `axes`, or over all axes if `nil`; `NaN` where there are no elements.
    public func mean(_ axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        let count = (axes ?? Array(0..<rank)).reduce(1) {
            shape.indices.contains($1) ? $0.saturatingMultiplied(by: shape[$1]) : $0
        }
        return sum(axes, keepingAxes: keepingAxes) * (1 / Float(count))
    }

    /// `log Σ exp` along an axis, without overflow.
    public func logSumExp(axis: Int, keepingAxes: Bool = false) -> Tensor {
        let peak = maximum(over: [axis], keepingAxes: true).stopGradient()
        let kept = (self - peak).exponential().sum([axis], keepingAxes: true).logarithm() + peak
        return keepingAxes ? kept : kept.reshape(Shape(shape.indices.filter { $0 != axis }.map { shape[$0] }))
    }

    /// `exp(x) / Σ exp(x)` along `axis`, without overflow: numbers from 0 to 1 whose sum is 1. The shape stays.
    public func softmax(axis: Int) -> Tensor {
        let weights = (self - maximum(over: [axis], keepingAxes: true).stopGradient()).exponential()
        return weights / weights.sum([axis], keepingAxes: true)
    }

    /// The logarithm of the softmax along `axis`, exact where that itself would round to 0. The shape stays.
    public func logSoftmax(axis: Int) -> Tensor { self - logSumExp(axis: axis, keepingAxes: true) }

    /// The index of the first largest element along an axis.
    public func argMax(axis: Int) -> Tensor {
        let isPeak = equal(maximum(over: [axis], keepingAxes: true))
        let indices = isPeak.select(.iota(shape, axis: axis), .constant(.infinity, shape))
        return indices.minimum(over: [axis]).stopGradient()
    }

    private func reduce(_ combiner: Reduce.Combiner, _ axes: [Int]?, _ keepingAxes: Bool) -> Tensor {
        let axes = axes ?? Array(0..<rank)
        let result = Tensor(op: .reduce(combiner, axes: axes), [self], location: .none)
        guard keepingAxes else { return result }
        return result.reshape(Shape(shape.indices.map { axes.contains($0) ? 1 : shape[$0] }))
    }
}
