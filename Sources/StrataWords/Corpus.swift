import StrataBackend
public import StrataData

/// A text as a sequence of numbers of words. A line is a sentence: a window never looks across its end.
public struct Corpus: Sendable {
    /// The words that come at least as often as the minimum count, whose positions `words` holds.
    public let vocabulary: Vocabulary
    /// The text without the words that the vocabulary lacks: positions in it, sentence after sentence.
    public let words: [Int32]
    /// Where in `words` each sentence ends; none is empty.
    public let sentenceEnds: [Int]
    /// What a user should know of the file, one line each: that it is UTF-16, or that parts of it are not UTF-8.
    public let notes: [String]

    /// Reads a text file in UTF-8 or UTF-16; a gzip file is unpacked first. The text is held once, and four bytes a word.
    ///
    /// Throws `file` where it cannot be read, and `data` where it is no text or has no two words of the vocabulary in one
    /// line.
    ///
    /// - `minimumCount`: rarer words are left out, as if they were not in the text.
    public init(
        path: String, splitting: WordSplitting = .lowercased, minimumCount: Int = 5, codecs: Codecs = .none
    ) throws {
        let file = try TextFile(path: path, codecs: codecs)
        let notes = file.notes + [file.encodingNote(path)].compactMap { $0 }
        do {
            try self.init(file.bytes, splitting: splitting, minimumCount: minimumCount, notes: notes)
        } catch let error as StrataError {
            throw StrataError(error.kind, "\(path): \(error.message)")
        }
    }

    /// Reads a text.
    public init(text: String, splitting: WordSplitting = .lowercased, minimumCount: Int = 5) throws {
        try self.init(Array(text.utf8), splitting: splitting, minimumCount: minimumCount, notes: [])
    }

    private init(_ bytes: [UInt8], splitting: WordSplitting, minimumCount: Int, notes: [String]) throws {
        self.notes = notes
        guard !bytes.isEmpty else { throw StrataError(.data, "is empty") }
        // One look-up a word: words are numbered as they come, and again when all are counted.
        var numbers: [String: Int32] = [:]
        var (counts, text, lineEnds): ([Int], [Int32], [Int]) = ([], [], [])
        bytes.withUnsafeBufferPointer { bytes in
            TextWords(splitting: splitting).scan(bytes) { word in
                if let known = numbers[word] {
                    counts[Int(known)] += 1
                    text.append(known)
                } else {
                    let number = Int32(truncatingIfNeeded: counts.count)
                    numbers[word] = number
                    counts.append(1)
                    text.append(number)
                }
            } lineEnd: {
                lineEnds.append(text.count)
            }
        }
        guard !text.isEmpty else { throw StrataError(.data, "holds no words") }
        vocabulary = try Vocabulary(numbers.mapValues { counts[Int($0)] }, minimumCount: minimumCount)
        var positions = [Int32](repeating: -1, count: counts.count)
        for (position, word) in vocabulary.words.enumerated() {
            if let number = numbers[word] { positions[Int(number)] = Int32(truncatingIfNeeded: position) }
        }
        var (kept, ends, start): ([Int32], [Int], Int) = ([], [], 0)
        kept.reserveCapacity(vocabulary.tokenCount)
        for end in lineEnds {
            let before = kept.count
            for number in text[start..<end] where positions[Int(number)] >= 0 { kept.append(positions[Int(number)]) }
            if kept.count > before { ends.append(kept.count) }
            start = end
        }
        (words, sentenceEnds) = (kept, ends)
        guard ends.count < kept.count else {
            throw StrataError(.data, "no line has two words of the vocabulary; words of different lines are no pairs")
        }
    }
}
