/// Where the rows of a column lie: in memory, in a file, in many image files.
///
/// A storage of your own states `count`, `bytesPerRow` and how a run of rows is read; the rest follows. `Column` checks
/// rows and room before it asks, so an implementation may rely on them.
public protocol ColumnStorage: Sendable {
    /// The number of rows; `Column` takes 2³¹ − 1 at most.
    var count: Int { get }
    /// Bytes of one row, all rows alike.
    var bytesPerRow: Int { get }
    /// All rows without gaps, where they are in memory as they are.
    var resident: [UInt8]? { get }
    /// Bytes of memory that the rows take.
    var residentByteCount: Int { get }

    /// Reads the rows of a range of `0..<count` into exactly `rows.count * bytesPerRow` bytes. May be called by
    /// several threads at once.
    func read(_ rows: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws

    /// Reads rows in any order, with repetitions, each after the other.
    func read(_ rows: [Int32], into target: UnsafeMutableRawBufferPointer) throws
}

extension ColumnStorage {
    public var resident: [UInt8]? { nil }
    public var residentByteCount: Int { resident?.count ?? 0 }

    /// Reads runs of neighbouring rows at once.
    public func read(_ rows: [Int32], into target: UnsafeMutableRawBufferPointer) throws {
        var start = 0
        while start < rows.count {
            var end = start + 1
            while end < rows.count, rows[end] == rows[end - 1] + 1 { end += 1 }
            let first = Int(rows[start])
            let room = start * bytesPerRow..<end * bytesPerRow
            try read(first..<first + (end - start), into: UnsafeMutableRawBufferPointer(rebasing: target[room]))
            start = end
        }
    }
}

/// Rows in memory.
public struct ResidentRows: ColumnStorage {
    /// The number of whole rows among the bytes.
    public let count: Int
    public let bytesPerRow: Int
    private let bytes: [UInt8]

    /// Takes as many rows as there are whole ones in `bytes`.
    public init(_ bytes: [UInt8], bytesPerRow: Int) {
        self.bytes = bytes
        self.bytesPerRow = max(1, bytesPerRow)
        count = bytes.count / self.bytesPerRow
    }

    public var resident: [UInt8]? { bytes }

    public func read(_ rows: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws {
        bytes.withUnsafeBytes {
            let source = $0[rows.lowerBound * bytesPerRow..<rows.upperBound * bytesPerRow]
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source))
        }
    }
}

/// Some rows of another storage, in an order of their own; nothing is copied.
public struct SelectedRows: ColumnStorage {
    /// The number of rows selected; one that is selected twice counts twice.
    public var count: Int { positions.count }
    public var bytesPerRow: Int { base.bytesPerRow }
    public var residentByteCount: Int { base.residentByteCount }
    private let base: any ColumnStorage
    private let positions: [Int32]

    /// - Precondition: every position lies in `0..<base.count`, which `Column.subset` checks.
    init(_ base: any ColumnStorage, _ positions: [Int32]) {
        if let selection = base as? SelectedRows {
            self.base = selection.base
            self.positions = positions.map { selection.positions[Int($0)] }
        } else {
            self.base = base
            self.positions = positions
        }
    }

    /// The same rows in the order in which they lie, which a disk reads faster.
    var ascending: SelectedRows { SelectedRows(base, positions.sorted()) }

    public func read(_ rows: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws {
        try base.read(Array(positions[rows]), into: target)
    }

    public func read(_ rows: [Int32], into target: UnsafeMutableRawBufferPointer) throws {
        try base.read(rows.map { positions[Int($0)] }, into: target)
    }
}

/// Rows of images whose channels are last, read with the channels first.
struct ChannelsFirstRows: ColumnStorage {
    let base: any ColumnStorage
    let channels: Int
    let elementBytes: Int

    var count: Int { base.count }
    var bytesPerRow: Int { base.bytesPerRow }

    func read(_ rows: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws {
        try base.read(rows, into: target)
        turn(target)
    }

    func read(_ rows: [Int32], into target: UnsafeMutableRawBufferPointer) throws {
        try base.read(rows, into: target)
        turn(target)
    }

    private func turn(_ rows: UnsafeMutableRawBufferPointer) {
        let pixels = bytesPerRow / elementBytes / channels
        let row = UnsafeMutableRawBufferPointer.allocate(byteCount: bytesPerRow, alignment: 16)
        defer { row.deallocate() }
        for start in stride(from: 0, to: rows.count, by: bytesPerRow) {
            for channel in 0..<channels {
                for pixel in 0..<pixels {
                    let from = start + (pixel * channels + channel) * elementBytes
                    let to = (channel * pixels + pixel) * elementBytes
                    for byte in 0..<elementBytes { row[to + byte] = rows[from + byte] }
                }
            }
            UnsafeMutableRawBufferPointer(rebasing: rows[start..<start + bytesPerRow]).copyMemory(
                from: UnsafeRawBufferPointer(row))
        }
    }
}
