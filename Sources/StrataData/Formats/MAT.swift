import StrataBackend

/// Variables in MATLAB's files of level 5, which versions 5 to 7.2 write ("MAT-File Format", The MathWorks).
///
/// Numbers become float32, or int32 or bytes where they are stored as whole numbers; arrays lie row by row, as everywhere
/// in Strata. Structures, text and sparse or complex matrices are left out.
struct MAT {
    /// What a variable is.
    indirect enum Value {
        /// An array of numbers.
        case numbers(StoredArray)
        /// Cells, in MATLAB's order.
        case cells([Value])
        /// Something that is not read, by MATLAB's word for it.
        case other(String)
    }

    /// The variables by their names, in the order of the file.
    let variables: [(name: String, value: Value)]

    /// Whether a file that starts with these bytes is of level 5 or a later one.
    static func recognizes(_ start: [UInt8]) -> Bool { start.starts(with: Array("MATLAB ".utf8)) }

    /// Throws `data` where the file is damaged, `unsupported` for one of version 7.3, and for compressed variables that
    /// the codecs cannot read.
    init(parsing bytes: [UInt8], path: String, codecs: Codecs) throws {
        if bytes.starts(with: Array("MATLAB 7.3".utf8)) {
            throw StrataError(
                .unsupported, "\(path): is of MATLAB 7.3, which is HDF5; save it with -v7, or as .npz")
        }
        var cursor = ByteCursor(bytes, path: path)
        _ = try cursor.take(126, "the header")
        let mark: UInt16 = try cursor.integer("the header")
        guard mark == 0x4D49 || mark == 0x494D else {
            throw StrataError(.data, "\(path): is damaged: its header does not tell the order of bytes")
        }
        var reader = Reader(cursor: cursor, isBigEndian: mark == 0x494D, codecs: codecs)
        var variables: [(name: String, value: Value)] = []
        while reader.cursor.remaining > 0 { variables += try reader.variable() }
        self.variables = variables
    }

    /// Walks through elements, each of a tag of a type and a size, and its data.
    private struct Reader {
        var cursor: ByteCursor
        let isBigEndian: Bool
        let codecs: Codecs

        private static let (matrix, compressed) = (UInt32(14), UInt32(15))
        /// Cells in cells beyond this depth are taken for damage.
        private static let deepest = 16

        func damaged(_ why: String) -> StrataError { StrataError(.data, "\(cursor.path): is damaged: \(why)") }

        /// The next element's type and the place of its data; the cursor goes past it and its padding.
        mutating func element(_ what: String) throws -> (type: UInt32, data: Range<Int>) {
            let word: UInt32 = try cursor.integer(what, bigEndian: isBigEndian)
            // Up to four bytes stand in the tag itself.
            if word >> 16 != 0 {
                let (type, size) = (word & 0xFFFF, Int(word >> 16))
                guard size <= 4 else { throw damaged("\(what) has \(size) bytes where 4 fit") }
                let data = try cursor.take(4, what)
                return (type, data.lowerBound..<data.lowerBound + size)
            }
            let size: UInt32 = try cursor.integer(what, bigEndian: isBigEndian)
            let data = try cursor.take(Int(size), what)
            // What is compressed is not filled up.
            if word != Self.compressed { _ = try cursor.take((8 - Int(size) % 8) % 8, what) }
            return (word, data)
        }

        /// A variable of the file, compressed or not; none where the element is something else.
        mutating func variable() throws -> [(name: String, value: Value)] {
            let (type, data) = try element("a variable")
            switch type {
            case Self.matrix:
                var inner = self
                inner.cursor.offset = data.lowerBound
                return [try inner.array(until: data.upperBound, depth: 0)]
            case Self.compressed:
                guard let unzlib = codecs.unzlib else {
                    throw StrataError(
                        .unsupported, "\(cursor.path): has compressed variables, which this program cannot read")
                }
                let content: [UInt8]
                do { content = try unzlib(Array(cursor.bytes[data])) } catch let error as StrataError {
                    throw StrataError(error.kind, "\(cursor.path): \(error.message)")
                }
                // What was compressed twice is nobody's file.
                var inner = Reader(
                    cursor: ByteCursor(content, path: cursor.path), isBigEndian: isBigEndian, codecs: .none)
                return try inner.variable()
            default: return []
            }
        }

        /// The array whose element ends at `end`: its flags, dimensions, name and content.
        private mutating func array(until end: Int, depth: Int) throws -> (name: String, value: Value) {
            guard depth < Self.deepest else { throw damaged("cells lie in cells \(depth) deep") }
            guard cursor.offset < end else { return ("", .other("nothing")) }
            let flags = try wholeNumbers("the flags of a variable")
            let extents = try wholeNumbers("the dimensions of a variable").map { Int($0) }
            let (_, letters) = try element("the name of a variable")
            let name = String(decoding: cursor.bytes[letters], as: UTF8.self)
            guard let first = flags.first, extents.count >= 2, extents.allSatisfy({ $0 >= 0 }),
                let count = Shape(extents).byteCount(elementBytes: 1)
            else { throw damaged("'\(name)' has no dimensions") }
            let (kind, isComplex) = (first & 0xFF, first & 0x800 != 0)
            defer { cursor.offset = end }
            if kind == 1 {
                // A cell takes 8 bytes at least.
                guard count <= cursor.remaining / 8 else { throw damaged("'\(name)' has \(count) cells") }
                return (name, .cells(try (0..<count).map { _ in try cell(of: name, depth) }))
            }
            guard (6...15).contains(kind), !isComplex else {
                let words: [Int64: String] = [2: "a structure", 3: "an object", 4: "text", 5: "a sparse matrix"]
                return (name, .other(isComplex ? "complex" : words[kind] ?? "unknown"))
            }
            let (type, data) = try element("the numbers of '\(name)'")
            return (name, .numbers(try numbers(type, data, extents, isReal: kind <= 7, name)))
        }

        private mutating func cell(of name: String, _ depth: Int) throws -> Value {
            let (type, data) = try element("a cell of '\(name)'")
            guard type == Self.matrix else { throw damaged("a cell of '\(name)' is no array") }
            var inner = self
            inner.cursor.offset = data.lowerBound
            return try inner.array(until: data.upperBound, depth: depth + 1).value
        }

        /// Whole numbers of an element.
        private mutating func wholeNumbers(_ what: String) throws -> [Int64] {
            let (type, data) = try element(what)
            guard let format = Self.formats[type], format.isWhole else { throw damaged("\(what) are no whole numbers") }
            return stride(from: data.lowerBound, to: data.upperBound - format.size + 1, by: format.size).map {
                Int64(exactly: format.read(cursor.bytes, $0, isBigEndian)) ?? -1
            }
        }

        /// Numbers that lie column by column, in the type that takes the least room, laid row by row.
        private func numbers(
            _ type: UInt32, _ data: Range<Int>, _ extents: [Int], isReal: Bool, _ name: String
        ) throws -> StoredArray {
            guard let format = Self.formats[type] else { throw damaged("'\(name)' has numbers of type \(type)") }
            guard let size = Shape(extents).byteCount(elementBytes: format.size), data.count == size else {
                throw damaged("'\(name)' has \(data.count) bytes for numbers \(Shape(extents))")
            }
            // The first index runs fastest in the file and slowest here.
            let count = size / format.size
            let strides = extents.indices.map { extents[..<$0].reduce(1, *) }
            var index = [Int](repeating: 0, count: extents.count)
            var values = [Double](repeating: 0, count: count)
            for place in values.indices {
                let source = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
                values[place] = format.read(cursor.bytes, data.lowerBound + source * format.size, isBigEndian)
                for axis in extents.indices.reversed() {
                    index[axis] += 1
                    if index[axis] < extents[axis] { break }
                    index[axis] = 0
                }
            }
            let shape = Shape(extents)
            if !isReal, values.allSatisfy({ (0...255).contains($0) }) {
                return try StoredArray(dtype: .uint8, shape: shape, bytes: values.map { UInt8($0) })
            }
            if !isReal, values.allSatisfy({ Int32(exactly: $0) != nil }) {
                return try StoredArray(values.map { Int32($0) }, shape: shape)
            }
            return try StoredArray(values.map { Float($0) }, shape: shape)
        }

        private struct Format: Sendable {
            var size: Int
            var isWhole: Bool
            var read: @Sendable (_ bytes: [UInt8], _ offset: Int, _ isBigEndian: Bool) -> Double
        }

        private static func raw<T: FixedWidthInteger>(_ bytes: [UInt8], _ offset: Int, _ isBigEndian: Bool) -> T {
            let raw = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
            return isBigEndian ? T(bigEndian: raw) : T(littleEndian: raw)
        }

        /// By MATLAB's number for the type.
        private static let formats: [UInt32: Format] = [
            1: Format(size: 1, isWhole: true) { Double(raw($0, $1, $2) as Int8) },
            2: Format(size: 1, isWhole: true) { Double(raw($0, $1, $2) as UInt8) },
            3: Format(size: 2, isWhole: true) { Double(raw($0, $1, $2) as Int16) },
            4: Format(size: 2, isWhole: true) { Double(raw($0, $1, $2) as UInt16) },
            5: Format(size: 4, isWhole: true) { Double(raw($0, $1, $2) as Int32) },
            6: Format(size: 4, isWhole: true) { Double(raw($0, $1, $2) as UInt32) },
            7: Format(size: 4, isWhole: false) { Double(Float(bitPattern: raw($0, $1, $2))) },
            9: Format(size: 8, isWhole: false) { Double(bitPattern: raw($0, $1, $2)) },
            12: Format(size: 8, isWhole: true) { Double(raw($0, $1, $2) as Int64) },
            13: Format(size: 8, isWhole: true) { Double(raw($0, $1, $2) as UInt64) },
        ]
    }
}
