import StrataBackend
import StrataGraph

extension Graph {
    /// Writes reductions of a few elements as elementwise ops on slices, which fuse with what is around them.
    ///
    /// So is a pooling over small windows, whose places are slices of the map with the window's stride, and the gradient of
    /// an enlarged map.
    ///
    ///     reduce.maximum(x [n, 2]) [1]  →  maximum(x [n, 0], x [n, 1])
    func withShortReductionsUnrolled() throws -> Graph {
        let uses = useCounts
        /// The uses in the original graph of what nodes of the builder stand for.
        var usesOf: [Int: Int] = [:]
        var number = -1
        return try rewritten { builder, node in
            number += 1
            guard case .reduce(let combiner, let axes) = node.op,
                (2...Self.mostPlaces).contains(axes.map { builder[node.inputs[0]].type.shape[$0] }.product),
                node.type.shape.elementCount > 0
            else {
                let result = try builder.add(node.op, node.inputs, location: node.location)
                usesOf[result] = uses[number]
                return result
            }
            var result: Int?
            for place in places(axes, builder[node.inputs[0]].type.shape) {
                let part = try part(of: node.inputs[0], axes, place, builder: &builder) {
                    usesOf[$0, default: 0] <= Self.mostUses
                }
                result = try result.map { try builder.add(combiner.op, [$0, part], location: node.location) } ?? part
            }
            return result!
        }
    }

    /// A window of 3 × 3.
    private static let mostPlaces = 9
    /// What one more needs besides is computed twice all the same: which elements of a window are its largest, say.
    private static let mostUses = 2
}

extension Reduce.Combiner {
    fileprivate var op: Op {
        switch self {
        case .sum: .binary(.add)
        case .maximum: .binary(.maximum)
        case .minimum: .binary(.minimum)
        }
    }
}

/// All indices along some axes, row-major.
private func places(_ axes: [Int], _ shape: Shape) -> [[Int]] {
    axes.reduce([[]]) { places, axis in places.flatMap { place in (0..<shape[axis]).map { place + [$0] } } }
}

/// What a node has at one place along some axes, without these axes. Elementwise ops that hardly anything else needs are
/// made of parts themselves.
private func part(
    of number: Int, _ axes: [Int], _ place: [Int], builder: inout GraphBuilder, isOwn: (Int) -> Bool
) throws -> Int {
    let node = builder[number], shape = node.type.shape
    let rest = Shape(shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
    switch node.op {
    case .constant(let value, _): return try builder.add(.constant(value, rest))
    case .unary, .binary, .select:
        guard isOwn(number) else { break }
        let inputs = try node.inputs.map { try part(of: $0, axes, place, builder: &builder, isOwn: isOwn) }
        return try builder.add(node.op, inputs, location: node.location)
    case .broadcast(_, let own) where !axes.contains(where: own.contains):
        // The axes that stay, by their new numbers.
        let left = shape.indices.filter { !axes.contains($0) }
        return try builder.add(.broadcast(rest, axes: own.map { left.firstIndex(of: $0)! }), node.inputs)
    default: break
    }
    var starts = shape.map { _ in 0 }, limits = shape.extents
    for (axis, index) in zip(axes, place) { (starts[axis], limits[axis]) = (index, index + 1) }
    let slice = Op.slice(starts: starts, limits: limits, strides: shape.map { _ in 1 })
    return try builder.add(.reshape(rest), [builder.add(slice, [number])])
}
