import StrataBackend

/// A column that data may bring beside the examples: how arrays of it are called, what is made of one, and what follows
/// where a split has none. One more in `all` is one more that is read from archives and folders of arrays.
struct KnownColumn: Sendable {
    /// What follows where the training examples have the column and those of another split do not.
    enum Absence { case leavesOutSplit, leavesOutColumn, countsAsOnes }

    /// The column's name, `ColumnName.target`.
    let name: String
    /// What messages call its values.
    let plural: String
    /// What arrays of it are called, the likeliest first.
    let arrays: [String]
    let absence: Absence
    /// The column of `count` examples; throws `shape` for an array that does not fit. `nil` of labels, whose meaning the
    /// arrays of all splits tell together (`LabelReading`).
    let column: (@Sendable (SourceArray, _ count: Int) throws -> Column)?

    /// In the order that a split has them.
    static let all: [KnownColumn] = [
        KnownColumn(
            name: ColumnName.label, plural: "labels", arrays: ["y", "labels", "label", "target"],
            absence: .leavesOutSplit, column: nil),
        KnownColumn(
            name: ColumnName.target, plural: "targets", arrays: ["targets"], absence: .leavesOutSplit,
            column: { try Column(Targets($0, count: $1)) }),
        KnownColumn(
            name: ColumnName.factor, plural: "factors", arrays: ["factors", "latents_classes"],
            absence: .leavesOutColumn, column: { try Column(Factors($0, count: $1)) }),
        KnownColumn(
            name: ColumnName.weight, plural: "weights", arrays: ["weights", "sample_weight", "sample_weights"],
            absence: .countsAsOnes, column: { try Column(weights: weights($0, count: $1)) }),
        KnownColumn(
            name: ColumnName.length, plural: "lengths", arrays: ["lengths", "length"], absence: .leavesOutSplit,
            column: lengths),
        KnownColumn(
            name: ColumnName.source, plural: "sources", arrays: ["source", "sources"], absence: .leavesOutSplit,
            column: sources),
        KnownColumn(
            name: ColumnName.domain, plural: "domains", arrays: ["domain", "domains"], absence: .leavesOutSplit,
            column: { try Column(domains: $0.stored().int32s(), count: $1) }),
        KnownColumn(
            name: ColumnName.time, plural: "times", arrays: ["time", "times", "timestamp", "timestamps"],
            absence: .leavesOutColumn, column: times),
    ]

    /// One number for each example, or a word such as a date, of which those that come first in the alphabet are earlier.
    private static func times(_ array: SourceArray, count: Int) throws -> Column {
        guard array.count == count, array.rowShape.elementCount == 1 else {
            throw StrataError(.shape, "times of \(array.shape) do not fit \(count) examples; expected [\(count)]")
        }
        if let words = array.words {
            let ranks = Dictionary(uniqueKeysWithValues: Set(words).sorted().enumerated().map { ($1, Int32($0)) })
            return try Column(ColumnSpec(ColumnName.time, dtype: .int32), words.map { ranks[$0] ?? 0 })
        }
        let stored = try array.stored()
        let spec = ColumnSpec(ColumnName.time, dtype: stored.dtype)
        let column = try Column(spec, bytes: stored.bytes)
        if let example = try column.extremes().firstNotFinite {
            throw StrataError(.shape, "the time of example \(example) is not a finite number")
        }
        return column
    }

    /// Images beside the examples: bytes are brightness, or bits where there are no others.
    private static func sources(_ array: SourceArray, count: Int) throws -> Column {
        guard array.words == nil, (3...4).contains(array.shape.rank), array.dtype != .int32 else {
            throw StrataError(
                .shape,
                "sources of \(array.dtype.name) \(array.shape) are no images; expected bytes or floats [count, height,"
                    + " width], with the channels before or after them")
        }
        guard array.count == count else {
            throw StrataError(.shape, "\(array.count) sources do not fit \(count) examples")
        }
        var spec = ColumnSpec(ColumnName.source, dtype: array.dtype, shape: array.rowShape, meaning: .image)
        let found = try Column(spec, array.storage).extremes()
        if let example = found.firstNotFinite {
            throw StrataError(.shape, "the source of example \(example) has a value that is not a finite number")
        }
        if array.dtype == .uint8, found.greatest != 1 { spec.scale = 1 / 255 }
        return try Column(spec, array.storage)
    }

    private static func lengths(_ array: SourceArray, count: Int) throws -> Column {
        let values = try array.stored().int32s()
        guard values.count == count else {
            throw StrataError(.shape, "\(values.count) lengths do not fit \(count) sequences")
        }
        return try Column(ColumnSpec(ColumnName.length, dtype: .int32), values)
    }

    private static func weights(_ array: SourceArray, count: Int) throws -> [Float] {
        let values = try array.stored().floats
        guard values.count == count else {
            throw StrataError(.shape, "\(values.count) weights do not fit \(count) examples")
        }
        return values
    }
}

extension Targets {
    /// An array [count] or [count, targets], whose targets are named by their numbers. Throws `shape` for any other.
    fileprivate init(_ array: SourceArray, count: Int) throws {
        let shape = array.shape
        guard (1...2).contains(shape.rank), shape[0] == count else {
            throw StrataError(
                .shape, "targets of \(shape) do not fit \(count) examples; expected [\(count)] or [\(count), targets]")
        }
        self.init(names: (0..<array.rowShape[0]).map(String.init), values: try array.stored().floats)
    }
}

extension Factors {
    /// An array [count, factors] of whole numbers from 0.
    fileprivate init(_ array: SourceArray, count: Int) throws {
        guard array.shape.rank == 2, array.shape[0] == count else {
            throw StrataError(
                .shape, "factors of \(array.shape) do not fit \(count) examples; expected [\(count), factors]")
        }
        let (values, width) = (try array.stored().int32s(), array.shape[1])
        let sizes = (0..<width).map { factor in
            Int(stride(from: factor, to: values.count, by: width).map { values[$0] }.max() ?? 0) + 1
        }
        self.init(names: (0..<width).map(String.init), sizes: sizes, values: values)
    }
}
