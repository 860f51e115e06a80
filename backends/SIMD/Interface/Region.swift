/// Memory that will be needed soon: `rows` rows of `bytes` each, from one to the next `stride` bytes.
public struct Region {
    public var address: Int
    public var stride: Int
    public var rows: Int
    public var bytes: Int

    public static var none: Region { Region(address: 0, stride: 0, rows: 0, bytes: 0) }

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

/// What one call of the micro-kernel fetches: `rows` rows of `1 << shift` cache lines, from one to the next `stride` bytes.
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
