import StrataBackend

/// One thing that is known of every example: a description and the rows.
///
/// ```
/// let years = try Column(ColumnSpec("year", dtype: .int32), [1912, 1925, 1931])
/// ```
public struct Column: Sendable {
    /// The description of the rows. In a `DataSet` its range is that of the training split; a subset has none.
    public internal(set) var spec: ColumnSpec
    /// Where the rows lie: in memory, or in files that are read when rows are asked for.
    public let storage: any ColumnStorage

    /// The name in messages, by which a `DataSplit` finds the column.
    public var name: String { spec.name }
    /// The number of rows, one for each example; 2³¹ − 1 at most.
    public var count: Int { storage.count }

    /// Throws `shape` where the rows are not what the description says, or a value is not what its meaning allows: a
    /// class that has no name, a target that is not finite, a negative weight.
    public init(_ spec: ColumnSpec, _ storage: any ColumnStorage) throws {
        guard spec.shape.allSatisfy({ $0 >= 0 }), spec.bytesPerRow == storage.bytesPerRow, spec.bytesPerRow > 0,
            (0...Int(Int32.max)).contains(storage.count)
        else {
            throw StrataError(
                .shape,
                "column '\(spec.name)': \(storage.count) rows of \(storage.bytesPerRow) bytes are not"
                    + " \(spec.typeDescription)")
        }
        self.spec = spec
        self.storage = storage
        try checkMeaning()
    }

    /// A column in memory. `bytes` are [count, shape], row-major, in the machine's byte order.
    public init(_ spec: ColumnSpec, bytes: [UInt8]) throws {
        guard (1..<Int.max).contains(spec.bytesPerRow), bytes.count % spec.bytesPerRow == 0 else {
            throw StrataError(
                .shape, "column '\(spec.name)': \(bytes.count) bytes do not make rows of \(spec.typeDescription)")
        }
        try self.init(spec, ResidentRows(bytes, bytesPerRow: spec.bytesPerRow))
    }

    /// A column of whole numbers in memory, [count, shape].
    public init(_ spec: ColumnSpec, _ values: [Int32]) throws {
        guard spec.dtype == .int32 else { throw Self.mismatch(spec, .int32) }
        try self.init(spec, bytes: values.withUnsafeBytes(Array.init))
    }

    /// A column of numbers in memory, [count, shape].
    public init(_ spec: ColumnSpec, _ values: [Float]) throws {
        guard spec.dtype == .float32 else { throw Self.mismatch(spec, .float32) }
        try self.init(spec, bytes: values.withUnsafeBytes(Array.init))
    }

    private static func mismatch(_ spec: ColumnSpec, _ found: DType) -> StrataError {
        StrataError(.shape, "column '\(spec.name)': is \(spec.dtype.name), but the values are \(found.name)")
    }

    // MARK: Reading

    /// Reads the rows at these positions, in this order, into exactly as many bytes as they take.
    ///
    /// Throws `shape` for a position outside `0..<count` or a room of another size, and what the storage throws.
    public func read(_ rows: [Int32], into target: UnsafeMutableRawBufferPointer) throws {
        for row in rows where row < 0 || row >= count { throw outside("\(row)") }
        try checkRoom(rows.count, target.count)
        try storage.read(rows, into: target)
    }

    /// Reads a run of rows into exactly as many bytes as they take; throws as the reading of single rows does.
    public func read(_ rows: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws {
        guard rows.lowerBound >= 0, rows.upperBound <= count else { throw outside("\(rows)") }
        try checkRoom(rows.count, target.count)
        try storage.read(rows, into: target)
    }

    private func outside(_ rows: String) -> StrataError {
        StrataError(.shape, "column '\(name)': row \(rows) is outside 0..<\(count)")
    }

    private func checkRoom(_ rows: Int, _ room: Int) throws {
        guard room == rows * spec.bytesPerRow else {
            throw StrataError(
                .shape, "column '\(name)': \(room) bytes are no room for \(rows) rows of \(spec.typeDescription)")
        }
    }

    /// All rows, [count, shape], in memory.
    public var bytes: [UInt8] {
        get throws { try storage.resident ?? bytes(0..<count) }
    }

    /// A run of rows, [rows.count, shape], in memory.
    public func bytes(_ rows: Range<Int>) throws -> [UInt8] {
        guard rows.lowerBound >= 0, rows.upperBound <= count else { throw outside("\(rows)") }
        let size = rows.count * spec.bytesPerRow
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            let room = UnsafeMutableRawBufferPointer(buffer)
            try read(rows, into: UnsafeMutableRawBufferPointer(rebasing: room[0..<size]))
            filled = size
        }
    }

    /// A run of rows as a model sees them, [rows.count, shape], scaled.
    public func values(_ rows: Range<Int>) throws -> [Float] {
        let bytes = try bytes(rows)
        return try StoredArray(dtype: spec.dtype, shape: Shape([rows.count] + spec.shape.extents), bytes: bytes).floats(
            scale: spec.scale)
    }

    /// Calls `body` with one piece of the rows after the other, each of a megabyte or so: all of them, whatever memory
    /// there is. The pieces depend on nothing but the count and the size of a row.
    ///
    /// - `anyOrder`: whether rows may come in the order in which a disk reads them fastest.
    func forEachPiece(
        anyOrder: Bool = false, _ body: (_ rows: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let step = max(1, (1 << 20) / spec.bytesPerRow)
        if let all = storage.resident {
            return try all.withUnsafeBytes { all in
                for start in stride(from: 0, to: count, by: step) {
                    let rows = start..<min(start + step, count)
                    let piece = rows.lowerBound * spec.bytesPerRow..<rows.upperBound * spec.bytesPerRow
                    try body(rows, UnsafeRawBufferPointer(rebasing: all[piece]))
                }
            }
        }
        let source = anyOrder ? (storage as? SelectedRows)?.ascending ?? storage : storage
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: step * spec.bytesPerRow, alignment: 64)
        defer { room.deallocate() }
        for start in stride(from: 0, to: count, by: step) {
            let rows = start..<min(start + step, count)
            let piece = UnsafeMutableRawBufferPointer(rebasing: room[0..<rows.count * spec.bytesPerRow])
            try source.read(rows, into: piece)
            try body(rows, UnsafeRawBufferPointer(piece))
        }
    }

    /// The rows at these positions, in this order: copied where they are in memory, referred to where they are not.
    ///
    /// Throws `shape` for a position outside `0..<count`.
    public func subset(_ positions: [Int32]) throws -> Column {
        var subset = self
        for position in positions where position < 0 || position >= count { throw outside("\(position)") }
        guard storage.resident != nil else {
            subset = Column(trusted: spec.unranged, SelectedRows(storage, positions))
            return subset
        }
        let size = positions.count * spec.bytesPerRow
        let picked = try [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            let room = UnsafeMutableRawBufferPointer(buffer)
            try storage.read(positions, into: UnsafeMutableRawBufferPointer(rebasing: room[0..<size]))
            filled = size
        }
        return Column(trusted: spec.unranged, ResidentRows(picked, bytesPerRow: spec.bytesPerRow))
    }

    /// Rows that were checked before.
    private init(trusted spec: ColumnSpec, _ storage: any ColumnStorage) {
        self.spec = spec
        self.storage = storage
    }
}

extension StoredArray {
    /// The elements times `scale`.
    func floats(scale: Float) -> [Float] { scale == 1 ? floats : floats.map { $0 * scale } }
}
