import StrataBackend
import StrataGraph
import StrataModels

extension Predictor {
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
