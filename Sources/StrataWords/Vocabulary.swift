import Glibc
import StrataBackend

/// The words that are learned, the most frequent first, and how often each comes.
public struct Vocabulary: Sendable {
    /// The words, the most frequent first; a word's position is its number in a corpus, and its row of the vectors.
    public let words: [String]
    /// How often each of `words` comes in the text, in the same order.
    public let counts: [Int]
    /// The sum of the counts.
    public let tokenCount: Int

    /// Words that come less than `minimumCount` times are left out; of equally frequent ones the first in the order of
    /// their bytes comes first. Throws `data` where fewer than two are left.
    public init(_ counts: [String: Int], minimumCount: Int) throws {
        let kept = counts.filter { $0.value >= max(minimumCount, 1) }.sorted {
            $0.value != $1.value ? $0.value > $1.value : $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }
        guard kept.count >= 2 else {
            let found =
                kept.first.map { "of its \(counts.count) different words only '\($0.key)' comes" }
                ?? "none of its \(counts.count) different words comes"
            throw StrataError(.data, "\(found) \(minimumCount) times or more; at least two must")
        }
        words = kept.map(\.key)
        self.counts = kept.map(\.value)
        tokenCount = self.counts.reduce(0) { $0.saturatingAdding($1) }
    }

    /// With what probability each word of a text is kept in an epoch: min(1, √(t / f)) for a word that makes up the
    /// part f of the text (Mikolov et al. 2013, equation 5). A threshold of 0 keeps all.
    public func keepProbabilities(threshold: Double) -> [Double] {
        counts.map { count in
            threshold > 0 ? min(1, (threshold * Double(tokenCount) / Double(count)).squareRoot()) : 1
        }
    }

    /// The probability of each word as noise, proportional to count^power (¾ in Mikolov et al. 2013, section 2.2).
    public func noiseProbabilities(power: Double = 0.75) -> [Double] {
        let weights = counts.map { pow(Double($0), power) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }
}
