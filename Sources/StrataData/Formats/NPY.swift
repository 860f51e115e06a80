import StrataBackend

/// NumPy's file of one array, versions 1 to 3 (numpy.lib.format).
///
/// uint8 stays uint8; other whole numbers are kept as int32, and other numbers and truth values as float32. Arrays
/// in Fortran order are turned row-major.
public enum NPY {
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    private static let formats: [Substring: ElementFormat] = [
        "u1": .uint8, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "b1": .bool,
        "f2": .float16, "f4": .float32, "f8": .float64,
    ]

    /// Reads a file's bytes; `path` is for messages.
    ///
    /// Throws `data` for a damaged file and `unsupported` for an element type that is not a plain number.
    public static func parse(_ bytes: [UInt8], path: String) throws -> StoredArray {
        var cursor = ByteCursor(bytes, path: path)
        guard bytes[try cursor.take(6, "the NPY header")].elementsEqual(magic) else {
            throw StrataError(.data, "\(path): is not an NPY file: it does not start with \\x93NUMPY")
        }
        let version: UInt8 = try cursor.integer("the NPY header")
        _ = try cursor.integer("the NPY header", as: UInt8.self)
        guard (1...3).contains(version) else {
            throw StrataError(.unsupported, "\(path): is NPY version \(version); versions 1 to 3 can be read")
        }
        let length =
            version == 1
            ? Int(try cursor.integer("the NPY header", as: UInt16.self))
            : Int(try cursor.integer("the NPY header", as: UInt32.self))
        let text = bytes[try cursor.take(length, "the NPY header")]
        guard let literal = String(validating: text, as: UTF8.self) else {
            throw StrataError(.data, "\(path): the NPY header is not text")
        }
        let header = try NPYHeader(literal, path: path)

        let bigEndian = header.descriptor.hasPrefix(">")
        guard let order = header.descriptor.first, "<>|=".contains(order),
            let format = formats[header.descriptor.dropFirst()]
        else {
            throw StrataError(
                .unsupported,
                "\(path): holds elements of type '\(header.descriptor)'; turn them to uint8, int32 or float32 by astype"
            )
        }
        let shape = Shape(header.shape)
        guard let byteCount = shape.byteCount(elementBytes: format.byteCount), byteCount == cursor.remaining else {
            throw StrataError(
                .data,
                "\(path): is damaged: the header promises \(format) values of shape \(shape), but \(cursor.remaining)"
                    + " bytes follow")
        }
        let payload = try cursor.take(byteCount, "the values")
        let decoded = try format.decode(bytes[payload], bigEndian: bigEndian, path: path)
        return try StoredArray(
            dtype: format.dtype, shape: shape,
            bytes: header.isFortranOrder ? rowMajor(decoded, shape, format.dtype.byteCount) : decoded)
    }

    /// A version 1 file, row-major and little-endian, that `numpy.load` reads.
    public static func encode(_ array: StoredArray) -> [UInt8] {
        let descriptor =
            switch array.dtype {
            case .float32: "<f4"
            case .int32: "<i4"
            case .uint8: "|u1"
            }
        let extents = array.shape.map { "\($0)," }.joined(separator: " ")
        var header = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(extents)), }"
        // NumPy aligns the values to 64 bytes: 10 bytes of magic, version and length come before, a newline after.
        header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
        let length = UInt16(header.utf8.count)
        return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(header.utf8) + array.bytes
    }

    /// Turns first-index-fastest into last-index-fastest.
    private static func rowMajor(_ bytes: [UInt8], _ shape: Shape, _ width: Int) -> [UInt8] {
        guard shape.rank > 1, !bytes.isEmpty else { return bytes }
        var result = [UInt8](repeating: 0, count: bytes.count)
        var strides = [Int](repeating: width, count: shape.rank)
        for axis in 1..<shape.rank { strides[axis] = strides[axis - 1] * shape[axis - 1] }
        var index = [Int](repeating: 0, count: shape.rank)
        var source = 0
        for target in stride(from: 0, to: bytes.count, by: width) {
            for byte in 0..<width { result[target + byte] = bytes[source + byte] }
            var axis = shape.rank - 1
            while axis >= 0 {
                index[axis] += 1
                source += strides[axis]
                if index[axis] < shape[axis] { break }
                source -= strides[axis] * shape[axis]
                index[axis] = 0
                axis -= 1
            }
        }
        return result
    }
}
