import StrataBackend
public import StrataData
public import StrataGraph
import StrataNN

/// The source of each example: the other image of a pair, from which a model makes the example.
///
/// ```
/// let halves = try PairSource(.half, of: data.spec)
/// let small = halves(batch)            // [batch, channels, height / 2, width / 2]
/// ```
///
/// Images are [channels, height, width] here, grayscale ones of a single channel.
public struct PairSource: Sendable, Hashable {
    /// Where sources come from.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The data: their column `source`.
        case column
        /// The example's edges: the magnitude of Sobel's gradient of the luminance, divided by √20, the largest there is.
        case edges
        /// The example's luminance, `0.299 R + 0.587 G + 0.114 B`.
        case gray
        /// The example at half its extents: the mean of each square of four pixels.
        case half
    }

    /// Where sources come from.
    public let kind: Kind
    /// The shape of an example, [channels, height, width].
    public let image: [Int]
    /// The shape of a source, [channels, height, width].
    public let shape: [Int]

    /// How many times the extents of a source an example has: 2 of halves, 1 of sources that are as large.
    public var factor: Int { image[1] / shape[1] }

    /// The column that sources are read or made from.
    public var column: String { kind == .column ? ColumnName.source : ColumnName.example }

    /// The shape of a row of `column`, as the data have it.
    public let row: [Int]

    /// Sources for examples of a data set. Throws `data` where these are no images, or have no sources, or such that do
    /// not fit, and `usage` for a kind that cannot be made of them.
    public init(_ kind: Kind, of spec: DataSpec) throws {
        image = try Self.image(spec.shape, "examples")
        self.kind = kind
        let (channels, height, width) = (image[0], image[1], image[2])
        switch kind {
        case .column:
            guard let column = spec[ColumnName.source] else {
                throw StrataError(
                    parameter: "source", kind.rawValue,
                    "these data have no column '\(ColumnName.source)'; an .npz file may hold one beside its images")
            }
            row = column.shape.extents
            shape = try Self.image(row, "sources")
            try Self.check(column, shape, image)
        case .edges:
            row = spec.shape
            shape = [1, height, width]
        case .gray:
            guard channels == 3 else {
                throw StrataError(
                    parameter: "source", kind.rawValue,
                    "images of \(channels == 1 ? "a single channel" : "\(channels) channels") have no colours to be"
                        + " found; take \(Kind.edges.rawValue) or \(Kind.half.rawValue)")
            }
            row = spec.shape
            shape = [1, height, width]
        case .half:
            guard height.isMultiple(of: 2), width.isMultiple(of: 2) else {
                throw StrataError(
                    parameter: "source", kind.rawValue,
                    "images of \(height) × \(width) pixels have no halves; crop or pad them to even extents")
            }
            row = spec.shape
            shape = [channels, height / 2, width / 2]
        }
    }

    private static func image(_ shape: [Int], _ what: String) throws -> [Int] {
        let image = shape.count == 2 ? [1] + shape : shape
        guard image.count == 3, image.allSatisfy({ (1...SeparableFilter.largestExtent).contains($0) }) else {
            throw StrataError(
                .data,
                "models of pairs take images [height, width] or [channels, height, width] of up to"
                    + " \(SeparableFilter.largestExtent) pixels along an edge; these \(what) are \(Shape(shape))")
        }
        return image
    }

    private static func check(_ column: ColumnSpec, _ source: [Int], _ image: [Int]) throws {
        let factor = image[1] / source[1]
        guard factor > 0, image[1] == factor * source[1], image[2] == factor * source[2] else {
            throw StrataError(
                .data,
                "sources of \(source[1]) × \(source[2]) pixels do not fit images of \(image[1]) × \(image[2]), which must"
                    + " have their extents or whole multiples of them")
        }
        try checkRange(column)
    }

    private static func checkRange(_ column: ColumnSpec) throws {
        if let range = column.range, range.lowerBound < 0 || range.upperBound > 1 {
            throw StrataError(
                .data,
                "sources have values from \(range.lowerBound) to \(range.upperBound), and models of pairs take brightness,"
                    + " from 0 to 1; scale them, or store them as bytes")
        }
    }

    /// The column of a split that sources are read or made from. Throws `data` where there is none of the right shape, and
    /// for sources of the data that are no brightness.
    public func column(of split: DataSplit) throws -> Column {
        guard let found = split[column], found.spec.shape == Shape(row) else {
            throw StrataError(
                .data, "the data have no column '\(column)' of \(Shape(row)), from which the model makes images")
        }
        if kind == .column { try Self.checkRange(found.spec) }
        return found
    }

    // MARK: Tensors

    /// The sources of a batch: [batch, channels, height, width].
    public func callAsFunction(_ batch: Batch) -> Tensor {
        guard let rows = batch[column] else { return .invalid("pairs: the batch has no column '\(column)'") }
        if rows.isInvalid { return rows }
        let images = kind == .column ? images(rows, of: shape) : examples(rows)
        switch kind {
        case .column: return images
        case .edges:
            let (x, y) = SeparableFilter.sobel(height: image[1], width: image[2])
            let luminance = Self.luminance(images)
            return ((x(luminance).squared() + y(luminance).squared()) * (1.0 / 20)).squareRoot()
        case .gray: return Self.luminance(images)
        case .half:
            if images.isInvalid { return images }
            return images.windows([2, 2], strides: [2, 2]).mean([2, 3])
        }
    }

    /// Examples as images: [batch, features] → [batch, channels, height, width].
    public func examples(_ rows: Tensor) -> Tensor { images(rows, of: image) }

    private func images(_ rows: Tensor, of shape: [Int]) -> Tensor {
        rows.isInvalid ? rows : rows.reshape(Shape([rows.shape.first ?? 1] + shape))
    }

    /// Sources at the extents of examples, each pixel repeated in a square: [batch, channels, height, width].
    public func enlarged(_ sources: Tensor) -> Tensor {
        var pass = Pass.evaluation
        return factor == 1 ? sources : Upsample(factor)(sources, &pass)
    }

    /// Sources as images like the examples, to be looked at beside them: [batch, features]. Where the channels differ in
    /// number, it is the luminance that is shown.
    public func shown(_ sources: Tensor) -> Tensor {
        let sources = enlarged(sources)
        guard !sources.isInvalid, sources.rank == 4 else {
            return .invalid("pairs: the sources are \(sources.shape), expected \(Shape([1] + shape))", of: sources)
        }
        if shape[0] == image[0] { return sources.flattened() }
        let whole = Shape([sources.shape[0]] + image)
        return Self.luminance(sources).broadcast(to: whole, axes: [0, 1, 2, 3]).flattened()
    }

    /// [batch, channels, height, width] → [batch, 1, height, width]: the luminance of three channels, as of red, green and
    /// blue (ITU-R BT.601), else the mean of all.
    private static func luminance(_ images: Tensor) -> Tensor {
        guard !images.isInvalid, images.extent(1) > 1 else { return images }
        guard images.shape[1] == 3 else { return images.mean([1], keepingAxes: true) }
        return (images * Tensor.literal([0.299, 0.587, 0.114] as [Float], [3, 1, 1])).sum([1], keepingAxes: true)
    }
}

// MARK: Settings

extension PairSource {
    private enum Choice: String, CaseIterable { case automatic = "auto", column, edges, gray, half }

    /// The setting `source`, whose default is the data's own column and, where there is none, some kind.
    static func hyperparameter(_ standard: Kind) -> Hyperparameter {
        Hyperparameter(
            "source", Choice.automatic,
            "what images are made from; auto is the data's column or, where they have none, \(standard.rawValue)")
    }

    /// The sources that a user's settings ask for; throws as `init(_:of:)` does.
    init(_ spec: DataSpec, _ settings: Hyperparameters, standard: Kind) throws {
        let choice = settings.choice("source", Choice.automatic)
        let automatic = spec[ColumnName.source] == nil ? standard : .column
        try self.init(Kind(rawValue: choice.rawValue) ?? automatic, of: spec)
    }
}
