import StrataBackend

/// The examples of some classes of a data set, which are counted anew in the order in which they are named: a task of its own.
///
/// ```
/// let tops = try SomeClasses([0, 2, 4, 6]).dataSet(of: catalog.load("fashion-mnist"))    // 4 classes
/// ```
public struct SomeClasses: Sendable, Hashable {
    /// The numbers of the classes in the data that they are taken from.
    public var classes: [Int32]

    /// Classes by their numbers. Nothing is checked here: `dataSet` throws.
    public init(_ classes: [Int32]) { self.classes = classes }

    /// The classes that words ask for by numbers, ranges of them or names: `0-4`, `0,2,7`, `Coat,Bag`.
    ///
    /// Throws `data` for data without labels, `usage` for words that name no class.
    public init(words: String, of base: DataSet) throws {
        guard let names = base.classNames else {
            throw StrataError(.data, "'\(base.name)' has no labels, by which classes could be told")
        }
        func place(_ word: Substring) throws -> Int32 {
            if let number = Int32(word), names.indices.contains(Int(number)) { return number }
            if let place = names.firstIndex(of: String(word)) { return Int32(place) }
            throw StrataError.unknown("class", String(word), among: names)
        }
        try self.init(
            words.split(separator: ",", omittingEmptySubsequences: false).flatMap { word -> [Int32] in
                let ends = word.split(separator: "-", omittingEmptySubsequences: false)
                guard !names.contains(String(word)), ends.count == 2, let first = Int32(ends[0]),
                    let last = Int32(ends[1])
                else { return [try place(word)] }
                guard first <= last, names.indices.contains(Int(last)), first >= 0 else {
                    throw StrataError(
                        parameter: "classes", String(word), "expected classes from 0 to \(names.count - 1)")
                }
                return Array(first...last)
            })
    }

    /// The examples of these classes in both splits, in their order.
    ///
    /// Throws `data` for data without labels or without any training example of these classes, `usage` for a class that is
    /// not there or named twice.
    ///
    /// - `name`: That of the set.
    public func dataSet(of base: DataSet, name: String = "classes") throws -> DataSet {
        guard let names = base.classNames else {
            throw StrataError(.data, "'\(base.name)' has no labels, by which classes could be told")
        }
        guard !classes.isEmpty, classes.allSatisfy({ names.indices.contains(Int($0)) }) else {
            throw StrataError(
                parameter: "classes", classes.map(String.init).joined(separator: ","),
                "expected classes from 0 to \(names.count - 1)")
        }
        guard Set(classes).count == classes.count else {
            throw StrataError(
                parameter: "classes", classes.map(String.init).joined(separator: ","), "a class is there twice")
        }
        let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
        func some(_ split: DataSplit) throws -> DataSplit {
            let values = split.labels?.values ?? []
            let chosen = values.indices.filter { places[values[$0]] != nil }
            let labels = Labels(
                values: chosen.compactMap { places[values[$0]] }, classNames: classes.map { names[Int($0)] })
            let subset = try split.subset(chosen.map(Int32.init))
            return try DataSplit(
                columns: subset.columns.map { $0.name == ColumnName.label ? try Column(labels) : $0 })
        }
        return try DataSet(
            name: name, train: some(base.train), test: some(base.test), validation: base.validation.map(some),
            notes: base.notes)
    }
}
