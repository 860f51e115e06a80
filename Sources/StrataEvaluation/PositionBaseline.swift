import Foundation
public import StrataData

/// What is told of sequences of tokens without any model of what follows what: at each position, every token is as probable
/// as it is frequent there among training examples. A sequence model that has learned something is above it.
///
/// Of melodies most tokens hold a note, so that a high accuracy says little; that of onsets says more.
public struct PositionBaseline: Sendable, Hashable {
    /// The mean log-likelihood of a test example, in nats, where each token has been seen once more than it was.
    public let logLikelihood: Double
    /// The share of the test examples' tokens that are the most frequent ones of their positions.
    public let accuracy: Double
    /// The same among the tokens from a least one on, such as onsets; `nil` where none is told, or none is met.
    public let accuracyOfOnsets: Double?

    /// Throws what reading throws.
    ///
    /// - `firstOnset`: The least token that is the onset of a note; `nil` for tokens that are no melodies.
    /// - Returns: `nil` for examples that are no tokens, or where a split has none.
    public init?(train: DataSplit, test: DataSplit, firstOnset: Int? = nil) throws {
        guard case .tokens(let vocabulary) = train.examples.spec.meaning, train.count > 0, test.count > 0,
            test.exampleShape == train.exampleShape
        else { return nil }
        let steps = train.exampleShape.elementCount
        var counts = [[Int: Int]](repeating: [:], count: steps)
        try Self.forEachToken(train) { counts[$0][$1, default: 0] += 1 }
        let frequent = counts.map { counts in counts.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? 0 }
        let total = Double(train.count + vocabulary)
        var (sum, hits, onsets, hitOnsets) = (0.0, 0, 0, 0)
        try Self.forEachToken(test) { step, token in
            sum += log(Double((counts[step][token] ?? 0) + 1) / total)
            let isHit = frequent[step] == token ? 1 : 0
            hits += isHit
            guard let firstOnset, token >= firstOnset else { return }
            onsets += 1
            hitOnsets += isHit
        }
        logLikelihood = sum / Double(test.count)
        accuracy = Double(hits) / Double(test.count * steps)
        accuracyOfOnsets = onsets > 0 ? Double(hitOnsets) / Double(onsets) : nil
    }

    private static func forEachToken(_ split: DataSplit, _ body: (_ step: Int, _ token: Int) -> Void) throws {
        let steps = split.exampleShape.elementCount
        for start in stride(from: 0, to: split.count, by: 4096) {
            let values = try split.values(start..<min(start + 4096, split.count))
            for (place, value) in values.enumerated() { body(place % steps, Int(value)) }
        }
    }
}
