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
    private let rules: [(old: [Substring], new: [Substring])]

    public init(_ rules: [(old: String, new: String)]) {
        self.rules = rules.map { ($0.old.split(separator: "."), $0.new.split(separator: ".")) }
    }

    /// The name in the other model; the same name where no rule fits.
    public func callAsFunction(_ name: String) -> String {
        let parts = name.split(separator: ".")
        for rule in rules where rule.old.count <= parts.count {
            for start in 0...parts.count - rule.old.count {
                let found = parts[start..<start + rule.old.count]
                guard zip(found, rule.old).allSatisfy({ $1 == "#" || $0 == $1 }) else { continue }
                var wild = zip(found, rule.old).filter { $1 == "#" }.map(\.0)[...]
                let replaced = rule.new.map { $0 == "#" ? wild.popFirst() ?? $0 : $0 }
                return (parts[..<start] + replaced + parts[(start + rule.old.count)...]).joined(separator: ".")
            }
        }
        return name
    }
}
