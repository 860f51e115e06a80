import StrataBackend
package import StrataGraph

/// A graph as a model of ONNX whose first axes may have any extent.
///
/// A graph is built for one number of rows. What depends on that number is found by comparing two of them, built for
/// different numbers: an extent that differs is a multiple of the rows. The nodes are those of the graph, one after the
/// other, as the table of `GraphExport+Ops` writes them.
package struct GraphExport {
    /// A graph twice, each time for another number of rows.
    package struct Pair {
        var graphs: (Graph, Graph)
        var rows: (Int, Int)

        /// Traces what `build` makes of a number of rows: the outputs by their names.
        package init(_ build: (_ rows: Int) throws -> [(String, Tensor)]) throws {
            // Primes that no extent of a model is likely to be a multiple of, and more than 1, which would be broadcast.
            rows = (37, 41)
            graphs = (try Graph(outputs: build(rows.0)), try Graph(outputs: build(rows.1)))
        }
    }

    /// An extent: so many, or so many for each row.
    enum Extent: Hashable {
        case fixed(Int)
        case rows(Int)
    }

    let opset: Int
    private let pair: Pair
    var graph = ONNXGraph()
    /// The values of the nodes written so far, by the nodes' numbers.
    private var values: [String] = []
    private var names = 0
    /// Values that are written once: constants by their elements, and the number of rows.
    private var constants: [ONNXTensor: String] = [:]
    private var rowCount: String?
    /// What the caller is to draw for each input of noise.
    private var draws: [String: String] = [:]
    /// The input that has rows, and its rows for each row of the batch.
    private var counted: (name: String, axis: Int, each: Int)?

    /// Writes both graphs as one.
    ///
    /// - `value`: The elements of a variable.
    /// - `opset`: 17 to 22.
    ///
    /// Throws `unsupported` for an op that ONNX has no operators for, or an extent that is no multiple of the rows.
    package static func model(
        _ pair: Pair, named name: String, opset: Int = 17, _ value: (StateVariable) throws -> ONNXTensor
    ) throws -> ONNXModel {
        guard (17...22).contains(opset) else {
            throw StrataError(parameter: "opset", opset, "models are written with operator sets 17 to 22")
        }
        var export = GraphExport(opset: opset, pair: pair)
        try export.write(value)
        export.graph.name = name
        var model = ONNXModel(opsets: ["": opset], graph: export.graph)
        model.irVersion = opset < 19 ? 8 : opset < 21 ? 9 : 10
        model.producer = "strata"
        model.metadata = export.draws
        return model
    }

    private init(opset: Int, pair: Pair) {
        self.opset = opset
        self.pair = pair
    }

    private mutating func write(_ value: (StateVariable) throws -> ONNXTensor) throws {
        let (first, second) = pair.graphs
        guard first.nodes.count == second.nodes.count,
            zip(first.nodes, second.nodes).allSatisfy({ $0.op.name == $1.op.name && $0.inputs == $1.inputs })
        else { throw StrataError(.unsupported, "what is computed depends on the number of rows") }
        graph.inputs = try inputs()
        var (noise, written) = (0, Set<String>())
        let draws = first.nodes.count { if case .random = $0.op { true } else { false } }
        for (number, node) in first.nodes.enumerated() {
            let (shape, other) = (try extents(number), second.nodes[number])
            guard node.op.hasSameSettings(as: other.op) else {
                throw StrataError(.unsupported, "\(node.op.name): what it computes depends on the number of rows")
            }
            switch node.op {
            case .input(let name, _): values.append(name)
            case .state(let variable):
                if written.insert(variable.name).inserted {
                    graph.initializers.append((variable.name, try value(variable)))
                }
                values.append(variable.name)
            case .random(let distribution, _, _):
                // Draws are for the caller to make.
                let name = draws == 1 ? "noise" : "noise.\(noise)"
                noise += 1
                let description = ONNXValueInfo(name, .tensor(.float32, shape.map(\.dimension)))
                graph.inputs.append(description)
                self.draws[name] = "\(distribution)"
                if counted == nil { count(name, shape) }
                values.append(name)
            default:
                let operation = Operation(
                    number: number, node: node, other: other, inputs: node.inputs.map { values[$0] },
                    shape: shape, inputShapes: try node.inputs.map(extents))
                do { values.append(try write(operation)) } catch let error as StrataError {
                    throw StrataError(error.kind, "\(node.op.name): \(error.message)")
                }
            }
        }
        // Results that are inputs or weights themselves need a node of their own.
        for (result, other) in zip(first.outputs, second.outputs) {
            guard result.node == other.node else { throw StrataError(.unsupported, "outputs differ") }
            graph.nodes.append(ONNXNode("Identity", [values[result.node]], [result.name]))
            let type = first.nodes[result.node].type.dtype.elementType
            graph.outputs.append(
                ONNXValueInfo(result.name, .tensor(type, try extents(result.node).map(\.dimension))))
        }
    }

    private mutating func inputs() throws -> [ONNXValueInfo] {
        var known: Set<String> = []
        return try pair.graphs.0.nodes.enumerated().compactMap { number, node in
            guard case .input(let name, let type) = node.op, !isKey(number), known.insert(name).inserted else {
                return nil
            }
            let shape = try extents(number)
            if counted == nil { count(name, shape) }
            return ONNXValueInfo(name, .tensor(type.dtype.elementType, shape.map(\.dimension)))
        }
    }

    private mutating func count(_ name: String, _ shape: [Extent]) {
        for (axis, extent) in shape.enumerated() {
            if case .rows(let each) = extent { counted = (name, axis, each) }
        }
    }

    /// Whether a node is nothing but the key that draws are made of.
    private func isKey(_ number: Int) -> Bool {
        let users = pair.graphs.0.nodes.filter { $0.inputs.contains(number) }
        return !users.isEmpty && users.allSatisfy { if case .random = $0.op { true } else { false } }
    }

    // MARK: Extents

    private func extents(_ number: Int) throws -> [Extent] {
        try zip(pair.graphs.0.nodes[number].type.shape, pair.graphs.1.nodes[number].type.shape).map {
            try extent($0, $1)
        }
    }

    /// What two numbers say of the rows. Throws `unsupported` where they are neither equal nor multiples of them.
    func extent(_ first: Int, _ second: Int) throws -> Extent {
        if first == second { return .fixed(first) }
        guard first % pair.rows.0 == 0, first / pair.rows.0 * pair.rows.1 == second else {
            throw StrataError(.unsupported, "an extent is no multiple of the rows")
        }
        return .rows(first / pair.rows.0)
    }

    // MARK: Writing

    /// Adds a node and gives the name of its output.
    mutating func add(_ op: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:]) -> String {
        names += 1
        let output = "v\(names)"
        graph.nodes.append(ONNXNode(op, inputs, [output], attributes))
        return output
    }

    mutating func constant(_ tensor: ONNXTensor) -> String {
        if let known = constants[tensor] { return known }
        // A node: what is among the initializers is a weight.
        let name = add("Constant", [], ["value": .tensor(tensor)])
        constants[tensor] = name
        return name
    }

    mutating func number(_ value: Float) -> String { constant(ONNXTensor([value], [])) }
    mutating func integers(_ values: [Int]) -> String { constant(ONNXTensor(values, [values.count])) }

    /// The rows of the batch, int64 [1].
    private mutating func rows() throws -> String {
        if let rowCount { return rowCount }
        guard let counted else { throw StrataError(.unsupported, "no input says how many rows there are") }
        let shape = add("Shape", [counted.name])
        var count = add("Gather", [shape, integers([counted.axis])])
        if counted.each != 1 { count = add("Div", [count, integers([counted.each])]) }
        rowCount = count
        return count
    }

    /// A shape as a value: constant, or computed of the rows.
    mutating func shape(_ extents: [Extent], isReshape: Bool = false) throws -> String {
        let dynamic = extents.filter { if case .rows = $0 { true } else { false } }
        // One extent may be left to be found, where no other is 0.
        if dynamic.isEmpty || (isReshape && dynamic.count == 1 && !extents.contains(.fixed(0))) {
            return integers(extents.map { if case .fixed(let extent) = $0 { extent } else { -1 } })
        }
        let parts = try extents.map { extent -> String in
            switch extent {
            case .fixed(let extent): return integers([extent])
            case .rows(1): return try rows()
            case .rows(let each):
                let count = try rows()
                return add("Mul", [count, integers([each])])
            }
        }
        return parts.count == 1 ? parts[0] : add("Concat", parts, ["axis": .integer(0)])
    }
}

/// A node of a graph with the names and extents of what it takes.
struct Operation {
    var number: Int
    var node: Graph.Node
    /// The same node of the other graph.
    var other: Graph.Node
    var inputs: [String]
    var shape: [GraphExport.Extent]
    var inputShapes: [[GraphExport.Extent]]
}

extension GraphExport.Extent {
    var dimension: ONNXValueType.Dimension {
        switch self {
        case .fixed(let extent): .extent(extent)
        case .rows(1): .named("batch")
        case .rows(let each): .named("\(each) batch")
        }
    }
}

extension DType {
    var elementType: ElementType {
        switch self {
        case .float32: .float32
        case .int32: .int32
        case .uint8: .uint8
        }
    }
}

extension Op {
    /// Whether two ops differ at most in extents, which may depend on the rows.
    fileprivate func hasSameSettings(as other: Op) -> Bool {
        switch (self, other) {
        case (.constant(let value, _), .constant(let second, _)): value.bitPattern == second.bitPattern
        case (.iota(_, let axis), .iota(_, let second)): axis == second
        case (.random(let draws, let stream, _), .random(let others, let second, _)):
            draws == others && stream == second
        case (.broadcast(_, let axes), .broadcast(_, let others)): axes == others
        case (.input, .input), (.reshape, .reshape), (.slice, .slice), (.pad, .pad), (.scatterAdd, .scatterAdd): true
        default: self == other
        }
    }
}
