import StrataBackend

/// A half of an image. Of an odd number of rows or columns, the middle one is in the lower or the right half.
public enum ImageHalf: String, Sendable, Hashable, CaseIterable {
    /// The upper or the lower half of the rows, the left or the right half of the columns.
    case top, bottom, left, right

    /// For each value of an image [H, W] or [C, H, W] whether it is in this half: 1 or 0.
    ///
    /// Throws `shape` for extents that no image has.
    public func mask(_ shape: [Int]) throws -> [Float] {
        guard shape.allSatisfy(Shape.isExtent), shape.product <= 1 << 28 else {
            throw StrataError(.shape, "values of shape \(Shape(shape)) are no image")
        }
        let (height, width) = (shape.dropLast().last ?? 1, shape.last ?? 1)
        return (0..<shape.product).map { position in
            let (row, column) = (position / width % height, position % width)
            let isInside =
                switch self {
                case .top: row < height / 2
                case .bottom: row >= height / 2
                case .left: column < width / 2
                case .right: column >= width / 2
                }
            return isInside ? 1 : 0
        }
    }
}
