import StrataBackend
import StrataGraph

extension Operator {
    static let movements: [Operator] = [
        Operator("Identity") { [$0.inputs.first ?? .none] },
        Operator("Dropout") { try $0.dropout() },
        Operator("Reshape") { try $0.reshape() },
        Operator("Flatten") { call in
            let operand = try call.operand(0)
            let axis = try call.int("axis", 1)
            let from = axis == operand.rank ? axis : try call.axis(axis, rank: operand.rank)
            let shape = operand.shape
            return [
                try call.reshaped(
                    operand, [Array(shape.prefix(from)).product, Array(shape.dropFirst(from)).product])
            ]
        },
        Operator("Squeeze") { call in
            let operand = try call.operand(0)
            let shape = operand.shape
            let axes = try call.axes(argument: 1, rank: operand.rank) ?? shape.indices.filter { shape[$0] == 1 }
            guard axes.allSatisfy({ shape[$0] == 1 }) else {
                throw call.fail("axes \(axes) of \(shape) are not all of extent 1", .shape)
            }
            return [try call.reshaped(operand, Shape(shape.indices.filter { !axes.contains($0) }.map { shape[$0] }))]
        },
        Operator("Unsqueeze") { call in
            let operand = try call.operand(0)
            let given = try call.ints("axes") ?? call.knownIntegers(1)
            let axes = try call.axes(given, rank: operand.rank + given.count)
            var rest = operand.shape.extents[...]
            let extents = (0..<operand.rank + axes.count).map { axes.contains($0) ? 1 : rest.removeFirst() }
            return [try call.reshaped(operand, Shape(extents))]
        },
        Operator("Transpose") { call in
            let operand = try call.operand(0)
            let order = try call.ints("perm") ?? (0..<operand.rank).reversed()
            return [try call.moved(operand) { $0.transpose(order) }]
        },
        Operator("Concat") { try $0.concatenate() },
        Operator("Slice", 6...9) { call in
            guard let starts = try call.ints("starts"), let ends = try call.ints("ends") else {
                throw call.fail("attributes 'starts' and 'ends' are missing")
            }
            return try call.slice(starts, ends, call.ints("axes"), nil)
        },
        Operator("Slice", 10...27) { call in
            try call.slice(
                call.knownIntegers(1), call.knownIntegers(2), call.has(3) ? call.knownIntegers(3) : nil,
                call.has(4) ? call.knownIntegers(4) : nil)
        },
        Operator("Split") { call in
            let operand = try call.operand(0)
            let axis = try call.axis("axis", 0, of: operand)
            let extent = operand.shape[axis]
            var sizes = try call.ints("split") ?? (call.has(1) ? call.knownIntegers(1) : nil)
            if sizes == nil {
                let count = try call.int("num_outputs", call.node.outputs.count)
                guard count > 0 else { throw call.fail("it has no outputs") }
                let size = (extent + count - 1) / count
                sizes = (0..<count).map { max(min(size, extent - $0 * size), 0) }
            }
            return try call.pieces(operand, axis, sizes ?? [])
        },
        Operator("Expand") { call in
            let operand = try call.operand(0)
            let asked = Shape(try call.knownIntegers(1))
            guard asked.isPossible, let shape = Tensor.broadcastShape(operand.shape, asked) else {
                throw call.fail("\(operand.shape) does not broadcast to \(asked)", .shape)
            }
            return [try call.moved(operand) { $0.repeated(to: shape) }]
        },
        Operator("Tile") { call in
            let operand = try call.operand(0)
            let repeats = try call.knownIntegers(1)
            guard repeats.count == operand.rank, repeats.allSatisfy({ $0 >= 0 }) else {
                throw call.fail("\(repeats) repetitions of \(operand.shape)")
            }
            let shape = operand.shape
            guard Shape(zip(shape, repeats).map { $0.saturatingMultiplied(by: $1) }).isPossible else {
                throw call.fail("\(repeats) repetitions of \(shape) are too many", .shape)
            }
            return [
                try call.moved(operand) { x in
                    let spread = x.reshape(Shape(shape.flatMap { [1, $0] }))
                        .repeated(to: Shape(zip(repeats, shape).flatMap { [$0, $1] }))
                    return spread.reshape(Shape(zip(shape, repeats).map { $0 * $1 }))
                }
            ]
        },
        Operator("Pad") { try $0.pad() },
        Operator("DepthToSpace") { call in
            let operand = try call.operand(0)
            let (shape, block) = (operand.shape, try call.int("blocksize"))
            guard shape.rank == 4, (1...1 << 20).contains(block), shape[1] % (block * block) == 0 else {
                throw call.fail("blocks of \(block) in \(shape)", .shape)
            }
            let depth = shape[1] / (block * block)
            let isColumnFirst = try call.string("mode", "DCR") == "CRD"
            return [
                try call.moved(operand) { x in
                    let split =
                        isColumnFirst
                        ? x.reshape([shape[0], depth, block, block, shape[2], shape[3]]).transpose([0, 1, 4, 2, 5, 3])
                        : x.reshape([shape[0], block, block, depth, shape[2], shape[3]]).transpose([0, 3, 4, 1, 5, 2])
                    return split.reshape([shape[0], depth, shape[2] * block, shape[3] * block])
                }
            ]
        },
        Operator("SpaceToDepth") { call in
            let operand = try call.operand(0)
            let (shape, block) = (operand.shape, try call.int("blocksize"))
            guard shape.rank == 4, (1...1 << 20).contains(block), shape[2] % block == 0, shape[3] % block == 0 else {
                throw call.fail("blocks of \(block) in \(shape)", .shape)
            }
            return [
                try call.moved(operand) { x in
                    x.reshape([shape[0], shape[1], shape[2] / block, block, shape[3] / block, block])
                        .transpose([0, 3, 5, 1, 2, 4])
                        .reshape([shape[0], shape[1] * block * block, shape[2] / block, shape[3] / block])
                }
            ]
        },
        Operator("ReverseSequence") { call in
            let operand = try call.operand(0)
            let (batch, time) = (try call.int("batch_axis", 1), try call.int("time_axis", 0))
            let lengths = try call.knownIntegers(1)
            let shape = operand.shape
            guard [batch, time].sorted() == [0, 1], shape.rank >= 2, lengths.count == shape[batch],
                lengths.allSatisfy({ (0...shape[time]).contains($0) })
            else { throw call.fail("lengths \(lengths) for \(shape)") }
            return [
                try call.moved(operand) { x in
                    let rows = lengths.enumerated().map { row, length in
                        let part = x.slice(row..<row + 1, axis: batch)
                        return part.taking((0..<length).reversed() + Array(length..<shape[time]), axis: time)
                    }
                    return rows.isEmpty ? x : .concatenate(rows, axis: batch)
                }
            ]
        },
        Operator("Trilu") { call in
            let operand = try call.operand(0)
            let (shift, isUpper) = (try call.has(1) ? call.knownInteger(1) : 0, try call.int("upper", 1) != 0)
            guard operand.rank >= 2 else { throw call.fail("\(operand.shape) is no matrix", .shape) }
            return try call.map { x in
                let (rows, columns) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
                let offset = Tensor.iota([rows, columns], axis: 1) - .iota([rows, columns], axis: 0)
                let bound = Tensor.constant(Float(shift))
                let isKept = isUpper ? offset.greaterOrEqual(bound) : offset.lessOrEqual(bound)
                return isKept.select(x, .constant(0))
            }
        },
        Operator("CenterCropPad") { call in
            let operand = try call.operand(0)
            let axes = try call.ints("axes").map { try call.axes($0, rank: operand.rank) } ?? Array(0..<operand.rank)
            let target = try call.knownIntegers(1)
            guard target.count == axes.count, target.allSatisfy({ 0...1 << 30 ~= $0 }) else {
                throw call.fail("\(target) for axes \(axes)")
            }
            var (low, high) = (operand.shape.map { _ in 0 }, operand.shape.map { _ in 0 })
            for (axis, extent) in zip(axes, target) {
                let more = extent - operand.shape[axis]
                low[axis] = more >= 0 ? more / 2 : -(-more / 2)
                high[axis] = more - low[axis]
            }
            return [.array(Operand(try operand.tensor().padded(low, high), operand.type))]
        },
    ]
}

extension Call {
    fileprivate func dropout() throws -> [Value] {
        let operand = try operand(0)
        if opset < 7, try int("is_test", 0) == 0, try float("ratio", 0.5) != 0 {
            throw fail("it is in training, where what it drops is random", .unsupported)
        }
        if opset >= 12, has(2), try knownInteger(2) != 0 {
            let ratio = try has(1) ? knownFloats(1).first ?? 0.5 : 0.5
            guard ratio == 0 else {
                throw fail("what it drops in training is random, and another generator draws otherwise", .unsupported)
            }
        }
        return [inputs[0], Value(.constant(1, operand.shape), .bool)]
    }

    fileprivate func reshape() throws -> [Value] {
        let operand = try operand(0)
        var extents = try knownIntegers(1)
        let isZeroKept = try flag("allowzero")
        for (axis, extent) in extents.enumerated() where extent == 0 && !isZeroKept {
            guard axis < operand.rank else { throw fail("extent \(axis) of \(extents) is that of no axis", .shape) }
            extents[axis] = operand.shape[axis]
        }
        if let open = extents.firstIndex(of: -1) {
            let rest = extents.enumerated().filter { $0.offset != open }.map(\.element).product
            guard rest > 0, operand.shape.elementCount % rest == 0 else {
                throw fail("\(operand.shape) cannot be \(extents)", .shape)
            }
            extents[open] = operand.shape.elementCount / rest
        }
        guard Shape(extents).isPossible else { throw fail("no array is \(extents)", .shape) }
        return [try reshaped(operand, Shape(extents))]
    }

    fileprivate func concatenate() throws -> [Value] {
        let operands = try inputs.indices.map(operand)
        guard let first = operands.first else { throw fail("nothing to concatenate") }
        return [try joined(operands, axis: axis("axis", of: first))]
    }

    func joined(_ operands: [Operand], axis: Int) throws -> Value {
        guard let first = operands.first else { throw fail("nothing to concatenate") }
        let hosts = operands.compactMap(\.foldable)
        guard hosts.count == operands.count, axis == 0, first.rank == 1 else {
            return .array(Operand(.concatenate(try operands.map { try $0.tensor() }, axis: axis), first.type))
        }
        let shape: Shape = [hosts.reduce(0) { $0.saturatingAdding($1.count) }]
        if let values = hosts.map(\.integers) as? [[Int]] {
            return Value(ONNXTensor(values.flatMap { $0 }, shape, first.type))
        }
        return Value(ONNXTensor(first.type, shape, .floats(hosts.flatMap(\.floats))))
    }

    func pieces(_ operand: Operand, _ axis: Int, _ sizes: [Int]) throws -> [Value] {
        guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, { $0.saturatingAdding($1) }) == operand.shape[axis] else {
            throw fail("parts of \(sizes) of axis \(axis) of \(operand.shape)", .shape)
        }
        var start = 0
        return try sizes.map { size in
            defer { start += size }
            return try moved(operand) { $0.slice(start..<start + size, axis: axis) }
        }
    }

    fileprivate func slice(_ starts: [Int], _ ends: [Int], _ axes: [Int]?, _ steps: [Int]?) throws -> [Value] {
        let operand = try operand(0)
        let axes = try self.axes(axes ?? Array(starts.indices), rank: operand.rank)
        let steps = steps ?? starts.map { _ in 1 }
        guard [ends.count, axes.count, steps.count].allSatisfy({ $0 == starts.count }), !steps.contains(0) else {
            throw fail("starts \(starts), ends \(ends), axes \(axes) and steps \(steps) do not fit")
        }
        var (from, to, by) = (operand.shape.map { _ in 0 }, operand.shape.extents, operand.shape.map { _ in 1 })
        var reversed: [Int] = []
        for (place, axis) in axes.enumerated() {
            let extent = operand.shape[axis]
            func bound(_ value: Int, _ range: ClosedRange<Int>) -> Int {
                min(max(value < 0 ? value.saturatingAdding(extent) : value, range.lowerBound), range.upperBound)
            }
            if steps[place] > 0 {
                (from[axis], to[axis]) = (bound(starts[place], 0...extent), bound(ends[place], 0...extent))
            } else {
                // Backwards from a place is forwards from its mirror image.
                reversed.append(axis)
                let last = max(extent - 1, 0)
                from[axis] = extent == 0 ? 0 : last - bound(starts[place], 0...last)
                to[axis] = extent == 0 ? 0 : last - bound(ends[place], -1...last)
            }
            to[axis] = max(to[axis], from[axis])
            by[axis] = Int(clamping: min(steps[place].magnitude, 1 << 48))
        }
        return [
            try moved(operand) { x in
                (reversed.isEmpty ? x : x.reverse(reversed)).slice(starts: from, limits: to, strides: by)
            }
        ]
    }

    fileprivate func pad() throws -> [Value] {
        let operand = try operand(0)
        let given = try opset < 11 ? ints("pads") ?? [] : knownIntegers(1)
        let axes = try has(3) ? self.axes(knownIntegers(3), rank: operand.rank) : Array(0..<operand.rank)
        guard given.count == 2 * axes.count, given.allSatisfy({ $0.magnitude <= 1 << 40 }) else {
            throw fail("padding \(given) for axes \(axes)")
        }
        var (low, high) = (operand.shape.map { _ in 0 }, operand.shape.map { _ in 0 })
        for (place, axis) in axes.enumerated() {
            (low[axis], high[axis]) = (given[place], given[axes.count + place])
            guard low[axis] + high[axis] >= -operand.shape[axis] else {
                throw fail("padding \(given) removes more than \(operand.shape) has", .shape)
            }
        }
        let mode = try string("mode", "constant")
        if mode == "constant" {
            var value: Tensor?
            if opset < 11 {
                let number = try float("value", 0)
                value = number == 0 ? nil : .constant(number)
            } else if has(2) {
                let fill = try self.operand(2)
                value = try fill.number().reshape([])
            }
            if value == nil { return [.array(Operand(try operand.tensor().padded(low, high), operand.type))] }
            return [Value(try operand.number().padded(low, high, value: value), operand.type)]
        }
        // Modes of places: which element stands at each place beyond the ends.
        func place(_ index: Int, _ extent: Int) -> Int {
            switch mode {
            case "edge": return min(max(index, 0), extent - 1)
            case "wrap": return ((index % extent) + extent) % extent
            default:
                let period = max(2 * (extent - 1), 1)
                let inside = ((index % period) + period) % period
                return min(inside, period - inside) % max(extent, 1)
            }
        }
        guard ["edge", "wrap", "reflect"].contains(mode) else { throw fail("mode '\(mode)' does not exist") }
        var places: [Int: [Int]] = [:]
        for axis in axes where low[axis] != 0 || high[axis] != 0 {
            let extent = operand.shape[axis]
            guard extent > 0, extent + low[axis] + high[axis] <= 1 << 28 else {
                throw fail("padding of \(operand.shape)", .shape)
            }
            // What is cut off at one end is no part of what the other repeats.
            let kept = max(-low[axis], 0)..<extent - max(-high[axis], 0)
            guard !kept.isEmpty else { throw fail("padding of \(operand.shape)", .shape) }
            let inside = (-max(low[axis], 0)..<kept.count + max(high[axis], 0))
            places[axis] = inside.map { kept.lowerBound + place($0, kept.count) }
        }
        return [
            try moved(operand) { x in
                places.sorted { $0.key < $1.key }.reduce(x) { $0.taking($1.value, axis: $1.key) }
            }
        ]
    }
}
