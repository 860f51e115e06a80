import StrataBackend
import StrataGraph
import StrataData

public import StrataTraining

/// A model of ONNX as a run would have it: the settings that hold its graphs, and its weights.
public struct ONNXNetwork: Sendable {
    /// Settings of the model `onnx` of the zoo.
    public private(set) var settings: [String: String] = [:]
    /// The weights by the names that the network's variables have.
    public private(set) var weights = Checkpoint(variables: [:])
    /// The shape of an example, where no data say it.
    public private(set) var exampleShape: [Int]
    /// The outputs for an example.
    public private(set) var width: Int
    /// Whether the file calls its output logits.
    public let hasLogits: Bool
    /// What a user should know of how it computes, a line each.
    public private(set) var notes: [String]

    /// Reads a model, and the decoder from its codes where there is one.
    ///
    /// Throws `file` and `data` for files that cannot be read, `unsupported` for a graph that nothing here computes, and
    /// `shape` for one that is no function of rows.
    ///
    /// - `output`: The name of the output; by default `logits`, or else the first of floats.
    /// - `shape`: Of an example; counts where the model leaves its own open.
    public init(path: String, decoder: String? = nil, output: String? = nil, shape: [Int]? = nil) throws {
        let encoder = try Self.read(path) { try ImportedGraph.cut($0, output: output, row: shape.map { Shape($0) }) }
        let codes = try Self.width(encoder.graph, path)
        exampleShape = shape ?? encoder.graph.rowShape.extents
        width = codes
        hasLogits = encoder.graph.output == "logits"
        notes = encoder.weights.notes
        settings["graph"] = try encoder.graph.text
        try add(encoder.weights, of: "graph")
        if let decoder {
            let back = try Self.read(decoder) { try ImportedGraph.cut($0, row: [codes]) }
            guard back.graph.rowShape.elementCount == codes else {
                throw StrataError(
                    .data, "\(decoder): takes codes of \(back.graph.rowShape), and \(path) gives \(codes) numbers")
            }
            settings["decoder"] = try back.graph.text
            notes += back.weights.notes.filter { !notes.contains($0) }
            try add(back.weights, of: "decoder")
        }
    }

    private static func read(
        _ path: String, _ cut: (ONNXModel) throws -> (ImportedGraph, ImportedGraph.Weights)
    ) throws -> (graph: ImportedGraph, weights: ImportedGraph.Weights) {
        let model = try ONNXModel(path: path)
        do { return try cut(model) } catch let error as StrataError where error.parameter == nil && error.kind != .usage
        {
            throw StrataError(error.kind, "\(path): \(error.message)")
        } catch let unknown as UnknownAtImport {
            throw StrataError(
                .unsupported,
                "\(path): \(unknown.place): a shape depends on the elements of \(unknown.inputs.sorted().joined(separator: ", "))"
            )
        }
    }

    /// The numbers that a graph gives for a row.
    private static func width(_ graph: ImportedGraph, _ path: String) throws -> Int {
        let weights = (graph.parameters + graph.buffers).map { ($0.name, Tensor.constant(0, $0.shape ?? [])) }
        let rows = Tensor.input("rows", Shape([2] + graph.rowShape.extents))
        do {
            return try graph.output(of: rows, Dictionary(weights) { first, _ in first }).shape.dropFirst().reduce(1, *)
        } catch let error as StrataError { throw StrataError(error.kind, "\(path): \(error.message)") }
    }

    private mutating func add(_ weights: ImportedGraph.Weights, of scope: String) throws {
        for (name, tensor) in weights.values {
            self.weights.variables["\(scope).\(name)"] = try StoredArray(tensor.floats, shape: tensor.shape)
        }
    }

    /// Looks whether what the network gives for a row depends on that row alone: a first axis may be the steps of a sequence.
    ///
    /// Throws `data` where it depends on others, and what running the model throws.
    public static func checkRows(_ predictor: Predictor) throws {
        let rows = (0..<2).map { (row: Int) -> [Float] in
            (0..<predictor.features).map { (place: Int) -> Float in
                let step = place * 37 + row * 53 + 11
                return Float(step % 101) / 101
            }
        }
        let together = try predictor.encode(rows[0] + rows[1]).codes
        let alone = try rows.flatMap { try predictor.encode($0).codes }
        let scale = alone.map(abs).max() ?? 0
        guard zip(together, alone).allSatisfy({ !(abs($0 - $1) > 1e-3 * max(scale, 1e-3)) }) else {
            throw StrataError(
                .data, "what it gives for a row depends on the rows beside it; the first axis of its input is no batch")
        }
    }
}
