import StrataBackend
import StrataGraph

extension Operator {
    static let detection: [Operator] = [
        Operator("NonMaxSuppression") { call in
            let (boxes, scores) = (try call.builder.known(call.operand(0)), try call.builder.known(call.operand(1)))
            guard boxes.shape.rank == 3, scores.shape.rank == 3, boxes.shape[2] == 4, scores.shape[2] == boxes.shape[1],
                scores.shape[0] == boxes.shape[0]
            else { throw call.fail("boxes \(boxes.shape) with scores \(scores.shape)", .shape) }
            let most = call.has(2) ? try call.knownInteger(2) : 0
            let overlap = call.has(3) ? try call.knownFloats(3).first ?? 0 : 0
            let least = call.has(4) ? try call.knownFloats(4).first : nil
            let isCentered = try call.flag("center_point_box")
            var chosen: [Int] = []
            let count = boxes.shape[1]
            let (places, values) = (boxes.floats, scores.floats)
            for batch in 0..<scores.shape[0] {
                let corners = (0..<count).map {
                    Box(places[(batch * count + $0) * 4..<(batch * count + $0) * 4 + 4], isCentered)
                }
                for label in 0..<scores.shape[1] {
                    let base = (batch * scores.shape[1] + label) * count
                    let order = (0..<count).filter { box in least.map { values[base + box] > $0 } ?? true }
                        .sorted { (values[base + $1], $0) < (values[base + $0], $1) }
                    var kept: [Int] = []
                    for box in order where kept.count < most {
                        if kept.allSatisfy({ corners[$0].overlap(corners[box]) <= overlap }) { kept.append(box) }
                    }
                    chosen += kept.flatMap { [batch, label, $0] }
                }
            }
            return [Value(ONNXTensor(chosen, [chosen.count / 3, 3]))]
        },
        Operator("DeformConv") { call in
            let (x, filter, offsets) = (try call.number(0), try call.number(1), try call.number(2))
            guard x.rank == 4, filter.rank == 4, offsets.rank == 4 else {
                throw call.fail("convolutions that are deformed have two spatial axes here", .unsupported)
            }
            let window = try SlidingWindow(
                call, size: Array(filter.shape.dropFirst(2)), extents: Array(x.shape.dropFirst(2)))
            let (groups, shifts) = (try call.int("group", 1), try call.int("offset_group", 1))
            let (high, wide) = (window.size[0], window.size[1])
            let (rows, columns) = (offsets.shape[2], offsets.shape[3])
            guard (1...max(x.shape[1], 1)).contains(groups), (1...max(x.shape[1], 1)).contains(shifts),
                x.shape[1] % shifts == 0, x.shape[1] == filter.shape[1] * groups, filter.shape[0] % groups == 0,
                offsets.shape[1] == shifts * high * wide * 2, x.shape.elementCount <= 1 << 24
            else { throw call.fail("a filter \(filter.shape) and offsets \(offsets.shape) over \(x.shape)", .shape) }
            // [N, shifts, high, wide, 2, rows, columns]: where each element of the filter looks.
            let split = offsets.reshape([x.shape[0], shifts, high, wide, 2, rows, columns])
            let taps: Shape = [x.shape[0], shifts, high, wide, rows, columns]
            func place(_ axis: Int) -> Tensor {
                let within = Tensor.iota(taps, axis: 2 + axis) * Float(window.dilations[axis])
                let at = Tensor.iota(taps, axis: 4 + axis) * Float(window.strides[axis]) - Float(window.low[axis])
                return split.slice(axis..<axis + 1, axis: 4).squeezed(4) + within + at
            }
            var sampled = bilinear(x, shifts, place(0), place(1))
            if let mask = try call.optionalNumber(4) {
                sampled = sampled * mask.reshape(taps).unsqueezed(2)
            }
            // [N, C, high, wide, rows, columns] against [O, C / groups, high, wide].
            let seen = sampled.reshape([x.shape[0], x.shape[1], high, wide, rows, columns])
            let (inputs, outputs) = (filter.shape[1], filter.shape[0] / groups)
            let parts = (0..<groups).map { group in
                seen.slice(group * inputs..<(group + 1) * inputs, axis: 1).dot(
                    filter.slice(group * outputs..<(group + 1) * outputs, axis: 0),
                    DotAxes(leftContract: [1, 2, 3], rightContract: [1, 2, 3])
                ).transpose([0, 3, 1, 2])
            }
            return [Value(try call.biased(.concatenate(parts, axis: 1), 3), try call.operand(0).type)]
        },
    ]
}

/// Values of images between their elements, 0 outside: [N, C, H, W] at places [N, groups, …] as [N, groups, C / groups, …].
private func bilinear(_ x: Tensor, _ groups: Int, _ row: Tensor, _ column: Tensor) -> Tensor {
    let (count, channels, rows, columns) = (x.shape[0], x.shape[1] / groups, x.shape[2], x.shape[3])
    let table = x.reshape([count, groups, channels, rows, columns]).transpose([0, 1, 3, 4, 2])
        .reshape([count * groups * rows * columns, channels])
    let base = (Tensor.iota(row.shape, axis: 0) * Float(groups) + .iota(row.shape, axis: 1)) * Float(rows * columns)
    let (top, left) = (row.floor(), column.floor())
    var sum = Tensor.constant(0)
    for (down, right) in [(0, 0), (0, 1), (1, 0), (1, 1)] as [(Float, Float)] {
        let (r, c) = (top + down, left + right)
        let part = (1 - (row - r).absolute()) * (1 - (column - c).absolute())
        func isWithin(_ place: Tensor, _ extent: Int) -> Tensor {
            place.greaterOrEqual(.constant(0)) * place.less(Float(extent))
        }
        let weight = part * isWithin(r, rows) * isWithin(c, columns)
        let index =
            base + r.maximum(0).minimum(Float(rows - 1)) * Float(columns) + c.maximum(0).minimum(Float(columns - 1))
        let values = table.gather(index.cast(to: .int32).reshape([index.shape.elementCount]))
        sum = sum + values * weight.reshape([weight.shape.elementCount, 1])
    }
    let shaped = sum.reshape(Shape(row.shape.extents + [channels]))
    return shaped.transpose([0, 1, row.rank] + Array(2..<row.rank))
}

/// A box by its corners.
private struct Box {
    var low: (Float, Float)
    var high: (Float, Float)

    /// Two opposite corners, or a center and a size.
    init(_ numbers: ArraySlice<Float>, _ isCentered: Bool) {
        let n = Array(numbers)
        let corners =
            isCentered
            ? [n[0] - n[2] / 2, n[1] - n[3] / 2, n[0] + n[2] / 2, n[1] + n[3] / 2] : n
        low = (min(corners[0], corners[2]), min(corners[1], corners[3]))
        high = (max(corners[0], corners[2]), max(corners[1], corners[3]))
    }

    private var area: Float { (high.0 - low.0) * (high.1 - low.1) }

    /// The part of the area of both that they share.
    func overlap(_ other: Box) -> Float {
        let tall = min(high.0, other.high.0) - max(low.0, other.low.0)
        let wide = min(high.1, other.high.1) - max(low.1, other.low.1)
        guard tall > 0, wide > 0 else { return 0 }
        return tall * wide / (area + other.area - tall * wide)
    }
}
