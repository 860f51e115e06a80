/// A number that is affine in the index of an iteration space: `base + Σ index·stride`.
///
/// It stands for an address (then everything is in bytes) or for a whole number (an iota, the counter of a draw).
public struct Affine {
    /// The number at index zero.
    public var base: Int
    /// A stride for each outer dimension of the space.
    public var outer: UnsafePointer<Int>
    /// The strides along the two dimensions of a tile.
    public var row: Int
    public var column: Int
    /// Row numbers that stand for the index along dimension `lookup`; see `Indirection`.
    public var table: UnsafePointer<Int32>?
    /// The last row that a table may name.
    public var lastRow: Int32
    /// The dimension whose index is looked up: an outer one, or `Space.outerCount` for the rows of a tile, or one
    /// more for its columns.
    public var lookup: Int

    public init(
        base: Int, outer: UnsafePointer<Int>, row: Int, column: Int, table: UnsafePointer<Int32>? = nil,
        lastRow: Int32 = 0, lookup: Int = -1
    ) {
        self.base = base
        self.outer = outer
        self.row = row
        self.column = column
        self.table = table
        self.lastRow = lastRow
        self.lookup = lookup
    }
}

/// An iteration space cut into tiles of at most `Space.tileElements` elements.
///
/// The last two dimensions are the rows and columns of tiles. A tile has several rows if it has all columns, so that an
/// array which is dense over the space is contiguous over the tile, or to transpose in.
///
///     outer… ├── tileColumns ──┼── tileColumns ──┤
///      row 0 │     tile 0      │     tile 1      │
///      row 1 │     tile 2      │     tile 3      │
public struct Space {
    /// Floats that a tile holds at most: 4 KiB a value, so that a dozen values fit the first two cache levels, and
    /// the cost of interpreting an instruction (some nanoseconds) is small against a pass over the tile.
    @inlinable public static var tileElements: Int { 1024 }

    public var outerCount: Int
    public var outer: UnsafePointer<Int>
    public var rows: Int
    public var columns: Int
    public var tileRows: Int
    public var tileColumns: Int
    /// The floats from one row of a tile to the next in registers, whole vectors; then operands may be viewed whose rows
    /// lie apart, and instructions go row by row. Or 0: the rows of a tile follow one another without a gap.
    public var pitch: Int

    public init(
        outerCount: Int, outer: UnsafePointer<Int>, rows: Int, columns: Int, tileRows: Int, tileColumns: Int, pitch: Int
    ) {
        self.outerCount = outerCount
        self.outer = outer
        self.rows = rows
        self.columns = columns
        self.tileRows = tileRows
        self.tileColumns = tileColumns
        self.pitch = pitch
    }
}

/// A piece of an iteration space: where it begins, and how big it is.
public struct Tile {
    /// The index in the outer dimensions.
    public var index: UnsafeMutablePointer<Int>
    public var outerCount: Int
    public var row: Int
    public var column: Int
    public var rows: Int
    public var columns: Int

    @inlinable
    public init(index: UnsafeMutablePointer<Int>, outerCount: Int, rows: Int = 0, columns: Int = 0) {
        self.index = index
        self.outerCount = outerCount
        row = 0
        column = 0
        self.rows = rows
        self.columns = columns
    }

    @inlinable public var count: Int { rows * columns }
}
