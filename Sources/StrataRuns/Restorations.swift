public import StrataData
import StrataModels
public import StrataTraining

/// What a model gives back of some examples, and what it is to be looked at beside: reconstructions beneath originals, or,
/// of a model of pairs, what it made of sources between these and the true examples.
public struct Restorations {
    /// What they are, for the name of a file: `reconstructions` or `pairs`.
    public let name: String
    /// The examples, [count · features].
    public let originals: [Float]
    /// What the model gives back of them.
    public let results: [Float]
    /// The sources that a model of pairs made them from, as images like the examples; `nil` of any other model.
    private let sources: [Float]?

    /// Throws `unsupported` for a model that gives back nothing.
    public init(_ predictor: Predictor, of split: DataSplit, _ range: Range<Int>) throws {
        originals = try split.values(range)
        if predictor.model is any TranslationModel {
            name = "pairs"
            let (sources, outputs) = try predictor.translate(split, range)
            (self.sources, results) = (sources, outputs)
        } else {
            name = "reconstructions"
            (sources, results) = (nil, try predictor.reconstruct(originals))
        }
    }

    /// Rows of images, of the same examples one beneath the other: examples of `width` values.
    public func rows(width: Int, columns: Int) throws -> [Float] {
        let parts = sources.map { [$0, results, originals] } ?? [originals, results]
        return try RunImages.interleaved(parts, width: width, columns: columns)
    }
}
