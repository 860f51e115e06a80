import StrataBackend
public import StrataData
import StrataModels

extension Predictor {
    /// What a model of pairs makes of the sources of some examples, and these sources as images like the examples: [count
    /// · features] each.
    ///
    /// Throws `unsupported` for any other model, and `data` for examples without the column that sources are read from.
    public func translate(_ split: DataSplit, _ range: Range<Int>) throws -> (sources: [Float], outputs: [Float]) {
        guard let model = model as? any TranslationModel else {
            throw unable("translate: it makes no examples from sources")
        }
        let source = model.source
        let rows = try mapRows(source.column(of: split).values(range), width: source.row.product, named: "translate") {
            rows in
            let sources = source(Batch(columns: [source.column: rows]))
            return [("sources", source.shown(sources)), ("outputs", model.translate(sources))]
        }
        func values(_ name: String) -> [Float] { rows.first { $0.name == name }?.values ?? [] }
        return (values("sources"), values("outputs"))
    }
}
