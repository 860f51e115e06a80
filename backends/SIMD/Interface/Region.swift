/// Memory that will be needed soon: `rows` rows of `bytes` each, from one to the next `stride` bytes.
public struct Region {
    public var address: Int
    public var stride: Int
    public var rows: Int
    public var bytes: Int
    /// Bytes of the first rows that are fetched already.
    @usableFromInline var done = 0

    public static var none: Region { Region(address: 0, stride: 0, rows: 0, bytes: 0) }

    @inlinable
    public init(address: Int, stride: Int, rows: Int, bytes: Int) {
        self.address = address
        self.stride = stride
        self.rows = rows
        self.bytes = bytes
    }
}

extension Factor {
    /// Where, from an element of a factor on, lie so many elements of the dimension that is kept times so many of the one
    /// that is summed; nothing if no two of them are neighbours.
    public func region(from element: UnsafePointer<Float>, kept count: Int, summed depth: Int) -> Region {
        let address = Int(bitPattern: element)
        if kept == 1 { return Region(address: address, stride: summed &* 4, rows: depth, bytes: count &* 4) }
        if summed == 1 { return Region(address: address, stride: kept &* 4, rows: count, bytes: depth &* 4) }
        return .none
    }
}

/// What one tile of the micro-kernel fetches: `rows` rows of `1 << shift` cache lines, from one to the next `stride` bytes.
///
/// It lives here, as a type of the kernels' own would bring functions of its metadata with it (see check-weak-symbols.sh).
public struct Ahead {
    public var address: Int
    public var stride: Int
    public var rows: Int
    public var shift: Int

    @inlinable
    public init(address: Int, stride: Int = 0, rows: Int = 1, shift: Int = 0) {
        self.address = address
        self.stride = stride
        self.rows = rows
        self.shift = shift
    }
}

/// Regions that are fetched tile by tile, one after the other.
public struct Fetches {
    @usableFromInline var region: UnsafeMutablePointer<Region>
    @usableFromInline let end: UnsafeMutablePointer<Region>
    @usableFromInline let lines: Int

    /// Each tile has time for so many lines; the regions are used up.
    @inlinable
    public init(_ regions: UnsafeMutablePointer<Region>, count: Int, lines: Int) {
        region = regions
        end = regions + count
        self.lines = Swift.max(1, lines)
    }

    /// What the next tile is to fetch: of as many rows as it has lines the next part, a power of two of lines.
    @inlinable
    public mutating func next() -> Ahead {
        while region < end {
            guard region.pointee.rows > 0, region.pointee.bytes > 0 else {
                region += 1
                continue
            }
            let rows = Swift.min(region.pointee.rows, lines)
            // Short numbers divide faster.
            let share = UInt32(truncatingIfNeeded: lines) / UInt32(truncatingIfNeeded: rows)
            let shift = UInt32.bitWidth &- 1 &- share.leadingZeroBitCount
            let ahead = Ahead(
                address: region.pointee.address &+ region.pointee.done, stride: region.pointee.stride, rows: rows,
                shift: shift)
            region.pointee.done &+= 64 &<< shift
            if region.pointee.done >= region.pointee.bytes {
                region.pointee.address &+= rows &* region.pointee.stride
                region.pointee.rows &-= rows
                region.pointee.done = 0
            }
            return ahead
        }
        // What is in the cache already.
        return Ahead(address: Int(bitPattern: end))
    }
}
