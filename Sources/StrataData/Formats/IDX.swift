import StrataBackend

/// The format of MNIST's files: a magic number with type and rank, big-endian extents, big-endian elements
/// (described at the end of LeCun, Cortes and Burges's MNIST page).
public enum IDX {
    private static let formats: [UInt8: ElementFormat] = [
        0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
    ]

    /// Whether the bytes start as an IDX file does.
    static func recognizes(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 4 && bytes[0] == 0 && bytes[1] == 0 && formats[bytes[2]] != nil
    }

    /// Reads an uncompressed file's bytes; `path` is for messages.
    ///
    /// Throws `data` where the magic number is not IDX's, or the extents and the length disagree.
    public static func parse(_ bytes: consuming [UInt8], path: String) throws -> StoredArray {
        let (format, shape, offset) = try layout(bytes, byteCount: bytes.count, path: path)
        if format == .uint8 {
            // In the memory where they are: a data set is the largest thing that a program holds.
            bytes.removeFirst(offset)
            return try StoredArray(dtype: format.dtype, shape: shape, bytes: bytes)
        }
        return try StoredArray(
            dtype: format.dtype, shape: shape, bytes: format.decode(bytes[offset...], bigEndian: true, path: path))
    }

    /// What the values are, and where they begin. `bytes` are the start of a file that has `byteCount` of them.
    static func layout(
        _ bytes: [UInt8], byteCount: Int, path: String
    ) throws -> (format: ElementFormat, shape: Shape, offset: Int) {
        var cursor = ByteCursor(bytes, path: path)
        let magic: UInt32 = try cursor.integer("the IDX header", bigEndian: true)
        guard magic >> 16 == 0, let format = formats[UInt8(truncatingIfNeeded: magic >> 8)] else {
            throw StrataError(.data, "\(path): is not an IDX file: its magic number is 0x\(String(magic, radix: 16))")
        }
        let extents = try (0..<magic & 0xFF).map { _ in
            Int(try cursor.integer("the IDX header", as: UInt32.self, bigEndian: true))
        }
        let (shape, follow) = (Shape(extents), byteCount - cursor.offset)
        guard shape.byteCount(elementBytes: format.byteCount) == follow else {
            throw StrataError(
                .data,
                "\(path): is damaged: the header promises \(format) values of shape \(shape), but \(follow) bytes follow"
            )
        }
        return (format, shape, cursor.offset)
    }
}
