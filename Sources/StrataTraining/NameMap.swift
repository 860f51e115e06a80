/// Rules by which variables of one model are those of another: parts of dotted names, and what stands there instead.
///
/// ```
/// let map = NameMap([("body", "encoder"), ("normalization.#.scale", "encoder.#.norm.weight")])
/// map("body.0.weight")                // encoder.0.weight
/// map("adam.m.body.0.weight")         // adam.m.encoder.0.weight
/// ```
///
/// `#` stands for one part. Of several rules the first that fits is applied, once.
public struct NameMap: Sendable {
    private let rules: [Rule]

    private struct Rule {
        var old: [Substring]
        var new: [Substring]

        /// The places in a name where the rule fits.
        func places(in parts: [Substring]) -> [Range<Int>] {
            guard old.count <= parts.count else { return [] }
            return (0...parts.count - old.count).map { $0..<$0 + old.count }.filter {
                zip(parts[$0], old).allSatisfy { $1 == "#" || $0 == $1 }
            }
        }
    }

    /// Rules in the order in which they are tried; without any, every name stays as it is. Nothing is checked.
    public init(_ rules: [(old: String, new: String)]) {
        self.rules = rules.map { Rule(old: $0.old.split(separator: "."), new: $0.new.split(separator: ".")) }
    }

    /// What stands first in the rules that fit none of the names, as a mistyped one does.
    public func unused<Names: Sequence>(for names: Names) -> [String] where Names.Element == String {
        let names = names.map { $0.split(separator: ".") }
        return rules.filter { rule in names.allSatisfy { rule.places(in: $0).isEmpty } }.map {
            $0.old.joined(separator: ".")
        }
    }

    /// The name in the other model; the same name where no rule fits.
    public func callAsFunction(_ name: String) -> String {
        let parts = name.split(separator: ".")
        for rule in rules {
            guard let place = rule.places(in: parts).first else { continue }
            var wild = zip(parts[place], rule.old).filter { $1 == "#" }.map(\.0)[...]
            let replaced = rule.new.map { $0 == "#" ? wild.popFirst() ?? $0 : $0 }
            return (parts[..<place.lowerBound] + replaced + parts[place.upperBound...]).joined(separator: ".")
        }
        return name
    }
}
