import Glibc
import StrataBackend

/// Images that turn while time goes on, from upright to upside down: a stream whose examples drift.
///
/// ```
/// let data = try RotatingImages().dataSet(of: catalog.load("fashion-mnist"))
/// ```
public struct RotatingImages: Sendable, Hashable {
    /// Degrees by which the last image is turned, counterclockwise.
    public var degrees: Double

    /// Half a turn where nothing is given. Nothing is checked here: `dataSet` throws.
    public init(degrees: Double = 180) { self.degrees = degrees }

    /// The images of each split in their order, each turned about its middle by its share of the whole angle, pixels
    /// interpolated between neighbours and black from outside. A column `time` counts them.
    ///
    /// Throws `usage` for an angle beyond a million degrees, `data` for data that are no gray images in bytes.
    ///
    /// - `name`: That of the set.
    public func dataSet(of base: DataSet, name: String = "rotating") throws -> DataSet {
        guard (-1e6...1e6).contains(degrees) else {
            throw StrataError(parameter: "degrees", degrees, "expected a number from -1000000 to 1000000")
        }
        guard base.exampleShape.rank == 2, base.dtype == .uint8 else {
            throw StrataError(.data, "'\(base.name)' has no gray images in bytes, which could be turned")
        }
        return try DataSet(name: name, train: split(base.train), test: split(base.test))
    }

    private func split(_ base: DataSplit) throws -> DataSplit {
        let (height, width) = (base.exampleShape[0], base.exampleShape[1])
        let size = height * width
        var bytes = try base.examples.bytes(0..<base.count)
        for example in 0..<base.count {
            let angle = degrees * .pi / 180 * Double(example) / Double(max(base.count - 1, 1))
            let image = Array(bytes[example * size..<(example + 1) * size])
            Self.turn(image, height, width, cos(angle), sin(angle)) { bytes[example * size + $0] = $1 }
        }
        var spec = base.examples.spec
        spec.range = nil
        let time = try Column(ColumnSpec(ColumnName.time, dtype: .int32), (0..<Int32(base.count)).map { $0 })
        let others = base.columns.filter { ![ColumnName.example, ColumnName.time].contains($0.name) }
        return try DataSplit(columns: [Column(spec, bytes: bytes)] + others + [time])
    }

    private static func turn(
        _ image: [UInt8], _ height: Int, _ width: Int, _ cosine: Double, _ sine: Double, _ set: (Int, UInt8) -> Void
    ) {
        let (middleY, middleX) = (Double(height - 1) / 2, Double(width - 1) / 2)
        func pixel(_ y: Int, _ x: Int) -> Double {
            (0..<height).contains(y) && (0..<width).contains(x) ? Double(image[y * width + x]) : 0
        }
        for y in 0..<height {
            for x in 0..<width {
                // Where the pixel was before; rows go down.
                let (dy, dx) = (Double(y) - middleY, Double(x) - middleX)
                let sourceX = middleX + cosine * dx - sine * dy
                let sourceY = middleY + sine * dx + cosine * dy
                let (left, top) = (sourceX.rounded(.down), sourceY.rounded(.down))
                let (partX, partY) = (sourceX - left, sourceY - top)
                let (column, row) = (Int(left), Int(top))
                let upper = pixel(row, column) * (1 - partX) + pixel(row, column + 1) * partX
                let lower = pixel(row + 1, column) * (1 - partX) + pixel(row + 1, column + 1) * partX
                set(y * width + x, UInt8((upper * (1 - partY) + lower * partY).rounded()))
            }
        }
    }
}
