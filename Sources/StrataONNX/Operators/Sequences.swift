import StrataBackend
import StrataGraph

/// Sequences and optional values are known as far as their length goes: only the arrays in them are symbolic.
extension Operator {
    static let sequences: [Operator] = [
        Operator("SequenceEmpty") { _ in [.sequence([])] },
        Operator("SequenceConstruct") { [.sequence($0.inputs)] },
        Operator("SequenceLength") { [Value(ONNXTensor([try $0.sequence(0).count], []))] },
        Operator("SequenceAt") { call in
            let parts = try call.sequence(0)
            return [parts[try call.axis(call.knownInteger(1), rank: parts.count)]]
        },
        Operator("SequenceInsert") { call in
            var parts = try call.sequence(0)
            let place = call.has(2) ? try call.knownInteger(2) : parts.count
            guard (-parts.count...parts.count).contains(place) else {
                throw call.fail("place \(place) of \(parts.count)")
            }
            parts.insert(call.inputs[1], at: place < 0 ? place + parts.count : place)
            return [.sequence(parts)]
        },
        Operator("SequenceErase") { call in
            var parts = try call.sequence(0)
            let place = try call.axis(call.has(1) ? call.knownInteger(1) : -1, rank: parts.count)
            parts.remove(at: place)
            return [.sequence(parts)]
        },
        Operator("SplitToSequence") { call in
            let operand = try call.operand(0)
            let axis = try call.axis("axis", 0, of: operand)
            let extent = operand.shape[axis]
            var sizes = Array(repeating: 1, count: extent)
            if call.has(1) {
                let given = try call.knownIntegers(1)
                if try call.operand(1).rank == 0, let size = given.first {
                    guard size > 0 else { throw call.fail("parts of \(size)") }
                    sizes = stride(from: 0, to: extent, by: size).map { min(size, extent - $0) }
                } else {
                    sizes = given
                }
            }
            let keepsAxis = try call.has(1) || call.int("keepdims", 1) != 0
            let parts = try call.pieces(operand, axis, sizes)
            guard !keepsAxis else { return [.sequence(parts)] }
            return [
                .sequence(
                    try parts.map { part in
                        let part = try call.array(part, "a part")
                        return try call.reshaped(part, part.shape.removing(axis))
                    })
            ]
        },
        Operator("ConcatFromSequence") { call in
            let parts = try call.sequence(0).map { try call.array($0, "a part") }
            guard let first = parts.first else { throw call.fail("nothing to concatenate") }
            let isNew = try call.flag("new_axis")
            let axis = try call.axis(call.int("axis"), rank: first.rank + (isNew ? 1 : 0))
            guard isNew else { return [try call.joined(parts, axis: axis)] }
            return [
                try call.joined(
                    parts.map { part in
                        var extents = part.shape.extents
                        extents.insert(1, at: min(axis, extents.count))
                        return try call.array(call.reshaped(part, Shape(extents)), "a part")
                    }, axis: axis)
            ]
        },
        Operator("Optional") { [$0.inputs.first ?? .none] },
        Operator("OptionalHasElement") { [Value(ONNXTensor([$0.has(0) ? 1 : 0], [], .bool))] },
        Operator("OptionalGetElement") { call in
            guard call.has(0) else { throw call.fail("it has no element") }
            return [call.inputs[0]]
        },
    ]
}
