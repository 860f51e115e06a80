import StrataBackend
import StrataGraph

/// Each op of a graph in operators of ONNX.
extension GraphExport {
    /// Functions of one number that ONNX has by another name.
    private static let unary: [Unary: String] = [
        .negate: "Neg", .absolute: "Abs", .sign: "Sign", .floor: "Floor", .round: "Round", .exponential: "Exp",
        .logarithm: "Log", .squareRoot: "Sqrt", .reciprocal: "Reciprocal", .sine: "Sin", .cosine: "Cos",
        .tanh: "Tanh", .sigmoid: "Sigmoid", .softplus: "Softplus", .relu: "Relu", .errorFunction: "Erf",
    ]

    private static let binary: [Binary: String] = [
        .add: "Add", .subtract: "Sub", .multiply: "Mul", .divide: "Div", .maximum: "Max", .minimum: "Min",
        .power: "Pow",
    ]

    private static let comparisons: [Binary: String] = [.less: "Less", .lessOrEqual: "LessOrEqual", .equal: "Equal"]

    /// Writes a node; the name of its value.
    mutating func write(_ operation: Operation) throws -> String {
        let inputs = operation.inputs
        switch operation.node.op {
        case .constant(let value, _):
            return try expanded(number(value), operation.shape)
        case .literal(let literal): return constant(try literal.tensor)
        case .iota(_, let axis): return try iota(axis, operation.shape)
        case .unary(let function): return unary(function, inputs[0])
        case .binary(let function): return binary(function, inputs)
        case .select:
            let condition = add("Cast", [inputs[0]], ["to": .integer(ElementType.bool.rawValue)])
            return add("Where", [condition, inputs[1], inputs[2]])
        case .cast(let dtype): return cast(inputs[0], from: operation, to: dtype)
        case .stopGradient: return inputs[0]
        case .broadcast(_, let axes):
            // Axes that are not named are of extent 1 before they are repeated.
            var extents = operation.shape.map { _ in Extent.fixed(1) }
            for (place, axis) in axes.enumerated() { extents[axis] = operation.inputShapes[0][place] }
            let spread = try reshaped(inputs[0], from: operation.inputShapes[0], to: extents)
            return extents == operation.shape ? spread : add("Expand", [spread, try shape(operation.shape)])
        case .reshape: return try reshaped(inputs[0], from: operation.inputShapes[0], to: operation.shape)
        case .transpose(let order): return add("Transpose", [inputs[0]], ["perm": .integers(order)])
        case .slice: return try slice(operation)
        case .pad(let low, let high, let interior):
            guard operation.node.op == operation.other.op else {
                throw StrataError(.unsupported, "padding depends on the rows")
            }
            return try padded(inputs[0], operation.inputShapes[0], low, high, interior)
        case .reverse(let axes):
            return sliced(
                inputs[0], axes, axes.map { _ in -1 }, axes.map { _ in Int.min + 1 }, axes.map { _ in -1 })
        case .concatenate(let axis):
            return inputs.count == 1 ? inputs[0] : add("Concat", inputs, ["axis": .integer(axis)])
        case .windows(let size, let strides, let dilations):
            return try windows(operation, size, strides, dilations)
        case .reduce(let combiner, let axes): return reduce(inputs[0], combiner, axes)
        case .dot(let axes): return dot(operation, axes)
        case .convolve(let window): return try convolve(operation, window)
        case .gather:
            guard case .fixed(let rows) = operation.inputShapes[0][0] else {
                throw StrataError(.unsupported, "the table has as many rows as the batch")
            }
            // Indices are clamped here, refused there.
            let low = add("Max", [inputs[1], constant(ONNXTensor([0], [], .int32))])
            let clamped = add("Min", [low, constant(ONNXTensor([max(rows - 1, 0)], [], .int32))])
            return add("Gather", [inputs[0], clamped])
        case .scatterAdd:
            let zeros = try expanded(number(0), operation.shape)
            return added(zeros, at: inputs[0], inputs[1])
        case .addRows: return added(inputs[0], at: inputs[1], inputs[2])
        default: throw StrataError(.unsupported, "ONNX has no operator for it")
        }
    }

    // MARK: Elementwise

    private mutating func unary(_ function: Unary, _ x: String) -> String {
        if let op = Self.unary[function] { return add(op, [x]) }
        let one = number(1)
        switch function {
        case .exponentialMinusOne:
            // tanh(x / 2) · (eˣ + 1), exact near 0 too; for large x only the exponential itself does not lose the tanh.
            let half = add("Tanh", [add("Mul", [x, number(0.5)])])
            return add("Mul", [half, add("Add", [add("Exp", [x]), one])])
        case .logarithmOnePlus: return add("Log", [add("Add", [x, one])])
        default:
            let isWrong = add("Or", [add("IsNaN", [x]), add("IsInf", [x])])
            return float(add("Not", [isWrong]))
        }
    }

    private mutating func binary(_ function: Binary, _ inputs: [String]) -> String {
        if let op = Self.binary[function] { return add(op, inputs) }
        if let op = Self.comparisons[function] { return float(add(op, inputs)) }
        return float(add("Not", [add("Equal", inputs)]))
    }

    private mutating func float(_ x: String) -> String {
        add("Cast", [x], ["to": .integer(ElementType.float32.rawValue)])
    }

    private mutating func cast(_ x: String, from operation: Operation, to dtype: DType) -> String {
        // A byte takes nothing beyond 0 and 255: here it saturates, there it would wrap.
        let isByte = dtype == .uint8
        let inside = isByte ? add("Min", [add("Max", [x, number(0)]), number(255)]) : x
        return add("Cast", [inside], ["to": .integer(dtype.elementType.rawValue)])
    }

    private mutating func expanded(_ value: String, _ extents: [Extent]) throws -> String {
        extents.isEmpty ? value : add("Expand", [value, try shape(extents)])
    }

    private mutating func iota(_ axis: Int, _ extents: [Extent]) throws -> String {
        let alone = extents.indices.map { $0 == axis ? extents[axis] : .fixed(1) }
        guard case .fixed(let count) = extents[axis] else {
            let limit = add("Squeeze", [try shape([extents[axis]]), integers([0])])
            let places = add(
                "Range", [constant(ONNXTensor([0], [])), limit, constant(ONNXTensor([1], []))])
            let column = add("Reshape", [float(places), try shape(alone, isReshape: true)])
            return add("Expand", [column, try shape(extents)])
        }
        let values = constant(ONNXTensor((0..<count).map(Float.init), Shape(alone.map { $0 == .fixed(1) ? 1 : count })))
        return alone == extents ? values : add("Expand", [values, try shape(extents)])
    }

    // MARK: Movement

    private mutating func reshaped(_ x: String, from: [Extent], to: [Extent]) throws -> String {
        from == to
            ? x
            : add(
                "Reshape", [x, try shape(to, isReshape: true)], ["allowzero": .integer(to.contains(.fixed(0)) ? 1 : 0)])
    }

    private mutating func sliced(
        _ x: String, _ axes: [Int], _ starts: [Int], _ ends: [Int], _ steps: [Int]
    ) -> String {
        axes.isEmpty ? x : add("Slice", [x, integers(starts), integers(ends), integers(axes), integers(steps)])
    }

    private mutating func slice(_ operation: Operation) throws -> String {
        guard case .slice(let starts, let limits, let strides) = operation.node.op,
            case .slice(let starts2, let limits2, let strides2) = operation.other.op, strides == strides2
        else { throw StrataError(.unsupported, "strides depend on the rows") }
        var (axes, from, to, by): ([Int], [Int], [Int], [Int]) = ([], [], [], [])
        for axis in starts.indices {
            let extent = operation.inputShapes[0][axis]
            let isWhole =
                try starts[axis] == 0 && starts2[axis] == 0
                && self.extent(limits[axis], limits2[axis]) == extent
            if isWhole, strides[axis] == 1 { continue }
            guard starts[axis] == starts2[axis], isWhole || limits[axis] == limits2[axis] else {
                throw StrataError(.unsupported, "bounds depend on the rows")
            }
            axes.append(axis)
            from.append(starts[axis])
            to.append(isWhole ? Int.max : limits[axis])
            by.append(strides[axis])
        }
        return sliced(operation.inputs[0], axes, from, to, by)
    }

    /// Zeros around and between elements: between, each is padded as a group of its own, and what follows the last is cut.
    private mutating func padded(
        _ x: String, _ extents: [Extent], _ low: [Int], _ high: [Int], _ interior: [Int]
    ) throws -> String {
        var (x, extents) = (x, extents)
        for axis in extents.indices where interior[axis] > 0 {
            guard case .fixed(let count) = extents[axis], count > 0 else {
                throw StrataError(.unsupported, "elements of the batch are spread")
            }
            let group = Array(extents[..<axis]) + [.fixed(count), .fixed(1)] + Array(extents[(axis + 1)...])
            let split = try reshaped(x, from: extents, to: group)
            var after = [Int](repeating: 0, count: 2 * group.count)
            after[group.count + axis + 1] = interior[axis]
            let wide = add("Pad", [split, integers(after)])
            let spread = count * (interior[axis] + 1)
            let flat = Array(extents[..<axis]) + [.fixed(spread)] + Array(extents[(axis + 1)...])
            let joined = add("Reshape", [wide, try shape(flat, isReshape: true)])
            x = sliced(joined, [axis], [0], [spread - interior[axis]], [1])
            extents[axis] = .fixed(spread - interior[axis])
        }
        guard (low + high).contains(where: { $0 != 0 }) else { return x }
        return add("Pad", [x, integers(low + high)])
    }

    /// Elements of each window by their places along each axis, and then the axes in their order.
    private mutating func windows(
        _ operation: Operation, _ size: [Int], _ strides: [Int], _ dilations: [Int]
    ) throws -> String {
        let lead = operation.inputShapes[0].count - size.count
        var x = operation.inputs[0]
        for axis in size.indices.reversed() {
            guard case .fixed(let positions) = operation.shape[lead + size.count + axis] else {
                throw StrataError(.unsupported, "windows go over the batch")
            }
            let places = (0..<size[axis]).flatMap { element in
                (0..<positions).map { $0 * strides[axis] + element * dilations[axis] }
            }
            let indices = constant(ONNXTensor(places, [size[axis], positions]))
            x = add("Gather", [x, indices], ["axis": .integer(lead + axis)])
        }
        let order = Array(0..<lead) + size.indices.map { lead + 2 * $0 } + size.indices.map { lead + 2 * $0 + 1 }
        return add("Transpose", [x], ["perm": .integers(order)])
    }

    // MARK: Sums and products

    private mutating func reduce(_ x: String, _ combiner: Reduce.Combiner, _ axes: [Int]) -> String {
        if axes.isEmpty { return x }
        switch combiner {
        case .sum: return add("ReduceSum", [x, integers(axes)], ["keepdims": .integer(0)])
        case .maximum, .minimum:
            let op = combiner == .maximum ? "ReduceMax" : "ReduceMin"
            // Axes became an argument with version 18.
            return opset < 18
                ? add(op, [x], ["axes": .integers(axes), "keepdims": .integer(0)])
                : add(op, [x, integers(axes)], ["keepdims": .integer(0)])
        }
    }

    private mutating func dot(_ operation: Operation, _ axes: DotAxes) -> String {
        let (left, right) = (operation.inputShapes[0].count, operation.inputShapes[1].count)
        let inputs = operation.inputs
        if left == 2, right == 2, axes.leftBatch.isEmpty, axes.leftContract.count == 1 {
            let a = axes.leftContract == [1] ? inputs[0] : add("Transpose", [inputs[0]], ["perm": .integers([1, 0])])
            let b = axes.rightContract == [0] ? inputs[1] : add("Transpose", [inputs[1]], ["perm": .integers([1, 0])])
            return add("MatMul", [a, b])
        }
        var letters = Array("abcdefghijklmnopqrstuvwxyz")[...]
        var (first, second) = ([Character?](repeating: nil, count: left), [Character?](repeating: nil, count: right))
        for (l, r) in zip(axes.leftBatch + axes.leftContract, axes.rightBatch + axes.rightContract) {
            let letter = letters.popFirst()
            (first[l], second[r]) = (letter, letter)
        }
        for axis in axes.leftFree(rank: left) { first[axis] = letters.popFirst() }
        for axis in axes.rightFree(rank: right) { second[axis] = letters.popFirst() }
        let result =
            axes.leftBatch.map { first[$0] } + axes.leftFree(rank: left).map { first[$0] }
            + axes.rightFree(rank: right).map { second[$0] }
        func text(_ letters: [Character?]) -> String { String(letters.compactMap { $0 }) }
        return add("Einsum", inputs, ["equation": .string("\(text(first)),\(text(second))->\(text(result))")])
    }

    private mutating func convolve(_ operation: Operation, _ window: ConvolutionWindow) throws -> String {
        var x = operation.inputs[0]
        var extents = operation.inputShapes[0]
        if window.inputDilation != [1, 1] {
            x = try padded(x, extents, [0, 0, 0, 0], [0, 0, 0, 0], [0, 0] + window.inputDilation.map { $0 - 1 })
            for axis in 0..<2 {
                if case .fixed(let extent) = extents[2 + axis] {
                    extents[2 + axis] = .fixed((extent - 1) * window.inputDilation[axis] + 1)
                }
            }
        }
        var pads = window.paddingLow + window.paddingHigh
        if pads.contains(where: { $0 < 0 }) {
            // Negative padding crops, which pads of convolutions may not.
            x = add("Pad", [x, integers([0, 0] + window.paddingLow + [0, 0] + window.paddingHigh)])
            pads = [0, 0, 0, 0]
        }
        return add(
            "Conv", [x, operation.inputs[1]],
            [
                "strides": .integers(window.stride), "pads": .integers(pads),
                "dilations": .integers(window.filterDilation), "group": .integer(window.groups),
            ])
    }

    private mutating func added(_ table: String, at places: String, _ rows: String) -> String {
        let wide = add("Cast", [places], ["to": .integer(ElementType.int64.rawValue)])
        let column = add("Unsqueeze", [wide, integers([1])])
        return add("ScatterND", [table, column, rows], ["reduction": .string("add")])
    }
}

extension Literal {
    /// The elements as a file of ONNX holds them.
    var tensor: ONNXTensor {
        get throws {
            let values = ElementBytes.elements(bytes, type.dtype.elementType)
            return ONNXTensor(type.dtype.elementType, type.shape, values)
        }
    }
}
