import StrataBackend
public import StrataData
public import StrataTraining

/// Codes with a class each: what a representation is probed on.
public struct LabelledCodes: Sendable {
    /// The codes that are probed, one for each label.
    public let codes: Codes
    /// One for each code, each the number of a class.
    public let labels: Labels

    /// [count, width].
    public var values: [Float] { codes.values }
    /// Latent dimensions; where the codes are the examples themselves, their features.
    public var width: Int { codes.width }
    /// The number of codes, and so of labels.
    public var count: Int { codes.count }

    /// Throws `shape` where there is not one label for each code, or one that is the number of no class.
    public init(_ codes: Codes, _ labels: Labels) throws {
        guard labels.values.count == codes.count else {
            throw StrataError(.shape, "\(labels.values.count) labels do not fit \(codes.count) codes")
        }
        if let wrong = labels.values.first(where: { !labels.classNames.indices.contains(Int($0)) }) {
            throw StrataError(.shape, "label \(wrong) is outside 0..<\(labels.classNames.count)")
        }
        self.codes = codes
        self.labels = labels
    }

    /// The examples of a split themselves. Throws `data` where they have no labels.
    public init(examples split: DataSplit) throws {
        let labels = try Self.labels(of: split)
        try self.init(Codes(examples: split), labels)
    }

    /// The codes that a model gives the examples of a split. Throws `data` where they have no labels, `unsupported` for
    /// a model without an encoder.
    public init(_ model: Predictor, of split: DataSplit) throws {
        let labels = try Self.labels(of: split)
        try self.init(Codes(model, of: split), labels)
    }

    private static func labels(of split: DataSplit) throws -> Labels {
        guard let labels = split.labels else {
            throw StrataError(.data, "probes need labels, and these \(split.count) examples have none")
        }
        return labels
    }
}
