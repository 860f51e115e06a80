import StrataBackend
import StrataGraph

extension Operator {
    static let indexing: [Operator] = [
        Operator("Gather") { call in
            let (operand, indices) = (try call.operand(0), try call.operand(1))
            let axis = try call.axis("axis", 0, of: operand)
            let extent = operand.shape[axis]
            if let host = indices.foldable {
                let places = try call.places(host, in: extent)
                let shape = operand.shape
                return [
                    try call.moved(operand) { x in
                        x.taking(places, axis: axis).reshape(shape.replacing(axis, by: host.shape.extents))
                    }
                ]
            }
            let places = try call.counted(indices.number(), extent).cast(to: .int32)
            return [.array(Operand(try operand.tensor().gather(places, axis: axis), operand.type))]
        },
        Operator("GatherElements") { call in
            let (operand, indices) = (try call.operand(0), try call.operand(1))
            let axis = try call.axis("axis", 0, of: operand)
            let flat = try call.flatPlaces(indices, along: axis, of: operand.shape)
            return [try call.gathered(operand, flat)]
        },
        Operator("GatherND") { call in
            let (operand, indices) = (try call.operand(0), try call.operand(1))
            let batch = try call.int("batch_dims", 0)
            let depth = indices.shape.last ?? 0
            guard batch >= 0, indices.rank > batch, batch + depth <= operand.rank,
                indices.shape.prefix(batch).elementsEqual(operand.shape.prefix(batch))
            else { throw call.fail("indices \(indices.shape) into \(operand.shape)", .shape) }
            let rest = Array(operand.shape.dropFirst(batch + depth))
            let rows = try call.rowPlaces(indices.number(), of: operand.shape, batch: batch)
            let table = try operand.tensor().reshape(
                Shape([Array(operand.shape.prefix(batch + depth)).product] + rest))
            return [
                .array(
                    Operand(
                        table.gather(rows.cast(to: .int32).reshape([rows.shape.elementCount]))
                            .reshape(Shape(rows.shape.extents + rest)), operand.type))
            ]
        },
        Operator("ScatterElements", 11...27) { try $0.scatterElements() },
        Operator("Scatter", 9...10) { try $0.scatterElements() },
        Operator("Scatter", 11...27) { try $0.scatterElements() },
        Operator("ScatterND") { call in
            let (operand, indices, updates) = (try call.operand(0), try call.operand(1), try call.operand(2))
            let depth = indices.shape.last ?? 0
            guard indices.rank > 0, depth <= operand.rank else {
                throw call.fail("indices \(indices.shape) into \(operand.shape)", .shape)
            }
            let rows = try call.rowPlaces(indices.number(), of: operand.shape, batch: 0)
            let width = Array(operand.shape.dropFirst(depth)).product
            let count = Array(operand.shape.prefix(depth)).product
            let table = try operand.number().reshape([count, width])
            let sources = try updates.number().reshape([rows.shape.elementCount, width])
            let scattered = try call.scattered(
                sources, at: call.placesOperand(rows, indices), into: table, call.string("reduction", "none"))
            return [Value(scattered.reshape(operand.shape), operand.type)]
        },
        Operator("OneHot") { call in
            let (indices, values) = (try call.operand(0), try call.operand(2))
            let depth = try call.builder.known(call.operand(1)).floats.first.map { Int(clamping: Int($0)) } ?? 0
            let axis = try call.axis(call.int("axis", -1), rank: indices.rank + 1)
            guard depth > 0, depth <= 1 << 24, values.shape.elementCount == 2 else { throw call.fail("depth \(depth)") }
            let places = try call.counted(indices.number(), depth).unsqueezed(axis)
            var shape = indices.shape.extents
            shape.insert(depth, at: axis)
            let isOn = places.equal(.iota(Shape(shape), axis: axis))
            let pair = try values.number()
            return [
                Value(
                    isOn.select(pair.slice(1..<2, axis: 0).reshape([]), pair.slice(0..<1, axis: 0).reshape([])),
                    values.type)
            ]
        },
        Operator("Compress") { call in
            let operand = try call.operand(0)
            let kept = try call.knownIntegers(1).enumerated().filter { $0.element != 0 }.map(\.offset)
            let isFlat = !call.has("axis")
            let axis = isFlat ? 0 : try call.axis("axis", of: operand)
            guard (kept.last ?? 0) < (isFlat ? operand.shape.elementCount : operand.shape[axis]) || kept.isEmpty else {
                throw call.fail("the condition is longer than the axis", .shape)
            }
            return [
                try call.moved(operand) { x in
                    (isFlat ? x.reshape([x.shape.elementCount]) : x).taking(kept, axis: axis)
                }
            ]
        },
        Operator("NonZero") { call in
            let host = try call.builder.known(call.operand(0))
            let places = host.floats.enumerated().filter { $0.element != 0 }.map(\.offset)
            let strides = host.shape.strides
            let rows = host.shape.indices.flatMap { axis in places.map { $0 / strides[axis] % host.shape[axis] } }
            return [Value(ONNXTensor(rows, [host.shape.rank, places.count]))]
        },
        Operator("ArrayFeatureExtractor", 1...5, domain: "ai.onnx.ml") { call in
            let operand = try call.operand(0)
            let places = try call.places(call.builder.known(call.operand(1)), in: operand.shape.last ?? 0)
            guard operand.rank > 0 else { throw call.fail("a number has no features") }
            let rows = operand.rank == 1 ? 1 : Array(operand.shape.dropLast()).product
            return [
                try call.moved(operand) { x in
                    x.reshape([rows, x.shape[x.rank - 1]]).taking(places, axis: 1)
                }
            ]
        },
        Operator("Binarizer", 1...5, domain: "ai.onnx.ml") { call in
            let threshold = try call.float("threshold", 0)
            return try call.map { $0.greater(threshold) }
        },
    ]
}

extension Call {
    /// Indices that are known, none below 0. Throws `data` for one outside the axis.
    func places(_ indices: ONNXTensor, in extent: Int) throws -> [Int] {
        guard let values = indices.integers else { throw fail("indices are \(indices.type), expected whole numbers") }
        return try values.map { value in
            let place = value < 0 ? value.saturatingAdding(extent) : value
            guard (0..<extent).contains(place) else { throw fail("index \(value) of an axis of \(extent)") }
            return place
        }
    }

    /// Indices of which negative ones count from the end.
    func counted(_ indices: Tensor, _ extent: Int) -> Tensor {
        indices.less(0).select(indices + Float(extent), indices)
    }

    /// The places in the flat array of elements that `indices` name along an axis, beside their own place along the others.
    fileprivate func flatPlaces(_ indices: Operand, along axis: Int, of shape: Shape) throws -> Tensor {
        guard indices.rank == shape.rank,
            indices.shape.indices.allSatisfy({ $0 == axis || indices.shape[$0] <= shape[$0] })
        else { throw fail("indices \(indices.shape) into \(shape)", .shape) }
        try bound(shape)
        let strides = shape.strides
        var flat = counted(try indices.number(), shape[axis]) * Float(strides[axis])
        for other in shape.indices where other != axis {
            flat = flat + .iota(indices.shape, axis: other) * Float(strides[other])
        }
        return flat
    }

    /// The rows, of the first axes together, that the last axis of `indices` names.
    fileprivate func rowPlaces(_ indices: Tensor, of shape: Shape, batch: Int) throws -> Tensor {
        try bound(shape)
        let depth = indices.shape[indices.rank - 1]
        let strides = Shape(Array(shape.prefix(batch + depth))).strides
        let lead = Shape(indices.shape.dropLast())
        var rows = Tensor.constant(0, lead)
        for axis in 0..<depth {
            let part = indices.slice(axis..<axis + 1, axis: indices.rank - 1).squeezed(indices.rank - 1)
            rows = rows + counted(part, shape[batch + axis]) * Float(strides[batch + axis])
        }
        for axis in 0..<batch { rows = rows + .iota(lead, axis: axis) * Float(strides[axis]) }
        return rows
    }

    /// Places are computed in single precision.
    private func bound(_ shape: Shape) throws {
        guard shape.elementCount <= 1 << 24 else {
            throw fail("\(shape) has more than 2²⁴ elements to be indexed one by one", .unsupported)
        }
    }

    fileprivate func gathered(_ operand: Operand, _ flat: Tensor) throws -> Value {
        let table = try operand.tensor().reshape([operand.shape.elementCount])
        let places = flat.cast(to: .int32).reshape([flat.shape.elementCount])
        return .array(Operand(table.gather(places).reshape(flat.shape), operand.type))
    }

    fileprivate func placesOperand(_ flat: Tensor, _ indices: Operand) -> Operand {
        Operand(flat.reshape([flat.shape.elementCount]).cast(to: .int32), .int64, dependence: indices.dependence)
    }

    fileprivate func scatterElements() throws -> [Value] {
        let (operand, indices, updates) = (try operand(0), try operand(1), try operand(2))
        let axis = try axis("axis", 0, of: operand)
        guard updates.shape == indices.shape else { throw fail("\(updates.shape) at \(indices.shape)", .shape) }
        let flat = try flatPlaces(indices, along: axis, of: operand.shape)
        let count = operand.shape.elementCount
        let result = try scattered(
            updates.number().reshape([flat.shape.elementCount, 1]), at: placesOperand(flat, indices),
            into: operand.number().reshape([count, 1]), string("reduction", "none"))
        return [Value(result.reshape(operand.shape), operand.type)]
    }

    /// Rows put into a table, or joined with what stands there.
    func scattered(_ rows: Tensor, at places: Operand, into table: Tensor, _ reduction: String) throws -> Tensor {
        let count = table.shape[0]
        let indices = try places.tensor()
        switch reduction {
        case "add": return table + rows.scatterAdd(to: count, indices: indices)
        case "none" where !places.dependence.isEmpty:
            let isHit = Tensor.constant(1, [rows.shape[0], 1]).scatterAdd(to: count, indices: indices)
            return isHit.select(rows.scatterAdd(to: count, indices: indices), table)
        case "none", "mul", "max", "min": break
        default: throw fail("reduction '\(reduction)' does not exist")
        }
        // One row after another of those that go to one place: first all first ones, then all second ones, …
        guard let known = try builder.known(places).integers else { throw fail("places are no whole numbers") }
        var sources: [Int: [Int]] = [:]
        for (row, place) in known.enumerated() { sources[place, default: []].append(row) }
        var result = table
        for turn in 0..<(sources.values.map(\.count).max() ?? 0) {
            let row = (0..<count).map { place in sources[place].flatMap { turn < $0.count ? $0[turn] : nil } }
            let hits: [Float] = row.map { $0 == nil ? 0 : 1 }
            let isHit = Tensor.literal(hits, [count, 1])
            let source = rows.gather(.literal(row.map { Int32($0 ?? 0) }, [count]))
            let joined: Tensor =
                switch reduction {
                case "mul": result * source
                case "max": result.maximum(source)
                case "min": result.minimum(source)
                default: source
                }
            result = isHit.select(joined, result)
        }
        return result
    }
}
