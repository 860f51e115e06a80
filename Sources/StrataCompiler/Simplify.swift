import StrataBackend
import StrataGraph

extension Graph {
    /// Replaces nodes by cheaper equal ones: arithmetic with neutral constants, constant folding, movements that
    /// cancel or compose. Only rewrites that hold for every float, NaN and infinity included, are made.
    func simplified() throws -> Graph {
        try rewritten { builder, node in
            if let simpler = try simplify(node, &builder) { return simpler }
            return try builder.add(node.op, node.inputs, location: node.location)
        }
    }
}

private func simplify(_ node: Graph.Node, _ builder: inout GraphBuilder) throws -> Int? {
    func constant(_ input: Int) -> Float? {
        if case .constant(let value, _) = builder[node.inputs[input]].op { value } else { nil }
    }
    let shape = node.type.shape
    switch node.op {
    case .literal(let literal): return try literal.uniformValue.map { try builder.add(.constant($0, shape)) }
    case .stopGradient: return node.inputs[0]
    case .cast(let dtype): return builder[node.inputs[0]].type.dtype == dtype ? node.inputs[0] : nil

    case .unary(let function):
        if let value = constant(0), let folded = fold(function, value) {
            return try builder.add(.constant(folded, shape))
        }
        if function == .negate, case .unary(.negate) = builder[node.inputs[0]].op {
            return builder[node.inputs[0]].inputs[0]
        }
        return nil
    case .binary(let function):
        if let a = constant(0), let b = constant(1), let folded = fold(function, a, b) {
            return try builder.add(.constant(folded, shape))
        }
        return try simplify(function, node, left: constant(0), right: constant(1), &builder)
    case .select:
        return constant(0).map { node.inputs[$0 != 0 ? 1 : 2] }

    case .broadcast(_, let axes):
        if let value = constant(0) { return try builder.add(.constant(value, shape)) }
        let input = builder[node.inputs[0]]
        if input.type.shape == shape { return node.inputs[0] }
        if case .broadcast(_, let inner) = input.op {
            return try builder.add(.broadcast(shape, axes: inner.map { axes[$0] }), input.inputs)
        }
        return nil
    case .reshape:
        if let value = constant(0) { return try builder.add(.constant(value, shape)) }
        let input = builder[node.inputs[0]]
        if input.type.shape == shape { return node.inputs[0] }
        if case .reshape = input.op {
            return builder[input.inputs[0]].type.shape == shape
                ? input.inputs[0] : try builder.add(.reshape(shape), input.inputs)
        }
        return nil
    case .transpose(let permutation):
        if let value = constant(0) { return try builder.add(.constant(value, shape)) }
        if permutation == Array(0..<permutation.count) { return node.inputs[0] }
        let input = builder[node.inputs[0]]
        if case .transpose(let inner) = input.op {
            let composed = permutation.map { inner[$0] }
            return composed == Array(0..<composed.count)
                ? input.inputs[0] : try builder.add(.transpose(permutation: composed), input.inputs)
        }
        return nil
    case .slice, .reverse, .windows:
        if let value = constant(0) { return try builder.add(.constant(value, shape)) }
        if case .windows = node.op { return nil }
        if case .reverse(let axes) = node.op { return axes.isEmpty ? node.inputs[0] : nil }
        if builder[node.inputs[0]].type.shape == shape { return node.inputs[0] }
        if let part = try partOfConcatenation(node.op, of: node.inputs[0], &builder) { return part }
        return try fewRows(node.op, of: node.inputs[0], &builder)
    case .pad(let low, let high, let interior):
        return (low + high + interior).allSatisfy { $0 == 0 } ? node.inputs[0] : nil
    case .concatenate:
        let parts = node.inputs.filter { builder[$0].type.shape.elementCount > 0 }
        return parts.count == 1 ? parts[0] : nil
    case .reduce(let combiner, let axes):
        if axes.isEmpty { return node.inputs[0] }
        let count = builder[node.inputs[0]].type.shape.elementCount
        if let value = constant(0), shape.elementCount > 0, count > 0 {
            let repeats = combiner == .sum ? Float(count / shape.elementCount) : 1
            return try builder.add(.constant(value * repeats, shape))
        }
        return nil
    default: return nil
    }
}

private func simplify(
    _ function: Binary, _ node: Graph.Node, left: Float?, right: Float?, _ builder: inout GraphBuilder
) throws -> Int? {
    let (a, b) = (node.inputs[0], node.inputs[1])
    switch (function, left, right) {
    case (.multiply, _, 1), (.divide, _, 1), (.power, _, 1): return a
    case (.multiply, 1, _): return b
    // x + 0 is x but for x = −0, whose sign nothing here depends on.
    case (.add, _, 0), (.subtract, _, 0): return a
    case (.add, 0, _): return b
    case (.subtract, 0, _): return try builder.add(.unary(.negate), [b])
    case (.multiply, _, -1): return try builder.add(.unary(.negate), [a])
    case (.multiply, -1, _): return try builder.add(.unary(.negate), [b])
    case (.power, _, 2): return try builder.add(.binary(.multiply), [a, a])
    case (.power, _, 0): return try builder.add(.constant(1, node.type.shape))
    default: break
    }
    if case .unary(.negate) = builder[b].op, function == .add || function == .subtract {
        return try builder.add(.binary(function == .add ? .subtract : .add), [a, builder[b].inputs[0]])
    }
    return nil
}

/// A slice of a concatenation that lies within one of its parts, as a slice of that part.
private func partOfConcatenation(_ slice: Op, of source: Int, _ builder: inout GraphBuilder) throws -> Int? {
    guard case .slice(var starts, var limits, let strides) = slice, case .concatenate(let axis) = builder[source].op
    else { return nil }
    var position = 0
    for part in builder[source].inputs {
        let end = position + builder[part].type.shape[axis]
        if starts[axis] >= position, limits[axis] <= end, starts[axis] < limits[axis] {
            starts[axis] -= position
            limits[axis] -= position
            return try builder.add(.slice(starts: starts, limits: limits, strides: strides), [part])
        }
        position = end
    }
    return nil
}

/// A slice of a few rows of what is made of gathered ones, element by element, as what is made of those rows gathered
/// alone: whoever wants them all may then gather them himself, and they need not be kept for two.
private func fewRows(_ slice: Op, of source: Int, _ builder: inout GraphBuilder) throws -> Int? {
    guard case .slice(let starts, let limits, let strides) = slice, let rows = builder[source].type.shape.first,
        8 * (limits[0] - starts[0]) <= rows, starts.dropFirst().allSatisfy({ $0 == 0 }),
        limits.dropFirst().elementsEqual(builder[source].type.shape.extents.dropFirst()),
        strides.dropFirst().allSatisfy({ $0 == 1 })
    else { return nil }
    guard let needed = gatheredRows(source, builder) else { return nil }
    var replacements: [Int: Int] = [:]
    for number in needed {
        let node = builder[number]
        switch node.op {
        case .constant(let value, let shape):
            let count = (limits[0] - starts[0] + strides[0] - 1) / strides[0]
            replacements[number] = try builder.add(.constant(value, Shape([count] + shape.extents.dropFirst())))
        case .gather:
            let chosen = Op.slice(starts: [starts[0]], limits: [limits[0]], strides: [strides[0]])
            let indices = try builder.add(chosen, [node.inputs[1]])
            replacements[number] = try builder.add(.gather, [node.inputs[0], indices], location: node.location)
        default:
            let inputs = node.inputs.compactMap { replacements[$0] }
            replacements[number] = try builder.add(node.op, inputs, location: node.location)
        }
    }
    return replacements[source]
}

/// What a node is made of down to gathered rows and constants, inputs before uses; `nil` where any of it takes more than
/// elementwise functions. A graph may be deeper than the thread's stack, so the walk has one of its own.
private func gatheredRows(_ source: Int, _ builder: GraphBuilder) -> [Int]? {
    var order: [Int] = []
    var visited: Set<Int> = []
    var stack = [(number: source, next: 0)]
    while let (number, next) = stack.last {
        if next == 0, !visited.insert(number).inserted {
            stack.removeLast()
            continue
        }
        let inputs: [Int]
        switch builder[number].op {
        case .constant, .gather: inputs = []
        case .cast, .unary, .binary: inputs = builder[number].inputs
        default: return nil
        }
        if next < inputs.count {
            stack[stack.count - 1].next += 1
            stack.append((inputs[next], 0))
        } else {
            order.append(number)
            stack.removeLast()
        }
    }
    return order
}

/// Functions that IEEE 754 defines to the bit; the others are left to the backend, so that a constant is what the
/// same expression would give at run time.
private func fold(_ function: Unary, _ x: Float) -> Float? {
    switch function {
    case .negate: -x
    case .absolute: abs(x)
    case .squareRoot: x.squareRoot()
    case .reciprocal: 1 / x
    case .relu: x.isNaN ? x : max(x, 0)
    default: nil
    }
}

private func fold(_ function: Binary, _ a: Float, _ b: Float) -> Float? {
    switch function {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .less: a < b ? 1 : 0
    case .lessOrEqual: a <= b ? 1 : 0
    case .equal: a == b ? 1 : 0
    case .notEqual: a != b ? 1 : 0
    case .maximum: a.isNaN || b.isNaN ? .nan : max(a, b)
    case .minimum: a.isNaN || b.isNaN ? .nan : min(a, b)
    case .power: nil
    }
}
