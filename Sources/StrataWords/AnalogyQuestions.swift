import StrataBackend
public import StrataData

/// Questions of the form "Athens is to Greece as Baghdad is to …", of which vectors should know the answer.
public struct AnalogyQuestions: Sendable {
    /// Four words each.
    public let questions: [[String]]
    /// What a user should know of the file, one line each.
    public let notes: [String]

    /// Reads four words a line; lines that begin with `:` are headings. Throws `data` with the line where they are not.
    public init(path: String, codecs: Codecs = .none) throws {
        let file = try TextFile(path: path, codecs: codecs)
        notes = file.notes + [file.encodingNote(path)].compactMap { $0 }
        let text = String(decoding: file.bytes, as: UTF8.self)
        var questions: [[String]] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            if words.isEmpty || words[0].hasPrefix(":") { continue }
            guard words.count == 4 else {
                throw StrataError(.data, "\(path), line \(number + 1): has \(words.count) words, and a question has 4")
            }
            questions.append(words)
        }
        guard !questions.isEmpty else { throw StrataError(.data, "\(path): holds no questions") }
        self.questions = questions
    }

    /// The number of questions that were answered correctly, of those whose words all have vectors.
    public struct Score: Sendable, Hashable {
        /// Questions whose fourth word is the best answer, the three words asked with aside.
        public var right: Int
        /// Questions whose four words all have vectors, if need be in another case.
        public var asked: Int
        /// Questions with a word that has no vector.
        public var skipped: Int
        /// Questions among those asked with a word that has a vector in another case only, which is taken.
        public var inOtherCase = 0
    }

    /// Asks every question whose four words have vectors, if need be in another case.
    public func score(_ search: WordSearch) throws -> Score {
        let vectors = search.vectors
        let known = questions.compactMap { words in
            let positions = words.compactMap(vectors.position(ignoringCase:))
            return positions.count == 4 ? positions : nil
        }
        let inOtherCase = questions.count { words in
            words.allSatisfy { vectors.position(ignoringCase: $0) != nil }
                && words.contains { vectors.position(of: $0) == nil }
        }
        let queries = known.map { WordSearch.Query([($0[1], 1), ($0[0], -1), ($0[2], 1)]) }
        let answers = try search.matches(queries, count: 1)
        let right = zip(known, answers).count { $1.first?.word == vectors.words[$0[3]] }
        return Score(
            right: right, asked: known.count, skipped: questions.count - known.count, inOtherCase: inOtherCase)
    }
}
