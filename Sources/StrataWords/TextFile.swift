import StrataBackend
import StrataData

/// The bytes of a text file as UTF-8, unpacked and without a byte order mark, and what a user should know of them.
///
/// | begins with | is |
/// | --- | --- |
/// | `1F 8B` | gzip, and unpacked first |
/// | `EF BB BF` | UTF-8 with a mark, which is skipped |
/// | `FF FE`, `FE FF` | UTF-16, and converted |
/// | the signature of an array, an archive or an image | no text, and refused |
struct TextFile {
    var bytes: [UInt8]
    /// One line each.
    var notes: [String] = []

    /// Throws `file` where it cannot be read, `data` for what is empty or no text, `unsupported` for gzip without a codec.
    init(path: String, codecs: Codecs = .none) throws {
        bytes = try FileBytes.readUnpacked(path, codecs)
        guard !bytes.isEmpty else { throw StrataError(.data, "\(path): is empty") }
        if let known = TextFile.signatures.first(where: { bytes.starts(with: $0.bytes) }) {
            throw StrataError(.data, "\(path): is \(known.name), and no text; give a text file in UTF-8")
        }
        if let (start, isBigEndian) = TextFile.utf16(bytes) {
            bytes = TextFile.decoded(bytes[start...], isBigEndian: isBigEndian)
            notes.append("\(path): is UTF-16, and read as such")
        } else if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            bytes.removeFirst(3)
        }
    }

    /// What is told of bytes that are not UTF-8; `nil` where there are none.
    func encodingNote(_ path: String) -> String? {
        UTF8Check(bytes).map { found in
            "\(path): \(found.count) places are not UTF-8, the first in line \(found.line), and become U+FFFD;"
                + " convert the file to UTF-8"
        }
    }

    private static let signatures: [(bytes: [UInt8], name: String)] = [
        ([0x93] + Array("NUMPY".utf8), "a NumPy array"), ([0x50, 0x4B, 3, 4], "a zip archive"),
        ([0x89] + Array("PNG".utf8), "a PNG image"), ([0xFF, 0xD8, 0xFF], "a JPEG image"),
        (Array("%PDF".utf8), "a PDF file"),
        ([0x7F] + Array("ELF".utf8), "a program"), (Array("BZh".utf8), "packed by bzip2"),
        ([0xFD] + Array("7zXZ".utf8), "packed by xz"), ([0x28, 0xB5, 0x2F, 0xFD], "packed by zstd"),
        ([0xFF, 0xFE, 0, 0], "UTF-32"), ([0, 0, 0xFE, 0xFF], "UTF-32"),
    ]

    // MARK: UTF-16

    /// Where the text of a UTF-16 file begins, and the order of its bytes: by its mark, or without one by the zeros that
    /// every second byte of most alphabets' words is.
    private static func utf16(_ bytes: [UInt8]) -> (start: Int, isBigEndian: Bool)? {
        if bytes.starts(with: [0xFF, 0xFE]) { return (2, false) }
        if bytes.starts(with: [0xFE, 0xFF]) { return (2, true) }
        let head = bytes.prefix(2000)
        let zeros = [0, 1].map { parity in head.indices.count { $0 % 2 == parity && head[$0] == 0 } }
        guard bytes.count % 2 == 0, zeros.max()! * 4 > head.count, zeros.min()! * 50 < head.count else { return nil }
        return (0, zeros[0] > zeros[1])
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool) -> [UInt8] {
        let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { position -> UInt16 in
            let (first, second) = (UInt16(bytes[position]), UInt16(bytes[position + 1]))
            return isBigEndian ? first << 8 | second : second << 8 | first
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }
}

/// The places of a text that are not UTF-8.
struct UTF8Check {
    private(set) var count = 0
    /// The line of the first, counted from 1.
    private(set) var line = 1

    /// `nil` where all is UTF-8.
    init?(_ bytes: [UInt8]) {
        var position = 0
        bytes.withUnsafeBufferPointer { bytes in
            while position < bytes.count {
                if bytes[position] < 0x80 {
                    if bytes[position] == 10, count == 0 { line += 1 }
                    position += 1
                    continue
                }
                let length = UTF8Check.length(bytes, position)
                if length == 0 { count += 1 }
                position += max(length, 1)
            }
        }
        if count == 0 { return nil }
    }

    /// The bytes of the character at a position, or 0 where there is none (Unicode's table 3-7).
    private static func length(_ bytes: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        let first = bytes[position]
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch first {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (0, 0...0)
            }
        guard length > 0, position + length <= bytes.count, second.contains(bytes[position + 1]) else { return 0 }
        return (2..<length).allSatisfy { bytes[position + $0] & 0xC0 == 0x80 } ? length : 0
    }
}

extension FileBytes {
    /// A whole file; what begins as gzip does is unpacked.
    static func readUnpacked(_ path: String, _ codecs: Codecs) throws -> [UInt8] {
        let bytes = try read(path)
        guard bytes.starts(with: [0x1F, 0x8B]) else { return bytes }
        guard let gunzip = codecs.gunzip else {
            throw StrataError(.unsupported, "\(path): this program reads no gzip; unpack the file first")
        }
        do { return try gunzip(bytes) } catch let error as StrataError {
            throw StrataError(error.kind, "\(path): \(error.message)")
        }
    }
}
