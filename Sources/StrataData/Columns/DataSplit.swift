public import StrataBackend

/// Examples of one kind, as named columns of as many rows.
///
/// ```
/// let split = try DataSplit(columns: [Column(pixels, bytes: bytes), Column(labels)])
/// let captions = split["caption"]
/// ```
public struct DataSplit: Sendable {
    /// The number of examples.
    public let count: Int
    /// In the order in which they were given; no two have one name.
    public private(set) var columns: [Column]
    private let example: Int

    /// The column `label`, where there is one.
    public let labels: Labels?
    /// The column `factor`, where there is one.
    public let factors: Factors?
    /// The column `target`, where there is one.
    public let targets: Targets?
    /// The column `weight`, [count], where there is one.
    public let weights: [Float]?

    /// Throws `shape` where there is no column `example`, where columns have different numbers of rows, two have one
    /// name, or one of a standard name has not that name's meaning.
    public init(columns: [Column]) throws {
        guard let example = columns.firstIndex(where: { $0.name == ColumnName.example }) else {
            throw StrataError(.shape, "examples need a column '\(ColumnName.example)'")
        }
        let count = columns[example].count
        for (number, column) in columns.enumerated() {
            guard column.count == count else {
                throw StrataError(.shape, "\(column.count) rows of '\(column.name)' do not fit \(count) examples")
            }
            guard !columns[..<number].contains(where: { $0.name == column.name }) else {
                throw StrataError(.shape, "two columns are named '\(column.name)'; give each a name of its own")
            }
        }
        self.columns = columns
        self.example = example
        self.count = count
        func column<Value>(_ name: String, _ read: (ColumnMeaning, StoredArray) throws -> Value?) throws -> Value? {
            guard let column = columns.first(where: { $0.name == name }) else { return nil }
            let shape = Shape([count] + column.spec.shape.extents)
            let array = try StoredArray(dtype: column.spec.dtype, shape: shape, bytes: column.bytes)
            guard let value = try read(column.spec.meaning, array) else {
                throw StrataError(.shape, "column '\(name)': has another meaning than its name; rename it")
            }
            return value
        }
        labels = try column(ColumnName.label) {
            if case .classes(let names) = $0 { Labels(values: try $1.int32s(), classNames: names) } else { nil }
        }
        factors = try column(ColumnName.factor) {
            if case .factors(let names, let sizes) = $0 {
                Factors(names: names, sizes: sizes, values: try $1.int32s())
            } else {
                nil
            }
        }
        targets = try column(ColumnName.target) {
            if case .numbers(let names) = $0 { Targets(names: names, values: $1.floats) } else { nil }
        }
        weights = try column(ColumnName.weight) { if case .weight = $0 { $1.floats } else { nil } }
    }

    /// The column of that name.
    public subscript(name: String) -> Column? { columns.first { $0.name == name } }

    /// The column `example`.
    public var examples: Column { columns[example] }

    /// The shape of one example: [H, W] or [C, H, W] for images, [D] for vectors.
    public var exampleShape: Shape { examples.spec.shape }
    /// The type of a stored element of the examples.
    public var dtype: DType { examples.spec.dtype }
    /// The factor that turns a stored number of an example into the one that a model sees.
    public var scale: Float { examples.spec.scale }
    /// Bytes of one example as it is stored, whether in memory or in a file.
    public var bytesPerExample: Int { examples.spec.bytesPerRow }

    /// All examples, [count, exampleShape], row-major, as they are stored; read into memory where they are not there.
    public var bytes: [UInt8] { get throws { try examples.bytes } }

    /// A run of examples as a model sees them, [range.count, exampleShape], scaled.
    ///
    /// Throws `shape` for a range that does not lie in `0..<count`, and what reading throws.
    public func values(_ range: Range<Int>) throws -> [Float] { try examples.values(range) }

    /// The examples at these positions, in this order, with all their columns. What is not in memory is not read.
    ///
    /// Throws `shape` for a position outside `0..<count`.
    public func subset(_ positions: [Int32]) throws -> DataSplit {
        try DataSplit(columns: columns.map { try $0.subset(positions) })
    }

    /// So many of the examples, drawn at random from the seed and in the order in which they were; all where there are
    /// no more.
    public func drawn(_ count: Int, seed: UInt32 = 0) throws -> DataSplit {
        guard count < self.count else { return self }
        return try subset(
            Threefry.permutation(count: self.count, seed: seed, epoch: 0x6472_6177).prefix(max(count, 0)).sorted())
    }

    /// The same rows, with the ranges that columns of these names have elsewhere.
    func ranged(_ ranges: [String: ClosedRange<Float>]) -> DataSplit {
        var split = self
        for number in columns.indices { split.columns[number].spec.range = ranges[columns[number].name] }
        return split
    }
}

extension DataSplit {
    /// Examples in memory, one after the other, with what is known of each.
    ///
    /// - `exampleShape`: [H, W] for grayscale images, [C, H, W] for images with channels (each channel a plane), [D] for
    ///   vectors.
    /// - `bytes`: [count, exampleShape], row-major, in the machine's byte order.
    /// - `weights`: how much each example counts, [count].
    /// - `scale`: what turns a stored number into the one that a model sees: where it is not given, 1/255 for bytes, so
    ///   that black is 0 and white 1, and 1 for other types. Bytes that are bits have scale 1.
    ///
    /// Throws `shape` where count, shape and bytes disagree, a label is out of range, or a target not finite.
    public init(
        dtype: DType, exampleShape: Shape, bytes: [UInt8], count: Int, labels: Labels? = nil, factors: Factors? = nil,
        targets: Targets? = nil, weights: [Float]? = nil, scale: Float? = nil
    ) throws {
        guard let size = exampleShape.byteCount(elementBytes: dtype.byteCount), size > 0,
            (0...Int(Int32.max)).contains(count), Shape([count]).byteCount(elementBytes: size) == bytes.count
        else {
            throw StrataError(
                .shape, "\(bytes.count) bytes do not make \(count) examples of \(dtype.name) \(exampleShape)")
        }
        if let labels, labels.values.count != count {
            throw StrataError(.shape, "\(labels.values.count) labels do not fit \(count) examples")
        }
        if let factors, factors.values.count != Shape([count]).byteCount(elementBytes: factors.names.count) {
            throw StrataError(.shape, "\(factors.values.count) factors do not fit \(count) × \(factors.names.count)")
        }
        if let targets,
            targets.names.isEmpty
                || targets.values.count != Shape([count]).byteCount(elementBytes: targets.names.count)
        {
            throw StrataError(.shape, "\(targets.values.count) targets do not fit \(count) × \(targets.names.count)")
        }
        let spec = ColumnSpec(
            ColumnName.example, dtype: dtype, shape: exampleShape, scale: scale ?? (dtype == .uint8 ? 1 / 255 : 1),
            meaning: (2...3).contains(exampleShape.rank) ? .image : .values)
        let known = try [labels.map(Column.init), targets.map(Column.init), factors.map(Column.init)]
        try self.init(
            columns: [Column(spec, bytes: bytes)] + known.compactMap(\.self)
                + (weights.map { [try Column(weights: $0)] } ?? []))
    }
}

extension DataSplit: Equatable {
    /// Whether both have the same columns with the same bytes, wherever these lie; ranges, which are those of a
    /// training split, do not count. What cannot be read is equal to nothing.
    public static func == (one: DataSplit, other: DataSplit) -> Bool {
        one.count == other.count && one.columns.map(\.spec.unranged) == other.columns.map(\.spec.unranged)
            && zip(one.columns, other.columns).allSatisfy { one, other in
                var isEqual = true
                let isRead: Void? = try? one.forEachPiece { rows, bytes in
                    if isEqual { isEqual = try other.bytes(rows).elementsEqual(bytes) }
                }
                return isRead != nil && isEqual
            }
    }
}
