import StrataBackend

/// What a model must know of data before it is built: the columns' descriptions and the number of training examples.
///
/// ```
/// let spec = try DataCatalog.standard.load("mnist", options).spec
/// print(spec.features, spec.classes)        // 784 10
/// ```
public struct DataSpec: Hashable, Sendable, Codable {
    /// One of them, as a rule the first, is named `example`.
    public var columns: [ColumnSpec]
    /// The number of training examples, where it is known.
    public var examples: Int?
    /// What describes the classes, for models that know a class by its description; `nil` where nothing does.
    public var attributes: ClassAttributes?

    /// A description of these columns. Nothing is checked; `examples` is `nil` where the number is not known.
    public init(columns: [ColumnSpec], examples: Int? = nil, attributes: ClassAttributes? = nil) {
        self.columns = columns
        self.examples = examples
        self.attributes = attributes
    }

    /// A description made by hand: float32 examples, with classes and targets that are named by their numbers.
    ///
    /// - `features`: the numbers of an example.
    /// - `classes`: how many classes label the examples, at most 2²⁴; 0 for no labels.
    /// - `targets`: how many numbers are to be predicted, at most 2²⁴; 0 for none.
    /// - `shape`: [height, width] or [channels, height, width] for images; [features] where it is not given.
    public init(features: Int, classes: Int = 0, targets: Int = 0, examples: Int? = nil, shape: [Int]? = nil) {
        let shape = Shape(shape ?? [features])
        let (classes, targets) = (min(classes, Shape.largestExtent), min(targets, Shape.largestExtent))
        columns = [
            ColumnSpec(
                ColumnName.example, dtype: .float32, shape: shape,
                meaning: (2...3).contains(shape.rank) ? .image : .values)
        ]
        if classes > 0 {
            let names = (0..<classes).map(String.init)
            columns.append(ColumnSpec(ColumnName.label, dtype: .int32, meaning: .classes(names)))
        }
        if targets > 0 {
            let names = (0..<targets).map(String.init)
            columns.append(ColumnSpec(ColumnName.target, dtype: .float32, shape: [targets], meaning: .numbers(names)))
        }
        self.examples = examples
    }

    /// The description of the column of that name; `nil` where there is none.
    public subscript(name: String) -> ColumnSpec? { columns.first { $0.name == name } }

    /// The description of the examples; of none where there is no such column.
    public var example: ColumnSpec {
        self[ColumnName.example] ?? ColumnSpec(ColumnName.example, dtype: .float32, shape: [0])
    }

    /// The numbers of an example.
    public var features: Int { example.shape.elementCount }
    /// The shape of an example: [height, width] or [channels, height, width] for images.
    public var shape: [Int] { example.shape.extents }
    /// Whether the examples are tokens of a vocabulary.
    public var hasTokens: Bool { if case .tokens = example.meaning { true } else { false } }
    /// The number of classes; 0 where there are no labels.
    public var classes: Int { classNames.count }
    /// The number of targets; 0 where there are none.
    public var targets: Int { targetNames.count }

    /// The names of the classes; empty where there are no labels.
    public var classNames: [String] {
        if case .classes(let names)? = self[ColumnName.label]?.meaning { names } else { [] }
    }

    /// The names of the targets; empty where there are none.
    public var targetNames: [String] {
        if case .numbers(let names)? = self[ColumnName.target]?.meaning { names } else { [] }
    }

    /// What makes data of this description unfit for a model that was trained on data of another, in words that follow
    /// "the data" or a name; `nil` where they fit. Numbers of examples and columns beside the examples may differ.
    ///
    /// ```
    /// if let difference = data.spec.unfitness(for: run.spec) { throw StrataError(.data, "\(data.name) \(difference)") }
    /// ```
    public func unfitness(for trained: DataSpec) -> String? {
        let (own, other) = (example, trained.example)
        let was = "the model was trained on"
        if own.shape != other.shape { return "has examples of \(own.shape), \(was) \(other.shape)" }
        if own.dtype != other.dtype {
            return "has \(own.dtype.name) examples, \(was) \(other.dtype.name)\(Self.hint(own, other))"
        }
        if own.scale != other.scale {
            return
                "has examples that are scaled by \(own.scale), \(was) examples scaled by \(other.scale)\(Self.hint(own, other))"
        }
        return nil
    }

    private static func hint(_ own: ColumnSpec, _ other: ColumnSpec) -> String {
        func text(_ range: ClosedRange<Float>) -> String { "\(range.lowerBound) to \(range.upperBound)" }
        guard let mine = own.range, let its = other.range else { return "" }
        return " (values of \(text(mine)) here, of \(text(its)) there); store them alike"
    }
}
