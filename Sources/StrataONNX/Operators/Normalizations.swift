import StrataBackend
import StrataGraph

extension Operator {
    static let normalizations: [Operator] = [
        Operator("BatchNormalization") { try $0.batchNormalization() },
        Operator("InstanceNormalization") { call in
            let (scale, bias) = (try call.number(1), try call.number(2))
            let epsilon = try call.float("epsilon", 1e-5)
            return try call.map { x in
                let normal = standardized(x, Array(2..<max(x.rank, 2)), epsilon).value
                return normal * scale.along(axis: 1, rank: x.rank) + bias.along(axis: 1, rank: x.rank)
            }
        },
        Operator("LayerNormalization") { call in
            let operand = try call.operand(0)
            let axis = try call.axis("axis", -1, of: operand)
            let normal = standardized(
                try operand.number(), Array(axis..<operand.rank), try call.float("epsilon", 1e-5))
            let scaled = try normal.value * call.number(1)
            let result = try call.optionalNumber(2).map { scaled + $0 } ?? scaled
            return [Value(result, operand.type), Value(normal.mean, .float32), Value(normal.scale, .float32)]
        },
        Operator("RMSNormalization") { call in
            let operand = try call.operand(0)
            let axis = try call.axis("axis", -1, of: operand)
            let (scale, epsilon) = (try call.number(1), try call.float("epsilon", 1e-5))
            return try call.map { x in
                let square = (x * x).mean(Array(axis..<x.rank), keepingAxes: true)
                return x / (square + epsilon).squareRoot() * scale
            }
        },
        Operator("GroupNormalization") { call in
            let operand = try call.operand(0)
            let groups = try call.int("num_groups")
            let shape = operand.shape
            guard shape.rank >= 2, (1...max(shape[1], 1)).contains(groups), shape[1] % groups == 0 else {
                throw call.fail("\(groups) groups of \(shape)", .shape)
            }
            let (scale, bias) = (try call.number(1), try call.number(2))
            let (epsilon, opset) = (try call.float("epsilon", 1e-5), call.opset)
            return try call.map { x in
                let width = shape[1] / groups
                let split = x.reshape(Shape([shape[0], groups, width] + shape.dropFirst(2)))
                let normal = standardized(split, Array(2..<split.rank), epsilon).value.reshape(shape)
                // Before version 21 there was one number for each group.
                func channels(_ values: Tensor) -> Tensor {
                    guard opset < 21 else { return values.along(axis: 1, rank: shape.rank) }
                    return values.unsqueezed(1).repeated(to: [groups, width]).reshape([groups * width])
                        .along(axis: 1, rank: shape.rank)
                }
                return normal * channels(scale) + channels(bias)
            }
        },
        Operator("LpNormalization") { call in
            let axis = try call.axis("axis", -1, of: call.operand(0))
            let isManhattan = try call.int("p", 2) == 1
            return try call.map { x in
                let norm =
                    isManhattan
                    ? x.absolute().sum([axis], keepingAxes: true) : (x * x).sum([axis], keepingAxes: true).squareRoot()
                return norm.equal(.constant(0)).select(.constant(0), x / norm)
            }
        },
        Operator("MeanVarianceNormalization") { call in
            let operand = try call.operand(0)
            let axes = try call.axes(call.ints("axes") ?? [0, 2, 3], rank: operand.rank)
            return try call.map { x in
                let centered = x - x.mean(axes, keepingAxes: true)
                return centered / ((centered * centered).mean(axes, keepingAxes: true).squareRoot() + 1e-9)
            }
        },
    ]
}

/// Elements less their mean, divided by their standard deviation, over some axes.
private func standardized(
    _ x: Tensor, _ axes: [Int], _ epsilon: Float
) -> (value: Tensor, mean: Tensor, scale: Tensor) {
    let mean = x.mean(axes, keepingAxes: true)
    let centered = x - mean
    let variance = (centered * centered).mean(axes, keepingAxes: true)
    let scale = (variance + epsilon).squareRoot().reciprocal()
    return (centered * scale, mean, scale)
}

extension Call {
    fileprivate func batchNormalization() throws -> [Value] {
        let operand = try operand(0)
        let x = try operand.number()
        let epsilon = try float("epsilon", 1e-5)
        let (scale, bias, mean, variance) = (try number(1), try number(2), try number(3), try number(4))
        guard try opset > 8 || int("spatial", 1) == 1 else { throw fail("spatial 0 is not known here", .unsupported) }
        guard x.rank >= 2 else { throw fail("\(x.shape) has no channels", .shape) }
        func channels(_ values: Tensor) -> Tensor { values.along(axis: 1, rank: x.rank) }
        // Before version 7 a node is in training unless it says otherwise.
        guard try opset < 7 ? int("is_test", 0) == 0 : flag("training_mode") else {
            let factor = scale / (variance + epsilon).squareRoot()
            return [Value((x - channels(mean)) * channels(factor) + channels(bias), operand.type)]
        }
        let axes = [0] + Array(2..<x.rank)
        let batchMean = x.mean(axes)
        let centered = x - channels(batchMean)
        let batchVariance = (centered * centered).mean(axes)
        let factor = scale / (batchVariance + epsilon).squareRoot()
        // ONNX's momentum is the part that stays.
        let kept = try float("momentum", 0.9)
        return [
            Value(centered * channels(factor) + channels(bias), operand.type),
            Value(mean * kept + batchMean * (1 - kept), .float32),
            Value(variance * kept + batchVariance * (1 - kept), .float32),
        ]
    }
}
