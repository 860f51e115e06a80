import StrataBackend

/// Two images in one, the first at the top left and the second at the bottom right of a larger frame, each pixel the
/// brighter of both: two tasks on one example (MultiMNIST, as Sabour, Frosst and Hinton, "Dynamic routing between capsules",
/// 2017, and Sener and Koltun, "Multi-task learning as multi-objective optimization", 2018, make it of digits).
///
/// ```
/// let data = try OverlaidImages().dataSet(of: catalog.load("mnist"))    // [36, 36], columns left and right
/// ```
public struct OverlaidImages: Sendable, Hashable {
    /// Pixels by which the frame is larger than an image, and the two lie apart.
    public var shift: Int

    /// The columns of the classes of the first and of the second image.
    public static let columns = ["left", "right"]

    /// Images that lie 8 pixels apart. Nothing is checked here: `dataSet` throws.
    public init(shift: Int = 8) { self.shift = shift }

    /// An image for each of a split's, which is the first, and another that is drawn from the same split. The same seed
    /// gives the same bits.
    ///
    /// Throws `usage` for a shift outside 0 ... 64, `data` for data without labels, or whose examples are no gray images in
    /// bytes.
    ///
    /// - `name`: That of the set.
    public func dataSet(of base: DataSet, name: String = "overlaid", seed: UInt32 = 0) throws -> DataSet {
        guard (0...64).contains(shift) else {
            throw StrataError(parameter: "shift", shift, "expected a number from 0 to 64")
        }
        guard base.exampleShape.rank == 2, base.dtype == .uint8, base.classNames != nil else {
            throw StrataError(.data, "'\(base.name)' has no gray images in bytes with labels, which could be overlaid")
        }
        return try DataSet(
            name: name, train: split(base.train, seed, stream: 0x6F76_6572),
            test: split(base.test, seed, stream: 0x6F76_7465))
    }

    private func split(_ base: DataSplit, _ seed: UInt32, stream: UInt32) throws -> DataSplit {
        let partners = Threefry.permutation(count: base.count, seed: seed, epoch: stream)
        let (height, width) = (base.exampleShape[0], base.exampleShape[1])
        let (frameHeight, frameWidth) = (height + shift, width + shift)
        let frame = frameHeight * frameWidth
        var bytes = [UInt8](repeating: 0, count: base.count * frame)
        func lay(_ image: ArraySlice<UInt8>, at corner: Int, of example: Int) {
            for row in 0..<height {
                let start = example * frame + (row + corner) * frameWidth + corner
                let source = image.startIndex + row * width
                for column in 0..<width {
                    bytes[start + column] = max(bytes[start + column], image[source + column])
                }
            }
        }
        let images = try base.examples.bytes(0..<base.count)
        for (example, partner) in partners.enumerated() {
            lay(images[example * height * width..<(example + 1) * height * width], at: 0, of: example)
            lay(images[Int(partner) * height * width..<(Int(partner) + 1) * height * width], at: shift, of: example)
        }
        var spec = base.examples.spec
        spec.shape = [frameHeight, frameWidth]
        let (own, names) = (base.labels?.values ?? [], base.labels?.classNames ?? [])
        let labels = [own, partners.map { own[Int($0)] }]
        return try DataSplit(
            columns: [Column(spec, bytes: bytes)]
                + zip(Self.columns, labels).map {
                    try Column(ColumnSpec($0, dtype: .int32, meaning: .classes(names)), $1)
                })
    }
}
