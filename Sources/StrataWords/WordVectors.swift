import StrataBackend

/// A vocabulary with a vector for each word.
public struct WordVectors: Sendable {
    /// The words, all different.
    public let words: [String]
    /// [words, width].
    public let values: [Float]
    /// The numbers of each vector.
    public let width: Int
    /// What a user should know of the words, one line each: that some came more than once, or were not UTF-8.
    public private(set) var notes: [String] = []
    private let positions: [String: Int]
    /// By the word in lower case, the first that differs from it in case alone.
    private let lowercasePositions: [String: Int]

    /// Vectors of words. Where a word comes again, its first vector counts and the others are left out, with a note.
    ///
    /// Throws `shape` for values of another number, or where there are none.
    ///
    /// - `values`: [words, width], all finite.
    public init(words: [String], values: [Float], width: Int) throws {
        guard width > 0, !words.isEmpty,
            values.count == words.count.multipliedReportingOverflow(by: width).partialValue
        else {
            throw StrataError(.shape, "\(values.count) numbers are not \(words.count) word vectors of \(width)")
        }
        let firsts = Dictionary(zip(words, words.indices)) { first, _ in first }
        let kept = words.indices.filter { firsts[words[$0]] == $0 }
        let isWhole = kept.count == words.count
        let distinct = isWhole ? words : kept.map { words[$0] }
        self.words = distinct
        self.values = isWhole ? values : kept.flatMap { values[$0 * width..<($0 + 1) * width] }
        self.width = width
        positions = isWhole ? firsts : Dictionary(zip(distinct, distinct.indices)) { first, _ in first }
        lowercasePositions = Dictionary(zip(distinct.map { $0.lowercased() }, distinct.indices)) { first, _ in first }
        guard let again = words.indices.first(where: { firsts[words[$0]] != $0 }) else { return }
        notes = [
            "\(words.count - kept.count) of the \(words.count) vectors are of words that came before, such as '\(words[again])';"
                + " the first vector of a word counts"
        ]
    }

    /// These vectors with more to be told.
    func adding(notes more: [String]) -> WordVectors {
        var vectors = self
        vectors.notes = more + notes
        return vectors
    }

    /// The position of a word as it is written.
    public func position(of word: String) -> Int? { positions[word] }

    /// The position of a word as it is written, or else of the first that differs from it in case alone.
    public func position(ignoringCase word: String) -> Int? { positions[word] ?? lowercasePositions[word.lowercased()] }

    /// The position of a word that must be there, if need be in another case; throws `data` where it is not.
    public func require(_ word: String) throws -> Int {
        if let position = position(ignoringCase: word) { return position }
        throw StrataError(.data, "'\(word)' is not among the \(words.count) words of the vectors")
    }

    func vector(_ position: Int) -> ArraySlice<Float> { values[position * width..<(position + 1) * width] }
}
