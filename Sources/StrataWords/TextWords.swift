/// How a text is cut into words.
public enum WordSplitting: Sendable, Hashable {
    /// At whitespace; then in lower case, and without what stands before a word's first letter or digit and after its
    /// last: `"Don't!" (he said) --` is `don't he said`.
    case lowercased
    /// At whitespace, and each word as it stands.
    case verbatim
}

/// Goes through the bytes of a UTF-8 text once. Bytes that are no UTF-8 become U+FFFD.
struct TextWords {
    let splitting: WordSplitting

    /// Calls `word` for each word and `lineEnd` after each line.
    func scan(_ bytes: UnsafeBufferPointer<UInt8>, word: (String) -> Void, lineEnd: () -> Void) {
        // A byte order mark is no part of the first word.
        var position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while position < bytes.count {
            let start = position
            var isASCII = true
            while position < bytes.count, !TextWords.isBlank(bytes[position]) {
                if bytes[position] >= 0x80 { isASCII = false }
                position += 1
            }
            if start < position {
                let run = UnsafeBufferPointer(rebasing: bytes[start..<position])
                if isASCII { asciiWord(run).map(word) } else { words(String(decoding: run, as: UTF8.self), word) }
            }
            if position < bytes.count, bytes[position] == UInt8(ascii: "\n") { lineEnd() }
            position += 1
        }
        lineEnd()
    }

    /// Space, and tab, line feed, vertical tab, form feed, carriage return.
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || 9...13 ~= byte }

    /// Most words of most texts: without a look at Unicode's tables.
    private func asciiWord(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard splitting == .lowercased else { return String(decoding: bytes, as: UTF8.self) }
        func isUpper(_ byte: UInt8) -> Bool { 65...90 ~= byte }
        func isKept(_ byte: UInt8) -> Bool { isUpper(byte) || 97...122 ~= byte || 48...57 ~= byte }
        guard let first = bytes.firstIndex(where: isKept), let last = bytes.lastIndex(where: isKept) else { return nil }
        return String(unsafeUninitializedCapacity: last - first + 1) { target in
            for (offset, byte) in bytes[first...last].enumerated() { target[offset] = isUpper(byte) ? byte | 32 : byte }
            return last - first + 1
        }
    }

    /// Unicode has blanks of its own, among them the no-break space.
    private func words(_ run: String, _ word: (String) -> Void) {
        for part in run.unicodeScalars.split(whereSeparator: \.properties.isWhitespace) {
            guard splitting == .lowercased else {
                word(String(part))
                continue
            }
            guard let first = part.firstIndex(where: \.isLetterOrDigit),
                let last = part.lastIndex(where: \.isLetterOrDigit)
            else { continue }
            word(String(part[first...last]).lowercased())
        }
    }
}

extension Unicode.Scalar {
    /// Letters, the marks that belong to them, and numbers.
    fileprivate var isLetterOrDigit: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }
}
