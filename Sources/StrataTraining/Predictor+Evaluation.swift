public import StrataData
import StrataModels

extension Predictor {
    /// Means of the model's metrics over a split.
    ///
    /// Throws `shape` for a split without what the model learned from, `notFinite` where a metric is NaN or infinite, and `data`
    /// for values that the model does not take.
    public func evaluate(_ split: DataSplit, seed: UInt32 = 0) throws -> [MetricValue] {
        if let range = split.examples.spec.range { try model.domain?.check(range, name: "the data") }
        if let model = model as? any TranslationModel { _ = try model.source.column(of: split) }
        let session = try branch()
        let source = try StreamedSource(split, name: "evaluated", on: session)
        return try SplitEvaluation(model, on: source, session: session).metrics(seed: seed, place: "in the evaluation")
    }
}
