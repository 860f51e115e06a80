import StrataBackend
import StrataGraph

extension Graph {
    /// Makes steps along scattered gradients cost what their rows cost: `x − c · scatter(rows)`, with a scalar c, becomes x
    /// with `−c · rows` added to the rows that are meant, which is done in place where x is a variable.
    ///
    /// So a table of embeddings that descends on its gradient is neither read nor written but for the rows of the batch.
    /// Where indices are equal, the sum is taken in another order.
    func withUpdatesScattered() throws -> Graph {
        try rewritten { builder, node in
            if case .binary(let function) = node.op, function == .subtract || function == .add {
                let pairs =
                    [(node.inputs[0], node.inputs[1])] + (function == .add ? [(node.inputs[1], node.inputs[0])] : [])
                for (table, step) in pairs {
                    guard let (indices, rows) = try scattered(step, &builder) else { continue }
                    let added = function == .add ? rows : try builder.add(.unary(.negate), [rows])
                    return try builder.add(.addRows, [table, indices, added], location: node.location)
                }
            }
            return try builder.add(node.op, node.inputs, location: node.location)
        }
    }
}

/// The indices and rows of which a node is the scattered sum, with what scales the sum applied to the rows; `nil` for
/// anything else.
private func scattered(_ number: Int, _ builder: inout GraphBuilder) throws -> (indices: Int, rows: Int)? {
    // From the node down, negations (`nil`) and scalars by which it is multiplied.
    var scales: [Op.Scale] = []
    var current = number
    while true {
        let node = builder[current]
        switch node.op {
        case .scatterAdd:
            var rows = node.inputs[1]
            for scale in scales.reversed() { rows = try scale.applied(to: rows, &builder) }
            return (node.inputs[0], rows)
        case .unary(.negate):
            scales.append(.negation)
            current = node.inputs[0]
        case .binary(.multiply):
            let sides = node.inputs.map { Op.Scale(builder[$0]) }
            guard let (scale, other) = zip(sides, node.inputs.reversed()).first(where: { $0.0 != nil }), let scale
            else { return nil }
            scales.append(scale)
            current = other
        default: return nil
        }
    }
}

extension Op {
    /// A scalar that a whole tensor is multiplied by.
    fileprivate enum Scale {
        case negation
        case constant(Float)
        /// A node of rank 0.
        case node(Int)

        init?(_ node: Graph.Node) {
            switch node.op {
            case .constant(let value, _): self = .constant(value)
            case .broadcast(_, axes: []): self = .node(node.inputs[0])
            default: return nil
            }
        }

        func applied(to rows: Int, _ builder: inout GraphBuilder) throws -> Int {
            let shape = builder[rows].type.shape
            switch self {
            case .negation: return try builder.add(.unary(.negate), [rows])
            case .constant(let value):
                return try builder.add(.binary(.multiply), [rows, try builder.add(.constant(value, shape))])
            case .node(let scalar):
                return try builder.add(
                    .binary(.multiply), [rows, try builder.add(.broadcast(shape, axes: []), [scalar])])
            }
        }
    }
}
