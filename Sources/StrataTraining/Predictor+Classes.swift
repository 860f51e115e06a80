import StrataBackend
import StrataGraph
import StrataModels

extension Predictor {
    /// What the model predicts of each example, by name: [count · width], probabilities of classes or of labels, or numbers.
    ///
    /// Throws `unsupported` for a model that predicts nothing.
    public func predict(_ examples: [Float]) throws -> [(name: String, values: [Float], width: Int)] {
        guard let model = model as? any PredictingModel else { throw unable("predict: it has no head") }
        let rows = examples.count / max(features, 1)
        let found = try mapRows(examples, width: features, named: "predict") {
            model.predictions(model.examples($0)).map { ($0.name, $0.value) }
        }
        return found.map { ($0.name, $0.values, rows == 0 ? 0 : $0.values.count / rows) }
    }

    /// The most probable class of each example, and how many there are. Throws `unsupported` for a model that tells
    /// none.
    public func classes(of examples: [Float]) throws -> (classes: [Int], count: Int) {
        guard let model = model as? any ClassifyingModel, model.classes > 0 else { throw unable("tell classes") }
        let found = try mapRows(examples, width: features, named: "classes") {
            model.classLogits(model.examples($0)).argMax(axis: 1).cast(to: .float32)
        }
        return (found.map { Int($0) }, model.classes)
    }

    /// The logits of all classes for each example [examples, classes], and how many classes there are. Throws
    /// `unsupported` for a model that tells none.
    public func classScores(of examples: [Float]) throws -> (scores: [Float], count: Int) {
        guard let model = model as? any ClassifyingModel, model.classes > 0 else { throw unable("tell classes") }
        return (
            try mapRows(examples, width: features, named: "class scores") { model.classLogits(model.examples($0)) },
            model.classes
        )
    }
}
