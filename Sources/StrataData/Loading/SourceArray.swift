import StrataBackend

/// An array [N, …] as a file gives it, before anything is concluded from it: in memory, or left in the file.
struct SourceArray: Sendable {
    /// What messages call it: the path of its file, and the member of an archive.
    let path: String
    let dtype: DType
    /// [N, …]; of text [N].
    let shape: Shape
    let storage: any ColumnStorage
    /// The words, where the array is of text; the storage holds nothing then.
    private(set) var words: [String]?

    var count: Int { shape[0] }
    /// The shape of a row; [1] where a row is a single number.
    var rowShape: Shape { shape.rank == 1 ? [1] : Shape(Array(shape.dropFirst())) }

    /// Throws `data` for a single number.
    init(_ array: StoredArray, path: String) throws {
        try Self.check(array.shape, path)
        self.path = path
        dtype = array.dtype
        shape = array.shape
        let width = Shape(Array(array.shape.dropFirst())).elementCount * array.dtype.byteCount
        storage = ResidentRows(array.bytes, bytesPerRow: width)
    }

    /// What a file of one array holds, NPY or IDX. Left in the file where its values take more memory than the options
    /// allow.
    init(file path: String, _ options: DataOptions) throws {
        let start = try FileBytes.start(path, 1 << 16)
        if start.starts(with: [0x1F, 0x8B]) {
            self = try Self.compressed(path, options)
        } else if IDX.recognizes(start) {
            let size = FileBytes.size(path)
            let (format, shape, offset) = try IDX.layout(start, byteCount: size, path: path)
            self =
                options.holds(shape.byteCount(elementBytes: format.dtype.byteCount) ?? .max)
                ? try Self(IDX.parse(FileBytes.read(path), path: path), path: path)
                : try Self(path, shape, offset, format, isBigEndian: true)
        } else {
            self = try Self.array(path, start, options)
        }
    }

    /// What the bytes of an NPY file hold, numbers or text.
    init(npy bytes: [UInt8], path: String) throws {
        guard let (shape, words) = try NPY.text(bytes, path: path) else {
            self = try Self(NPY.parse(bytes, path: path), path: path)
            return
        }
        try Self.check(shape, path)
        self = try Self(words: words, path: path, shape: shape)
    }

    /// Words, a row each by default.
    init(words: [String], path: String, shape: Shape? = nil) throws {
        self = try Self(
            StoredArray(dtype: .uint8, shape: [0], bytes: []), path: path, shape: shape ?? [words.count])
        self.words = words
    }

    /// Rows of a shape that lie anywhere.
    init(path: String, dtype: DType, rowShape: Shape, storage: any ColumnStorage) {
        self.path = path
        self.dtype = dtype
        self.storage = storage
        shape = Shape([storage.count] + rowShape.extents)
    }

    private init(_ array: StoredArray, path: String, shape: Shape) throws {
        self.path = path
        self.shape = shape
        dtype = array.dtype
        storage = ResidentRows(array.bytes, bytesPerRow: 1)
    }

    /// Values that are left in their file.
    private init(_ path: String, _ shape: Shape, _ offset: Int, _ format: ElementFormat, isBigEndian: Bool) throws {
        try Self.check(shape, path)
        self.path = path
        self.shape = shape
        dtype = format.dtype
        storage = try FileRows(
            path: path, offset: offset, count: shape[0], elements: shape.dropFirst().reduce(1, *), format: format,
            isBigEndian: isBigEndian)
    }

    private static func check(_ shape: Shape, _ path: String) throws {
        guard shape.rank >= 1 else { throw StrataError(.data, "\(path): is a single number; data are [N, …]") }
        guard shape.dropFirst().allSatisfy({ $0 > 0 }) else {
            throw StrataError(.data, "\(path): is of shape \(shape), whose rows hold nothing")
        }
    }

    private static func array(_ path: String, _ start: [UInt8], _ options: DataOptions) throws -> Self {
        let layout = try NPY.layout(start, path: path)
        if let format = try? layout.format(),
            !options.holds(layout.shape.byteCount(elementBytes: format.dtype.byteCount) ?? .max)
        {
            _ = try layout.check(elementBytes: format.byteCount, format, count: FileBytes.size(path) - layout.offset)
            guard !layout.isFortranOrder || layout.shape.rank < 2 else {
                throw StrataError(
                    .unsupported,
                    "\(path): takes more memory than is allowed and cannot be read by rows, since it is in"
                        + " Fortran order; save it by numpy.ascontiguousarray")
            }
            return try Self(path, layout.shape, layout.offset, format, isBigEndian: layout.isBigEndian)
        }
        return try Self(npy: FileBytes.read(path), path: path)
    }

    private static func compressed(_ path: String, _ options: DataOptions) throws -> Self {
        let content = try options.wholeFile(
            path, hint: "is compressed, so that it cannot be read by rows; put a plain copy in its place (gunzip)")
        return content.starts(with: [0x93])
            ? try Self(npy: content, path: path) : try Self(IDX.parse(content, path: path), path: path)
    }

    /// The whole array in memory.
    func stored() throws -> StoredArray {
        guard words == nil else {
            throw StrataError(.unsupported, "\(path): is text, but numbers are expected here")
        }
        if let resident = storage.resident { return try StoredArray(dtype: dtype, shape: shape, bytes: resident) }
        let spec = ColumnSpec("", dtype: dtype, shape: Shape(Array(shape.dropFirst())))
        return try StoredArray(dtype: dtype, shape: shape, bytes: Column(spec, storage).bytes)
    }
}
