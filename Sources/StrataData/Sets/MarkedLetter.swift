import StrataBackend

/// A Latin letter, plain or with one mark such as an acute, as Unicode names it and GNU Unifont draws it.
public struct MarkedLetter: Hashable, Sendable {
    /// The code point.
    public let scalar: Unicode.Scalar
    /// The plain letter in lower case, from a to z.
    public let letter: String
    /// Whether it is a capital letter.
    public let isCapital: Bool
    /// The mark in lower case, as in `dot below`; `nil` for a plain letter.
    public let mark: String?
    /// Sixteen rows of sixteen pixels, the leftmost the highest bit; a glyph eight pixels wide lies in the middle.
    public let rows: [UInt16]

    /// All letters with at most one mark, in the order of their code points: the 52 plain ones, and those that
    /// decompose canonically into one of these and a mark.
    ///
    /// Throws `data` where the files are not what their names say.
    ///
    /// - Parameters:
    ///   - unicodeData: What `UnicodeData.txt` of the Unicode Character Database holds.
    ///   - unifont: What `unifont.hex` of GNU Unifont holds.
    public static func all(unicodeData: [UInt8], unifont: [UInt8]) throws -> [MarkedLetter] {
        let named = characters(unicodeData)
        let plain = Set(named.filter { $0.mark == nil }.map(\.scalar))
        guard plain.count == 52 else {
            throw StrataError(.data, "UnicodeData.txt names \(plain.count) plain Latin letters; there are 52")
        }
        let wanted = named.filter { character in
            character.mark == nil
                || character.decomposition.count == 2 && plain.contains(character.decomposition[0])
        }
        let glyphs = try bitmaps(unifont, of: Set(wanted.map(\.scalar)))
        return try wanted.map { character in
            guard let rows = glyphs[character.scalar] else {
                throw StrataError(.data, "unifont.hex has no glyph of U+\(String(character.scalar.value, radix: 16))")
            }
            return MarkedLetter(
                scalar: character.scalar, letter: character.letter, isCapital: character.isCapital,
                mark: character.mark, rows: rows)
        }
    }

    private struct Character {
        var scalar: Unicode.Scalar
        var letter: String
        var isCapital: Bool
        var mark: String?
        var decomposition: [Unicode.Scalar]
    }

    /// The letters whose names are `LATIN SMALL LETTER E` or `LATIN CAPITAL LETTER E WITH ACUTE`.
    private static func characters(_ unicodeData: [UInt8]) -> [Character] {
        unicodeData.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard line.dropFirst(4).starts(with: Array(";LATIN ".utf8)) else { return nil }
            let fields = String(decoding: line, as: UTF8.self).split(
                separator: ";", omittingEmptySubsequences: false)
            guard fields.count > 5, let scalar = scalar(fields[0]) else { return nil }
            let words = fields[1].split(separator: " ", maxSplits: 5).map(String.init)
            guard words.count == 4 || words.count == 6 && words[4] == "WITH", ["SMALL", "CAPITAL"].contains(words[1]),
                words[2] == "LETTER", words[3].utf8.count == 1
            else { return nil }
            return Character(
                scalar: scalar, letter: words[3].lowercased(), isCapital: words[1] == "CAPITAL",
                mark: words.count == 6 ? words[5].lowercased() : nil,
                // One that begins with a tag such as <compat> is not canonical.
                decomposition: fields[5].first == "<" ? [] : fields[5].split(separator: " ").compactMap(Self.scalar))
        }
    }

    private static func scalar(_ text: Substring) -> Unicode.Scalar? {
        UInt32(text, radix: 16).flatMap(Unicode.Scalar.init)
    }

    /// Lines `0041:` and the rows in hexadecimal: 32 digits of a glyph 8 pixels wide, 64 of one 16 pixels wide.
    private static func bitmaps(
        _ unifont: [UInt8], of wanted: Set<Unicode.Scalar>
    ) throws -> [Unicode.Scalar: [UInt16]] {
        var found: [Unicode.Scalar: [UInt16]] = [:]
        for line in unifont.split(separator: UInt8(ascii: "\n")) where line.dropFirst(4).first == UInt8(ascii: ":") {
            guard let scalar = scalar(Substring(decoding: line.prefix(4), as: UTF8.self)), wanted.contains(scalar)
            else {
                continue
            }
            let digits = Array(line.dropFirst(5).prefix { $0 > 32 })
            let width = digits.count / 16
            let rows = (0..<16).compactMap { row in
                UInt16(String(decoding: digits[row * width..<(row + 1) * width], as: UTF8.self), radix: 16)
            }
            guard [32, 64].contains(digits.count), rows.count == 16 else {
                throw StrataError(.data, "unifont.hex: the glyph of U+\(String(scalar.value, radix: 16)) is damaged")
            }
            found[scalar] = width == 2 ? rows.map { $0 << 4 } : rows
        }
        return found
    }
}
