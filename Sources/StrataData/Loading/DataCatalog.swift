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

    /// A way to make a data set out of another, which is asked for by its name before that of the other: `overlaid:mnist`.
    public struct Derivation: Sendable {
        /// What a user types before the colon: lower case, no spaces, dots or slashes.
        public var name: String
        /// One line for lists.
        public var summary: String
        /// What a user types between the name and that of the other set, each followed by a colon: `CLASS`; `nil` for
        /// nothing.
        public var argument: String?
        /// Makes a set of that name out of another, by a seed.
        public var make:
            @Sendable (_ base: DataSet, _ name: String, _ argument: String, _ seed: UInt32) throws -> DataSet

        /// A derivation of that name with a line about it. The name is not checked.
        public init(
            _ name: String, _ summary: String, make: @escaping @Sendable (DataSet, String, UInt32) throws -> DataSet
        ) {
            self.init(name, argument: nil, summary) { base, name, _, seed in try make(base, name, seed) }
        }

        /// A derivation that is told a word more: `without:Sneaker:fashion-mnist`. The names are not checked.
        public init(
            _ name: String, argument: String?, _ summary: String,
            make: @escaping @Sendable (DataSet, String, String, UInt32) throws -> DataSet
        ) {
            self.name = name
            self.argument = argument
            self.summary = summary
            self.make = make
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
                "'\(name)' takes \(resident) bytes of memory, more than \(memory): only .npy and IDX files and folders of"
                    + " images are read batch by batch")
        }
        return data
    }

    private func found(_ name: String, _ options: DataOptions) throws -> DataSet {
        if let entry = entries.first(where: { $0.name == name }) { return try entry.load(options) }
        if let (derivation, argument, base) = derived(name) {
            guard let base else {
                throw StrataError(
                    parameter: "data", name, "expected \(derivation.name):\(derivation.argument ?? ""):NAME")
            }
            return try derivation.make(found(base, options), name, argument, options.seed)
        }
        if name.contains("/") || name.contains(".") || FileBytes.kind(name) != .missing {
            return try DataPath.load(name, options, formats: formats)
        }
        throw StrataError.unknown("data set", name, among: entries.map(\.name))
    }

    /// What a name asks to be made of what, which is missing where a word is.
    private func derived(_ name: String) -> (derivation: Derivation, argument: String, base: String?)? {
        guard let colon = name.firstIndex(of: ":"),
            let derivation = derivations.first(where: { $0.name == name[..<colon] })
        else { return nil }
        let rest = name[name.index(after: colon)...]
        guard derivation.argument != nil else { return (derivation, "", String(rest)) }
        guard let end = rest.firstIndex(of: ":") else { return (derivation, String(rest), nil) }
        return (derivation, String(rest[..<end]), String(rest[rest.index(after: end)...]))
    }

    /// A name as it can be kept: that of a set as it is, a path made absolute.
    package func lasting(_ name: String, absolute: (String) -> String) -> String {
        if entries.contains(where: { $0.name == name }) { return name }
        guard let (derivation, argument, base) = derived(name), let base else { return absolute(name) }
        let word = derivation.argument == nil ? "" : "\(argument):"
        return "\(derivation.name):\(word)\(lasting(base, absolute: absolute))"
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
    /// names MNIST's own folder.
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

    private static func installed(
        _ name: String, in folder: String, classNames: [String], hint: String, _ options: DataOptions
    ) throws -> DataSet {
        guard FileBytes.kind(folder) == .folder, let files = try IDXFiles(inFolder: folder) else {
            throw StrataError(.data, "\(name) is not installed in \(folder): \(hint)")
        }
        return try files.load(name: name, classNames: classNames, options)
    }
}

extension DataCatalog.Derivation {
    /// Three images as channels of one, two images in one frame, images in colours, what is perturbed, what has a
    /// rare group, what lacks a class, and what turns with time.
    public static let standard = [
        DataCatalog.Derivation(
            "stacked", "three gray images as channels of one, the classes of all together (Metz et al. 2017)"
        ) { try StackedImages().dataSet(of: $0, name: $1, seed: $2) },
        DataCatalog.Derivation(
            "overlaid", "two gray images in one frame, with columns left and right of their classes (MultiMNIST)"
        ) { try OverlaidImages().dataSet(of: $0, name: $1, seed: $2) },
        DataCatalog.Derivation("coloured", "gray images as three channels, each class in a hue of its own") {
            base, name, _ in
            try ColouredImages().dataSet(of: base, name: name)
        },
        DataCatalog.Derivation(
            "perturbed", "a fifth of the values replaced at random, for a background model (Ren et al. 2019)"
        ) { try PerturbedValues().dataSet(of: $0, name: $1, seed: $2) },
        DataCatalog.Derivation(
            "without", argument: "CLASS", "without the training examples of a class, which are outliers of the test"
        ) { base, name, held, _ in
            try HeldOutClass(held).dataSet(of: base, name: name)
        },
        DataCatalog.Derivation("rotating", "gray images that turn while time goes on, half a turn in all") {
            base, name, _ in
            try RotatingImages().dataSet(of: base, name: name)
        },
        DataCatalog.Derivation(
            "rare", "a corner of the factors, or the last class, thinned to 1 % of the training examples"
        ) { try RareGroup().dataSet(of: $0, name: $1, seed: $2) },
    ]
}
