import StrataBackend
public import StrataData
public import StrataTraining

/// Rows of numbers with a class each: what a representation is probed on.
public struct LabelledCodes: Sendable {
    /// [count, width].
    public let values: [Float]
    public let width: Int
    public let labels: Labels
    public var count: Int { labels.values.count }

    /// The examples of a split themselves. Throws `data` where they have no labels.
    public init(examples split: DataSplit) throws {
        try self.init(split, split.values(0..<split.count), width: split.exampleShape.elementCount)
    }

    /// The codes that a model gives the examples of a split. Throws `data` where they have no labels, `unsupported` for
    /// a model without an encoder.
    public init(_ model: TrainedModel, of split: DataSplit) throws {
        let (codes, width) = try model.encode(split.values(0..<split.count))
        try self.init(split, codes, width: width)
    }

    private init(_ split: DataSplit, _ values: [Float], width: Int) throws {
        guard let labels = split.labels else {
            throw StrataError(.data, "probes need labels, and these \(split.count) examples have none")
        }
        self.values = values
        self.width = width
        self.labels = labels
    }
}
