import StrataBackend

/// What a format found, split by split. The conclusions from it are the same for all formats: the layout of images, the
/// scale of bytes, what labels mean, which split is missing.
struct DataParts {
    struct Part {
        var examples: SourceArray
        /// The columns that mean something (`KnownColumn`), by their names.
        var known: [String: SourceArray] = [:]
        /// Any other columns, by their names.
        var others: [(name: String, array: SourceArray)] = []

        init(examples: SourceArray, labels: SourceArray? = nil) {
            self.examples = examples
            known[ColumnName.label] = labels
        }
    }

    var name: String
    var train: Part
    var test: Part?
    var validation: Part?
    /// The classes that labels index, where the format knows them.
    var classNames: [String]?
    /// What describes the classes, where the format has it.
    var classTable: ClassTable?
    /// Whether channels are known to come first.
    var hasChannelsFirst = false
    /// The tokens that the examples are the numbers of, where they are a text's.
    var vocabulary: TextVocabulary?
    /// What takes the place of missing numbers, where that is not refused.
    var fills: [String: Float]?
    var notes: [String] = []

    /// Where messages about all parts lead.
    private var path: String { train.examples.path }

    /// Draws the conclusions, and notes them.
    func dataSet(_ options: DataOptions) throws -> DataSet {
        var parts = self
        try parts.makeSplitsAlike()
        try parts.settleLayout(options)
        let examples = try parts.exampleSpec(options)
        let labels = try parts.labelColumns()
        var splits: [DataSplit] = []
        for (number, part) in parts.all.enumerated() {
            splits.append(
                try Self.naming(part.examples.path) {
                    try part.split(examples, labels.map { $0[number] })
                })
        }
        if parts.test == nil, !options.drawsTest { splits.append(try splits[0].subset([])) }
        var data =
            splits.count == 1
            ? try DataSet(name: name, splitting: splits[0], seed: options.seed)
            : try DataSet(
                name: name, train: splits[0], test: splits[1], validation: splits.count > 2 ? splits[2] : nil)
        data.notes = parts.notes + data.notes
        data.fills = parts.fills
        data.vocabulary = parts.vocabulary
        guard let classTable else { return data }
        guard let classNames = data.classNames else {
            throw StrataError(.data, "\(name): has attributes of classes, and no labels that are classes")
        }
        return try data.describingClasses(by: classTable.attributes(of: classNames))
    }

    /// The parts that there are: the training part first, then the test part.
    private var all: [Part] { [train] + [test, validation].compactMap(\.self) }

    /// Puts the path before what is said of columns, which know none.
    static func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as StrataError {
            throw StrataError(error.kind == .shape ? .data : error.kind, "\(path): \(error.message)")
        }
    }

    // MARK: Splits

    /// Settles what one split has and another lacks, and makes the validation part the test part where there is none.
    private mutating func makeSplitsAlike() throws {
        for column in KnownColumn.all {
            try makeAlike(column, "test", \.test)
            try makeAlike(column, "validation", \.validation)
        }
        if test == nil, let part = validation {
            test = part
            validation = nil
            notes.append("\(name) has no test split: its validation split (\(part.examples.count) examples) is it")
        }
        let shared = all.dropFirst().reduce(Set(train.others.map(\.name))) { $0.intersection($1.others.map(\.name)) }
        let lost = Set(all.flatMap { $0.others.map(\.name) }).subtracting(shared).sorted()
        if !lost.isEmpty { notes.append("left out, since not every split has them: \(lost.joined(separator: ", "))") }
        train.others.removeAll { !shared.contains($0.name) }
        test?.others.removeAll { !shared.contains($0.name) }
        validation?.others.removeAll { !shared.contains($0.name) }
        if let odd = all.first(where: {
            $0.examples.dtype != train.examples.dtype || $0.examples.rowShape != train.examples.rowShape
        }) {
            let (first, other) = (train.examples, odd.examples)
            throw StrataError(
                .data,
                "\(name): training examples are \(first.dtype.name) \(first.rowShape), but \(other.path) has"
                    + " \(other.dtype.name) \(other.rowShape); they must be alike")
        }
    }

    private mutating func makeAlike(_ column: KnownColumn, _ kind: String, _ split: WritableKeyPath<Self, Part?>) throws
    {
        guard let part = self[keyPath: split] else { return }
        switch (train.known[column.name] != nil, part.known[column.name] != nil, column.absence) {
        case (true, true, _), (false, false, _): return
        case (false, true, .leavesOutSplit):
            throw StrataError(
                .data,
                "\(name): has \(column.plural) for the \(kind) examples only; give those of the training examples too, or"
                    + " none")
        case (false, true, _): self[keyPath: split]?.known[column.name] = nil
        case (true, false, .leavesOutSplit):
            self[keyPath: split] = nil
            notes.append("the \(part.examples.count) \(kind) examples have no \(column.plural) and are left out")
        case (true, false, .leavesOutColumn):
            train.known[column.name] = nil
            test?.known[column.name] = nil
            validation?.known[column.name] = nil
            notes.append("the \(column.plural) are left out: the \(kind) examples have none")
        case (true, false, .countsAsOnes):
            let count = part.examples.count
            let ones = try StoredArray([Float](repeating: 1, count: count), shape: [count])
            let weights = try SourceArray(ones, path: name)
            self[keyPath: split]?.known[column.name] = weights
        }
    }

    // MARK: Examples

    private mutating func settleLayout(_ options: DataOptions) throws {
        guard !hasChannelsFirst else { return }
        let shape = train.examples.rowShape
        if let channels = try Self.lastChannels("examples", shape, options.layout, path, &notes) {
            try train.examples.putChannelsFirst(channels)
            try test?.examples.putChannelsFirst(channels)
            try validation?.examples.putChannelsFirst(channels)
            notes.append(
                "examples of \(shape) are images with their channels last: they are read as \(train.examples.rowShape)")
        }
        try settleLayoutOfSources(options)
    }

    private mutating func settleLayoutOfSources(_ options: DataOptions) throws {
        guard let sources = train.known[ColumnName.source], sources.rowShape.rank == 3,
            let channels = try Self.lastChannels("sources", sources.rowShape, options.layout, path, &notes)
        else { return }
        func turn(_ part: inout Part) throws {
            // Others are told to be unlike these.
            guard part.known[ColumnName.source]?.rowShape == sources.rowShape else { return }
            try part.known[ColumnName.source]?.putChannelsFirst(channels)
        }
        try turn(&train)
        if var part = test {
            try turn(&part)
            test = part
        }
        if var part = validation {
            try turn(&part)
            validation = part
        }
        notes.append("sources of \(sources.rowShape) are images with their channels last")
    }

    /// The channels of images that come last; `nil` where none do.
    private static func lastChannels(
        _ what: String, _ shape: Shape, _ layout: DataOptions.Layout, _ path: String, _ notes: inout [String]
    ) throws -> Int? {
        guard shape.rank == 3 else {
            guard layout != .channelsLast else {
                throw StrataError(
                    .usage, "\(path): has \(what) of \(shape), which have no channels; leave layout automatic")
            }
            return nil
        }
        let usual = [1, 3, 4]
        switch (layout, usual.contains(shape[0]), usual.contains(shape[2])) {
        case (.channelsLast, _, _), (.automatic, false, true): return shape[2]
        case (.channelsFirst, _, _), (.automatic, true, false): return nil
        case (.automatic, true, true):
            throw StrataError(
                .data,
                "\(path): \(what) of \(shape) may be images with \(shape[0]) channels first or \(shape[2]) last; set"
                    + " layout to channelsFirst or channelsLast")
        case (.automatic, false, false):
            notes.append("\(what) of \(shape) are taken for \(shape[0]) channels of \(shape[1]) × \(shape[2])")
            return nil
        }
    }

    private mutating func exampleSpec(_ options: DataOptions) throws -> ColumnSpec {
        let (dtype, shape) = (train.examples.dtype, train.examples.rowShape)
        guard all.allSatisfy({ $0.examples.words == nil }) else {
            throw StrataError(.data, "\(path): is text, and examples are numbers; give the index of each word as int32")
        }
        var spec = ColumnSpec(ColumnName.example, dtype: dtype, shape: shape)
        if (2...3).contains(shape.rank), dtype != .int32 { spec.meaning = .image }
        var (least, greatest) = (Float.infinity, -Float.infinity)
        for part in all {
            let found = try Self.naming(part.examples.path) {
                try Column(spec, part.examples.storage).extremes()
            }
            if let example = found.firstNotFinite {
                throw StrataError(
                    .data,
                    "\(part.examples.path): example \(example) has a value that is not a finite number; remove or"
                        + " replace it")
            }
            (least, greatest) = (min(least, found.least), max(greatest, found.greatest))
        }
        if let vocabulary {
            spec.meaning = .tokens(vocabulary: vocabulary.tokens.count)
            return spec
        }
        if options.examples == .tokens {
            // Up to here a float tells every whole number.
            guard dtype != .float32, least >= 0, greatest < Float(1 << 24) else {
                throw StrataError(
                    .data,
                    "\(path): tokens are whole numbers from 0 to below 2²⁴, and these examples are \(dtype.name) from"
                        + " \(least) to \(greatest)")
            }
            guard least <= greatest else { throw StrataError(.data, "\(path): holds no tokens") }
            spec.meaning = .tokens(vocabulary: Int(greatest) + 1)
            notes.append("examples are tokens of a vocabulary of \(Int(greatest) + 1)")
            return spec
        }
        switch dtype {
        case .float32: break
        case .int32:
            guard least <= greatest else { break }
            notes.append("examples are whole numbers from \(Int(least)) to \(Int(greatest)) and stay as they are")
        case .uint8:
            spec.scale = greatest == 1 ? 1 : 1 / 255
            if greatest == 1 {
                notes.append("bytes are 0 and 1: they are taken for bits")
            } else if (2...15).contains(greatest) {
                notes.append(
                    "bytes go from \(Int(least)) to \(Int(greatest)) only, and 255 is white: a model sees values up to"
                        + " \(greatest / 255); store them as float32 if they are not brightness")
            }
        }
        return spec
    }

    // MARK: Labels

    /// Labels or, where they turn out to be numbers, targets: a column for each part.
    private mutating func labelColumns() throws -> [Column]? {
        let known = all.compactMap { part in
            part.known[ColumnName.label].map { (array: $0, count: part.examples.count) }
        }
        guard !known.isEmpty else { return nil }
        let names = try classNames ?? classTable?.names(for: known.map(\.array))
        let reading = try Self.naming(path) {
            try LabelReading(known.map(\.array), counts: known.map(\.count), classNames: names)
        }
        notes += reading.notes
        if reading.areTargets, train.known[ColumnName.target] != nil {
            throw StrataError(.data, "\(path): has targets, and labels that are no classes; keep one of them")
        }
        return try Self.naming(path) { try reading.columns() }
    }
}

extension DataParts.Part {
    /// The columns of the part; `label` is what its labels turned out to be.
    fileprivate func split(_ spec: ColumnSpec, _ label: Column?) throws -> DataSplit {
        let count = examples.count
        var columns = [try Column(spec, examples.storage)]
        if let label { columns.append(label) }
        for known in KnownColumn.all {
            guard let array = self.known[known.name], let column = known.column else { continue }
            columns.append(try column(array, count))
        }
        if let lengths = columns.first(where: { $0.name == ColumnName.length }) {
            let (found, steps) = (try lengths.values(0..<count), spec.shape.first ?? 1)
            if let wrong = found.firstIndex(where: { $0 < 1 || $0 > Float(steps) }) {
                throw StrataError(
                    .shape, "sequence \(wrong) has a length of \(Int(found[wrong])), outside 1...\(steps)")
            }
        }
        for (name, array) in others {
            let shape = Shape(Array(array.shape.dropFirst()))
            columns.append(try Column(ColumnSpec(name, dtype: array.dtype, shape: shape), array.storage))
        }
        return try DataSplit(columns: columns)
    }
}

extension SourceArray {
    /// Turns rows of [height, width, channels] to [channels, height, width], or [height, width] for a single channel.
    fileprivate mutating func putChannelsFirst(_ channels: Int) throws {
        let (height, width) = (rowShape[0], rowShape[1])
        var storage = storage
        if channels > 1 {
            let turned = ChannelsFirstRows(base: storage, channels: channels, elementBytes: dtype.byteCount)
            let spec = ColumnSpec("", dtype: dtype, shape: rowShape)
            storage =
                self.storage.resident == nil
                ? turned : ResidentRows(try Column(spec, turned).bytes, bytesPerRow: spec.bytesPerRow)
        }
        self = SourceArray(
            path: path, dtype: dtype, rowShape: channels == 1 ? [height, width] : [channels, height, width],
            storage: storage)
    }
}
