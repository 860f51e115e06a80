import StrataBackend
import StrataGraph

extension Operator {
    static let functions: [Operator] = [
        function("Exp") { $0.exponential() }, function("Log") { $0.logarithm() },
        function("Sqrt") { $0.squareRoot() }, function("Reciprocal") { $0.reciprocal() },
        function("Floor") { $0.floor() }, function("Ceil") { $0.ceiling() }, function("Round") { $0.rounded() },
        function("Sin") { $0.sine() }, function("Cos") { $0.cosine() }, function("Tan") { $0.sine() / $0.cosine() },
        function("Sinh") { x in
            let growth = x.exponentialMinusOne()
            return (growth + growth / (growth + 1)) * 0.5
        },
        function("Cosh") { ($0.exponential() + (-$0).exponential()) * 0.5 },
        function("Tanh") { $0.tanh() },
        function("Asin") { $0.arcSine() }, function("Acos") { x in ((1 - x) * 0.5).squareRoot().arcSine() * 2 },
        function("Atan") { $0.arcTangent() },
        function("Asinh") { x in
            let size = x.absolute()
            return (size + size * size / (1 + (1 + size * size).squareRoot())).logarithmOnePlus() * x.sign()
        },
        function("Acosh") { x in
            let above = x - 1
            return (above + (above * 2 + above * above).squareRoot()).logarithmOnePlus()
        },
        function("Atanh") { ($0 * 2 / (1 - $0)).logarithmOnePlus() * 0.5 },
        function("Erf") { $0.errorFunction() },
        Operator("Clip", 6...10) { call in
            let (low, high) = (try call.float("min", -.infinity), try call.float("max", .infinity))
            return try call.map { $0.maximum(low).minimum(high) }
        },
        Operator("Clip", 11...27) { call in
            let (low, high) = (try call.optionalNumber(1), try call.optionalNumber(2))
            return try call.map { x in
                let raised = low.map { x.maximum($0) } ?? x
                return high.map { raised.minimum($0) } ?? raised
            }
        },
    ]

    static let activations: [Operator] = [
        function("Sigmoid") { $0.sigmoid() }, function("Relu") { $0.relu() }, function("Softplus") { $0.softplus() },
        function("Softsign") { $0 / (1 + $0.absolute()) },
        function("Mish") { $0 * $0.softplus().tanh() },
        function("HardSwish") { $0 * ($0 / 6 + 0.5).maximum(0).minimum(1) },
        shaped("LeakyRelu", ["alpha": 0.01]) { x, p in x.greaterOrEqual(.constant(0)).select(x, x * p[0]) },
        shaped("Elu", ["alpha": 1]) { x, p in x.greater(0).select(x, x.minimum(0).exponentialMinusOne() * p[0]) },
        shaped("Celu", ["alpha": 1]) { x, p in
            x.maximum(0) + ((x / p[0]).exponentialMinusOne() * p[0]).minimum(0)
        },
        shaped("Selu", ["alpha": 1.673_263_2, "gamma": 1.050_701]) { x, p in
            x.greater(0).select(x, x.minimum(0).exponentialMinusOne() * p[0]) * p[1]
        },
        shaped("HardSigmoid", ["alpha": 0.2, "beta": 0.5]) { x, p in (x * p[0] + p[1]).maximum(0).minimum(1) },
        shaped("Swish", ["alpha": 1]) { x, p in x * (x * p[0]).sigmoid() },
        shaped("ThresholdedRelu", ["alpha": 1]) { x, p in x.greater(p[0]).select(x, .constant(0)) },
        shaped("Shrink", ["bias": 0, "lambd": 0.5]) { x, p in
            let raised = x.less(-p[1]).select(x + p[0], .constant(0))
            return x.greater(p[1]).select(x - p[0], raised)
        },
        Operator("Gelu") { call in
            let isTanh = try call.string("approximate", "none") == "tanh"
            return try call.map { x in
                isTanh
                    ? x * 0.5 * (1 + ((x + x * x * x * 0.044_715) * (2 / Float.pi).squareRoot()).tanh())
                    : x * 0.5 * (1 + (x * Float(0.5).squareRoot()).errorFunction())
            }
        },
        Operator("PRelu") { call in
            let slope = try call.number(1)
            // Before version 7 it has a number for each channel.
            let isOfChannels = call.opset < 7 && slope.rank == 1 && slope.shape[0] > 1
            return try call.map { x in
                x.less(0).select((isOfChannels ? slope.along(axis: min(1, x.rank - 1), rank: x.rank) : slope) * x, x)
            }
        },
        Operator("Softmax", 6...12) { call in try call.flatSoftmax { $0.softmax(axis: $1) } },
        Operator("LogSoftmax", 6...12) { call in try call.flatSoftmax { $0.logSoftmax(axis: $1) } },
        Operator("Hardmax", 6...12) { call in try call.flatSoftmax(hardmax) },
        Operator("Softmax", 13...27) { call in
            let axis = try call.axis("axis", -1, of: call.operand(0))
            return try call.map { $0.softmax(axis: axis) }
        },
        Operator("LogSoftmax", 13...27) { call in
            let axis = try call.axis("axis", -1, of: call.operand(0))
            return try call.map { $0.logSoftmax(axis: axis) }
        },
        Operator("Hardmax", 13...27) { call in
            let axis = try call.axis("axis", -1, of: call.operand(0))
            return try call.map { hardmax($0, axis) }
        },
    ]

    private static func function(_ name: String, _ function: @escaping @Sendable (Tensor) -> Tensor) -> Operator {
        Operator(name) { try $0.map(nil, function) }
    }

    /// A function with numbers among its attributes, in the order of their names.
    private static func shaped(
        _ name: String, _ defaults: KeyValuePairs<String, Float>,
        _ function: @escaping @Sendable (Tensor, [Float]) -> Tensor
    ) -> Operator {
        let defaults = defaults.map { ($0.key, $0.value) }
        return Operator(name) { call in
            let parameters = try defaults.map { try call.float($0.0, $0.1) }
            return try call.map { function($0, parameters) }
        }
    }
}

/// A 1 at the first largest element along an axis.
private func hardmax(_ x: Tensor, _ axis: Int) -> Tensor {
    x.argMax(axis: axis).unsqueezed(axis).equal(.iota(x.shape, axis: axis))
}

extension Call {
    /// Before version 13 all axes from one on are one.
    fileprivate func flatSoftmax(_ function: (Tensor, Int) -> Tensor) throws -> [Value] {
        let operand = try operand(0)
        let axis = try int("axis", 1)
        let from = axis == operand.rank ? axis : try self.axis(axis, rank: operand.rank)
        return try map { x in
            let flat = x.reshape([Array(x.shape.prefix(from)).product, Array(x.shape.dropFirst(from)).product])
            return function(flat, 1).reshape(x.shape)
        }
    }
}

extension Tensor {
    /// The angle whose tangent an element is: its quarter is small enough for a short series.
    func arcTangent() -> Tensor {
        let isLarge = absolute().greater(1)
        // Never a division by 0, which the gradient of what is not selected would see too.
        let small = isLarge.select(sign() / isLarge.select(absolute(), .constant(1)), self)
        func half(_ x: Tensor) -> Tensor { x / (1 + (1 + x * x).squareRoot()) }
        let quarter = half(half(small))
        let square = quarter * quarter
        var series = square * (-1 / 11) + 1 / 9
        for divisor: Float in [-7, 5, -3, 1] { series = series * square + 1 / divisor }
        let angle = quarter * series * 4
        return isLarge.select(sign() * (Float.pi / 2) - angle, angle)
    }

    func arcSine() -> Tensor { (self / (1 + (1 - self * self).squareRoot())).arcTangent() * 2 }
}
