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

    /// Where the values of a file are, and how they are written.
    struct Layout {
        /// The letters and digits that NumPy describes an element by, without the mark of the byte order: `f4`.
        var element: Substring
        var isBigEndian: Bool
        var isFortranOrder: Bool
        var shape: Shape
        /// Bytes before the values.
        var offset: Int
        let path: String

        /// The format of the elements. Throws `unsupported` where they are not plain numbers.
        func format() throws -> ElementFormat {
            guard let format = formats[element] else {
                throw StrataError(
                    .unsupported,
                    "\(path): holds elements of type '\(descriptor)'; turn them to uint8, int32 or float32 by astype")
            }
            return format
        }

        private let descriptor: String

        fileprivate init(_ header: NPYHeader, offset: Int, path: String) throws {
            descriptor = header.descriptor
            isBigEndian = descriptor.hasPrefix(">")
            element = descriptor.dropFirst()
            isFortranOrder = header.isFortranOrder
            shape = Shape(header.shape)
            self.offset = offset
            self.path = path
            // An element without a mark of its order is none that is known.
            if descriptor.first.map({ "<>|=".contains($0) }) != true { element = "" }
        }

        /// Throws `data` unless `count` bytes follow the header for as many elements of this size as there are.
        func check(elementBytes: Int, _ what: Any, count: Int) throws -> Int {
            guard let byteCount = shape.byteCount(elementBytes: elementBytes), byteCount == count else {
                throw StrataError(
                    .data,
                    "\(path): is damaged: the header promises \(what) values of shape \(shape), but \(count) bytes follow"
                )
            }
            return byteCount
        }
    }

    /// Reads the header at the start of `bytes`, which need not be the whole file.
    static func layout(_ bytes: [UInt8], path: String) throws -> Layout {
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
        return try Layout(NPYHeader(literal, path: path), offset: cursor.offset, path: path)
    }

    /// Reads a file's bytes; `path` is for messages.
    ///
    /// Throws `data` for a damaged file and `unsupported` for an element type that is not a plain number.
    public static func parse(_ bytes: [UInt8], path: String) throws -> StoredArray {
        let layout = try layout(bytes, path: path)
        let format = try layout.format()
        let byteCount = try layout.check(elementBytes: format.byteCount, format, count: bytes.count - layout.offset)
        let payload = bytes[layout.offset..<layout.offset + byteCount]
        let decoded = try format.decode(payload, bigEndian: layout.isBigEndian, path: path)
        return try StoredArray(
            dtype: format.dtype, shape: layout.shape,
            bytes: layout.isFortranOrder ? rowMajor(decoded, layout.shape, format.dtype.byteCount) : decoded)
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
        return header(descriptor, extents) + array.bytes
    }

    /// A word as an array of no dimensions.
    static func encode(word: String) -> [UInt8] {
        let letters = word.unicodeScalars.flatMap { scalar in withUnsafeBytes(of: scalar.value.littleEndian, Array.init)
        }
        return header("<U\(max(letters.count / 4, 1))", "") + (letters.isEmpty ? [0, 0, 0, 0] : letters)
    }

    private static func header(_ descriptor: String, _ extents: String) -> [UInt8] {
        var header = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(extents)), }"
        // NumPy aligns the values to 64 bytes: 10 bytes of magic, version and length come before, a newline after.
        header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
        let length = UInt16(header.utf8.count)
        return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(header.utf8)
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
