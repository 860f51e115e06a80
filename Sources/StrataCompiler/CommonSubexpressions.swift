import StrataGraph

extension Graph {
    /// Computes equal things once: nodes with the same op and the same inputs become one. Random draws are equal
    /// when their key and stream are, so they are no exception.
    func withoutCommonSubexpressions() throws -> Graph {
        struct Computation: Hashable {
            var op: Op
            var inputs: [Int]
        }
        var known: [Computation: Int] = [:]
        return try rewritten { builder, node in
            let computation = Computation(op: node.op, inputs: node.inputs)
            if let number = known[computation] { return number }
            let number = try builder.add(node.op, node.inputs, location: node.location)
            known[computation] = number
            return number
        }
    }
}
