import StrataBackend
import StrataModels
import StrataONNX
import StrataRuns

/// What other programs read that a run's model can be written as: one more in `all` is one more that `strata export` knows.
struct ExportFormat: Sendable {
    /// What a user types.
    let name: String
    /// One line for lists.
    let summary: String
    /// The file or folder in the run's own that it goes to where nobody says.
    let file: String
    /// The options of the command that count for it alone.
    var options: [Option] = []
    /// Writes the model; returns what a user should know, a line each.
    let write: @Sendable (_ run: Run, _ request: Request) throws -> [String]

    /// An option that not every format takes.
    enum Option: String { case opset, ability }

    /// What is to be written, and where.
    struct Request: Sendable {
        var path: String
        var weights: Run.Weights
        var opset: Int?
        var abilities: [String] = []

        /// Throws `usage` for an option that the format does not take.
        func check(_ format: ExportFormat) throws {
            if let opset, !format.options.contains(.opset) {
                throw StrataError(parameter: "opset", opset, "counts for onnx only")
            }
            if let first = abilities.first, !format.options.contains(.ability) {
                throw StrataError(parameter: "ability", first, "counts for onnx only")
            }
        }
    }

    static let all: [ExportFormat] = [
        ExportFormat(
            name: "hf", summary: "a folder of Hugging Face's: config.json, model.safetensors and a model card",
            file: "hf",
            write: { run, request in
                try run.writeHuggingFace(to: request.path, weights: request.weights)
                return []
            }),
        ExportFormat(
            name: "onnx",
            summary: "models of ONNX, one for each ability: \(ModelAbility.all.map(\.name).joined(separator: ", "))",
            file: "onnx", options: [.opset, .ability],
            write: { run, request in
                try run.writeONNX(
                    to: request.path, abilities: request.abilities, opset: request.opset ?? 17,
                    weights: request.weights)
            }),
        ExportFormat(
            name: "sklearn", summary: "the attributes of scikit-learn's PCA, GaussianMixture or BernoulliRBM (.npz)",
            file: "sklearn.npz", write: { try $0.writeScikitLearn(to: $1.path, weights: $1.weights) }),
    ]
}
