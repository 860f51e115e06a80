/// The element type of a tensor in the inference protocol, by the protocol's own name.
public enum ElementType: String, Sendable, Codable {
    case float32 = "FP32"
    case int32 = "INT32"
    case int64 = "INT64"

    /// Bytes of an element.
    var size: Int { self == .int64 ? 8 : 4 }
    /// The name in a model's configuration.
    var configurationName: String { "TYPE_\(rawValue)" }
}

/// The elements of a tensor, row after row.
public enum TensorValues: Sendable, Hashable {
    case floats([Float])
    case integers([Int64])

    var count: Int {
        switch self {
        case .floats(let values): values.count
        case .integers(let values): values.count
        }
    }

    /// The elements of a range.
    subscript(_ range: Range<Int>) -> TensorValues {
        switch self {
        case .floats(let values): .floats(Array(values[range]))
        case .integers(let values): .integers(Array(values[range]))
        }
    }

    /// The elements of all, one tensor after another, which are of one kind.
    static func joined(_ parts: [TensorValues]) -> TensorValues {
        if parts.count == 1 { return parts[0] }
        if case .integers? = parts.first { return .integers(parts.flatMap(\.integers)) }
        var all: [Float] = []
        all.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for case .floats(let values) in parts { all += values }
        return .floats(all)
    }

    /// The elements as floats.
    var floats: [Float] {
        switch self {
        case .floats(let values): values
        case .integers(let values): values.map { Float($0) }
        }
    }

    /// The elements as whole numbers; none of a tensor of floats.
    var integers: [Int64] {
        if case .integers(let values) = self { values } else { [] }
    }
}

/// What a function takes or gives: a name, an element type, and the shape of a row.
public struct TensorSpec: Sendable, Hashable {
    /// The name in requests and responses.
    public var name: String
    /// The type of an element.
    public var type: ElementType
    /// The shape of a row; empty for one number a row.
    public var row: [Int]
    /// Whether a request may leave it out.
    public var isOptional: Bool

    /// A tensor of rows. Nothing is checked.
    public init(_ name: String, _ type: ElementType = .float32, row: [Int] = [], isOptional: Bool = false) {
        (self.name, self.type, self.row, self.isOptional) = (name, type, row, isOptional)
    }

    /// The elements of a row.
    var rowSize: Int { row.reduce(1, *) }
}
