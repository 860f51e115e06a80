import StrataBackend

/// Gray images in colours: each class has a hue of its own, so that the colour of an image follows from what is on it, and a
/// model that is to colour gray ones has to see that.
///
/// ```
/// let data = try ColouredImages().dataSet(of: catalog.load("sprites"))    // [3, 28, 28]
/// ```
public struct ColouredImages: Sendable, Hashable {
    /// Images of full colours.
    public init() {}

    /// The images of a set, with all its other columns; black stays black. Class k of n has the hue k/n of the circle from red
    /// by way of green and blue. All are of one luminance, half of the gray, so that it does not give the class away.
    ///
    /// Throws `data` for data without labels, or whose examples are no gray images in bytes.
    ///
    /// - `name`: That of the set.
    public func dataSet(of base: DataSet, name: String = "coloured") throws -> DataSet {
        guard base.exampleShape.rank == 2, base.dtype == .uint8, let classes = base.classNames else {
            throw StrataError(.data, "'\(base.name)' has no gray images in bytes with labels, which could be coloured")
        }
        let colours = classes.indices.map { Self.colour(Double($0) / Double(classes.count)) }
        var data = try DataSet(name: name, train: split(base.train, colours), test: split(base.test, colours))
        data.attributes = base.attributes
        return data
    }

    private func split(_ base: DataSplit, _ colours: [[Double]]) throws -> DataSplit {
        let size = base.exampleShape.elementCount
        let labels = base.labels?.values ?? []
        var bytes = [UInt8](repeating: 0, count: base.count * 3 * size)
        try base.examples.forEachPiece { rows, pixels in
            for (place, example) in rows.enumerated() {
                for (channel, share) in colours[Int(labels[example])].enumerated() {
                    let start = (example * 3 + channel) * size
                    for pixel in 0..<size {
                        bytes[start + pixel] = UInt8((Double(pixels[place * size + pixel]) * share).rounded())
                    }
                }
            }
        }
        var spec = base.examples.spec
        spec.shape = Shape([3] + base.exampleShape.extents)
        return try DataSplit(
            columns: [Column(spec, bytes: bytes)] + base.columns.filter { $0.name != ColumnName.example })
    }

    /// Red, green and blue of a hue on 0 ..< 1: mixed with white where it is darker than a luminance of ½ (ITU-R BT.601), and
    /// darkened where it is brighter.
    private static func colour(_ hue: Double) -> [Double] {
        let pure = [0, 1.0 / 3, 2.0 / 3].map { centre in
            let distance = abs((hue - centre + 1.5).truncatingRemainder(dividingBy: 1) - 0.5)
            return min(max(2 - 6 * distance, 0), 1)
        }
        let luminance = zip(pure, [0.299, 0.587, 0.114]).reduce(0) { $0 + $1.0 * $1.1 }
        let white = max((0.5 - luminance) / (1 - luminance), 0)
        return pure.map { luminance > 0.5 ? $0 * 0.5 / luminance : $0 + (1 - $0) * white }
    }
}
