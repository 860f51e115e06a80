import StrataBackend

/// Classes that are combinations of the values of true factors, described by these values, some of them unseen: what a
/// model knows of a combination it has not met (after Atzmon, Kreuk, Shalit and Chechik, "A causal view of
/// compositional zero-shot recognition", 2020, who combine shapes and colours).
///
/// ```
/// let data = try FactorCombinations().dataSet(of: Sprites().dataSet())     // 243 classes, 40 of them unseen
/// ```
public struct FactorCombinations: Sendable, Hashable {
    /// The levels at most into which the values of a factor are gathered, neighbours together.
    public var levels: Int
    /// The share of the classes that are unseen.
    public var unseen: Double

    /// Classes are 1,024 at most: of many factors the first ones make them.
    private static let limit = 1024

    /// Three levels a factor, and a sixth of the combinations unseen. Nothing is checked here: `dataSet` throws.
    public init(levels: Int = 3, unseen: Double = 1.0 / 6) { (self.levels, self.unseen) = (levels, unseen) }

    /// The same examples with combinations for classes. Each value of a factor occurs in a seen class; which classes
    /// are unseen depends on the seed.
    ///
    /// Throws `usage` for levels outside 2 ... 64 or a share outside 0 ... 1, `data` for data without two factors that
    /// vary.
    ///
    /// - `name`: That of the set.
    public func dataSet(of base: DataSet, name: String = "combined", seed: UInt32 = 0) throws -> DataSet {
        guard (2...64).contains(levels) else {
            throw StrataError(parameter: "levels", levels, "expected a number from 2 to 64")
        }
        guard unseen > 0, unseen < 1 else {
            throw StrataError(parameter: "unseen", unseen, "expected a share between 0 and 1")
        }
        let factors = used(base.train.factors)
        guard factors.count > 1 else {
            throw StrataError(
                .data, "'\(base.name)' has no two factors whose values could be combined; those of sprites can")
        }
        let classes = factors.reduce(1) { $0 * $1.levels }
        // The digits of a class in the mixed base of the levels, the first factor the slowest.
        func digits(_ number: Int) -> [Int] {
            var rest = number
            return factors.reversed().map { factor in
                defer { rest /= factor.levels }
                return rest % factor.levels
            }.reversed()
        }
        let words = factors.map { factor in (0..<factor.levels).map { "\(factor.name) \($0)" } }
        let values = (0..<classes).flatMap { number in
            zip(digits(number), factors).flatMap { digit, factor in
                (0..<factor.levels).map { Float($0 == digit ? 1 : 0) }
            }
        }
        let all = try ClassAttributes(names: words.flatMap(\.self), values: values)
        let names = (0..<classes).map { number in
            zip(digits(number), words).map { $1[$0] }.joined(separator: ", ")
        }
        func split(_ part: DataSplit) throws -> DataSplit {
            guard let own = part.factors else { return part }
            let width = own.names.count
            let labels = (0..<part.count).map { example in
                factors.reduce(Int32(0)) { number, factor in
                    let value = Int(own.values[example * width + factor.position])
                    return number * Int32(factor.levels) + Int32(value * factor.levels / factor.size)
                }
            }
            return try DataSplit(
                columns: part.columns.filter { $0.name != ColumnName.label }
                    + [Column(Labels(values: labels, classNames: names))])
        }
        let data = try DataSet(name: name, train: split(base.train), test: split(base.test), notes: base.notes)
        let count = max(1, Int((Double(classes) * unseen).rounded()))
        return try data.describingClasses(
            by: all.leavingUnseen(all.drawn(count, among: all.seen, seed: seed)), leavesOutUnseen: true)
    }

    /// The first factors that vary, as many as do not make too many classes.
    private func used(_ factors: Factors?) -> [(name: String, position: Int, size: Int, levels: Int)] {
        guard let factors else { return [] }
        var used: [(name: String, position: Int, size: Int, levels: Int)] = []
        var classes = 1
        for (position, size) in factors.sizes.enumerated() where size > 1 {
            let own = min(size, levels)
            guard classes * own <= Self.limit else { break }
            classes *= own
            used.append((factors.names[position], position, size, own))
        }
        return used
    }
}
