import StrataBackend

/// The values that the examples of a model must have, and what to do about others.
public struct ValueDomain: Sendable, Hashable {
    /// The least and the greatest value that the model takes.
    public var range: ClosedRange<Float>
    /// What such values are to the model: `bits or probabilities of bits`.
    public var meaning: String
    /// What suits other values.
    public var hint: String

    /// A range of values, and the words of the error that others bring; nothing is checked.
    public init(_ range: ClosedRange<Float>, meaning: String, hint: String) {
        self.range = range
        self.meaning = meaning
        self.hint = hint
    }

    /// Bits, or probabilities of bits.
    static func bits(hint: String) -> ValueDomain {
        ValueDomain(0...1, meaning: "bits or probabilities of bits", hint: hint)
    }

    /// Throws `data` where values of that range are outside; `name` is that of the data.
    public func check(_ found: ClosedRange<Float>, name: String) throws {
        guard found.lowerBound < range.lowerBound || found.upperBound > range.upperBound else { return }
        throw StrataError(
            .data,
            "'\(name)' has values from \(found.lowerBound) to \(found.upperBound), the model takes \(meaning), from"
                + " \(range.lowerBound) to \(range.upperBound); scale them, or \(hint)")
    }
}
