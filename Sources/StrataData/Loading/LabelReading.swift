import StrataBackend

/// What the labels of all splits turn out to mean: classes, or numbers to be predicted.
///
/// | labels | are read as |
/// | --- | --- |
/// | whole numbers from 0, in whatever type | classes |
/// | whole numbers from 1 | classes of these names, counted from 0 |
/// | few whole numbers with gaps, −1 and 1 | classes of these names |
/// | text | classes of these names, in the order of the alphabet |
/// | [N, C], a single 1 in each row and 0 elsewhere | classes |
/// | [N, C] of other numbers; [N] of fractions | targets |
///
/// Whatever is not plain is said in a note. Negative numbers, and numbers of which most stand for no class, are refused.
struct LabelReading {
    private(set) var notes: [String] = []
    private var classNames: [String]?
    private var targetCount = 0
    private var classes: [[Int32]] = []
    private var targets: [[Float]] = []

    var areTargets: Bool { classNames == nil }

    /// The labels of each split, of which there are `counts`. `classNames` fixes what numbers stand for.
    init(_ arrays: [SourceArray], counts: [Int], classNames: [String]?) throws {
        for (array, count) in zip(arrays, counts) where array.shape[0] != count {
            throw StrataError(.shape, "\(array.shape[0]) labels do not fit \(count) examples")
        }
        let isText = arrays.map { $0.words != nil }
        guard Set(isText).count == 1 else {
            throw StrataError(.data, "labels are text in one split and numbers in another; make them alike")
        }
        guard arrays.allSatisfy({ $0.shape.rank <= 2 }), Set(arrays.map { $0.rowShape[0] }).count == 1 else {
            throw StrataError(
                .shape,
                "labels of \(arrays.map(\.shape.description).joined(separator: " and ")) cannot be told; expected"
                    + " [N] or [N, classes]")
        }
        if isText[0] {
            guard arrays[0].rowShape == [1] else {
                throw StrataError(.shape, "labels of text are of shape \(arrays[0].shape); expected [N]")
            }
            try readWords(arrays.map { $0.words ?? [] })
        } else if arrays[0].rowShape[0] > 1 {
            try readRows(arrays, width: arrays[0].rowShape[0])
        } else {
            try readNumbers(arrays, classNames)
        }
    }

    /// A column for each split, named `label` or `target`.
    func columns() throws -> [Column] {
        if let classNames {
            return try classes.map { try Column(Labels(values: $0, classNames: classNames)) }
        }
        return try targets.map { try Column(Targets(names: (0..<targetCount).map(String.init), values: $0)) }
    }

    private mutating func readWords(_ words: [[String]]) throws {
        let names = Set(words.joined()).sorted()
        try checkNumber(of: names.count, among: words.reduce(0) { $0 + $1.count })
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
        classes = words.map { $0.map { places[$0] ?? 0 } }
        classNames = names
        notes.append("labels are text: \(Self.list(names))")
    }

    private mutating func readRows(_ arrays: [SourceArray], width: Int) throws {
        let rows = try arrays.map { try $0.stored().floats }
        let areBits = rows.allSatisfy { $0.allSatisfy { $0 == 0 || $0 == 1 } }
        if areBits {
            let hot = rows.map { values in
                stride(from: 0, to: values.count, by: width).map { start in
                    (0..<width).filter { values[start + $0] == 1 }
                }
            }
            if hot.allSatisfy({ $0.allSatisfy { $0.count == 1 } }) {
                classes = hot.map { $0.map { Int32($0[0]) } }
                classNames = (0..<width).map(String.init)
                notes.append("labels are one-hot: \(width) classes")
                return
            }
        }
        takeTargets(
            rows, width: width,
            areBits ? "several of \(width) labels are there at once" : "labels are rows of \(width) numbers")
    }

    private mutating func readNumbers(_ arrays: [SourceArray], _ names: [String]?) throws {
        let stored = try arrays.map { try $0.stored() }
        let numbers = stored.map(\.floats)
        let isFloat = stored.contains { $0.dtype == .float32 }
        if isFloat, names == nil {
            let distinct = Set(numbers.joined())
            let areMany = distinct.count > 100 && 2 * distinct.count > numbers.reduce(0) { $0 + $1.count }
            if areMany || distinct.contains(where: { Int32(exactly: $0) == nil }) {
                return takeTargets(
                    numbers, width: 1, "labels are numbers with \(areMany ? "many values" : "fractions")")
            }
        }
        classes = try stored.map { try $0.int32s() }
        classNames = try names ?? readClasses()
    }

    private mutating func takeTargets(_ values: [[Float]], width: Int, _ reason: String) {
        targets = values
        targetCount = width
        notes.append("\(reason): they are taken for targets")
    }

    /// Names the classes, and counts them from 0.
    private mutating func readClasses() throws -> [String] {
        let present = Set(classes.joined()).sorted()
        guard let least = present.first, let greatest = present.last else { return ["0"] }
        if least < 0 {
            guard present == [-1, 1] else {
                throw StrataError(.data, "labels go down to \(least); classes are numbers from 0")
            }
            return rename(present)
        }
        let first = least == 1 ? 1 : 0
        let span = Int(greatest) - first + 1
        let total = classes.reduce(0) { $0 + $1.count }
        if span > 2 * present.count {
            guard greatest < 1000 else {
                throw StrataError(
                    .data,
                    "labels go up to \(greatest), but only \(present.count) of these classes occur; number them from 0"
                        + " without gaps, or name numbers that are to be predicted 'targets'")
            }
            return rename(present)
        }
        try checkNumber(of: present.count, among: total)
        if first == 1 {
            for split in classes.indices { for row in classes[split].indices { classes[split][row] -= 1 } }
            notes.append("labels go from 1 to \(greatest): the first class is 1")
        }
        let missing = (first...Int(greatest)).filter { !present.contains(Int32($0)) }.map(String.init)
        if !missing.isEmpty { notes.append("no example has the label \(Self.list(missing))") }
        return (first...Int(greatest)).map(String.init)
    }

    private mutating func rename(_ present: [Int32]) -> [String] {
        let places = Dictionary(uniqueKeysWithValues: present.enumerated().map { ($1, Int32($0)) })
        classes = classes.map { $0.map { places[$0] ?? 0 } }
        let names = present.map(String.init)
        notes.append("labels are \(Self.list(names)): \(names.count) classes of these names")
        return names
    }

    private func checkNumber(of distinct: Int, among count: Int) throws {
        guard distinct <= 100 || 2 * distinct <= count else {
            throw StrataError(
                .data,
                "\(distinct) different labels of \(count) examples are no classes; name numbers that are to be"
                    + " predicted 'targets'")
        }
    }

    private static func list(_ names: [String]) -> String {
        names.count <= 8
            ? names.joined(separator: ", ") : names.prefix(7).joined(separator: ", ") + ", … (\(names.count))"
    }
}
