import StrataBackend
import StrataCompiler
import StrataGraph
import StrataReference

/// Applies a model's nodes one after the other, those of loops and functions as often as they are called.
final class GraphBuilder {
    private let model: ONNXModel
    /// The arrays of floats whose elements have been asked for.
    private(set) var constants: Set<String> = []
    /// Whether whole numbers that are only known when the graph runs are computed with.
    private var computesWithIntegers = false
    /// Nodes that may still be applied: a loop is unrolled, and a small file may ask for very many.
    private var budget = 1 << 15
    private var depth = 0

    init(_ model: ONNXModel) throws {
        self.model = model
        if let version = model.opsets[""], !ONNXModel.knownOpsets.contains(version) {
            throw StrataError(
                .unsupported,
                "operator set \(version) is not among those known, \(ONNXModel.knownOpsets); convert the model to one of them"
            )
        }
    }

    /// Applies the nodes in their order; their results are put into the scope.
    func run(_ nodes: [ONNXNode], in scope: Scope, opsets: [String: Int]? = nil) throws {
        for node in nodes {
            do { try apply(node, in: scope, opsets ?? model.opsets) } catch let error as StrataError {
                throw StrataError(error.kind, depth == 0 ? "\(node.title): \(error.message)" : error.message)
            } catch var unknown as UnknownAtImport {
                if unknown.place.isEmpty { unknown.place = node.title }
                throw unknown
            }
        }
    }

    private func apply(_ node: ONNXNode, in scope: Scope, _ opsets: [String: Int]) throws {
        budget -= 1
        guard budget > 0 else { throw StrataError(.unsupported, "the model unrolls to more than 32,768 nodes") }
        let inputs = try node.inputs.map { name -> Value in
            if name.isEmpty { return .none }
            guard let value = scope[name] else { throw StrataError(.data, "no node before it gives '\(name)'") }
            return value
        }
        var results = try results(node, inputs, scope, opsets)
        guard results.count >= node.outputs.count || results.isEmpty else {
            throw StrataError(.unsupported, "it has \(node.outputs.count) outputs, \(results.count) can be computed")
        }
        if let mistake = results.lazy.compactMap(\.mistake).first { throw StrataError(.shape, mistake) }
        let dependence = inputs.reduce(into: Set<String>()) { $0.formUnion($1.dependence) }
        if Self.exactToLimit.contains(node.op), inputs.contains(where: \.isUnknownInteger) {
            computesWithIntegers = true
        }
        results = results.map { $0.depending(on: dependence) }
        for (name, value) in zip(node.outputs, results) where !name.isEmpty { scope[name] = value }
    }

    private func results(
        _ node: ONNXNode, _ inputs: [Value], _ scope: Scope, _ opsets: [String: Int]
    ) throws -> [Value] {
        if let function = model.functions[ONNXFunction.Key(domain: node.domain, name: node.op)] {
            return try nested { try call(function, node, inputs) }
        }
        guard let version = opsets[node.domain] else {
            throw StrataError(.data, "the model says no version of the operator set '\(node.domain)'")
        }
        guard let op = Operator.find(node.op, node.domain, version) else {
            throw StrataError(
                .unsupported,
                "there is no operator \(node.domain.isEmpty ? "" : "\(node.domain).")\(node.op) of version \(version) here"
            )
        }
        return try op.apply(Call(node: node, inputs: inputs, opset: version, builder: self, scope: scope))
    }

    /// Operators whose results may be whole numbers beyond those that single precision holds exactly.
    private static let exactToLimit: Set = [
        "Add", "Sub", "Mul", "Div", "Mod", "Pow", "Sum", "Mean", "Neg", "Abs", "ReduceSum", "ReduceProd", "ReduceMean",
        "ReduceL1", "ReduceSumSquare", "CumSum", "CumProd", "MatMul", "Gemm", "Einsum", "ScatterElements", "ScatterND",
    ]

    /// What a user should know of how the graph computes, a line each.
    var notes: [String] {
        computesWithIntegers
            ? ["whole numbers are computed with in single precision, exact up to 16,777,216 (2²⁴)"] : []
    }

    /// Functions that call functions, and graphs within graphs.
    private func nested<Result>(_ body: () throws -> Result) throws -> Result {
        guard depth < 64 else { throw StrataError(.data, "functions and graphs are nested more than 64 deep") }
        depth += 1
        defer { depth -= 1 }
        return try body()
    }

    private func call(_ function: ONNXFunction, _ node: ONNXNode, _ inputs: [Value]) throws -> [Value] {
        guard inputs.count <= function.inputs.count else {
            throw StrataError(.data, "\(inputs.count) arguments for a function of \(function.inputs.count)")
        }
        let scope = Scope(parent: nil)
        for (place, name) in function.inputs.enumerated() {
            scope[name] = place < inputs.count ? inputs[place] : .some(.none)
        }
        let attributes = function.defaults.merging(node.attributes) { _, given in given }
        try run(function.nodes.map { $0.replacingReferences(by: attributes) }, in: scope, opsets: function.opsets)
        return try function.outputs.map {
            guard let value = scope[$0] else { throw StrataError(.data, "no node gives the output '\($0)'") }
            return value
        }
    }

    /// The outputs of a graph within a node, given its inputs; it sees the names around it.
    func run(_ graph: ONNXGraph, _ inputs: [Value], around scope: Scope) throws -> [Value] {
        guard inputs.count == graph.inputs.count else {
            throw StrataError(.data, "\(inputs.count) values for a graph of \(graph.inputs.count) inputs")
        }
        return try nested {
            let inner = Scope(parent: scope)
            for (name, tensor) in graph.initializers { inner[name] = Value(tensor) }
            for (input, value) in zip(graph.inputs, inputs) { inner[input.name] = value }
            try run(graph.nodes, in: inner)
            return try graph.outputs.map {
                guard let value = inner[$0.name] else {
                    throw StrataError(.data, "no node gives the output '\($0.name)'")
                }
                return value
            }
        }
    }

    // MARK: What is known

    private lazy var oracle = Session(
        backend: ReferenceBackend(configuration: BackendConfiguration()), optimization: .none)

    /// The elements of an array: they are computed now, where they follow from what is known. Throws `UnknownAtImport`
    /// where they depend on the graph's inputs.
    func known(_ operand: Operand) throws -> ONNXTensor {
        if let parameter = operand.parameter { constants.insert(parameter) }
        if let host = operand.host { return host }
        guard operand.dependence.isEmpty else { throw UnknownAtImport(inputs: operand.dependence, place: "") }
        let graph = try Graph(outputs: [("y", operand.tensor())])
        for case .state(let variable) in graph.nodes.map(\.op) {
            guard case .values = variable.initializer else {
                throw StrataError(.unsupported, "a shape or an index depends on the weight '\(variable.name)'")
            }
            constants.insert(variable.name)
        }
        let function = try oracle.prepare(graph)
        try function.run()
        if operand.type.isFloat {
            return ONNXTensor(operand.type, operand.shape, .floats(try function.read("y", as: Float.self)))
        }
        let values =
            operand.type == .bool
            ? try function.read("y", as: Float.self).map { $0 == 0 ? 0 : 1 }
            : try function.read("y", as: Int32.self).map(Int.init)
        // Arithmetic is in single precision, where larger ones may have been rounded.
        guard values.allSatisfy({ $0.magnitude <= 1 << 24 }) else {
            throw StrataError(.unsupported, "a shape or an index depends on numbers beyond 2²⁴")
        }
        return ONNXTensor(operand.type, operand.shape, .integers(values))
    }

    /// Where each element of a moved array comes from: `movement` of an array of each element's own place.
    func places(_ shape: Shape, _ movement: (Tensor) -> Tensor) throws -> (shape: Shape, places: [Int]) {
        guard shape.elementCount <= 1 << 30 else { throw StrataError(.unsupported, "\(shape) is too large") }
        let moved = movement(.literal((0..<Int32(shape.elementCount)).map { $0 }, shape))
        let function = try oracle.prepare(Graph(outputs: [("y", moved)]))
        try function.run()
        return (moved.shape, try function.read("y", as: Int32.self).map(Int.init))
    }
}

extension ONNXNode {
    /// The node of a function, with the attributes of the node that calls it.
    func replacingReferences(by attributes: [String: ONNXAttribute]) -> ONNXNode {
        var node = self
        node.attributes = node.attributes.compactMapValues { attribute in
            switch attribute {
            case .reference(let name): return attributes[name]
            case .graph(var graph):
                graph.nodes = graph.nodes.map { $0.replacingReferences(by: attributes) }
                return .graph(graph)
            default: return attribute
            }
        }
        return node
    }
}
