import StrataBackend

/// A group of examples that is rare in training and not in the test: whether a model does as well for the few is seen there.
///
/// Of data with factors the group is a corner, the upper halves of the last two: of `sprites` the images whose shape lies in
/// the lower right quarter. Of data with classes alone it is the last class. A column `group` tells it.
///
/// ```
/// let data = try RareGroup(share: 0.01).dataSet(of: Sprites().dataSet())
/// ```
public struct RareGroup: Sendable, Hashable {
    /// The share of the training examples that are of the group.
    public var share: Double

    /// The column that tells the group.
    public static let column = "group"
    /// Its classes.
    public static let names = ["common", "rare"]

    /// One in a hundred where nothing is given. Nothing is checked here: `dataSet` throws.
    public init(share: Double = 0.01) { self.share = share }

    /// All examples of a set but most training examples of the group, which are left out at random. The same seed leaves
    /// the same.
    ///
    /// Throws `usage` for a share that is not between 0 and 1, `data` for data with neither factors nor classes, or where
    /// the group would be empty.
    ///
    /// - `name`: That of the set.
    public func dataSet(of base: DataSet, name: String = "rare", seed: UInt32 = 0) throws -> DataSet {
        guard share > 0, share < 1 else {
            throw StrataError(parameter: "share", share, "expected a number between 0 and 1")
        }
        let isRare = try members(base.train, base.name)
        let common = isRare.count { !$0 }
        let count = Int((Double(common) * share / (1 - share)).rounded())
        let rare = Threefry.permutation(count: isRare.count, seed: seed, epoch: 0x7261_7265)
            .filter { isRare[Int($0)] }.prefix(count)
        guard !rare.isEmpty, common > 0 else {
            throw StrataError(
                .data, "\(name): \(common) common and \(rare.count) rare training examples; some of both are needed")
        }
        let kept = Set(rare)
        let places = isRare.indices.filter { !isRare[$0] || kept.contains(Int32($0)) }.map { Int32($0) }
        return try DataSet(
            name: name, train: grouped(base.train, isRare).subset(places),
            test: grouped(base.test, members(base.test, base.name)))
    }

    /// Whether each example is of the group.
    private func members(_ split: DataSplit, _ name: String) throws -> [Bool] {
        if let factors = split.factors, factors.names.count > 1 {
            let width = factors.names.count
            return (0..<split.count).map { row in
                (width - 2..<width).allSatisfy { Int(factors.values[row * width + $0]) * 2 >= factors.sizes[$0] }
            }
        }
        guard let labels = split.labels, labels.classNames.count > 1 else {
            throw StrataError(.data, "'\(name)' has neither factors nor classes, one of which could be rare")
        }
        return labels.values.map { $0 == Int32(labels.classNames.count - 1) }
    }

    private func grouped(_ split: DataSplit, _ isRare: [Bool]) throws -> DataSplit {
        let spec = ColumnSpec(Self.column, dtype: .int32, meaning: .classes(Self.names))
        return try DataSplit(columns: split.columns + [Column(spec, isRare.map { $0 ? 1 : 0 } as [Int32])])
    }
}
