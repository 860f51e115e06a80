import StrataBackend

/// Walks through the bytes of a file and never leaves them: every read is checked and says which file fell short.
struct ByteCursor {
    let bytes: [UInt8]
    let path: String
    var offset = 0

    init(_ bytes: [UInt8], path: String, at offset: Int = 0) {
        self.bytes = bytes
        self.path = path
        self.offset = offset
    }

    var remaining: Int { bytes.count - offset }

    /// The next `count` bytes, as positions; `what` they are completes `ends inside …`.
    mutating func take(_ count: Int, _ what: String) throws -> Range<Int> {
        guard count >= 0, offset >= 0, count <= remaining else {
            throw StrataError(
                .data, "\(path): ends inside \(what), after \(bytes.count) bytes; the file is cut short or damaged")
        }
        defer { offset += count }
        return offset..<offset + count
    }

    mutating func integer<T: FixedWidthInteger>(
        _ what: String, as _: T.Type = T.self, bigEndian: Bool = false
    ) throws -> T {
        let range = try take(MemoryLayout<T>.size, what)
        let raw = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: range.lowerBound, as: T.self) }
        return bigEndian ? T(bigEndian: raw) : T(littleEndian: raw)
    }
}
