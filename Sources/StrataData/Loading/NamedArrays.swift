import StrataBackend

/// Arrays that are told apart by their names: the members of an `.npz`, or the `.npy` files of a folder.
///
/// | what | names |
/// | --- | --- |
/// | examples | `x`, `images`, `data`, `imgs`, `examples` |
/// | labels | `y`, `labels`, `label`, `target` |
/// | targets, [N] or [N, targets] | `targets` |
/// | factors, [N, factors] | `factors`, `latents_classes` |
/// | lengths of sequences that end in padding, [N] | `lengths`, `length` |
/// | other images of the examples, from which models of pairs make them | `source`, `sources` |
/// | example weights | `weights`, `sample_weight`, `sample_weights` |
/// | names of the classes | `class_names`, `target_names`, `label_names` |
/// | what describes the classes (`ClassTable`) | `attributes`, `attribute_names`, `unseen` |
///
/// Each may carry the name of a split before or behind it: `x_train`, `test_images`, `val_labels`. Capitals do not count.
/// Any other array of as many rows becomes a column of its own name.
struct NamedArrays {
    let path: String
    let names: [String]
    let array: (String) throws -> SourceArray

    private enum Role: Hashable {
        case examples, column(String), classNames, attributes, attributeNames, unseen, other(String)
    }

    private static let roles: [(role: Role, stems: [String])] =
        [(.examples, ["x", "images", "data", "imgs", "examples", ""])]
        + KnownColumn.all.map { (.column($0.name), $0.arrays) }
        + [
            (.classNames, ["class_names", "target_names", "label_names"]),
            (.attributes, ["attributes", "class_attributes"]), (.attributeNames, ["attribute_names"]),
            (.unseen, ["unseen", "unseen_classes"]),
        ]

    /// An array by what its name says: the stem, the split that it belongs to, and its place among the names for it.
    private struct Entry {
        var name: String
        var role: Role
        var split: SplitName?
        var rank: Int

        init(_ name: String, weights: String?) {
            let (stem, split) = SplitName.find(in: name.lowercased())
            self.name = name
            self.split = split
            if name == weights || stem == weights?.lowercased() {
                (role, rank) = (.column(ColumnName.weight), -1)
            } else if !(stem.isEmpty && split == nil),
                let (role, stems) = NamedArrays.roles.first(where: { $0.stems.contains(stem) })
            {
                (self.role, rank) = (role, stems.firstIndex(of: stem) ?? 0)
            } else {
                (role, rank) = (.other(stem), 0)
            }
        }
    }

    /// Whether one of the names is that of examples.
    static func haveExamples(_ names: [String]) -> Bool {
        names.contains { Entry($0, weights: nil).role == .examples }
    }

    func dataSet(_ options: DataOptions) throws -> DataSet {
        let entries = names.map { Entry($0, weights: options.weights) }
        var used: Set<String> = []
        /// The array for a role: one of the split goes before one that names no split, where such may stand for it.
        func find(_ role: Role, _ split: SplitName, orNone: Bool) throws -> SourceArray? {
            let fitting = entries.filter { $0.role == role && ($0.split == split || orNone && $0.split == nil) }
            let best = fitting.min {
                ($0.split == nil ? 1 : 0, $0.rank, $0.name) < ($1.split == nil ? 1 : 0, $1.rank, $1.name)
            }
            guard let best else { return nil }
            used.insert(best.name)
            return try array(best.name)
        }
        var left: [String] = []
        let haveUnseen = entries.contains { $0.role == .unseen }
        func part(_ split: SplitName) throws -> DataParts.Part? {
            let orNone = split == .train
            guard let examples = try find(.examples, split, orNone: orNone) else { return nil }
            var part = DataParts.Part(examples: examples)
            for column in KnownColumn.all {
                part.known[column.name] = try find(.column(column.name), split, orNone: orNone)
            }
            for entry in entries where entry.split == split || orNone && entry.split == nil {
                let name: String
                switch entry.role {
                case .other(let own): name = own
                // Attributes of as many rows as there are examples are the examples' own.
                case .attributes where !haveUnseen: name = "attributes"
                default: continue
                }
                if part.others.contains(where: { $0.name == name }) { continue }
                // What is no array of numbers for each example is told below.
                guard let array = try? array(entry.name), array.words == nil, array.count == examples.count else {
                    continue
                }
                used.insert(entry.name)
                part.others.append((name, array))
            }
            return part
        }
        guard let train = try part(.train) else {
            let known = ["x_train"] + Self.roles[0].stems.dropLast()
            throw StrataError(
                .data,
                "\(path): holds '\(names.joined(separator: "', '"))', but none of '\(known.joined(separator: "', '"))'")
        }
        var parts = DataParts(name: path, train: train, test: try part(.test), validation: try part(.validation))
        if options.weights != nil, train.known[ColumnName.weight] == nil {
            throw StrataError(
                .data,
                "\(path): has no array '\(options.weights ?? "")' of weights; it holds '\(names.joined(separator: "', '"))'"
            )
        }
        if let names = try find(.classNames, .train, orNone: true), let words = names.words {
            let labels = [parts.train, parts.test, parts.validation].compactMap { $0?.known[ColumnName.label] }
            let fit = labels.allSatisfy { labels in
                (try? labels.stored().int32s().allSatisfy { (0..<Int32(words.count)).contains($0) }) ?? false
            }
            // Beside labels that are text they may say whose the rows of a table are.
            let areOfRows = entries.contains { $0.role == .attributes }
            if fit {
                parts.classNames = words
            } else if !areOfRows {
                left.append("class names, which do not fit the labels")
            }
        }
        if let entry = entries.first(where: { $0.role == .attributes && !used.contains($0.name) }) {
            used.insert(entry.name)
            var table = try ClassTable(array(entry.name))
            table.attributeNames = try find(.attributeNames, .train, orNone: true)?.words
            table.unseen = try find(.unseen, .train, orNone: true)
            table.classNames = try find(.classNames, .train, orNone: true)?.words
            parts.classTable = table
        }
        left += names.filter { !used.contains($0) }
        if !left.isEmpty { parts.notes.append("left out of \(path): \(left.joined(separator: ", "))") }
        return try parts.dataSet(options)
    }
}

/// The name of a split, as files, folders and arrays spell it.
enum SplitName: CaseIterable {
    case train, test, validation

    var spellings: [String] {
        switch self {
        case .train: ["train", "training"]
        case .test: ["test", "testing", "t10k"]
        case .validation: ["val", "valid", "validation", "dev"]
        }
    }

    /// The split that a whole name is, whatever its case.
    init?(_ name: String) {
        let name = name.lowercased()
        guard let split = Self.allCases.first(where: { $0.spellings.contains(name) }) else { return nil }
        self = split
    }

    /// The rest of a name, and the split that its first or its last part names.
    static func find(in name: String) -> (stem: String, split: SplitName?) {
        let parts = name.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
        if let last = parts.last, let split = SplitName(last) {
            return (parts.dropLast().joined(separator: "_"), split)
        }
        if let split = SplitName(parts[0]) { return (parts.dropFirst().joined(separator: "_"), split) }
        return (name, nil)
    }
}
