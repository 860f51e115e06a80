import StrataBackend
import StrataGraph

extension Graph {
    /// Moves transpositions, and reshapes that merge axes, of computed arrays below the elementwise ops, reductions,
    /// paddings and concatenations that follow them, and transpositions below other views.
    ///
    /// A convolution's results come out of its contraction with their channels last, and a transposition turns them to the
    /// order that the model asked for. Bias, activation and gradient are computed in the contraction's own order then, where
    /// they fuse with it, and the next convolution reads through both views: channels stay last from layer to layer, and
    /// nothing is turned.
    ///
    ///     add(transpose(dot), broadcast(bias))  →  transpose(add(dot, transpose⁻¹(broadcast(bias))))
    ///
    /// What a variable becomes is computed in the variable's own order.
    func withMovementSunk() throws -> Graph {
        let isUpdate = nodesOfUpdates
        var number = 0
        return try rewritten { builder, node in
            defer { number += 1 }
            if isUpdate[number] { return try builder.add(node.op, node.inputs, location: node.location) }
            return try sunk(node, &builder)
        }
    }

    /// The elementwise nodes that lead to a variable's new value through such nodes alone.
    private var nodesOfUpdates: [Bool] {
        var result = nodes.map { _ in false }
        for update in updates { result[update.node] = true }
        for (number, node) in nodes.enumerated().reversed() where result[number] {
            result[number] = node.op.isElementwise
            if result[number] { for input in node.inputs { result[input] = true } }
        }
        return result
    }
}

/// Adds the node, below what moves its inputs. If `follows` is an input's position, that input's movement alone is
/// followed: the others are seen through its inverse already.
private func sunk(_ node: Graph.Node, _ builder: inout GraphBuilder, follows: Int? = nil) throws -> Int {
    try sinking(node, &builder, follows) ?? builder.add(node.op, node.inputs, location: node.location)
}

private func sinking(_ node: Graph.Node, _ builder: inout GraphBuilder, _ follows: Int?) throws -> Int? {
    switch node.op {
    case .unary, .binary, .select, .cast, .stopGradient:
        // Where another operand is in the right order already, the movement stays with the operand that it moves.
        let position = follows ?? node.inputs.firstIndex { isSinkable($0, builder) }
        guard let position, isSinkable(node.inputs[position], builder),
            follows != nil || !node.inputs.contains(where: { isSettled($0, builder) })
        else { return nil }
        let movement = builder[node.inputs[position]]
        let inner = builder[movement.inputs[0]].type.shape
        // All operands as they are seen from before the movement.
        let inputs = try node.inputs.map { input in
            if builder[input].op == movement.op, builder[builder[input].inputs[0]].type.shape == inner {
                return builder[input].inputs[0]
            }
            return try undone(movement.op, inner, input, &builder)
        }
        var moved = node
        moved.inputs = inputs
        return try builder.add(movement.op, [try sunk(moved, &builder, follows: position)])

    case .reduce(let combiner, let axes):
        guard isSinkable(node.inputs[0], builder) else { return nil }
        let movement = builder[node.inputs[0]]
        let source = movement.inputs[0]
        switch movement.op {
        case .transpose(let permutation):
            var moved = node
            (moved.op, moved.inputs) = (.reduce(combiner, axes: axes.map { permutation[$0] }.sorted()), [source])
            let reduced = try sunk(moved, &builder)
            // The axes that stay, in the order in which they now come and in that in which they are wanted.
            let kept = permutation.indices.filter { !axes.contains($0) }.map { permutation[$0] }
            let coming = kept.sorted()
            return try builder.add(.transpose(permutation: kept.map { coming.firstIndex(of: $0)! }), [reduced])
        case .reshape(let shape):
            guard let runs = mergedRuns(builder[source].type.shape, shape) else { return nil }
            var moved = node
            (moved.op, moved.inputs) = (.reduce(combiner, axes: axes.flatMap { runs[$0] }.sorted()), [source])
            let reduced = try sunk(moved, &builder)
            return try builder.add(.reshape(node.type.shape), [reduced])
        default: return nil
        }

    case .pad(let low, let high, let interior):
        guard isSinkable(node.inputs[0], builder), case .transpose(let permutation) = builder[node.inputs[0]].op else {
            return nil
        }
        func undone(_ amounts: [Int]) -> [Int] { inverse(permutation).map { amounts[$0] } }
        let padded = try builder.add(
            .pad(low: undone(low), high: undone(high), interior: undone(interior)), builder[node.inputs[0]].inputs,
            location: node.location)
        return try builder.add(.transpose(permutation: permutation), [padded])

    case .concatenate(let axis):
        guard let first = node.inputs.first, case .transpose(let permutation) = builder[first].op,
            node.inputs.allSatisfy({ builder[$0].op == builder[first].op && isSinkable($0, builder) })
        else { return nil }
        let parts = node.inputs.map { builder[$0].inputs[0] }
        let whole = try builder.add(.concatenate(axis: permutation[axis]), parts, location: node.location)
        return try builder.add(.transpose(permutation: permutation), [whole])

    case .reshape, .slice, .reverse, .broadcast:
        guard isSinkable(node.inputs[0], builder), case .transpose(let permutation) = builder[node.inputs[0]].op else {
            return nil
        }
        let source = builder[node.inputs[0]].inputs[0]
        guard let (view, order) = exchanged(node.op, permutation, builder[source].type.shape) else { return nil }
        let viewed = try builder.add(view, [source], location: node.location)
        return order == order.sorted() ? viewed : try builder.add(.transpose(permutation: order), [viewed])

    default: return nil
    }
}

/// A view of a transposed array of shape `inner` as another view of that array, transposed after it; `nil` where there is none.
private func exchanged(_ view: Op, _ permutation: [Int], _ inner: Shape) -> (view: Op, permutation: [Int])? {
    func undone(_ amounts: [Int]) -> [Int] { inverse(permutation).map { amounts[$0] } }
    switch view {
    case .slice(let starts, let limits, let strides):
        return (.slice(starts: undone(starts), limits: undone(limits), strides: undone(strides)), permutation)
    case .reverse(let axes): return (.reverse(axes: axes.map { permutation[$0] }.sorted()), permutation)
    case .broadcast(let shape, let axes):
        guard axes.elementsEqual(permutation.indices), shape.rank == axes.count else { return nil }
        return (.broadcast(Shape(undone(shape.extents)), axes: axes), permutation)
    case .reshape(let shape):
        guard let parts = reshapedParts(Shape(permutation.map { inner[$0] }), shape) else { return nil }
        // Axes that merge have to follow one another before the transposition too.
        let places = parts.map { $0.from.map { permutation[$0] } }
        guard places.allSatisfy({ zip($0, $0.dropFirst()).allSatisfy { $1 == $0 + 1 } }) else { return nil }
        let order = parts.indices.sorted { places[$0][0] < places[$1][0] }.flatMap { parts[$0].to }
        return (.reshape(Shape(order.map { shape[$0] })), inverse(order))
    default: return nil
    }
}

/// The axes of a shape, and those of another that a reshape makes of them, in the smallest parts of equally many elements,
/// each of one axis at least on the first side.
private func reshapedParts(_ from: Shape, _ shape: Shape) -> [(from: [Int], to: [Int])]? {
    guard from.elementCount > 0, from.rank > 0 else { return nil }
    var parts: [(from: [Int], to: [Int])] = []
    var (i, j) = (0, 0)
    while i < from.rank {
        var part = (from: [i], to: [Int]()), (old, new) = (from[i], 1)
        i += 1
        while old != new || part.to.isEmpty {
            if new < old || part.to.isEmpty {
                guard j < shape.rank else { break }
                new *= shape[j]
                part.to.append(j)
                j += 1
            } else {
                guard i < from.rank else { return nil }
                old *= from[i]
                part.from.append(i)
                i += 1
            }
        }
        // Extents of 1 belong to what stands before them.
        while j < shape.rank, shape[j] == 1, i == from.rank || from[i] != 1 {
            part.to.append(j)
            j += 1
        }
        guard old == new else { return nil }
        parts.append(part)
    }
    return j == shape.rank ? parts : nil
}

/// Whether a node is computed in an order of its own, which a contraction is not: it takes its operands' axes in any.
private func isSettled(_ number: Int, _ builder: GraphBuilder) -> Bool {
    if case .dot = builder[number].op { false } else { builder[number].op.isComputed }
}

/// Whether a node moves elements of a computed array in a way that can be undone for any other array of its shape without
/// a copy.
private func isSinkable(_ number: Int, _ builder: GraphBuilder) -> Bool {
    let node = builder[number]
    switch node.op {
    case .transpose(let permutation):
        // Rows of a few elements are not worth an order of their own: who reads them leaps to each.
        let shape = builder[node.inputs[0]].type.shape
        let order = permutation.filter { shape[$0] > 1 }
        if order != order.sorted(), lastRun(of: order, shape) < shortestRow { return false }
    case .reshape(let shape):
        // Axes of extent 1 come and go; others are merged.
        let inner = builder[node.inputs[0]].type.shape
        if mergedRuns(inner, shape) == nil, inner.filter({ $0 != 1 }) != shape.filter({ $0 != 1 }) { return false }
    default: return false
    }
    // What is mostly the same elements again has no order to follow.
    return mostRepeats * builder.computedElements[number] > node.type.shape.elementCount
}

/// An array that is repeated less often than this is one that others are computed in the order of.
private let mostRepeats = 8

/// A vector of most processors.
private let shortestRow = 8

/// The elements of the last axes of a shape that an order of its axes keeps one after the other.
private func lastRun(of order: [Int], _ shape: Shape) -> Int {
    let last = order.max() ?? 0, end = order.firstIndex(of: last) ?? 0
    var count = order.isEmpty ? 1 : shape[last]
    for (place, axis) in zip((0..<end).reversed(), order.filter { $0 < last }.sorted().reversed()) {
        guard order[place] == axis else { break }
        count *= shape[axis]
    }
    return count
}

/// What `movement`, applied to an array of shape `inner`, makes `number` of.
private func undone(_ movement: Op, _ inner: Shape, _ number: Int, _ builder: inout GraphBuilder) throws -> Int {
    if case .constant(let value, _) = builder[number].op { return try builder.add(.constant(value, inner)) }
    switch movement {
    case .transpose(let permutation):
        return try builder.add(.transpose(permutation: inverse(permutation)), [number])
    default: return try builder.add(.reshape(inner), [number])
    }
}
