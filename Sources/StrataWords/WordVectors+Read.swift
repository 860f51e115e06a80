import Glibc
import StrataBackend
public import StrataData

/// The three formats that word vectors are handed on in:
///
///     word2vec text    "count width", then a line a word: the word and its numbers
///     word2vec binary  the same first line, then for each word its bytes, a space, and float32 little endian
///     GloVe            the lines of the text format, without the first
extension WordVectors {
    /// Reads a file of any of the formats, which its content tells; a gzip file is unpacked first.
    ///
    /// Throws `file` where it cannot be read, and `data`, with the line, where it is damaged.
    public init(path: String, codecs: Codecs = .none) throws {
        let file = try TextFile(path: path, codecs: codecs)
        var bytes = file.bytes
        // Numbers are read up to a byte that belongs to none.
        bytes.append(0)
        let reader = Reader(path: path)
        let read = try bytes.withUnsafeBytes { try reader.read(UnsafeRawBufferPointer(rebasing: $0.dropLast())) }
        // Only words are text: the numbers of the binary format may be any bytes.
        let notes = [path].filter { _ in read.words.contains { $0.unicodeScalars.contains("\u{FFFD}") } }.map {
            "\($0): some words are not UTF-8, and hold U+FFFD where they are not; convert the file to UTF-8"
        }
        self = try WordVectors(words: read.words, values: read.values, width: read.width).adding(
            notes: file.notes + notes)
    }

    private struct Reader {
        typealias Content = (words: [String], values: [Float], width: Int)

        let path: String

        func read(_ bytes: UnsafeRawBufferPointer) throws -> Content {
            let first = line(bytes, from: 0)
            let fields = fields(bytes, first)
            if fields.count == 2, let count = Int(string(bytes, fields[0])), let width = Int(string(bytes, fields[1])) {
                guard count > 0, width > 0, count <= bytes.count, width <= bytes.count else {
                    throw StrataError(
                        .data, "\(path), line 1: \(count) vectors of \(width) numbers cannot be in this file")
                }
                let start = min(first.upperBound + 1, bytes.count)
                return isText(bytes, from: start, width: width)
                    ? try text(bytes, from: start, line: 2, width: width, count: count)
                    : try binary(bytes, from: start, width: width, count: count)
            }
            guard fields.count >= 2 else {
                throw StrataError(.data, "\(path), line 1: neither 'count width' nor a word and its numbers")
            }
            return try text(bytes, from: 0, line: 1, width: fields.count - 1, count: nil)
        }

        /// Whether the first word is followed by as many numbers in digits.
        private func isText(_ bytes: UnsafeRawBufferPointer, from start: Int, width: Int) -> Bool {
            let fields = fields(bytes, line(bytes, from: start))
            return fields.count > width && fields.suffix(width).allSatisfy { number(bytes, $0) != nil }
        }

        private func text(
            _ bytes: UnsafeRawBufferPointer, from start: Int, line first: Int, width: Int, count: Int?
        ) throws -> Content {
            var content: Content = ([], [], width)
            var (position, number) = (start, first)
            while position < bytes.count, content.words.count != count {
                let line = line(bytes, from: position)
                let fields = fields(bytes, line)
                position = line.upperBound + 1
                defer { number += 1 }
                if fields.isEmpty { continue }
                guard fields.count > width else {
                    throw StrataError(
                        .data,
                        "\(path), line \(number): has \(fields.count - 1) numbers after the word, and should have \(width)"
                    )
                }
                // A word may hold spaces, as some of GloVe's do.
                let numbers = fields.suffix(width)
                content.words.append(string(bytes, fields[0].lowerBound..<fields[fields.count - width - 1].upperBound))
                for field in numbers {
                    guard let value = self.number(bytes, field) else {
                        throw StrataError(
                            .data, "\(path), line \(number): '\(printable(bytes, field))' is not a finite number")
                    }
                    content.values.append(value)
                }
            }
            try check(content.words.count, count)
            return content
        }

        private func binary(_ bytes: UnsafeRawBufferPointer, from start: Int, width: Int, count: Int) throws -> Content
        {
            var content: Content = ([], [], width)
            var position = start
            while content.words.count < count {
                while position < bytes.count, bytes[position] == newline { position += 1 }
                guard let end = bytes[position...].firstIndex(of: space) else { break }
                let next = end + 1 + width * MemoryLayout<Float>.size
                guard next <= bytes.count else { break }
                let word = string(bytes, position..<end)
                for offset in stride(from: end + 1, to: next, by: MemoryLayout<Float>.size) {
                    let value = Float(
                        bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
                    guard value.isFinite else {
                        throw StrataError(
                            .data, "\(path): the vector of word \(content.words.count + 1) holds \(value)")
                    }
                    content.values.append(value)
                }
                content.words.append(word)
                position = next
            }
            try check(content.words.count, count)
            return content
        }

        private func check(_ found: Int, _ promised: Int?) throws {
            guard found == promised ?? max(found, 1) else {
                throw StrataError(
                    .data,
                    "\(path): ends after \(found) of \(promised ?? 1) word vectors; the file is cut short or damaged")
            }
        }

        // MARK: Bytes

        private var newline: UInt8 { 10 }
        private var space: UInt8 { 32 }

        private func line(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Range<Int> {
            start..<(bytes[start...].firstIndex(of: newline) ?? bytes.count)
        }

        /// What blanks separate.
        private func fields(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> [Range<Int>] {
            var fields: [Range<Int>] = []
            var start: Int?
            for position in line {
                let isBlank = bytes[position] == space || bytes[position] == 9 || bytes[position] == 13
                if isBlank, let begin = start {
                    fields.append(begin..<position)
                    start = nil
                } else if !isBlank, start == nil {
                    start = position
                }
            }
            if let start { fields.append(start..<line.upperBound) }
            return fields
        }

        private func string(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
            String(decoding: bytes[range], as: UTF8.self)
        }

        /// For messages, whatever the file may hold.
        private func printable(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
            String(
                decoding: bytes[range].prefix(20).map { (33..<127).contains($0) ? $0 : UInt8(ascii: "?") },
                as: UTF8.self)
        }

        private func number(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Float? {
            let start = bytes.baseAddress!.advanced(by: range.lowerBound).assumingMemoryBound(to: CChar.self)
            var end: UnsafeMutablePointer<CChar>?
            let value = strtof(start, &end)
            return UnsafePointer(end) == start + range.count && value.isFinite ? value : nil
        }
    }
}
