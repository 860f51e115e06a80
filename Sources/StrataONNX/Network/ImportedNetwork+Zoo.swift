import StrataBackend
import StrataData
import StrataGraph
public import StrataModels
import StrataNN

/// What the outputs of an imported network are.
enum ImportedRole: String, CaseIterable {
    case codes, logits, features
}

/// Networks of other programs in the zoo.
public enum ImportedNetworks {
    /// `onnx` in the zoo: a network that `strata import` read from a model of ONNX. Adam at 0.0001, batches of 128.
    ///
    /// Its settings hold the graph, its weights are the run's. `build` throws `data` where the examples, or their classes,
    /// are not those that the graph takes or tells apart.
    public static let description = ModelDescription(
        name: "onnx", summary: "a network of another program's, from a model of ONNX: strata import model.onnx",
        hyperparameters: [
            Hyperparameter("graph", .words([]), "the graph, as strata import has it"),
            Hyperparameter("decoder", .words([]), "the graph that leads from codes back, as strata import has it"),
            Hyperparameter(
                "outputs", ImportedRole.codes,
                "what the graph gives: codes, logits of the classes, or features for a softmax that is learned"),
        ],
        batchSize: 128, optimizer: .adam(1e-4)
    ) { spec, settings in
        let encoder = try network("graph", settings, example: Shape(spec.shape))
        let role = settings.choice("outputs", ImportedRole.codes)
        guard role == .codes || settings.words("decoder").isEmpty else {
            throw StrataError(parameter: "outputs", role.rawValue, "a decoder takes codes")
        }
        switch role {
        case .codes:
            guard !settings.words("decoder").isEmpty else { return ImportedEncoder(network: encoder) }
            let decoder = try network("decoder", settings, example: encoder.outputShape)
            guard decoder.outputCount == spec.features else {
                throw StrataError(
                    .data, "the decoder gives \(decoder.outputCount) numbers, and an example has \(spec.features)")
            }
            return ImportedAutoencoder(encoder: encoder, decoder: decoder)
        case .logits:
            guard encoder.outputCount == spec.classes else {
                throw StrataError(
                    .data, "the graph has \(encoder.outputCount) outputs, and the data have \(spec.classes) classes")
            }
            return SupervisedNetwork(
                encoder: encoder, output: Sequential([]), head: .softmax(classes: encoder.outputCount))
        case .features:
            guard spec.classes > 1 else { throw StrataError(.data, "a softmax needs labels, and the data have none") }
            return SupervisedNetwork(encoder: encoder, head: .softmax(classes: spec.classes))
        }
    }

    /// A graph among the settings as a network of its own. Throws `usage` where there is none, and what building it throws.
    private static func network(_ name: String, _ settings: Hyperparameters, example: Shape) throws -> Network {
        guard let text = settings.words(name).first else {
            throw StrataError(parameter: name, "none", "a network is imported: strata import model.onnx")
        }
        let graph = try ImportedGraph(text: text)
        try graph.check(example)
        let network = Network(name, input: [graph.rowShape.elementCount], ImportedLayer(graph: graph))
        var pass = Pass.evaluation
        // What is wrong is told at once, and for another number of rows than a network has seen.
        _ = try Graph(outputs: [("output", network(.input("rows", [3, graph.rowShape.elementCount]), &pass))])
        return network
    }
}

extension ImportedGraph {
    /// Throws `data` where examples are not its rows, or have their axes in another order.
    func check(_ example: Shape) throws {
        guard example.elementCount == rowShape.elementCount else {
            throw StrataError(.data, "the graph takes rows of \(rowShape), and an example is \(example)")
        }
        let (own, other) = (rowShape.filter { $0 != 1 }, example.filter { $0 != 1 })
        guard own.count <= 1 || other.count <= 1 || own == other else {
            throw StrataError(
                .data,
                "the graph takes rows of \(rowShape), and an example is \(example), with its axes in another order")
        }
    }
}
