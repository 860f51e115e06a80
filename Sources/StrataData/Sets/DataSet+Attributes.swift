import StrataBackend

extension DataSet {
    /// The same data with a description of their classes.
    ///
    /// - `leavesOutUnseen`: Whether examples of unseen classes are left out of the training and the validation split;
    ///   where not, there must be none.
    ///
    /// Throws `data` without labels, where the attributes describe another number of classes, where a training example
    /// is of an unseen class, or where all are.
    public func describingClasses(
        by attributes: ClassAttributes, leavesOutUnseen: Bool = false
    ) throws -> DataSet {
        guard let classNames else {
            throw StrataError(.data, "'\(name)' has no labels, whose classes attributes could describe")
        }
        guard attributes.classes == classNames.count else {
            throw StrataError(
                .data,
                "'\(name)' has \(classNames.count) classes, and the attributes describe \(attributes.classes);"
                    + " give a row for each class")
        }
        let unseen = Set(attributes.unseen.map(Int32.init))
        func split(_ split: DataSplit, _ kind: String) throws -> (split: DataSplit, leftOut: Int) {
            let labels = split.labels?.values ?? []
            guard let first = labels.firstIndex(where: unseen.contains) else { return (split, 0) }
            guard leavesOutUnseen else {
                throw StrataError(
                    .data,
                    "'\(name)': \(kind) example \(first) is of the class '\(classNames[Int(labels[first])])', which is"
                        + " unseen; leave such examples out, or give 'unseen' other classes")
            }
            let kept = labels.indices.filter { !unseen.contains(labels[$0]) }.map(Int32.init)
            return (try split.subset(kept), labels.count - kept.count)
        }
        let (train, leftOut) = try split(train, "training")
        let validation = try validation.map { try split($0, "validation") }
        var data = self
        if leftOut + (validation?.leftOut ?? 0) > 0 {
            guard train.count > 0 else {
                throw StrataError(.data, "'\(name)': all training examples are of unseen classes")
            }
            data = try DataSet(name: name, train: train, test: test, validation: validation?.split, notes: notes)
            data.isTestDrawn = isTestDrawn
            data.modes = modes
            data.notes.append("\(leftOut) training examples of \(unseen.count) unseen classes are left out")
        }
        data.attributes = attributes
        return data
    }

    /// The indices of classes by their names, in whatever case, or by their numbers. Throws `usage` for one that there
    /// is not, telling the nearest name.
    public func classes(named words: [String]) throws -> [Int] {
        let names = classNames ?? []
        return try words.map { word in
            let found =
                names.firstIndex(of: word) ?? names.firstIndex { $0.lowercased() == word.lowercased() }
                ?? Int(word).flatMap { names.indices.contains($0) ? $0 : nil }
            guard let found else { throw StrataError.unknown("class", word, among: names) }
            return found
        }
    }
}
