import StrataBackend

/// A vocabulary with a vector for each word.
public struct WordVectors: Sendable {
    public let words: [String]
    /// [words, width].
    public let values: [Float]
    public let width: Int
    private let positions: [String: Int]

    /// Where a word comes twice, its first vector counts.
    ///
    /// - Parameter values: [words, width], all finite.
    public init(words: [String], values: [Float], width: Int) throws {
        guard width > 0, !words.isEmpty, values.count == words.count * width else {
            throw StrataError(.shape, "\(values.count) numbers are not \(words.count) word vectors of \(width)")
        }
        self.words = words
        self.values = values
        self.width = width
        positions = Dictionary(zip(words, words.indices)) { first, _ in first }
    }

    public func position(of word: String) -> Int? { positions[word] }

    /// The position of a word that must be there; throws `data` where it is not.
    public func require(_ word: String) throws -> Int {
        if let position = positions[word] { return position }
        let variants = [word.lowercased(), word.uppercased(), word.prefix(1).uppercased() + word.dropFirst()]
        let hint = variants.first { positions[$0] != nil }.map { "; did you mean '\($0)'?" } ?? ""
        throw StrataError(.data, "'\(word)' is not among the \(words.count) words of the vectors\(hint)")
    }

    func vector(_ position: Int) -> ArraySlice<Float> { values[position * width..<(position + 1) * width] }
}
