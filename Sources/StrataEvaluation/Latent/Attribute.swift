import StrataBackend
public import StrataData

/// Something that an example has or has not: a class, or a value of a true factor.
///
/// | text | has it |
/// | --- | --- |
/// | `Sneaker`, `7` | an example of the class of that name or number |
/// | `size` | an example whose factor of that name is in the upper half of its values |
/// | `size=3` | an example whose factor has the value of that number, from 0 on |
public struct Attribute: Sendable, Hashable {
    /// As it was typed.
    public let name: String
    /// One for each example.
    public let has: [Bool]

    /// Throws `usage` where the examples have neither such a class nor such a factor.
    public init(_ text: String, in split: DataSplit) throws {
        name = text
        let (labels, factors) = (split.labels, split.factors)
        if let labels, let number = labels.classNames.firstIndex(of: text) ?? Self.number(text, labels.classNames) {
            has = labels.values.map { Int($0) == number }
            return
        }
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        if let factors, let number = factors.names.firstIndex(of: parts.first ?? "") {
            let values = stride(from: number, to: factors.values.count, by: factors.names.count).map {
                Int(factors.values[$0])
            }
            let size = factors.sizes[number]
            guard parts.count > 1 else {
                has = values.map { 2 * $0 >= size }
                return
            }
            guard let wanted = Int(parts[1]), (0..<size).contains(wanted) else {
                throw StrataError(.usage, "'\(text)': \(parts[0]) has the values 0 to \(size - 1)")
            }
            has = values.map { $0 == wanted }
            return
        }
        throw StrataError.unknown("attribute", text, among: (labels?.classNames ?? []) + (factors?.names ?? []))
    }

    private static func number(_ text: String, _ names: [String]) -> Int? {
        Int(text).flatMap { names.indices.contains($0) ? $0 : nil }
    }
}
