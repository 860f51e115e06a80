import StrataBackend

/// Two data sets of the same classes in one, with a column `domain` that tells them apart: examples whose labels are learned
/// from, and others that a model is to be used on.
///
/// ```
/// let data = try JoinedDomains().dataSet(source: catalog.load("mnist"), target: catalog.load("photos.npz"))
/// ```
public struct JoinedDomains: Sendable, Hashable {
    /// What the two are called, in the order of the column's numbers.
    public static let names = ["source", "target"]

    /// A joining without settings.
    public init() {}

    /// All examples of the source, and after them all of the target, in both splits, as they are stored.
    ///
    /// Throws `data` where the two have examples of different shapes, types or scales, other numbers of classes, or no
    /// labels: those of the target are what its accuracy is told by.
    ///
    /// - `name`: That of the set.
    public func dataSet(source: DataSet, target: DataSet, name: String = "domains") throws -> DataSet {
        let (own, other) = (source.train.examples.spec, target.train.examples.spec)
        guard own.shape == other.shape, own.dtype == other.dtype, own.scale == other.scale else {
            func told(_ spec: ColumnSpec) -> String {
                "\(spec.dtype.name) \(spec.shape)" + (spec.scale == 1 ? "" : " times \(spec.scale)")
            }
            throw StrataError(
                .data,
                "'\(source.name)' has examples of \(told(own)), '\(target.name)' of \(told(other)); domains are of one kind"
            )
        }
        for data in [source, target] where data.classNames == nil {
            throw StrataError(
                .data, "'\(data.name)' has no labels; a target's are never learned from, but tell its accuracy")
        }
        let (classes, others) = (source.classNames ?? [], target.classNames ?? [])
        guard classes.count == others.count else {
            throw StrataError(
                .data,
                "'\(source.name)' has \(classes.count) classes, '\(target.name)' \(others.count); domains have the same"
            )
        }
        func joined(_ first: DataSplit, _ second: DataSplit) throws -> DataSplit {
            var spec = first.examples.spec
            spec.range = nil
            let labels = Labels(
                values: (first.labels?.values ?? []) + (second.labels?.values ?? []), classNames: classes)
            let domains = Array(repeating: Int32(0), count: first.count) + Array(repeating: 1, count: second.count)
            return try DataSplit(columns: [
                Column(spec, bytes: first.bytes + second.bytes), Column(labels),
                Column(domains: domains, count: domains.count),
            ])
        }
        let counts = "\(source.train.count) training examples of the source, \(target.train.count) of the target"
        return try DataSet(
            name: name, train: joined(source.train, target.train), test: joined(source.test, target.test),
            notes: source.notes + target.notes + [counts]
                + (classes == others ? [] : ["the target's classes are taken for the source's in their order"]))
    }
}
