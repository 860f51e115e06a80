import FoundationEssentials
public import StrataBackend
public import StrataData

/// What a run remembers of its data, by which other data are compared with them.
public struct DataFacts: Sendable, Hashable, Codable {
    /// The columns, their scales and ranges.
    public var spec: DataSpec
    /// Counts and hashes of the splits.
    public var fingerprint: DataFingerprint
    /// The tokens of the text; `nil` of other data.
    public var vocabulary: TextVocabulary?
    /// What takes the place of missing numbers, by the names of a table's columns; `nil` where such are refused.
    public var fills: [String: Float]?

    /// Reads all columns through. Throws what reading throws.
    public init(_ data: DataSet) throws {
        spec = data.spec
        fingerprint = try DataFingerprint(data)
        fills = data.fills
        vocabulary = data.vocabulary
    }

    /// The type of a stored value of the examples.
    public var dtype: DType { spec.example.dtype }
    /// The factor from a stored value to the value that the model saw.
    public var scale: Float { spec.example.scale }
    /// The range of the values that the model saw; of all numbers where nobody has looked.
    public var scaledRange: ClosedRange<Float> {
        spec.example.range ?? -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude
    }
    /// The range of the stored values.
    public var range: ClosedRange<Float> {
        func stored(_ scaled: Float) -> Float { dtype == .float32 ? scaled / scale : (scaled / scale).rounded() }
        return stored(scaledRange.lowerBound)...stored(scaledRange.upperBound)
    }
    /// The names of the classes, by their numbers; `nil` where the data have no labels.
    public var classNames: [String]? { spec.classes > 0 ? spec.classNames : nil }
    /// The names of the regression targets, in the order of their columns; `nil` where the data have none.
    public var targetNames: [String]? { spec.targets > 0 ? spec.targetNames : nil }
}

extension JSONValue {
    /// A value of a type that knows how it is coded.
    static func encoding(_ value: some Encodable) throws -> JSONValue {
        try parse(String(decoding: JSONEncoder().encode(value), as: UTF8.self), place: "a value")
    }

    /// The value of a type that knows how it is coded; `nil` where this is none.
    func decoded<Value: Decodable>(_ type: Value.Type) -> Value? {
        try? JSONDecoder().decode(type, from: JSONEncoder().encode(self))
    }
}
