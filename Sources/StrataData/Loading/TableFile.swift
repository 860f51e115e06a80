import StrataBackend

/// A table of text: a line for each example, a column for each of its numbers.
///
/// | what | how it is told |
/// | --- | --- |
/// | names of the columns | the first line, unless it has numbers where the others have numbers |
/// | labels | the column `label`, `labels`, `class`, `target`, or `y` where there is no `x`; else the only one of text |
/// | splits | a column `split` of `train`, `test` and `validation` |
/// | example weights | the column that the options name, or `sample_weight` |
/// | images | columns `pixel0`, `pixel1`, … or `1x1`, `1x2`, … in their order, of whole numbers from 0 to 255, as many as a square has |
/// | categories | any other column of text: a column of 0 and 1 for each of its values, of which there may be 64 |
/// | running numbers | a column `id`, `index` or without a name that counts from 0 or 1: left out |
///
/// Everything else is numbers, as they are. A missing value (nothing, `NA`, `NaN`, `null`, `?`) is refused with its place, unless
/// the options say what takes the place of numbers.
struct TableFile {
    private let csv: CSV
    private let path: String
    private var names: [String] = []
    private var columns: [Facts] = []
    private var count = 0
    private var hasHeader = false

    /// What the fields of a column are.
    private struct Facts {
        var numbers = 0
        var words: Set<String> = []
        var firstWord: (line: Int, text: String)?
        var missing = 0
        var firstMissing = 0
        var firstInfinite: Int?
        /// Whether the numbers are whole and from 0 to 255, and whether they count the rows.
        var areBytes = true
        var areRows = true
        /// Whether there are numbers of which float32 keeps not every digit.
        var areRounded = false
        var havePoints = false
        var haveCommas = false
        var isText: Bool { !words.isEmpty }
    }

    private static let missing: Set<String> = ["", "na", "n/a", "nan", "null", "none", "?"]
    private static let mostCategories = 64

    init(_ bytes: [UInt8], path: String, separator: UInt8? = nil) throws {
        csv = CSV(bytes, path: path, separator: separator)
        self.path = path
        try describe()
    }

    // MARK: The columns

    private mutating func describe() throws {
        var first: [CSV.Field] = []
        var (columns, count) = ([Facts](), 0)
        try csv.forEachRecord { line, fields in
            if first.isEmpty {
                first = fields
                columns = fields.map { _ in Facts() }
                return
            }
            guard fields.count == first.count else {
                throw StrataError(
                    .data, "\(path), line \(line): has \(fields.count) fields, and the first line \(first.count)")
            }
            for (column, field) in fields.enumerated() { try note(field, line, count, &columns[column]) }
            count += 1
        }
        let texts = try first.map(csv.text)
        let areNumbers = first.map { csv.number($0) != nil }
        hasHeader =
            !areNumbers.contains(true)
            || zip(areNumbers, columns).contains { !$0 && $1.numbers > 0 && !$1.isText }
        if hasHeader {
            names = texts
        } else {
            names = texts.indices.map(String.init)
            // The first line is a row like the others; what counts rows is not worth a name then.
            for column in first.indices {
                try note(first[column], 1, 0, &columns[column])
                columns[column].areRows = false
            }
            count += first.isEmpty ? 0 : 1
        }
        guard count > 0 else {
            throw StrataError(
                .data, "\(path): holds no examples; expected a line for each, with commas between numbers")
        }
        (self.columns, self.count) = (columns, count)
    }

    private func note(_ field: CSV.Field, _ line: Int, _ row: Int, _ facts: inout Facts) throws {
        if let number = csv.number(field), number.isFinite {
            facts.numbers += 1
            facts.areBytes = facts.areBytes && number >= 0 && number <= 255 && number == number.rounded()
            facts.areRows = facts.areRows && (number == Float(row) || number == Float(row + 1))
            facts.areRounded = facts.areRounded || abs(number) > Float(1 << 24) && number == number.rounded()
            facts.havePoints = facts.havePoints || csv.has(field, ".")
            facts.haveCommas = facts.haveCommas || csv.has(field, ",")
            return
        }
        let text = try csv.text(field)
        if Self.missing.contains(text.lowercased()) || csv.number(field) != nil {
            if facts.firstInfinite == nil, csv.number(field)?.isInfinite == true { facts.firstInfinite = line }
            facts.missing += 1
            if facts.missing == 1 { facts.firstMissing = line }
        } else {
            if facts.firstWord == nil { facts.firstWord = (line, text) }
            facts.words.insert(text)
        }
    }

    /// The first column of one of the names, whatever their case.
    private func column(_ wanted: [String]) -> Int? {
        wanted.lazy.compactMap { name in names.firstIndex { $0.lowercased() == name } }.first
    }

    // MARK: What they mean

    func dataSet(_ options: DataOptions) throws -> DataSet {
        var notes: [String] = []
        if csv.separator != UInt8(ascii: ",") {
            notes.append("fields are separated by \(csv.separator == UInt8(ascii: "\t") ? "tabs" : "semicolons")")
        }
        if !hasHeader { notes.append("the first line is an example: columns are named by their numbers from 0") }
        var features = Array(names.indices)
        let split = try splitColumn()
        let weight = try weightColumn(options.weights)
        if let weight { notes.append("example weights are the column '\(names[weight])'") }
        features.removeAll { $0 == split || $0 == weight }
        let label = labelColumn(among: features)
        if let label {
            notes.append("labels are the column '\(names[label])'")
            features.removeAll { $0 == label }
        } else {
            notes.append("there are no labels: no column is named label, class or target, and not exactly one is text")
        }
        let counting = features.filter { ["id", "index", ""].contains(names[$0].lowercased()) && columns[$0].areRows }
        for column in counting { notes.append("left out, since it counts the lines: the column '\(names[column])'") }
        features.removeAll { counting.contains($0) }
        guard !features.isEmpty else { throw StrataError(.data, "\(path): has no columns besides its labels") }
        let rows = try self.rows(split)
        let fills = try self.fills(features, rows[.train] ?? [], options)
        for column in features + [label, split, weight].compactMap(\.self) where fills[column] == nil {
            try checkComplete(column)
        }
        for column in features + [weight].compactMap(\.self) { try checkNumbers(column, mayBeText: column != weight) }

        notes += try numberNotes(features)

        let side = imageSide(features)
        if let side { notes.append("the columns are pixels from 0 to 255: images of \(side) × \(side)") }
        let categories = Dictionary(
            uniqueKeysWithValues: features.filter { columns[$0].isText }.map { ($0, columns[$0].words.sorted()) })
        for column in features {
            guard let values = categories[column] else { continue }
            notes.append(
                "the column '\(names[column])' is \(values.count) columns of 0 and 1: \(values.joined(separator: ", "))"
            )
        }
        let width = features.reduce(0) { $0 + (categories[$1]?.count ?? 1) }
        notes.append("\(count) examples of \(width) numbers")

        notes += fillNotes(fills, options.missing)
        func part(_ name: SplitName) throws -> DataParts.Part? {
            guard let chosen = rows[name] else { return nil }
            return try self.part(chosen, features, categories, fills, label, weight, side: side)
        }
        guard let train = try part(.train) else {
            throw StrataError(.data, "\(path): has no line whose split is train")
        }
        var parts = DataParts(name: path, train: train, test: try part(.test), validation: try part(.validation))
        parts.notes = notes
        if options.missing != .refused {
            parts.fills = Dictionary(uniqueKeysWithValues: fills.map { (names[$0.key], $0.value) })
        }
        return try parts.dataSet(options)
    }

    private func labelColumn(among columns: [Int]) -> Int? {
        let named = column(["label", "labels", "class", "target"]) ?? (column(["x"]) == nil ? column(["y"]) : nil)
        if hasHeader, let named, columns.contains(named) { return named }
        let texts = columns.filter { self.columns[$0].isText && self.columns[$0].numbers == 0 }
        return texts.count == 1 ? texts[0] : nil
    }

    private func splitColumn() throws -> Int? {
        guard hasHeader, let column = column(["split"]) else { return nil }
        guard columns[column].numbers == 0 else {
            throw StrataError(
                .data, "\(path): the column 'split' has numbers; write train, test or validation there, or rename it")
        }
        if let other = columns[column].words.sorted().first(where: { SplitName($0) == nil }) {
            throw StrataError(.data, "\(path): the split '\(other)' is unknown; expected train, test or validation")
        }
        return column
    }

    private func weightColumn(_ name: String?) throws -> Int? {
        guard let name else { return hasHeader ? column(["sample_weight", "sample_weights"]) : nil }
        guard let column = names.firstIndex(of: name) else {
            throw StrataError(
                .data, "\(path): has no column '\(name)' of weights; it has '\(names.joined(separator: "', '"))'")
        }
        return column
    }

    /// What is to be told of how numbers were read. Throws where points and commas leave it open which one is the decimal one.
    private func numberNotes(_ features: [Int]) throws -> [String] {
        var notes: [String] = []
        if let comma = features.first(where: { columns[$0].haveCommas }) {
            if let point = features.first(where: { columns[$0].havePoints }) {
                throw StrataError(
                    .data,
                    "\(path): numbers have commas in the column '\(names[comma])' and points in '\(names[point])'; write the"
                        + " decimals alike, and no separators of thousands")
            }
            notes.append("commas in numbers are decimal ones")
        }
        for column in features where columns[column].areRounded {
            notes.append(
                "the column '\(names[column])' has whole numbers above 2²⁴, of which float32 keeps not every digit")
        }
        return notes
    }

    private func checkComplete(_ column: Int) throws {
        let facts = columns[column]
        guard facts.missing > 0 else { return }
        let all = columns.reduce(0) { $0 + $1.missing }
        throw StrataError(
            .data,
            "\(path), line \(facts.firstMissing): the column '\(names[column])' has no value; missing in all: \(all); fill"
                + " them in, leave such lines out, or set missing to mean or zero")
    }

    private func checkNumbers(_ column: Int, mayBeText: Bool) throws {
        let facts = columns[column]
        guard let word = facts.firstWord else { return }
        guard mayBeText, facts.numbers == 0 else {
            throw StrataError(
                .data, "\(path), line \(word.line): '\(word.text)' in the column '\(names[column])' is no number")
        }
        guard facts.words.count <= Self.mostCategories else {
            throw StrataError(
                .data,
                "\(path): the column '\(names[column])' is text of \(facts.words.count) different values, more than the"
                    + " \(Self.mostCategories) that a category may have; leave it out")
        }
    }

    /// The height and width of the images that the columns are the pixels of.
    private func imageSide(_ features: [Int]) -> Int? {
        let side = Int(Double(features.count).squareRoot())
        guard side > 1, side * side == features.count,
            features.allSatisfy({ columns[$0].areBytes && !columns[$0].isText })
        else { return nil }
        // Row by row: in any other order they would make another image.
        let first = names[features[0]].lowercased()
        let arePixels = zip(features, 0...).allSatisfy { column, place in
            let name = names[column].lowercased()
            if first.hasPrefix("pixel") {
                return (0...1).contains { first == "pixel\($0)" && name == "pixel\($0 + place)" }
            }
            return (0...1).contains { first == "\($0)x\($0)" && name == "\(place / side + $0)x\(place % side + $0)" }
        }
        return arePixels ? side : nil
    }

    // MARK: The values

    /// The rows of each split.
    private func rows(_ split: Int?) throws -> [SplitName: Set<Int>] {
        guard let split else { return [.train: Set(0..<count)] }
        var rows: [SplitName: Set<Int>] = [:]
        try forEachRow { row, fields in
            guard let name = SplitName(try csv.text(fields[split])) else { return }
            rows[name, default: []].insert(row)
        }
        return rows
    }

    private func forEachRow(_ body: (_ row: Int, _ fields: [CSV.Field]) throws -> Void) throws {
        var row = hasHeader ? -1 : 0
        try csv.forEachRecord { _, fields in
            if row >= 0 { try body(row, fields) }
            row += 1
        }
    }

    private func part(
        _ rows: Set<Int>, _ features: [Int], _ categories: [Int: [String]], _ fills: [Int: Float], _ label: Int?,
        _ weight: Int?, side: Int?
    ) throws -> DataParts.Part {
        var (values, pixels) = ([Float](), [UInt8]())
        let indices = categories.mapValues { Dictionary(uniqueKeysWithValues: $0.enumerated().map { ($1, $0) }) }
        var (labels, words, weights) = ([Float](), [String](), [Float]())
        try forEachRow { row, fields in
            guard rows.contains(row) else { return }
            for column in features {
                let field = fields[column]
                if let index = indices[column] {
                    let own = index[try csv.text(field)]
                    for place in 0..<index.count { values.append(place == own ? 1 : 0) }
                } else if side != nil {
                    pixels.append(UInt8((finite(field) ?? fills[column] ?? 0).rounded()))
                } else {
                    values.append(finite(field) ?? fills[column] ?? .nan)
                }
            }
            if let label {
                if columns[label].isText { words.append(try csv.text(fields[label])) }
                labels.append(csv.number(fields[label]) ?? .nan)
            }
            if let weight { weights.append(csv.number(fields[weight]) ?? .nan) }
        }
        let count = rows.count
        let examples =
            if let side {
                try StoredArray(dtype: .uint8, shape: [count, side, side], bytes: pixels)
            } else { try StoredArray(values, shape: [count, values.count / max(count, 1)]) }
        var part = DataParts.Part(examples: try SourceArray(examples, path: path))
        if let label {
            part.known[ColumnName.label] =
                columns[label].isText
                ? try SourceArray(words: words, path: path)
                : try SourceArray(StoredArray(labels, shape: [count]), path: path)
        }
        if weight != nil {
            part.known[ColumnName.weight] = try SourceArray(StoredArray(weights, shape: [count]), path: path)
        }
        return part
    }
}

// MARK: Missing numbers

extension TableFile {
    private func finite(_ field: CSV.Field) -> Float? { csv.number(field).flatMap { $0.isFinite ? $0 : nil } }

    /// What takes the place of a missing number, for each column of numbers; none where such are refused.
    ///
    /// Throws `data` for a column that has no number at all, or lacks one and no value for it is known.
    private func fills(_ features: [Int], _ train: Set<Int>, _ options: DataOptions) throws -> [Int: Float] {
        let numbers = features.filter { !columns[$0].isText }
        guard options.missing != .refused else { return [:] }
        if let column = numbers.first(where: { columns[$0].firstInfinite != nil }),
            let line = columns[column].firstInfinite
        {
            throw StrataError(
                .data, "\(path), line \(line): the number in the column '\(names[column])' is beyond those of float32")
        }
        if Set(numbers.map { names[$0] }).count < numbers.count {
            throw StrataError(.data, "\(path): has two columns of one name; what is missing cannot be told from it")
        }
        switch options.missing {
        case .refused: return [:]
        case .zero: return Dictionary(uniqueKeysWithValues: numbers.map { ($0, 0) })
        case .values(let known):
            return Dictionary(
                uniqueKeysWithValues: numbers.compactMap { column in known[names[column]].map { (column, $0) } })
        case .mean:
            var train = train
            if train.count == count, options.drawsTest, count > 1 {
                train = Set(DataSet.drawn(count, seed: options.seed).train.map(Int.init))
            }
            var (sums, counts) = ([Int: Double](), [Int: Int]())
            try forEachRow { row, fields in
                guard train.contains(row) else { return }
                for column in numbers {
                    guard let number = finite(fields[column]) else { continue }
                    sums[column, default: 0] += Double(number)
                    counts[column, default: 0] += 1
                }
            }
            return try Dictionary(
                uniqueKeysWithValues: numbers.map { column in
                    guard let sum = sums[column], let count = counts[column] else {
                        throw StrataError(
                            .data,
                            "\(path): the column '\(names[column])' has no value in any training row; leave it out")
                    }
                    return (column, Float(sum / Double(count)))
                })
        }
    }

    private func fillNotes(_ fills: [Int: Float], _ missing: DataOptions.MissingValues) -> [String] {
        let filled = fills.keys.sorted().filter { columns[$0].missing > 0 }
        guard !filled.isEmpty else { return [] }
        let what =
            switch missing {
            case .mean: "the means of the training rows"
            case .zero: "0"
            case .refused, .values: "what they were filled with in training"
            }
        return [
            "\(filled.reduce(0) { $0 + columns[$1].missing }) missing values are filled with \(what): \(filled.map { names[$0] }.joined(separator: ", "))"
        ]
    }
}

extension DataFormat {
    /// Comma- or tab-separated values.
    static let table = DataFormat(
        "a table (.csv, .tsv)",
        recognizes: { candidate in
            !candidate.isFolder && [".csv", ".tsv", ".csv.gz", ".tsv.gz"].contains { candidate.hasEnding($0) }
        },
        load: { path, options in
            let bytes = try options.wholeFile(
                path, hint: "a table is read whole; make a folder of .npy files of it (numpy.loadtxt, numpy.save)")
            let hasTabs = path.lowercased().contains(".tsv")
            return try TableFile(bytes, path: path, separator: hasTabs ? UInt8(ascii: "\t") : nil).dataSet(options)
        })
}
