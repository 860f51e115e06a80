import StrataBackend
import StrataGraph

/// Builds a graph node by node; what a pass writes its result with.
struct GraphBuilder {
    private(set) var nodes: [Graph.Node] = []
    /// The elements of the computed array that a node shows, itself or what it is a view of; 0 where it is not computed.
    private(set) var computedElements: [Int] = []

    subscript(node: Int) -> Graph.Node { nodes[node] }

    /// Adds a node whose type follows from its inputs.
    mutating func add(_ op: Op, _ inputs: [Int] = [], location: SourceLocation = .none) throws -> Int {
        do throws(ShapeMismatch) {
            let type = try op.resultType(inputs.map { nodes[$0].type })
            nodes.append(Graph.Node(op: op, inputs: inputs, type: type, location: location))
            computedElements.append(
                op.isView ? computedElements[inputs[0]] : op.isComputed ? type.shape.elementCount : 0)
            return nodes.count - 1
        } catch {
            throw StrataError(.shape, "compiler: \(op.name): \(error.message)")
        }
    }
}

extension Graph {
    /// How often each node is an input or a result.
    var useCounts: [Int] {
        var counts = nodes.map { _ in 0 }
        for node in nodes { for input in node.inputs { counts[input] += 1 } }
        for root in roots { counts[root] += 1 }
        return counts
    }

    /// The graph with every node replaced by what `rule` makes of it. The rule sees nodes in order, their inputs
    /// already replaced, and returns the number of the replacement in the builder.
    func rewritten(_ rule: (inout GraphBuilder, Node) throws -> Int) throws -> Graph {
        var builder = GraphBuilder()
        var replacements: [Int] = []
        replacements.reserveCapacity(nodes.count)
        for var node in nodes {
            node.inputs = node.inputs.map { replacements[$0] }
            replacements.append(try rule(&builder, node))
        }
        var result = self
        result.nodes = builder.nodes
        for i in outputs.indices { result.outputs[i].node = replacements[outputs[i].node] }
        for i in updates.indices { result.updates[i].node = replacements[updates[i].node] }
        return result
    }
}
