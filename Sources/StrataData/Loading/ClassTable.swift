import StrataBackend

/// Arrays that describe classes, as a file has them: before it is known what the labels are.
///
/// | array | holds |
/// | --- | --- |
/// | `attributes` | [classes, attributes], a row for each class |
/// | `attribute_names` | a name for each attribute |
/// | `unseen` | the classes without training examples: their indices, their names, or 0 and 1 for each class |
struct ClassTable {
    let path: String
    /// [classes, attributes].
    let rows: StoredArray
    /// A name for each attribute; numbers where `nil`.
    var attributeNames: [String]?
    /// A name for each row; the order of the labels where `nil`.
    var classNames: [String]?
    var unseen: SourceArray?

    /// Throws `data` for an array that is no table of numbers.
    init(_ array: SourceArray) throws {
        guard array.words == nil, array.shape.rank == 2 else {
            throw StrataError(
                .data, "\(array.path): attributes of \(array.shape) are no table; expected [classes, attributes]")
        }
        path = array.path
        rows = try array.stored()
    }

    var classes: Int { rows.shape[0] }

    /// The names of classes for labels that are indices of the rows; `nil` for labels that are text or no such indices.
    ///
    /// Throws `data` for a label that has no row.
    func names(for labels: [SourceArray]) throws -> [String]? {
        guard labels.allSatisfy({ $0.words == nil && $0.rowShape == [1] }) else { return nil }
        for array in labels {
            guard let values = try? array.stored().int32s() else { return nil }
            guard let example = values.firstIndex(where: { $0 < 0 || $0 >= Int32(classes) }) else { continue }
            throw StrataError(
                .data,
                "\(path): attributes describe \(classes) classes, and example \(example) has the label \(values[example])"
                    + "; labels count the rows of the attributes from 0")
        }
        return classNames ?? (0..<classes).map(String.init)
    }

    /// The attributes of classes of these names. Throws `data` where rows and names do not fit, or unseen classes are
    /// none.
    func attributes(of names: [String]) throws -> ClassAttributes {
        let width = rows.shape[1]
        guard names.count == classes else {
            throw StrataError(
                .data, "\(path): attributes describe \(classes) classes, and the labels have \(names.count)")
        }
        let titles = attributeNames ?? (0..<width).map(String.init)
        guard titles.count == width else {
            throw StrataError(.data, "\(path): \(titles.count) names do not fit \(width) attributes")
        }
        let order = try classNames.map { try Self.positions(of: names, in: $0, path) } ?? Array(names.indices)
        let values = rows.floats
        return try DataParts.naming(path) {
            try ClassAttributes(
                names: titles, values: order.flatMap { values[$0 * width..<($0 + 1) * width] },
                unseen: unseenClasses(among: names))
        }
    }

    private static func positions(of names: [String], in rows: [String], _ path: String) throws -> [Int] {
        try names.map { name in
            guard let row = rows.firstIndex(of: name) else {
                throw StrataError(.data, "\(path): attributes have no row for the class '\(name)'")
            }
            return row
        }
    }

    private func unseenClasses(among names: [String]) throws -> [Int] {
        guard let unseen else { return [] }
        if let words = unseen.words { return try Self.positions(of: words, in: names, path) }
        let numbers = try unseen.stored().int32s().map(Int.init)
        // No list of indices is as long: not all classes are unseen.
        guard numbers.count == classes, numbers.allSatisfy({ $0 == 0 || $0 == 1 }) else { return numbers }
        return numbers.indices.filter { numbers[$0] == 1 }
    }
}
