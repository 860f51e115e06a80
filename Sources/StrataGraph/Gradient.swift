import StrataBackend

/// The gradients of a scalar with respect to other tensors, by reverse accumulation: one more graph, written in the
/// same ops, so it can be differentiated again.
///
/// ```
/// let gradients = gradient(of: loss, withRespectTo: [weight, bias])
/// ```
///
/// A tensor that the scalar does not depend on has gradient 0. A mistake (a target that is no scalar, an op without
/// a gradient on the way) gives invalid tensors, reported when they are traced.
public func gradient(
    of target: Tensor, withRespectTo sources: [Tensor], file: String = #fileID, line: Int = #line
) -> [Tensor] {
    if target.node.isInvalid { return sources.map { _ in target } }
    guard target.shape == [] else {
        let message = "gradient: expected a scalar, the target is \(target.type)"
        return sources.map { _ in .invalid(message, file: file, line: line) }
    }
    let order = topologicalOrder(of: target.node)

    // Only nodes between a source and the target carry a gradient.
    var reaches = Set(sources.map { $0.node.identity })
    for node in order where node.passesGradient && node.inputs.contains(where: { reaches.contains($0.identity) }) {
        reaches.insert(node.identity)
    }

    // What each use of a tensor sends back to it; the last use is visited first.
    var sent: [Node.Identity: [Tensor]] = [target.node.identity: [.constant(1)]]
    for node in order.reversed() {
        guard reaches.contains(node.identity), node.passesGradient,
            let outgoing = sent[node.identity].map(sum)
        else { continue }
        sent[node.identity] = [outgoing]
        let wanted = node.inputs.map { reaches.contains($0.identity) }
        guard wanted.contains(true) else { continue }
        let incoming = inputGradients(node, outgoing, wanted)
        for ((input, isWanted), term) in zip(zip(node.inputs, wanted), incoming) where isWanted {
            guard let term else { continue }
            sent[input.identity, default: []].append(term)
        }
    }
    return sources.map { sent[$0.node.identity].map(sum) ?? .constant(0, $0.shape) }
}

/// Inputs before uses; iterative, as a graph may be deeper than the thread's stack.
private func topologicalOrder(of root: Node) -> [Node] {
    var order: [Node] = []
    var visited: Set<Node.Identity> = []
    var stack = [(node: root, next: 0)]
    while let (node, next) = stack.last {
        if next == 0, !visited.insert(node.identity).inserted {
            stack.removeLast()
        } else if next < node.inputs.count {
            stack[stack.count - 1].next += 1
            stack.append((node.inputs[next], 0))
        } else {
            order.append(node)
            stack.removeLast()
        }
    }
    return order
}

extension Node {
    fileprivate var passesGradient: Bool {
        if case .stopGradient = op { false } else { true }
    }
}
