import StrataBackend
import StrataGraph

extension Operator {
    static let shapes: [Operator] = [
        Operator("Constant") { call in
            for (name, attribute) in call.node.attributes {
                switch (name, attribute) {
                case ("value", .tensor(let tensor)): return [Value(tensor)]
                case ("value_float", .float(let value)): return [Value(ONNXTensor([value], []))]
                case ("value_floats", .floats(let values)): return [Value(ONNXTensor(values, [values.count]))]
                case ("value_int", .integer(let value)): return [Value(ONNXTensor([value], []))]
                case ("value_ints", .integers(let values)): return [Value(ONNXTensor(values, [values.count]))]
                case ("value_string", .string(let value)): return [Value(ONNXTensor(.string, [], .strings([value])))]
                case ("value_strings", .strings(let values)):
                    return [Value(ONNXTensor(.string, [values.count], .strings(values)))]
                default: continue
                }
            }
            throw call.fail("it has no value that can be read", .unsupported)
        },
        Operator("Shape") { call in
            let shape = try call.operand(0).shape
            func bound(_ value: Int) -> Int {
                min(max(value < 0 ? value.saturatingAdding(shape.rank) : value, 0), shape.rank)
            }
            let (start, end) = (bound(try call.int("start", 0)), bound(try call.int("end", shape.rank)))
            let extents = start < end ? Array(shape.extents[start..<end]) : []
            return [Value(ONNXTensor(extents, [extents.count]))]
        },
        Operator("Size") { [Value(ONNXTensor([try $0.operand(0).shape.elementCount], []))] },
        Operator("ConstantOfShape") { call in
            let shape = Shape(try call.knownIntegers(0))
            guard shape.isPossible else { throw call.fail("no array is \(shape)", .shape) }
            guard case .tensor(let value)? = call.node.attributes["value"] else {
                return [Value(.constant(0, shape), .float32)]
            }
            guard value.count == 1 else { throw call.fail("its value has \(value.count) elements, expected 1") }
            if let number = value.integers?.first, shape.elementCount <= 1 << 16 {
                return [Value(ONNXTensor([Int](repeating: number, count: shape.elementCount), shape, value.type))]
            }
            return [Value(.constant(value.floats.first ?? 0, shape), value.type)]
        },
        Operator("Range") { call in
            let type = try call.operand(0).type
            guard type.isInteger else {
                let bounds: [Float] = try (0..<3).flatMap { try call.knownFloats($0) }
                guard bounds.count == 3, bounds[2] != 0 else { throw call.fail("bounds and step must be numbers") }
                let count = ((bounds[1] - bounds[0]) / bounds[2]).rounded(.up)
                guard count.isFinite, count <= 0x1p24 else { throw call.fail("it has no end in sight") }
                let values = (0..<max(Int(count), 0)).map { bounds[0] + Float($0) * bounds[2] }
                return [Value(ONNXTensor(type, [values.count], .floats(values)))]
            }
            let (start, limit, step) = (
                try call.knownInteger(0), try call.knownInteger(1), try call.knownInteger(2)
            )
            guard step != 0, start.magnitude < 1 << 60, limit.magnitude < 1 << 60, (limit - start) / step <= 1 << 24
            else {
                throw call.fail("\(start) to \(limit) by \(step) has no end in sight")
            }
            let values = Array(stride(from: start, to: limit, by: step))
            return [Value(ONNXTensor(values, [values.count], type))]
        },
        Operator("EyeLike") { call in
            let operand = try call.operand(0)
            guard operand.rank == 2 else { throw call.fail("\(operand.shape) is no matrix", .shape) }
            let type = try call.elementType("dtype", operand.type)
            let offset = Float(try call.int("k", 0))
            let difference = Tensor.iota(operand.shape, axis: 1) - .iota(operand.shape, axis: 0)
            return [Value(difference.equal(.constant(offset)), type)]
        },
        Operator("Cast") { call in [try call.cast(call.operand(0), to: call.elementType("to"))] },
        Operator("CastLike") { call in [try call.cast(call.operand(0), to: call.operand(1).type)] },
    ]
}

extension Call {
    func cast(_ operand: Operand, to type: ElementType) throws -> Value {
        guard type.carrier != .none, operand.type.carrier != .none else {
            throw fail("from \(operand.type) to \(type)", .unsupported)
        }
        if type == operand.type { return .array(operand) }
        if let host = operand.foldable, let elements = host.elements(as: type) {
            return Value(ONNXTensor(type, host.shape, elements))
        }
        switch (operand.type.carrier, type.carrier) {
        case (.float, .float):
            guard type == .float32 || type == .float64 || operand.type == type else {
                throw fail("rounding to \(type) is not done here", .unsupported)
            }
            return .array(Operand(try operand.tensor(), type))
        case (.integer, .integer):
            return type.isNarrow
                ? Value(type.wrapping(try operand.number()), type) : .array(Operand(try operand.tensor(), type))
        case (_, .boolean): return Value(try operand.number().notEqual(.constant(0)), type)
        default: return Value(try operand.number(), type)
        }
    }
}

extension ONNXTensor {
    /// The elements as those of another type; `nil` where one has no such form.
    func elements(as type: ElementType) -> Elements? {
        switch (elements, type.carrier) {
        case (.integers(let values), .integer): return .integers(values.map(type.wrapping))
        case (.integers(let values), .float): return .floats(values.map(Float.init))
        case (.integers(let values), .boolean): return .integers(values.map { $0 == 0 ? 0 : 1 })
        case (.floats(let values), .float) where type == .float32 || type == .float64: return .floats(values)
        case (.floats(let values), .boolean): return .integers(values.map { $0 == 0 ? 0 : 1 })
        case (.floats(let values), .integer):
            let whole = values.compactMap { Int(exactly: $0.rounded(.towardZero)) }
            return whole.count == values.count ? .integers(whole.map(type.wrapping)) : nil
        default: return nil
        }
    }
}
