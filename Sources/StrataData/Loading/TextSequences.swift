import StrataBackend

extension DataFormat {
    /// A plain text: its tokens, cut into sequences one after the other, the last filled up with unknown ones.
    static let text = DataFormat(
        "a text (.txt)",
        recognizes: { candidate in
            !candidate.isFolder && [".txt", ".txt.gz"].contains { candidate.hasEnding($0) }
        },
        load: { path, options in
            let bytes = try options.wholeFile(path, hint: "a text is read whole; cut it into several")
            guard
                let text = String(
                    validating: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...], as: UTF8.self)
            else { throw StrataError(.data, "\(path): is not UTF-8; convert it (iconv -f latin1 -t utf-8)") }
            guard !text.unicodeScalars.contains("\0") else {
                throw StrataError(.data, "\(path): is no text: it has zeros")
            }
            let unit = options.vocabulary?.unit ?? options.textUnit
            let tokens = TextVocabulary.split(text, unit)
            guard !tokens.isEmpty else { throw StrataError(.data, "\(path): holds no \(unit.rawValue)") }
            let vocabulary = options.vocabulary ?? TextVocabulary(of: tokens, unit: unit)

            let numbers = vocabulary.numbers(of: tokens)
            let steps = vocabulary.steps
            let count = (numbers.count + steps - 1) / steps
            let padding = [Int32](repeating: 0, count: count * steps - numbers.count)
            var part = DataParts.Part(
                examples: try SourceArray(StoredArray(numbers + padding, shape: [count, steps]), path: path))
            let lengths = (0..<count).map { Int32(min(steps, numbers.count - $0 * steps)) }
            part.known[ColumnName.length] = try SourceArray(StoredArray(lengths, shape: [count]), path: path)

            var parts = DataParts(name: path, train: part)
            parts.vocabulary = vocabulary
            parts.notes = [
                "tokens are \(unit.rawValue): \(numbers.count) of a vocabulary of \(vocabulary.tokens.count), cut into \(count)"
                    + " sequences of \(steps)"
            ]
            let unknown = numbers.indices.filter { numbers[$0] == 0 }
            if !unknown.isEmpty {
                let words = Set(unknown.map { tokens[$0] })
                let some = words.sorted().prefix(5).map { "'\($0)'" }.joined(separator: ", ")
                parts.notes.append(
                    "\(unknown.count) tokens, \(words.count) different ones, are none of the vocabulary's and count as"
                        + " \(TextVocabulary.unknown): \(some)\(words.count > 5 ? ", …" : "")")
            }
            return try parts.dataSet(options)
        })
}
