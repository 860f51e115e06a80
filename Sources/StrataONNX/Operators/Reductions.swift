import StrataBackend
import StrataGraph

extension Operator {
    static let reductions: [Operator] = [
        reduction("ReduceSum") { $0.sum($1, keepingAxes: true) },
        reduction("ReduceMean") { $0.mean($1, keepingAxes: true) },
        reduction("ReduceMax") { $0.maximum(over: $1, keepingAxes: true) },
        reduction("ReduceMin") { $0.minimum(over: $1, keepingAxes: true) },
        reduction("ReduceProd") { $0.product($1) },
        reduction("ReduceL1") { $0.absolute().sum($1, keepingAxes: true) },
        reduction("ReduceL2") { ($0 * $0).sum($1, keepingAxes: true).squareRoot() },
        reduction("ReduceSumSquare") { ($0 * $0).sum($1, keepingAxes: true) },
        reduction("ReduceLogSum") { $0.sum($1, keepingAxes: true).logarithm() },
        reduction("ReduceLogSumExp") { x, axes in
            let peak = x.maximum(over: axes, keepingAxes: true).stopGradient()
            // Of −∞ alone, the peak is no number to subtract.
            let anchor = peak.isFinite().select(peak, .constant(0))
            return (x - anchor).exponential().sum(axes, keepingAxes: true).logarithm() + anchor
        },
        extreme("ArgMax") { $0 }, extreme("ArgMin") { -$0 },
        cumulative("CumSum", start: 0) { $0 + $1 }, cumulative("CumProd", start: 1) { $0 * $1 },
    ]

    private static func reduction(
        _ name: String, _ function: @escaping @Sendable (Tensor, [Int]) -> Tensor
    ) -> Operator {
        Operator(name) { call in
            let operand = try call.operand(0)
            let given = try call.axes(argument: 1, rank: operand.rank) ?? []
            let keepsAxes = try call.int("keepdims", 1) != 0
            if given.isEmpty, try call.flag("noop_with_empty_axes") {
                return try call.map { function($0, []) }
            }
            let axes = given.isEmpty ? Array(0..<operand.rank) : given
            return try call.map { x in
                let kept = function(x, axes)
                return keepsAxes
                    ? kept : kept.reshape(Shape(x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] }))
            }
        }
    }

    private static func extreme(_ name: String, _ sign: @escaping @Sendable (Tensor) -> Tensor) -> Operator {
        Operator(name) { call in
            let operand = try call.operand(0)
            let axis = try call.axis("axis", 0, of: operand)
            let keepsAxis = try call.int("keepdims", 1) != 0
            let isLast = try call.flag("select_last_index")
            return try call.map(.int64) { input in
                let x = sign(input)
                let isPeak = x.equal(x.maximum(over: [axis], keepingAxes: true))
                let index = Tensor.iota(x.shape, axis: axis)
                return isLast
                    ? isPeak.select(index, .constant(-1)).maximum(over: [axis], keepingAxes: keepsAxis)
                    : isPeak.select(index, .constant(.infinity)).minimum(over: [axis], keepingAxes: keepsAxis)
            }
        }
    }

    /// What an axis has come to, place by place.
    private static func cumulative(
        _ name: String, start: Float, _ function: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) -> Operator {
        Operator(name) { call in
            let operand = try call.operand(0)
            let axis = try call.axis(call.knownInteger(1), rank: operand.rank)
            let (isExclusive, isReversed) = (try call.flag("exclusive"), try call.flag("reverse"))
            return try call.map { x in
                guard x.shape[axis] > 0 else { return x }
                var x = isReversed ? x.reverse([axis]) : x
                let count = x.shape[axis]
                if isExclusive {
                    let first = x.slice(0..<1, axis: axis)
                    x = .concatenate(
                        [.constant(start, first.shape), x.slice(0..<count - 1, axis: axis)], axis: axis)
                }
                // Each place takes in what lies 1, 2, 4, … before it.
                var distance = 1
                while distance < count {
                    let sum = function(
                        x.slice(distance..<count, axis: axis), x.slice(0..<count - distance, axis: axis))
                    x = .concatenate([x.slice(0..<distance, axis: axis), sum], axis: axis)
                    distance *= 2
                }
                return isReversed ? x.reverse([axis]) : x
            }
        }
    }
}
