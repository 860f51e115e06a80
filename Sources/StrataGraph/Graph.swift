import StrataBackend

/// A traced computation: nodes in an order in which every input stands before its use.
///
/// A graph is a value. The passes of the compiler are functions from graph to graph; the gradient is taken before
/// tracing, on tensors.
public struct Graph: Hashable, Sendable {
    package struct Node: Hashable, Sendable {
        package var op: Op
        package var inputs: [Int]
        package var type: TensorType
        package var location: SourceLocation

        package init(op: Op, inputs: [Int], type: TensorType, location: SourceLocation = .none) {
            self.op = op
            self.inputs = inputs
            self.type = type
            self.location = location
        }
    }

    /// A named result, or the next value of the state variable of that name.
    package struct Result: Hashable, Sendable {
        package var name: String
        package var node: Int

        package init(name: String, node: Int) {
            self.name = name
            self.node = node
        }
    }

    package var nodes: [Node]
    package var outputs: [Result]
    package var updates: [Result]
    /// The variables that are updated, whether or not they are read.
    package var updated: [StateVariable] = []

    package init(nodes: [Node] = [], outputs: [Result] = [], updates: [Result] = []) {
        self.nodes = nodes
        self.outputs = outputs
        self.updates = updates
    }

    /// Traces the tensors that `outputs` and the new values of `updates` need. Throws `shape` for the first mistake
    /// made in building them, with the place where it was made, and for two outputs or two updates of one name.
    public init(outputs: [(String, Tensor)], updates: [(StateVariable, Tensor)] = []) throws {
        self.init()
        try Graph.checkUnique(outputs.map(\.0), "outputs are named")
        try Graph.checkUnique(updates.map(\.0.name), "updates are of variable")
        var numbers: [StrataGraph.Node.Identity: Int] = [:]
        for (name, tensor) in outputs {
            self.outputs.append(Result(name: name, node: try trace(tensor.node, &numbers)))
        }
        for (variable, tensor) in updates {
            guard tensor.type == variable.type || tensor.node.isInvalid else {
                throw StrataError(.shape, "update of \(variable.name): \(tensor.type) for \(variable.type)")
            }
            self.updates.append(Result(name: variable.name, node: try trace(tensor.node, &numbers)))
            updated.append(variable)
        }
    }

    private static func checkUnique(_ names: [String], _ what: String) throws {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw StrataError(.shape, "graph: two \(what) '\(name)'; give one result a name")
        }
    }

    /// Depth-first, with a stack of its own: a graph may be deeper than the thread's.
    private mutating func trace(_ root: StrataGraph.Node, _ numbers: inout [StrataGraph.Node.Identity: Int]) throws
        -> Int
    {
        var stack = [(node: root, next: 0)]
        while let (node, next) = stack.last {
            if let known = numbers[node.identity] {
                guard nodes[known].op == node.op || node.op.external == nil else {
                    throw StrataError(.shape, "two different values are named '\(node.op.external?.name ?? "")'")
                }
                stack.removeLast()
            } else if next < node.inputs.count {
                stack[stack.count - 1].next += 1
                stack.append((node.inputs[next], 0))
            } else {
                if case .invalid(let message) = node.op {
                    throw StrataError(.shape, node.location.placing(message))
                }
                let inputs = node.inputs.map { numbers[$0.identity]! }
                numbers[node.identity] = nodes.count
                nodes.append(Node(op: node.op, inputs: inputs, type: node.type, location: node.location))
                stack.removeLast()
            }
        }
        return numbers[root.identity]!
    }

    /// The state variables that the graph reads or updates, in order of first use.
    public var variables: [StateVariable] {
        (nodes.compactMap { if case .state(let variable) = $0.op { variable } else { nil } } + updated).uniqued()
    }

    /// The inputs that a run must be given.
    public var inputs: [(name: String, type: TensorType)] {
        nodes.compactMap { if case .input(let name, let type) = $0.op { (name, type) } else { nil } }
    }

    /// All nodes that must be computed.
    package var roots: [Int] { outputs.map(\.node) + updates.map(\.node) }
}

extension Sequence where Element: Hashable {
    package func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
