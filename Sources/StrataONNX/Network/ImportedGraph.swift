import FoundationEssentials
import StrataBackend
import StrataGraph

/// A graph of another program's, cut to what a network is: one input of rows, one output, and weights that are kept
/// elsewhere.
///
/// The text of such a graph (`text`) is small, since it has no weights, and is a setting of the run that holds them.
struct ImportedGraph: Sendable {
    /// Inputs are the rows and, by their names, the weights.
    let model: ONNXModel
    /// The name of the input that rows go into, its element type, and the shape of a row.
    let input: String
    let inputType: ElementType
    let rowShape: Shape
    /// The name of the output.
    let output: String
    /// What training changes, in the order of the file, and what it leaves alone, such as running averages.
    let parameters: [ONNXValueInfo]
    let buffers: [ONNXValueInfo]

    private enum Key {
        static let (input, output, buffers) = ("strata.input", "strata.output", "strata.buffers")
    }

    // MARK: From a model

    /// What a model's file holds besides the graph.
    struct Weights {
        var values: [String: ONNXTensor]
        /// What a user should know of the graph, a line each.
        var notes: [String]
    }

    /// The part of a model that leads to an output, and its weights.
    ///
    /// Throws `unsupported` for a model of several inputs, and for what no tensors can be built of; `shape` where what it
    /// gives is no row for each row.
    ///
    /// - `output`: The name of an output; by default `logits`, or else the first of floats.
    /// - `row`: The shape of a row where the model leaves it open.
    static func cut(_ model: ONNXModel, output wanted: String? = nil, row: Shape?) throws -> (ImportedGraph, Weights) {
        let initialized = Set(model.graph.initializers.map(\.name))
        let open = model.graph.inputs.filter { !initialized.contains($0.name) }
        guard open.count == 1, case .tensor(let type, let dimensions) = open[0].type else {
            throw StrataError(
                .unsupported,
                "it takes \(open.map { "\($0.name) \($0.type)" }.joined(separator: ", ")); a network takes one array of rows"
            )
        }
        let extents = dimensions?.dropFirst().map { if case .extent(let extent) = $0 { extent } else { -1 } }
        let known = extents.flatMap { $0.allSatisfy { $0 > 0 } && !(dimensions ?? []).isEmpty ? Shape($0) : nil }
        guard let shape = known ?? row else {
            throw StrataError(
                .shape, "input '\(open[0].name)' \(open[0].type): the model leaves open what a row is; name the data")
        }
        let floats = model.graph.outputs.filter {
            if case .tensor(let type, _) = $0.type { type.isFloat } else { false }
        }
        let chosen = wanted ?? floats.first { $0.name == "logits" }?.name ?? floats.first?.name
        guard let chosen, model.graph.outputs.contains(where: { $0.name == chosen }) else {
            guard let wanted else { throw StrataError(.unsupported, "none of its outputs is an array of floats") }
            throw StrataError.unknown("output", wanted, among: model.graph.outputs.map(\.name))
        }
        // Built once with all weights, which tells those that shapes depend on.
        var options = ONNXImport.Options()
        options.shapes = [open[0].name: Shape([2] + shape.extents)]
        var part = model
        part.graph.outputs = model.graph.outputs.filter { $0.name == chosen }
        part.graph.nodes = part.graph.nodes(leadingTo: [chosen])
        let used = Set(part.graph.nodes.flatMap(\.mentionedNames))
        let built = try ONNXImport(part, options)
        let kept = Set(part.graph.nodes.filter { $0.op == "BatchNormalization" }.flatMap { $0.inputs.dropFirst(3) })
        var weights: [(name: String, tensor: ONNXTensor)] = []
        part.graph.initializers = part.graph.initializers.filter { name, tensor in
            guard used.contains(name) else { return false }
            // Single numbers are settings, and so is what shapes depend on.
            let isWeight = tensor.type.isFloat && tensor.shape.rank > 0 && tensor.count > 0
            guard isWeight, !built.constants.contains(name) else { return true }
            weights.append((name, tensor))
            return false
        }
        part.graph.inputs =
            [ONNXValueInfo(open[0].name, .tensor(type, [.named("batch")] + shape.map { .extent($0) }))]
            + weights.map { ONNXValueInfo($0.name, .tensor($0.tensor.type, $0.tensor.shape.map { .extent($0) })) }
        part.metadata = [Key.input: open[0].name, Key.output: chosen]
        part.metadata[Key.buffers] = weights.map(\.name).filter(kept.contains).joined(separator: "\n")
        return (
            try ImportedGraph(part),
            Weights(values: Dictionary(weights.map { ($0.name, $0.tensor) }) { first, _ in first }, notes: built.notes)
        )
    }

    // MARK: As text

    /// The graph as a setting: a model of ONNX in base 64.
    var text: String { get throws { Data(try model.bytes()).base64EncodedString() } }

    /// Throws `data` for a text that is none of those.
    init(text: String) throws {
        guard let bytes = Data(base64Encoded: text) else {
            throw StrataError(.data, "it is no graph in base 64; 'strata import' makes one of a model's file")
        }
        try self.init(ONNXModel(bytes: [UInt8](bytes)))
    }

    private init(_ model: ONNXModel) throws {
        guard let input = model.metadata[Key.input], let output = model.metadata[Key.output],
            case .tensor(let type, let dimensions?)? = model.graph.inputs.first(where: { $0.name == input })?.type
        else { throw StrataError(.data, "it is no graph that 'strata import' made") }
        let extents = dimensions.dropFirst().map { if case .extent(let extent) = $0 { extent } else { -1 } }
        let kept = Set((model.metadata[Key.buffers] ?? "").split(separator: "\n").map(String.init))
        let weights = model.graph.inputs.filter { $0.name != input }
        guard Shape(extents).isPossible, weights.allSatisfy({ $0.shape?.isPossible == true }) else {
            throw StrataError(.data, "it is a graph whose extents are left open")
        }
        self.model = model
        (self.input, inputType, rowShape, self.output) = (input, type, Shape(extents), output)
        parameters = weights.filter { !kept.contains($0.name) }
        buffers = weights.filter { kept.contains($0.name) }
    }

    // MARK: As tensors

    /// The output for rows: [batch, row shape] and the weights by their names → [batch, …].
    func output(of rows: Tensor, _ weights: [String: Tensor]) throws -> Tensor {
        var options = ONNXImport.Options()
        options.given = weights.mapValues { ONNXImport.Given(tensor: $0, isInput: false) }
        options.given[input] = ONNXImport.Given(
            tensor: inputType.isInteger ? rows.cast(to: .int32) : rows, isInput: true)
        let built: ONNXImport
        do { built = try ONNXImport(model, options) } catch let unknown as UnknownAtImport {
            throw StrataError(.unsupported, "\(unknown.place): a shape depends on the elements of the input")
        }
        guard case .array(let operand)? = built.outputs.first?.value else {
            throw StrataError(.unsupported, "output '\(output)' is no array")
        }
        let result = try operand.number()
        guard result.rank > 0, result.extent(0) == rows.extent(0) else {
            throw StrataError(
                .shape, "output '\(output)' is \(result.shape) for \(rows.extent(0)) rows, expected a row for each")
        }
        return result
    }
}

extension ONNXValueInfo {
    /// The shape of an array whose extents are all known.
    var shape: Shape? {
        guard case .tensor(_, let dimensions?) = type else { return nil }
        let extents = dimensions.map { if case .extent(let extent) = $0 { extent } else { -1 } }
        return extents.allSatisfy { $0 >= 0 } ? Shape(extents) : nil
    }
}

extension ONNXNode {
    /// The names of all values that it takes, those that graphs within it take among them.
    var mentionedNames: [String] {
        inputs
            + attributes.values.flatMap { attribute -> [String] in
                guard case .graph(let graph) = attribute else { return [] }
                return graph.nodes.flatMap(\.mentionedNames) + graph.outputs.map(\.name)
            }
    }
}

extension ONNXGraph {
    /// The nodes that some values depend on, in their order.
    func nodes(leadingTo names: [String]) -> [ONNXNode] {
        var wanted = Set(names)
        var kept: [ONNXNode] = []
        for node in nodes.reversed() where node.outputs.contains(where: wanted.contains) {
            kept.append(node)
            wanted.formUnion(node.mentionedNames)
        }
        return kept.reversed()
    }
}
