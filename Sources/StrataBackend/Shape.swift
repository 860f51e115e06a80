/// The extents of a dense row-major array; the empty shape is a scalar.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, RandomAccessCollection, CustomStringConvertible {
    /// The number of elements along each axis, the outermost first.
    public var extents: [Int]

    /// The shape of these extents. Nothing is checked: see `isPossible`.
    public init(_ extents: [Int]) { self.extents = extents }
    public init(arrayLiteral extents: Int...) { self.extents = extents }

    public var startIndex: Int { 0 }
    public var endIndex: Int { extents.count }
    public subscript(position: Int) -> Int { extents[position] }

    /// The number of axes: 0 for a scalar, 2 for a matrix.
    public var rank: Int { extents.count }

    /// The largest extent that a layer may ask for.
    package static let largestExtent = 1 << 24
    package static func isExtent(_ extent: Int) -> Bool { (1...largestExtent).contains(extent) }

    /// The number of elements: the product of the extents, saturating rather than overflowing.
    public var elementCount: Int { extents.product }

    /// Whether an array can have the shape: no extent is negative, and there are at most 2⁴⁸ elements along any axes that are
    /// not empty, so that no stride, size or count of operations overflows.
    public var isPossible: Bool {
        extents.allSatisfy { $0 >= 0 } && extents.reduce(1) { $0.saturatingMultiplied(by: Swift.max($1, 1)) } <= 1 << 48
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

extension Int {
    /// The product, or the nearest number that there is.
    package func saturatingMultiplied(by other: Int) -> Int {
        let (result, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : result
    }

    /// The sum, or the nearest number that there is.
    package func saturatingAdding(_ other: Int) -> Int {
        let (result, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : result
    }
}

extension Sequence<Int> {
    /// The product, saturating rather than overflowing.
    package var product: Int { reduce(1) { $0.saturatingMultiplied(by: $1) } }
}
