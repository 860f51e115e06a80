/// The tokens of a text and their numbers: its characters, or its words.
///
/// Number 0 stands for whatever else there is. A line's end is a token like any other.
public struct TextVocabulary: Hashable, Sendable, Codable {
    /// What a token of a text is.
    public enum Unit: String, Sendable, Hashable, Codable, CaseIterable {
        /// A character, as people count them.
        case characters
        /// What stands between spaces, with its punctuation marks.
        case words
    }

    /// What a token is.
    public let unit: Unit
    /// The tokens by their numbers, the most frequent first but for the first of all, which is any other.
    public let tokens: [String]
    /// The tokens of a sequence.
    public let steps: Int

    /// What stands for a token that is none of the vocabulary's.
    public static let unknown = "<unk>"
    /// The most tokens of a vocabulary; rarer ones are unknown.
    static let most = 5000
    /// The tokens of a sequence, of a text that has as many.
    static let usualSteps = 100

    /// The most frequent tokens of a text.
    init(of text: [Substring], unit: Unit) {
        var counts: [Substring: Int] = [:]
        for token in text { counts[token, default: 0] += 1 }
        counts[Substring(Self.unknown)] = nil
        let ranked = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { String($0.key) }
        self.unit = unit
        tokens = [Self.unknown] + ranked.prefix(Self.most - 1)
        steps = max(1, min(Self.usualSteps, text.count))
    }

    /// The tokens that a text has, in their order.
    static func split(_ text: String, _ unit: Unit) -> [Substring] {
        switch unit {
        case .characters:
            // The two characters that end a line in some files count as one.
            return text.indices.map { text[$0] == "\r\n" || text[$0] == "\r" ? "\n" : text[$0...$0] }
        case .words:
            return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().flatMap {
                ($0.offset > 0 ? ["\n"] : []) + $0.element.split(whereSeparator: \.isWhitespace)
            }
        }
    }

    /// The numbers of tokens.
    func numbers(of text: [Substring]) -> [Int32] {
        let known = Dictionary(zip(tokens.map { Substring($0) }, Int32(0)...)) { first, _ in first }
        return text.map { known[$0] ?? 0 }
    }

    /// The text of some tokens' numbers; those of no token are unknown.
    public func text(_ numbers: some Sequence<Float>) -> String {
        let words = numbers.map { number in
            Int(exactly: number.rounded()).flatMap { tokens.indices.contains($0) ? tokens[$0] : nil } ?? Self.unknown
        }
        guard unit == .words else { return words.joined() }
        return words.joined(separator: " ").split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let start = line.drop { $0 == " " }
            return String(start.last == " " ? start.dropLast() : start)
        }.joined(separator: "\n")
    }
}
