import StrataGraph

extension Graph {
    /// Drops the nodes that no result needs.
    func withoutDeadCode() -> Graph {
        var isAlive = [Bool](repeating: false, count: nodes.count)
        for root in roots { isAlive[root] = true }
        for number in nodes.indices.reversed() where isAlive[number] {
            for input in nodes[number].inputs { isAlive[input] = true }
        }
        var result = self
        var numbers = [Int](repeating: -1, count: nodes.count)
        result.nodes = []
        for (number, var node) in nodes.enumerated() where isAlive[number] {
            node.inputs = node.inputs.map { numbers[$0] }
            numbers[number] = result.nodes.count
            result.nodes.append(node)
        }
        for i in outputs.indices { result.outputs[i].node = numbers[outputs[i].node] }
        for i in updates.indices { result.updates[i].node = numbers[updates[i].node] }
        return result
    }
}
