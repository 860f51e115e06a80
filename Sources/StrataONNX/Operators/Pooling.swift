import StrataBackend
import StrataGraph

extension Operator {
    static let pooling: [Operator] = [
        Operator("MaxPool") { try $0.maximumPool() },
        Operator("AveragePool") { try $0.averagePool() },
        Operator("LpPool") { call in
            let power = Float(try call.int("p", 2))
            let (window, overhang) = try call.pool()
            return try call.map { x in
                let sizes = window.size.indices.map { $0 + 2 }
                return window.windows(x.absolute().power(power), overhang: overhang).sum(sizes).power(1 / power)
            }
        },
        Operator("GlobalAveragePool") { try $0.globalPool { $0.mean($1, keepingAxes: true) } },
        Operator("GlobalMaxPool") { try $0.globalPool { $0.maximum(over: $1, keepingAxes: true) } },
        Operator("GlobalLpPool") { call in
            let power = Float(try call.int("p", 2))
            return try call.globalPool { $0.absolute().power(power).sum($1, keepingAxes: true).power(1 / power) }
        },
        Operator("MaxUnpool") { call in
            let (x, places) = (try call.operand(0), try call.operand(1))
            let extents = Array(x.shape.dropFirst(2))
            let window = try SlidingWindow(call, extents: extents)
            let pooled = Shape(
                x.shape.prefix(2)
                    + extents.indices.map {
                        (extents[$0] - 1) * window.strides[$0] + window.size[$0] - window.low[$0] - window.high[$0]
                    })
            let target = try call.has(2) ? Shape(call.knownIntegers(2)) : pooled
            guard [pooled, target].allSatisfy({ $0.isPossible && $0.elementCount <= 1 << 24 }), target.rank == x.rank
            else { throw call.fail("no array is \(target)", .shape) }
            // Places count through the array that was pooled, which need not have the extents asked for.
            let rows = try x.number().reshape([x.shape.elementCount, 1])
            let scattered = rows.scatterAdd(
                to: pooled.elementCount, indices: try places.tensor().reshape([x.shape.elementCount]))
            let more = zip(target, pooled).map { $0 - $1 }
            return [Value(scattered.reshape(pooled).padded(more.map { _ in 0 }, more), x.type)]
        },
        Operator("LRN") { call in
            let (alpha, beta, bias) = (
                try call.float("alpha", 0.0001), try call.float("beta", 0.75), try call.float("bias", 1)
            )
            let size = try call.int("size")
            guard (1...SlidingWindow.limit).contains(size), try call.operand(0).rank >= 2 else {
                throw call.fail("size \(size)")
            }
            return try call.map { x in
                var (low, high) = (x.shape.map { _ in 0 }, x.shape.map { _ in 0 })
                (low[1], high[1]) = ((size - 1) / 2, size - 1 - (size - 1) / 2)
                let padded = (x * x).padded(low, high)
                let sum = (0..<size).map { padded.slice($0..<$0 + x.shape[1], axis: 1) }.reduce(.constant(0)) {
                    $0 + $1
                }
                return x / (sum * (alpha / Float(size)) + bias).power(beta)
            }
        },
    ]
}

extension Call {
    fileprivate func pool() throws -> (window: SlidingWindow, overhang: [Int]?) {
        let shape = try operand(0).shape
        guard shape.rank >= 3 else { throw fail("\(shape) has no spatial axes", .shape) }
        let extents = Array(shape.dropFirst(2))
        let window = try SlidingWindow(self, extents: extents)
        return (window, try flag("ceil_mode") ? window.overhang(extents) : nil)
    }

    fileprivate func globalPool(_ function: (Tensor, [Int]) -> Tensor) throws -> [Value] {
        let rank = try operand(0).rank
        guard rank >= 2 else { throw fail("it has no spatial axes", .shape) }
        return try map { function($0, Array(2..<rank)) }
    }

    fileprivate func averagePool() throws -> [Value] {
        let (window, overhang) = try pool()
        let countsPadding = try flag("count_include_pad")
        return try map { x in
            let sizes = window.size.indices.map { $0 + 2 }
            let sum = window.windows(x, overhang: overhang).sum(sizes)
            // How many elements each window averages: those inside, and the padding where it counts.
            let ones = Tensor.constant(1, Shape([1, 1] + x.shape.dropFirst(2)))
            var counting = window
            var counted = ones
            if countsPadding {
                counted = ones.padded([0, 0] + window.low, [0, 0] + window.high, value: .constant(1))
                (counting.low, counting.high) = (window.low.map { _ in 0 }, window.high.map { _ in 0 })
            }
            return sum / counting.windows(counted, overhang: overhang).sum(sizes)
        }
    }

    fileprivate func maximumPool() throws -> [Value] {
        let (window, overhang) = try pool()
        let operand = try operand(0)
        let x = try operand.number()
        let sizes = window.size.indices.map { $0 + 2 }
        let outside = Tensor.constant(-.infinity)
        let windows = window.windows(x, overhang: overhang, outside: outside)
        let peak = windows.maximum(over: sizes, keepingAxes: true)
        let result = peak.reshape(Shape(peak.shape.prefix(2) + peak.shape.suffix(window.size.count)))
        guard node.outputs.count > 1 else { return [Value(result, operand.type)] }
        guard operand.shape.elementCount <= 1 << 24 else { throw fail("its places are beyond 2²⁴", .unsupported) }
        var strides = operand.shape.strides
        if try int("storage_order", 0) == 1 {
            // Column-major within an image.
            var stride = 1
            for axis in 2..<operand.rank { (strides[axis], stride) = (stride, stride * operand.shape[axis]) }
        }
        let places = operand.shape.indices.map { Tensor.iota(operand.shape, axis: $0) * Float(strides[$0]) }
            .reduce(.constant(0)) { $0 + $1 }
        let placed = window.windows(places, overhang: overhang, outside: .constant(.infinity))
        let first = windows.equal(peak).select(placed, .constant(.infinity)).minimum(over: sizes)
        return [Value(result, operand.type), Value(first, .int64)]
    }
}
