import StrataBackend
import StrataGraph

extension Graph {
    /// Folds transpositions into contractions, and reshapes that split their axes: a transposed operand becomes other axes
    /// of the same `dot`, and of a transposed or split result the operands are, and maybe exchanged. A contraction reads any
    /// strides, so that costs nothing there, while a moved result would keep its consumers from fusing.
    func withMovementFolded() throws -> Graph {
        // A contraction that others read as it is would be computed twice.
        let uses = useCounts
        var number = -1
        return try rewritten { builder, node in
            number += 1
            let isOnlyUse = nodes[number].inputs.first.map { uses[$0] == 1 } ?? false
            switch node.op {
            case .dot(var axes):
                var inputs = node.inputs
                if case .transpose(let permutation) = builder[inputs[0]].op {
                    let free = axes.leftFree(rank: permutation.count).map { permutation[$0] }
                    if free == free.sorted() {
                        axes.leftBatch = axes.leftBatch.map { permutation[$0] }
                        axes.leftContract = axes.leftContract.map { permutation[$0] }
                        inputs[0] = builder[inputs[0]].inputs[0]
                    }
                }
                if case .transpose(let permutation) = builder[inputs[1]].op {
                    let free = axes.rightFree(rank: permutation.count).map { permutation[$0] }
                    if free == free.sorted() {
                        axes.rightBatch = axes.rightBatch.map { permutation[$0] }
                        axes.rightContract = axes.rightContract.map { permutation[$0] }
                        inputs[1] = builder[inputs[1]].inputs[0]
                    }
                }
                return try builder.add(.dot(axes), inputs, location: node.location)

            case .transpose(let permutation):
                let input = builder[node.inputs[0]]
                if isOnlyUse, case .dot(let axes) = input.op,
                    let folded = try transposed(input, axes, permutation, &builder)
                {
                    return folded
                }
                return try builder.add(node.op, node.inputs, location: node.location)

            case .reshape(let shape):
                let input = builder[node.inputs[0]]
                if isOnlyUse, case .dot(let axes) = input.op, let folded = try split(input, axes, into: shape, &builder)
                {
                    return folded
                }
                return try builder.add(node.op, node.inputs, location: node.location)

            default: return try builder.add(node.op, node.inputs, location: node.location)
            }
        }
    }
}

/// A `dot` whose result has its axes in another order, where that is an order of each side's own axes and of the sides.
private func transposed(
    _ dot: Graph.Node, _ axes: DotAxes, _ permutation: [Int], _ builder: inout GraphBuilder
) throws -> Int? {
    let (batch, rank) = (axes.leftBatch.count, permutation.count)
    let leftFree = axes.leftFree(rank: builder[dot.inputs[0]].type.shape.rank)
    let rightFree = axes.rightFree(rank: builder[dot.inputs[1]].type.shape.rank)
    let (left, right) = (batch..<batch + leftFree.count, batch + leftFree.count..<rank)
    guard permutation[..<batch].elementsEqual(0..<batch) else { return nil }
    let rest = permutation[batch...]
    let isExchanged = !rest.prefix(left.count).allSatisfy(left.contains)
    let (leftOrder, rightOrder) =
        isExchanged
        ? (rest.suffix(left.count), rest.prefix(right.count)) : (rest.prefix(left.count), rest.suffix(right.count))
    guard leftOrder.allSatisfy(left.contains), rightOrder.allSatisfy(right.contains) else { return nil }

    func ordered(_ operand: Int, _ free: [Int], _ order: [Int]) throws -> Int {
        var permutation = Array(0..<builder[operand].type.shape.rank)
        for (place, axis) in zip(free, order) { permutation[place] = free[axis] }
        return permutation == permutation.sorted()
            ? operand : try builder.add(.transpose(permutation: permutation), [operand])
    }
    let inputs = [
        try ordered(dot.inputs[0], leftFree, leftOrder.map { $0 - left.lowerBound }),
        try ordered(dot.inputs[1], rightFree, rightOrder.map { $0 - right.lowerBound }),
    ]
    return try builder.add(
        .dot(isExchanged ? axes.exchanged : axes), isExchanged ? inputs.reversed() : inputs, location: dot.location)
}

/// A `dot` some of whose free axes are several: those of its operands are, too.
private func split(
    _ dot: Graph.Node, _ axes: DotAxes, into shape: Shape, _ builder: inout GraphBuilder
) throws -> Int? {
    guard let runs = mergedRuns(shape, dot.type.shape), runs.prefix(axes.leftBatch.count).allSatisfy({ $0.count == 1 })
    else { return nil }
    /// The operand with its free axes split, and where each of its axes begins then.
    func operand(_ number: Int, _ free: [Int], _ runs: ArraySlice<[Int]>) throws -> (node: Int, places: [Int]) {
        let from = builder[number].type.shape
        var extents: [Int] = [], places: [Int] = []
        for axis in from.indices {
            places.append(extents.count)
            if let place = free.firstIndex(of: axis) {
                extents += runs[runs.startIndex + place].map { shape[$0] }
            } else {
                extents.append(from[axis])
            }
        }
        return (extents.count == from.rank ? number : try builder.add(.reshape(Shape(extents)), [number]), places)
    }
    let leftFree = axes.leftFree(rank: builder[dot.inputs[0]].type.shape.rank)
    let rightFree = axes.rightFree(rank: builder[dot.inputs[1]].type.shape.rank)
    let free = runs.dropFirst(axes.leftBatch.count)
    let left = try operand(dot.inputs[0], leftFree, free.prefix(leftFree.count))
    let right = try operand(dot.inputs[1], rightFree, free.suffix(rightFree.count))
    return try builder.add(
        .dot(
            DotAxes(
                leftBatch: axes.leftBatch.map { left.places[$0] }, rightBatch: axes.rightBatch.map { right.places[$0] },
                leftContract: axes.leftContract.map { left.places[$0] },
                rightContract: axes.rightContract.map { right.places[$0] })),
        [left.node, right.node], location: dot.location)
}

extension DotAxes {
    /// The same contraction with its sides exchanged.
    fileprivate var exchanged: DotAxes {
        DotAxes(
            leftBatch: rightBatch, rightBatch: leftBatch, leftContract: rightContract, rightContract: leftContract)
    }
}
