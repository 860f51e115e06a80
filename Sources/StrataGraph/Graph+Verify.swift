import StrataBackend

extension Graph {
    /// Checks what every pass relies on: inputs stand before their uses, types follow the shape rules, names are
    /// unique, and updates have the types of their variables. Throws `shape` with the first violation.
    ///
    /// The compiler calls it before the first pass and, in debug builds, after each.
    package func verify() throws {
        func fail(_ message: String) -> StrataError { StrataError(.shape, "graph: \(message)") }
        var named: [Op.External: TensorType] = [:]
        for (number, node) in nodes.enumerated() {
            guard node.inputs.allSatisfy({ 0 <= $0 && $0 < number }) else {
                throw fail("%\(number) \(node.op.name) uses a later node")
            }
            do throws(ShapeMismatch) {
                let type = try node.op.resultType(node.inputs.map { nodes[$0].type })
                if type != node.type { throw ShapeMismatch("says \(node.type), its rule says \(type)") }
            } catch {
                throw fail("%\(number) \(node.op.name): \(error.message)")
            }
            if let external = node.op.external {
                if let other = named[external], other != node.type {
                    throw fail("'\(external.name)' is both \(other) and \(node.type)")
                }
                named[external] = node.type
            }
        }
        for result in outputs + updates where !nodes.indices.contains(result.node) {
            throw fail("'\(result.name)' is %\(result.node), which does not exist")
        }
        for names in [outputs.map(\.name), updates.map(\.name)] where Set(names).count < names.count {
            throw fail("two results have one name among \(names)")
        }
        for update in updates {
            if let type = named[.state(update.name)], type != nodes[update.node].type {
                throw fail("'\(update.name)' is \(type), its update \(nodes[update.node].type)")
            }
        }
    }
}

extension Op {
    /// What an input or a state variable is called outside the graph. An input and a variable of one name are two things.
    package enum External: Hashable, Sendable {
        case input(String)
        case state(String)

        package var name: String {
            switch self {
            case .input(let name), .state(let name): name
            }
        }
    }

    package var external: External? {
        switch self {
        case .input(let name, _): .input(name)
        case .state(let variable): .state(variable.name)
        default: nil
        }
    }
}
