public import StrataBackend

/// Examples to learn from and examples to be judged by.
///
/// ```
/// let data = try DataCatalog.standard.load("sprites")
/// print(data.train.count, data.exampleShape)        // 10000 [28, 28]
/// ```
public struct DataSet: Sendable {
    public var name: String
    public let train: DataSplit
    public let test: DataSplit
    /// What a user should be told about how the data came to be, one line each.
    public var notes: [String]

    /// Throws `shape` where the two splits differ in example shape, dtype, or what they are labelled with, and `data`
    /// where there is nothing to learn from; an empty test part is allowed.
    public init(name: String, train: DataSplit, test: DataSplit, notes: [String] = []) throws {
        guard train.count > 0 else { throw StrataError(.data, "\(name): has no training examples") }
        guard train.exampleShape == test.exampleShape, train.dtype == test.dtype else {
            throw StrataError(
                .shape,
                "\(name): training examples are \(train.dtype.name) \(train.exampleShape), test examples"
                    + " \(test.dtype.name) \(test.exampleShape); they must be alike")
        }
        guard train.labels?.classNames == test.labels?.classNames, train.factors?.names == test.factors?.names,
            train.factors?.sizes == test.factors?.sizes
        else { throw StrataError(.shape, "\(name): the training and the test part have different classes or factors") }
        guard train.targets?.names == test.targets?.names else {
            throw StrataError(.shape, "\(name): the training and the test part have different targets")
        }
        self.name = name
        self.train = train
        self.test = test
        self.notes = notes
    }

    /// The shape of one example.
    public var exampleShape: Shape { train.exampleShape }
    public var dtype: DType { train.dtype }
    public var classNames: [String]? { train.labels?.classNames }
    public var targetNames: [String]? { train.targets?.names }
}

/// Examples of one shape, one after another, with what is known about each.
public struct DataSplit: Hashable, Sendable {
    /// `.uint8` or `.float32`.
    public let dtype: DType
    /// [H, W] for grey pictures, [C, H, W] for pictures with channels (each channel a plane), [D] for vectors.
    public let exampleShape: Shape
    public let count: Int
    /// [count, exampleShape], row-major, in the machine's byte order.
    public let bytes: [UInt8]
    public let labels: Labels?
    public let factors: Factors?
    public let targets: Targets?

    /// The number that turns a stored value into the value a model sees: 1/255 for bytes, so that black is 0 and
    /// white 1; 1 for floats.
    public var scale: Float { dtype == .uint8 ? 1 / 255 : 1 }

    public var bytesPerExample: Int { exampleShape.elementCount * dtype.byteCount }

    /// Throws `shape` where count, shape and bytes disagree, a label is out of range or a target not finite, and
    /// `unsupported` for int32 examples.
    public init(
        dtype: DType, exampleShape: Shape, bytes: [UInt8], count: Int, labels: Labels? = nil, factors: Factors? = nil,
        targets: Targets? = nil
    ) throws {
        guard dtype != .int32 else {
            throw StrataError(
                .unsupported, "examples of whole numbers cannot be trained on; store them as uint8 or float32")
        }
        guard let size = exampleShape.byteCount(elementBytes: dtype.byteCount), size > 0,
            (0...Int(Int32.max)).contains(count), Shape([count]).byteCount(elementBytes: size) == bytes.count
        else {
            throw StrataError(
                .shape, "\(bytes.count) bytes do not make \(count) examples of \(dtype.name) \(exampleShape)")
        }
        if let labels {
            guard labels.values.count == count else {
                throw StrataError(.shape, "\(labels.values.count) labels do not fit \(count) examples")
            }
            let classes = Int32(labels.classNames.count)
            if let wrong = labels.values.firstIndex(where: { !(0..<classes).contains($0) }) {
                throw StrataError(.shape, "label \(labels.values[wrong]) of example \(wrong) is outside 0..<\(classes)")
            }
        }
        if let factors, factors.values.count != Shape([count]).byteCount(elementBytes: factors.names.count) {
            throw StrataError(.shape, "\(factors.values.count) factors do not fit \(count) × \(factors.names.count)")
        }
        try targets?.check(count: count)
        self.dtype = dtype
        self.exampleShape = exampleShape
        self.count = count
        self.bytes = bytes
        self.labels = labels
        self.factors = factors
        self.targets = targets
    }

    /// The examples of `range` as a model sees them, [range.count, exampleShape], scaled.
    ///
    /// - Precondition: the range lies in `0..<count`.
    public func values(_ range: Range<Int>) -> [Float] {
        let slice = bytes[range.lowerBound * bytesPerExample..<range.upperBound * bytesPerExample]
        if dtype == .uint8 { return slice.map { Float($0) * scale } }
        return slice.withUnsafeBytes { raw in
            (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
    }

    /// The examples at these positions, in this order.
    ///
    /// - Precondition: every position lies in `0..<count`.
    public func subset(_ positions: [Int32]) throws -> DataSplit {
        let size = bytesPerExample
        var picked: [UInt8] = []
        picked.reserveCapacity(positions.count * size)
        for position in positions { picked += bytes[Int(position) * size..<(Int(position) + 1) * size] }
        return try DataSplit(
            dtype: dtype, exampleShape: exampleShape, bytes: picked, count: positions.count,
            labels: labels.map { labels in
                Labels(values: positions.map { labels.values[Int($0)] }, classNames: labels.classNames)
            },
            factors: factors.map { factors in
                let width = factors.names.count
                let values = positions.flatMap { factors.values[Int($0) * width..<(Int($0) + 1) * width] }
                return Factors(names: factors.names, sizes: factors.sizes, values: values)
            }, targets: targets?.subset(positions))
    }
}

/// The class of each example, as an index into the names of the classes.
public struct Labels: Hashable, Sendable {
    /// One for each example.
    public var values: [Int32]
    public var classNames: [String]

    public init(values: [Int32], classNames: [String]) {
        self.values = values
        self.classNames = classNames
    }
}

/// The true causes of each example, where they are known: what disentanglement is measured against.
public struct Factors: Hashable, Sendable {
    public var names: [String]
    /// How many values each factor takes.
    public var sizes: [Int]
    /// [count, names.count]: for each example the index of each factor's value.
    public var values: [Int32]

    public init(names: [String], sizes: [Int], values: [Int32]) {
        self.names = names
        self.sizes = sizes
        self.values = values
    }
}
