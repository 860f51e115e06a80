/// The extents of a dense row-major array; the empty shape is a scalar.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, RandomAccessCollection, CustomStringConvertible {
    public var extents: [Int]

    public init(_ extents: [Int]) { self.extents = extents }
    public init(arrayLiteral extents: Int...) { self.extents = extents }

    public var startIndex: Int { 0 }
    public var endIndex: Int { extents.count }
    public subscript(position: Int) -> Int { extents[position] }

    public var rank: Int { extents.count }

    /// The number of elements: the product of the extents, saturating rather than overflowing.
    public var elementCount: Int {
        extents.reduce(1) { product, extent in
            let (result, overflow) = product.multipliedReportingOverflow(by: extent)
            return overflow ? Int.max : result
        }
    }

    /// Elements to step over to advance by one along each axis, row-major.
    public var strides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] &* Swift.max(extents[axis + 1], 1)
        }
        return strides
    }

    public var description: String { "[" + extents.map(String.init).joined(separator: ", ") + "]" }
}
