public import StrataBackend

/// A training and a test split, and a validation split where one was made.
///
/// ```
/// let data = try DataCatalog.builtIn.load("sprites")
/// print(data.train.count, data.exampleShape)        // 10000 [28, 28]
/// ```
public struct DataSet: Sendable {
    /// The name in messages, titles and reports: that in the catalog, or the path.
    public var name: String
    /// The training split, of at least one example.
    public let train: DataSplit
    /// The test split, of the same columns as the training split; it may be empty.
    public let test: DataSplit
    /// Examples that are neither trained nor tested on, for decisions during training.
    public let validation: DataSplit?
    /// Whether the examples came in one piece, of which the test split was drawn.
    public internal(set) var isTestDrawn = false
    /// The modes that samples can be counted by, of a set that is drawn from a mixture; `nil` for any other.
    public var modes: GaussianModes?
    /// What describes the classes, and which of them have no training examples; `nil` where nothing is known of them.
    /// `describingClasses(by:)` gives it.
    public internal(set) var attributes: ClassAttributes?
    /// The tokens of a text; `nil` of anything else.
    public internal(set) var vocabulary: TextVocabulary?
    /// What takes the place of missing numbers, by the names of a table's columns; `nil` where such are refused.
    public internal(set) var fills: [String: Float]?
    /// What a user should be told about how the data were read, one line each.
    public var notes: [String]

    /// Looks through the training split for the range of each column, which all splits then state.
    ///
    /// Throws `shape` where the splits differ in their columns, and `data` where there are no training examples; an
    /// empty test split is allowed.
    public init(name: String, train: DataSplit, test: DataSplit, validation: DataSplit? = nil, notes: [String] = [])
        throws
    {
        guard train.count > 0 else { throw StrataError(.data, "\(name): has no training examples") }
        try Self.check(name, train, test, "test")
        if let validation { try Self.check(name, train, validation, "validation") }
        var ranges: [String: ClosedRange<Float>] = [:]
        for column in train.columns {
            ranges[column.name] =
                try column.spec.range ?? column.extremes(anyOrder: true).range(scale: column.spec.scale)
        }
        self.name = name
        self.train = train.ranged(ranges)
        self.test = test.ranged(ranges)
        self.validation = validation?.ranged(ranges)
        self.notes = notes
    }

    private static func check(_ name: String, _ train: DataSplit, _ part: DataSplit, _ partName: String) throws {
        guard train.exampleShape == part.exampleShape, train.dtype == part.dtype, train.scale == part.scale else {
            throw StrataError(
                .shape,
                "\(name): training examples are \(train.examples.spec.typeDescription), \(partName) examples"
                    + " \(part.examples.spec.typeDescription)\(train.scale == part.scale ? "" : " of another scale");"
                    + " they must be alike")
        }
        func specs(_ split: DataSplit) -> [String: ColumnSpec] {
            Dictionary(uniqueKeysWithValues: split.columns.map { ($0.name, $0.spec.unranged) })
        }
        let (known, found) = (specs(train), specs(part))
        guard let odd = Set(known.keys).union(found.keys).sorted().first(where: { known[$0] != found[$0] }) else {
            return
        }
        let kinds = [ColumnName.label: "classes", ColumnName.factor: "factors", ColumnName.target: "targets"]
        let what = kinds[odd].map { "different \($0)" } ?? "different columns '\(odd)'"
        throw StrataError(.shape, "\(name): the training and the \(partName) split have \(what)")
    }

    /// What a model must know of the data before it is built.
    public var spec: DataSpec {
        DataSpec(columns: train.columns.map(\.spec), examples: train.count, attributes: attributes)
    }

    /// The shape of one example.
    public var exampleShape: Shape { train.exampleShape }
    /// The type of a stored element of the examples, the same in all splits.
    public var dtype: DType { train.dtype }
    /// The names of the classes in the order of their indices; `nil` where there are no labels.
    public var classNames: [String]? { train.labels?.classNames }
    /// The names of the targets in their order; `nil` where there are none.
    public var targetNames: [String]? { train.targets?.names }
}
