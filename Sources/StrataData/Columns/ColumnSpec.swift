public import StrataBackend

/// The names of the columns that have a meaning of their own. A data set may have any others beside them.
public enum ColumnName {
    /// What a model learns to represent: an image, a vector, a sequence.
    public static let example = "example"
    /// The class of each example.
    public static let label = "label"
    /// Numbers to be predicted of each example.
    public static let target = "target"
    /// The true causes of each example, which disentanglement is measured against.
    public static let factor = "factor"
    /// How much each example counts, 0 or more.
    public static let weight = "weight"
    /// The steps of each sequence that count, from 1 on; what follows them is padding.
    public static let length = "length"
    /// Where each example comes from: 0 for the source domain, 1 for the target.
    public static let domain = "domain"
    /// Another image of each example, from which a model of pairs makes it.
    public static let source = "source"
    /// When each example was, in any unit: the order of a stream.
    public static let time = "time"
}

/// What the numbers of a column stand for.
public enum ColumnMeaning: Hashable, Sendable, Codable {
    /// Numbers without further meaning.
    case values
    /// An image: of shape [height, width], or [channels, height, width] with each channel as a plane.
    case image
    /// An index into these class names, one int32 an example.
    case classes([String])
    /// Numbers of these names, one float32 each.
    case numbers([String])
    /// For each factor the index of its value, as int32; `sizes` says how many values each factor takes.
    case factors(names: [String], sizes: [Int])
    /// Indices into a vocabulary of so many tokens, as int32 or uint8.
    case tokens(vocabulary: Int)
    /// How much an example counts: a float32, 0 or more.
    case weight

    /// Whether the numbers are indices, which models see as int32; any others they see scaled, as float32.
    package var isIndex: Bool {
        switch self {
        case .classes, .factors, .tokens: true
        case .values, .image, .numbers, .weight: false
        }
    }
}

/// A description of a column: all that a model must know of it before the data are there.
///
/// ```
/// let pixels = ColumnSpec(ColumnName.example, dtype: .uint8, shape: [28, 28], scale: 1 / 255, meaning: .image)
/// ```
public struct ColumnSpec: Hashable, Sendable {
    /// The name of the column: one of `ColumnName`, or any other that no column beside it has.
    public var name: String
    /// The type of a stored element.
    public var dtype: DType
    /// The shape of one example's value; [] for a single number.
    public var shape: Shape
    /// The factor that turns a stored number into the one that a model sees: 1/255 where bytes are brightness.
    public var scale: Float
    /// The least and the greatest scaled value of the training split; `nil` where nobody has looked yet.
    public var range: ClosedRange<Float>?
    /// What the numbers stand for, which a `Column` checks its rows against.
    public var meaning: ColumnMeaning

    /// A description, by default of one number an example that is seen as it is stored. Nothing is checked until a
    /// `Column` gets rows.
    public init(
        _ name: String, dtype: DType, shape: Shape = [], scale: Float = 1, range: ClosedRange<Float>? = nil,
        meaning: ColumnMeaning = .values
    ) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.scale = scale
        self.range = range
        self.meaning = meaning
    }

    /// Bytes of one example's value; `Int.max` for a shape that no memory holds.
    public var bytesPerRow: Int { shape.byteCount(elementBytes: dtype.byteCount) ?? .max }

    /// The same description without the range, which belongs to one split and not to the kind of data.
    var unranged: ColumnSpec {
        var spec = self
        spec.range = nil
        return spec
    }

    /// The type and the shape, for messages: `uint8 [28, 28]`.
    var typeDescription: String { "\(dtype.name) \(shape)" }
}
