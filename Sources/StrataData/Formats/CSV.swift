import StrataBackend

/// A table as text (RFC 4180): records of fields with a separator between them. A field in quotes may hold separators, line
/// breaks and, doubled, quotes. Records end in LF, CR or CRLF; empty lines are no records.
struct CSV {
    /// A field as a part of the file.
    struct Field {
        var range: Range<Int>
        var isQuoted: Bool
    }

    let bytes: [UInt8]
    let path: String
    let separator: UInt8
    private let start: Int

    private static let quote = UInt8(ascii: "\"")
    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

    /// - `separator`: What stands between fields; by default whichever of comma, semicolon and tab the first line has most of.
    init(_ bytes: [UInt8], path: String, separator: UInt8? = nil) {
        self.bytes = bytes
        self.path = path
        start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var (counts, inQuotes) = ([UInt8: Int](), false)
        for byte in bytes[start...].prefix(while: { inQuotes || !Self.isLineEnd($0) }) {
            if byte == Self.quote { inQuotes.toggle() }
            if !inQuotes { counts[byte, default: 0] += 1 }
        }
        let usual = [",", ";", "\t"].map { $0.utf8.first ?? 0 }
        // The first of those that are as frequent.
        self.separator =
            separator ?? usual.reversed().max { counts[$0, default: 0] < counts[$1, default: 0] } ?? usual[0]
    }

    /// Hands over every record with the number of its first line. Throws `data` for a quoted field that does not end, or goes on
    /// behind its end.
    func forEachRecord(_ body: (_ line: Int, _ fields: [Field]) throws -> Void) throws {
        var (place, line, fields) = (start, 1, [Field]())
        while place < bytes.count {
            if Self.isLineEnd(bytes[place]) {
                place = next(place)
                line += 1
                continue
            }
            fields.removeAll(keepingCapacity: true)
            let first = line
            while true {
                fields.append(try field(&place, &line))
                guard place < bytes.count, bytes[place] == separator else { break }
                place += 1
            }
            if place < bytes.count { place = next(place) }
            line += 1
            try body(first, fields)
        }
    }

    /// The place behind a line's end.
    private func next(_ place: Int) -> Int {
        let isPair =
            bytes[place] == UInt8(ascii: "\r") && place + 1 < bytes.count && bytes[place + 1] == UInt8(ascii: "\n")
        return place + (isPair ? 2 : 1)
    }

    private func field(_ place: inout Int, _ line: inout Int) throws -> Field {
        let first = place
        guard place < bytes.count, bytes[place] == Self.quote else {
            while place < bytes.count, bytes[place] != separator, !Self.isLineEnd(bytes[place]) { place += 1 }
            return Field(range: first..<place, isQuoted: false)
        }
        let opened = line
        place += 1
        while true {
            guard place < bytes.count else {
                throw StrataError(.data, "\(path), line \(opened): a field begins with a quote and never ends")
            }
            if bytes[place] == Self.quote {
                // Two are one of the text's own.
                guard place + 1 < bytes.count, bytes[place + 1] == Self.quote else { break }
                place += 1
            } else if bytes[place] == UInt8(ascii: "\n") {
                line += 1
            }
            place += 1
        }
        place += 1
        guard place == bytes.count || bytes[place] == separator || Self.isLineEnd(bytes[place]) else {
            throw StrataError(.data, "\(path), line \(line): a field goes on behind its closing quote")
        }
        return Field(range: first + 1..<place - 1, isQuoted: true)
    }

    /// The text of a field, without the spaces round one that is not in quotes. Throws `data` for what is not UTF-8.
    func text(_ field: Field) throws -> String {
        guard let text = String(validating: bytes[trimmed(field)], as: UTF8.self) else {
            throw StrataError(.data, "\(path): is not UTF-8; convert it (iconv -f latin1 -t utf-8)")
        }
        guard field.isQuoted, text.contains("\"") else { return text }
        var (kept, skips) = ("", false)
        for scalar in text.unicodeScalars {
            skips = scalar == "\"" && !skips
            if !skips { kept.unicodeScalars.append(scalar) }
        }
        return kept
    }

    /// The number that a field is, which may be infinite or not a number; `nil` for text. Where semicolons separate, a comma may
    /// be the decimal one.
    func number(_ field: Field) -> Float? {
        let range = trimmed(field)
        guard !range.isEmpty else { return nil }
        var whole = 0
        for place in range {
            let digit = bytes[place] &- UInt8(ascii: "0")
            guard digit < 10, range.count <= 9 else {
                let text = String(decoding: bytes[range], as: UTF8.self)
                // Hexadecimal numbers are text to whoever writes a table.
                guard !text.contains(where: { $0 == "x" || $0 == "X" }) else { return nil }
                if let number = Float(text) { return number }
                return separator == UInt8(ascii: ";") ? Float(String(text.map { $0 == "," ? "." : $0 })) : nil
            }
            whole = whole * 10 + Int(digit)
        }
        return Float(whole)
    }

    /// Whether a character is among those of a field.
    func has(_ field: Field, _ character: Unicode.Scalar) -> Bool {
        bytes[field.range].contains(UInt8(ascii: character))
    }

    private func trimmed(_ field: Field) -> Range<Int> {
        guard !field.isQuoted else { return field.range }
        var range = field.range
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        while let first = range.first, isSpace(bytes[first]) { range.removeFirst() }
        while let last = range.last, isSpace(bytes[last]) { range.removeLast() }
        return range
    }

    /// All records as text.
    func records() throws -> [(line: Int, fields: [String])] {
        var records: [(line: Int, fields: [String])] = []
        try forEachRecord { line, fields in records.append((line, try fields.map(text))) }
        return records
    }
}
