import StrataBackend

/// Images of several others, drawn at random, each in a channel of its own: what shows how many of very many modes a model
/// that draws examples finds (Metz et al., "Unrolled generative adversarial networks", 2017; Lin et al., "PacGAN: the power
/// of two samples in generative adversarial networks", 2018).
///
/// ```
/// let data = try StackedImages().dataSet(of: catalog.load("mnist"))    // [3, 28, 28], 1,000 classes
/// ```
public struct StackedImages: Sendable, Hashable {
    /// The images of one, at least 2.
    public var channels: Int

    /// The most classes that images of several can have.
    private static let mostClasses = 1_000_000

    /// Three images in one, as in the papers. Nothing is checked here: `dataSet` throws.
    public init(channels: Int = 3) { self.channels = channels }

    /// Images drawn with repetition, training ones from the training split, test ones from the test split; the class is
    /// that of all channels, its name those of theirs one after the other. The same seed gives the same bits, and no image is
    /// copied.
    ///
    /// Throws `usage` for numbers that cannot be drawn, `data` for data without labels, or whose examples are no images of
    /// one channel.
    ///
    /// - `name`: That of the set.
    public func dataSet(
        of base: DataSet, name: String = "stacked", train: Int = 128_000, test: Int = 26_000, seed: UInt32 = 0
    ) throws -> DataSet {
        try DrawnSet.check(train: train, test: test)
        guard (2...16).contains(channels) else {
            throw StrataError(parameter: "channels", channels, "expected a number from 2 to 16")
        }
        guard base.exampleShape.rank == 2, let classes = base.classNames else {
            throw StrataError(.data, "'\(base.name)' has no gray images with labels, which could be stacked")
        }
        let count = (0..<channels).reduce(1) { count, _ in min(count * classes.count, Self.mostClasses + 1) }
        guard count <= Self.mostClasses else {
            throw StrataError(
                .data, "\(channels) images of \(classes.count) classes have more than \(Self.mostClasses) together")
        }
        let names = (0..<channels).reduce([""]) { names, _ in names.flatMap { name in classes.map { name + $0 } } }
        return try DataSet(
            name: name, train: split(base.train, train, names, seed, stream: 0x7472_6169),
            test: split(base.test.count > 0 ? base.test : base.train, test, names, seed, stream: 0x7465_7374))
    }

    private func split(
        _ base: DataSplit, _ count: Int, _ names: [String], _ seed: UInt32, stream: UInt32
    ) throws -> DataSplit {
        let key = Threefry.streamKey(seed: seed, step: 0, stream: stream)
        let chosen = (0..<count * channels).map { place -> Int32 in
            let words = Threefry.block(key: key, counter: (UInt32(place), 0))
            let wide = UInt64(words.0) << 32 | UInt64(words.1)
            return Int32(wide.multipliedFullWidth(by: UInt64(base.count)).high)
        }
        let own = base.labels
        let labels = stride(from: 0, to: chosen.count, by: channels).map { start in
            chosen[start..<start + channels].reduce(Int32(0)) { label, image in
                label * Int32(own?.classNames.count ?? 1) + (own?.values[Int(image)] ?? 0)
            }
        }
        var spec = base.examples.spec
        spec.shape = Shape([channels] + spec.shape.extents)
        let rows = StackedRows(base: base.examples.storage, chosen: chosen, height: channels)
        return try DataSplit(columns: [Column(spec, rows), Column(Labels(values: labels, classNames: names))])
    }
}

/// Rows of several rows of another storage, one after the other; nothing is copied.
private struct StackedRows: ColumnStorage {
    let base: any ColumnStorage
    /// The rows of the first, then of the second, and so on.
    let chosen: [Int32]
    let height: Int

    var count: Int { chosen.count / height }
    var bytesPerRow: Int { base.bytesPerRow * height }
    var residentByteCount: Int { base.residentByteCount }

    func read(_ rows: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws {
        try base.read(Array(chosen[rows.lowerBound * height..<rows.upperBound * height]), into: target)
    }
}
