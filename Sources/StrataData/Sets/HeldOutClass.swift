import StrataBackend

/// A set without the training examples of a class, of which the test split still has some: what a model makes of things that
/// it has never seen.
///
/// ```
/// let data = try HeldOutClass("Sneaker").dataSet(of: catalog.load("fashion-mnist"))
/// ```
public struct HeldOutClass: Sendable, Hashable {
    /// The class, by its name or its number.
    public var name: String

    /// A class of that name. Nothing is checked here: `dataSet` throws.
    public init(_ name: String) { self.name = name }

    /// Throws `usage` for a class that is not there, `data` for data without classes, or of no other.
    ///
    /// - `name`: That of the set.
    public func dataSet(of base: DataSet, name: String = "held out") throws -> DataSet {
        guard let labels = base.train.labels else {
            throw StrataError(.data, "'\(base.name)' has no classes, one of which could be held out")
        }
        let own = Int32(try labels.number(of: self.name))
        let places = labels.values.indices.filter { labels.values[$0] != own }.map { Int32($0) }
        guard !places.isEmpty else { throw StrataError(.data, "'\(base.name)' has no examples of another class") }
        var data = try DataSet(name: name, train: base.train.subset(places), test: base.test)
        data.isTestDrawn = base.isTestDrawn
        return data
    }
}

extension Labels {
    /// The number of a class that is given by its name or, where there is no such name, its number. Throws `usage`, with the
    /// nearest name, for one that is not there.
    package func number(of name: String) throws -> Int {
        guard let number = classNames.firstIndex(of: name) ?? Int(name), classNames.indices.contains(number) else {
            throw StrataError.unknown("class", name, among: classNames)
        }
        return number
    }
}
