import StrataRuns

/// What other programs read that a run's model can be written as: one more in `all` is one more that `strata export` knows.
struct ExportFormat: Sendable {
    /// What a user types.
    let name: String
    /// One line for lists.
    let summary: String
    /// The file or folder in the run's own that it goes to where nobody says.
    let file: String
    /// Writes the model; returns what a user should know, a line each.
    let write: @Sendable (_ run: Run, _ weights: Run.Weights, _ path: String) throws -> [String]

    static let all: [ExportFormat] = [
        ExportFormat(
            name: "hf", summary: "a folder of Hugging Face's: config.json, model.safetensors and a model card",
            file: "hf",
            write: { run, weights, path in
                try run.writeHuggingFace(to: path, weights: weights)
                return []
            }),
        ExportFormat(
            name: "sklearn", summary: "the attributes of scikit-learn's PCA, GaussianMixture or BernoulliRBM (.npz)",
            file: "sklearn.npz", write: { try $0.writeScikitLearn(to: $2, weights: $1) }),
    ]
}
