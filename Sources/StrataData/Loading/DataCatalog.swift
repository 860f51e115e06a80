import StrataBackend

/// The data sets that a program offers by name, and the formats it reads: a value, so one of your own is one more
/// element.
///
/// ```
/// let catalog: DataCatalog = .builtIn + [DataCatalog.Entry("moons", "points on two half moons") { _ in try moons() }]
/// let data = try catalog.load("moons")
/// ```
public struct DataCatalog: Sendable {
    /// A data set that is offered by its name, and how to get it.
    public struct Entry: Sendable {
        /// What a user types: lower case, no spaces, dots or slashes.
        public var name: String
        /// One line for lists.
        public var summary: String
        /// Reads or draws the set, anew whenever it is asked for; what it throws, `DataCatalog.load` throws.
        public var load: @Sendable (DataOptions) throws -> DataSet

        /// A data set of that name with a line about it. Nothing is read before it is loaded; the name is not checked.
        public init(_ name: String, _ summary: String, load: @escaping @Sendable (DataOptions) throws -> DataSet) {
            self.name = name
            self.summary = summary
            self.load = load
        }
    }

    /// The sets in the order of lists; the first of a name is the one that is loaded.
    public var entries: [Entry]
    /// What can be made of any set.
    public var derivations: [Derivation]
    /// What data under a path may be.
    public var formats: [DataFormat]

    /// A catalog of these sets, which by default reads all formats and makes all sets that Strata knows. Names are not
    /// checked.
    public init(
        _ entries: [Entry], derivations: [Derivation] = Derivation.standard, formats: [DataFormat] = DataFormat.standard
    ) {
        self.entries = entries
        self.derivations = derivations
        self.formats = formats
    }

    /// The sets of a catalog and more; one of the same name takes the place of that before it.
    public static func + (catalog: DataCatalog, more: [Entry]) -> DataCatalog {
        let replaced = Set(more.map(\.name))
        return DataCatalog(
            catalog.entries.filter { !replaced.contains($0.name) } + more, derivations: catalog.derivations,
            formats: catalog.formats)
    }

    /// The set of that name, or else the data under that path; a name goes before a file of the same name (write
    /// `./sprites` for the file). `overlaid:` and the like before either ask for what is made of it.
    ///
    /// Throws `usage` for what is neither, telling the nearest name; `data` with what to install where a set is not
    /// on this machine; and what reading throws.
    public func load(_ name: String, _ options: DataOptions) throws -> DataSet {
        var data = try found(name, options)
        let resident = data.train.columns.reduce(0) { $0 + $1.storage.residentByteCount }
        if let memory = options.memory, resident > memory {
            data.notes.append(
                "'\(name)' takes \(resident) bytes of memory, more than \(memory): only .npy and IDX files, folders of images"
                    + " and tar shards are read batch by batch")
        }
        return data
    }

    private func found(_ name: String, _ options: DataOptions) throws -> DataSet {
        if let entry = entries.first(where: { $0.name == name }) { return try entry.load(options) }
        if let (derivation, rest) = derived(name) {
            let (argument, bases) = try derivation.parts(of: rest, in: name)
            return try derivation.make(
                Derivation.Request(
                    bases: bases.map { try found($0, options) }, argument: argument, name: name, seed: options.seed))
        }
        if name.contains("/") || name.contains(".") || FileBytes.kind(name) != .missing {
            return try DataPath.load(name, options, formats: formats)
        }
        throw StrataError.unknown("data set", name, among: entries.map(\.name))
    }

    /// What a name asks to be made, and what follows the colon.
    private func derived(_ name: String) -> (derivation: Derivation, rest: String)? {
        guard let colon = name.firstIndex(of: ":"),
            let derivation = derivations.first(where: { $0.name == name[..<colon] })
        else { return nil }
        return (derivation, String(name[name.index(after: colon)...]))
    }

    /// A name as it can be kept: that of a set as it is, a path made absolute.
    package func lasting(_ name: String, absolute: (String) -> String) -> String {
        if entries.contains(where: { $0.name == name }) { return name }
        guard let (derivation, rest) = derived(name), let (argument, bases) = try? derivation.parts(of: rest, in: name)
        else { return absolute(name) }
        let own = derivation.argument == nil ? "" : "\(argument):"
        return "\(derivation.name):\(own)\(bases.map { lasting($0, absolute: absolute) }.joined(separator: ","))"
    }

    /// The same with all other options as they are by themselves.
    public func load(
        _ name: String, codecs: Codecs = .none, seed: UInt32 = 0,
        environment: @escaping @Sendable (String) -> String? = DataOptions.processEnvironment
    ) throws -> DataSet {
        try load(name, DataOptions(codecs: codecs, seed: seed, environment: environment))
    }

    /// Fashion-MNIST, MNIST, and sets that are drawn here.
    ///
    /// `STRATA_DATA_DIR` names the folder of the sets, `/usr/share/datasets` where it is not set; `STRATA_MNIST_DIR`
    /// names MNIST's own folder, and `STRATA_GLYPHS_DIR` that of the files which glyphs are made of, which Debian's
    /// packages have elsewhere.
    public static let builtIn = DataCatalog([
        Entry("fashion-mnist", "70,000 grayscale images of clothes, 28 × 28, 10 classes (Xiao, Rasul, Vollgraf 2017)") {
            try installed(
                "fashion-mnist", in: root($0) + "/fashion-mnist",
                classNames: [
                    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                    "Ankle boot",
                ],
                hint: "apt-get install dataset-fashion-mnist, or set STRATA_DATA_DIR to the folder that holds"
                    + " fashion-mnist/", $0)
        },
        Entry("mnist", "70,000 handwritten digits, 28 × 28 (LeCun, Cortes and Burges)") { try mnist($0) },
        Entry("sprites", "12,000 grayscale images of a shape, 28 × 28, drawn here, whose true factors are known") {
            try Sprites().dataSet(seed: $0.seed)
        },
        Entry(
            "glyphs",
            "18,340 images of letters with marks, 16 × 16, 426 classes, 74 of them unseen in training (GNU Unifont)"
        ) { try glyphs($0) },
        Entry(
            "rectangles",
            "18,000 outlines of rectangles, 28 × 28, wide or tall, drawn here (after Larochelle et al. 2007)"
        ) {
            try Outlines.rectangles.dataSet(seed: $0.seed)
        },
        Entry("convex", "18,000 white regions, 28 × 28, convex or not, drawn here (after Larochelle et al. 2007)") {
            try Outlines.convex.dataSet(seed: $0.seed)
        },
        Entry(
            "sea",
            "52,500 points of three numbers whose rule changes three times, a tenth of the labels wrong, drawn here"
        ) {
            try SEAConcepts().dataSet(seed: $0.seed)
        },
        Entry("spirals", "12,000 points of the plane on two arms of a spiral, drawn here") {
            try Spirals().dataSet(seed: $0.seed)
        },
        Entry("ring", "102,500 points of the plane in 8 clusters on a circle, drawn here") {
            try PlanarMixture.ring.dataSet(seed: $0.seed)
        },
        Entry("grid", "102,500 points of the plane in 25 clusters on a grid, drawn here") {
            try PlanarMixture.grid.dataSet(seed: $0.seed)
        },
    ])

    private static func root(_ options: DataOptions) -> String {
        options.environment("STRATA_DATA_DIR") ?? "/usr/share/datasets"
    }

    @Sendable private static func mnist(_ options: DataOptions) throws -> DataSet {
        try installed(
            "mnist", in: options.environment("STRATA_MNIST_DIR") ?? root(options) + "/mnist",
            classNames: (0...9).map(String.init),
            hint: "set STRATA_MNIST_DIR to the folder that holds train-images-idx3-ubyte and its companions", options)
    }

    @Sendable private static func glyphs(_ options: DataOptions) throws -> DataSet {
        let paths = ["/usr/share/unicode/UnicodeData.txt", "/usr/share/unifont/unifont.hex"]
        let folder = options.environment("STRATA_GLYPHS_DIR")
        let files = try paths.map { path in
            let own = folder.map { "\($0)/\(path.split(separator: "/").last ?? "")" } ?? path
            guard FileBytes.kind(own) == .file else {
                throw StrataError(
                    .data,
                    "glyphs are made of \(own), which is not there: apt-get install unifont unicode-data, or set"
                        + " STRATA_GLYPHS_DIR to the folder that holds UnicodeData.txt and unifont.hex")
            }
            return own
        }
        let letters = try MarkedLetter.all(
            unicodeData: FileBytes.read(files[0]), unifont: FileBytes.read(files[1]))
        return try Glyphs(letters).dataSet(seed: options.seed)
    }

    private static func installed(
        _ name: String, in folder: String, classNames: [String], hint: String, _ options: DataOptions
    ) throws -> DataSet {
        guard FileBytes.kind(folder) == .folder, let files = try IDXFiles(inFolder: folder) else {
            throw StrataError(.data, "\(name) is not installed in \(folder): \(hint)")
        }
        return try files.load(name: name, classNames: classNames, options)
    }
}
