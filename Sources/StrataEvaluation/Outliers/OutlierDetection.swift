public import StrataBackend
public import StrataData
import StrataGraph
import StrataModels
public import StrataTraining

/// How far a trained model can tell outliers from examples like those that it has learned from, by each of the scores that it
/// allows.
///
/// ```
/// let detection = try OutlierDetection(trained, known: data.train.drawn(2000), codecs: .system)
/// for outcome in try detection.compare(inliers: digits, outliers: clothes) { print(outcome.name, outcome.separation) }
/// ```
public final class OutlierDetection {
    /// The model that tells.
    public let predictor: Predictor
    /// The shape of an example.
    public let shape: Shape
    /// Examples that the model has learned from: what scores are set against.
    let known: [Float]
    /// A model of what examples have in common with outliers; `nil` for none.
    public var background: Predictor?
    /// What images are compressed by.
    public var codecs: Codecs
    /// The neighbour in the code whose distance counts.
    public var neighbours = 10
    /// Draws over which a likelihood that is drawn is averaged, and weights of importance sampling.
    public var (draws, weights) = (5, 20)
    /// How posteriors are optimized.
    public var regret = LikelihoodRegret()
    /// The seed of all draws.
    public var seed: UInt32 = 0

    private var memory: [(name: String, examples: [Float], values: [Double])] = []
    private var knownCodesFound: Codes?

    /// Throws `shape` for known examples of another size than the model's, `data` where there are none.
    ///
    /// - `known`: Some thousands of the examples that the model has learned from.
    public init(_ predictor: Predictor, known: DataSplit, codecs: Codecs = .none) throws {
        guard known.exampleShape.elementCount == predictor.features else {
            throw StrataError(
                .shape, "examples of \(known.exampleShape) are not the \(predictor.features) numbers of the model")
        }
        guard known.count > 0 else { throw StrataError(.data, "there are no known examples to set scores against") }
        (self.predictor, shape, self.codecs) = (predictor, known.exampleShape, codecs)
        self.known = try known.values(0..<known.count)
    }

    /// A score with its values.
    public struct Scored: Sendable {
        /// The name of the score.
        public var name: String
        /// [count], more for an outlier.
        public var values: [Double]
    }

    /// How well a score tells outliers from inliers.
    public struct Outcome: Sendable, Hashable {
        /// The name of the score.
        public var name: String
        /// By ranks.
        public var separation: RankedSeparation
        /// The mean score of inliers, and of outliers.
        public var (inlierMean, outlierMean): (Double, Double)
    }

    /// The scores of examples [count · features], of each score that the model allows or of those named, in their order.
    ///
    /// Throws `usage` for a name that is none, `unsupported` for a score that was named and takes more than there is,
    /// `notFinite` where a score is not a number.
    ///
    /// - `report`: Told each score before it is found; `false` ends it.
    public func scores(
        of sets: [[Float]], _ names: [String]? = nil, report: (String) throws -> Bool = { _ in true }
    ) throws -> [[Scored]] {
        var found: [[Scored]] = sets.map { _ in [] }
        for score in try chosen(names) {
            guard let scorer = try score.scorer(self) else {
                guard names != nil else { continue }
                throw StrataError(.unsupported, "\(score.name) takes \(score.requirement)")
            }
            guard try report(score.name) else { break }
            for (place, examples) in sets.enumerated() {
                let values = try scorer(examples)
                guard !values.contains(where: \.isNaN) else {
                    throw StrataError(.notFinite, "\(score.name) of an example is not a number")
                }
                found[place].append(Scored(name: score.name, values: values))
            }
        }
        return found
    }

    /// How well each score tells outliers from inliers, both [count · features]. Throws as `scores`, and `data` where
    /// there are none of either kind.
    public func compare(
        inliers: [Float], outliers: [Float], _ names: [String]? = nil, report: (String) throws -> Bool = { _ in true }
    ) throws -> [Outcome] {
        guard !inliers.isEmpty, !outliers.isEmpty else {
            throw StrataError(.data, "a comparison takes inliers and outliers, at least one of each")
        }
        let found = try scores(of: [inliers, outliers], names, report: report)
        return zip(found[0], found[1]).compactMap { inlier, outlier in
            RankedSeparation(inliers: inlier.values, outliers: outlier.values).map {
                Outcome(
                    name: inlier.name, separation: $0,
                    inlierMean: inlier.values.reduce(0, +) / Double(inlier.values.count),
                    outlierMean: outlier.values.reduce(0, +) / Double(outlier.values.count))
            }
        }
    }

    private func chosen(_ names: [String]?) throws -> [OutlierScore] {
        guard let names else { return OutlierScore.all }
        return try names.map { name in
            guard let score = OutlierScore.all.first(where: { $0.name == name }) else {
                throw StrataError.unknown("score", name, among: OutlierScore.all.map(\.name))
            }
            return score
        }
    }

    // MARK: What scores share

    /// The values of a function, found once for each set of examples.
    func remembered(_ name: String, _ examples: [Float], _ body: ([Float]) throws -> [Double]) rethrows -> [Double] {
        if let known = memory.first(where: { $0.name == name && $0.examples == examples }) { return known.values }
        let values = try body(examples)
        memory.append((name, examples, values))
        return values
    }

    /// The codes of known examples; `nil` for a model without an encoder.
    func knownCodes() throws -> Codes? {
        guard predictor.model is any EncodingModel else { return nil }
        if knownCodesFound == nil { knownCodesFound = try codes(of: known) }
        return knownCodesFound
    }

    func codes(of examples: [Float]) throws -> Codes {
        let (values, width) = try predictor.encode(examples)
        return try Codes(values, width: width)
    }

    /// Whether a graph is possible for examples alone.
    func canTrace(_ body: (Tensor, RandomKey) -> Tensor) -> Bool {
        let rows = predictor.model.examples(.input("rows", [1, predictor.features]))
        return !body(rows, RandomKey(.input("key", [2], dtype: .int32))).isInvalid
    }
}
