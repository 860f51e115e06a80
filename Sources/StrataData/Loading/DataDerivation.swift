import StrataBackend

extension DataCatalog {
    /// A way to make a data set out of others, which is asked for by its name before theirs: `overlaid:mnist`,
    /// `domains:mnist,photos.npz`, `classes:0-4:mnist`.
    public struct Derivation: Sendable {
        /// What is asked for: the sets it is made of, the word before their names, the name of the whole, and a seed.
        public struct Request: Sendable {
            /// As many as the derivation takes.
            public var bases: [DataSet]
            /// What stands between the derivation's name and those of the sets; empty where it takes nothing.
            public var argument: String
            /// That of the set that is made.
            public var name: String
            /// What is drawn depends on it.
            public var seed: UInt32
        }

        /// What a user types before the first colon: lower case, no spaces, dots or slashes.
        public var name: String
        /// One line for lists.
        public var summary: String
        /// What stands before a second colon, as lists call it; `nil` where there is none.
        public var argument: String?
        /// What the sets that it takes are called in lists, in the order of their names, which commas separate.
        public var bases: [String]
        /// Makes the set.
        public var make: @Sendable (Request) throws -> DataSet

        /// A derivation of that name with a line about it, by default from one set and without an argument. The name is
        /// not checked.
        public init(
            _ name: String, _ summary: String, argument: String? = nil, of bases: [String] = ["NAME"],
            make: @escaping @Sendable (Request) throws -> DataSet
        ) {
            self.name = name
            self.summary = summary
            self.argument = argument
            self.bases = bases
            self.make = make
        }

        /// How a user types it: `domains:SOURCE,TARGET`.
        public var form: String {
            "\(name):" + (argument.map { "\($0):" } ?? "") + bases.joined(separator: ",")
        }

        /// The argument and the names of the sets in what follows the name's colon.
        func parts(of rest: String, in name: String) throws -> (argument: String, bases: [String]) {
            var rest = Substring(rest)
            var own = ""
            if argument != nil {
                guard let colon = rest.firstIndex(of: ":") else {
                    throw StrataError(parameter: "data", name, "expected \(form)")
                }
                own = String(rest[..<colon])
                rest = rest[rest.index(after: colon)...]
            }
            let names =
                bases.count == 1 ? [rest] : rest.split(separator: ",", omittingEmptySubsequences: false)
            guard names.count == bases.count, !names.contains("") else {
                throw StrataError(parameter: "data", name, "expected \(form)")
            }
            return (own, names.map(String.init))
        }
    }
}

extension DataCatalog.Derivation {
    /// Some of the examples, several images in one, images in colours, combinations of factors for classes, two
    /// sets in one, what is perturbed, has a rare group or turns with time.
    public static let standard = [
        DataCatalog.Derivation(
            "classes", "the examples of some classes, counted anew: 0-4 or 0,2,7", argument: "CLASSES"
        ) { try SomeClasses(words: $0.argument, of: $0.bases[0]).dataSet(of: $0.bases[0], name: $0.name) },
        DataCatalog.Derivation("coloured", "gray images as three channels, each class in a hue of its own") {
            try ColouredImages().dataSet(of: $0.bases[0], name: $0.name)
        },
        DataCatalog.Derivation(
            "combined", "examples whose classes are combinations of their true factors, some unseen in training"
        ) { try FactorCombinations().dataSet(of: $0.bases[0], name: $0.name, seed: $0.seed) },
        DataCatalog.Derivation(
            "domains", "a source and a target domain in one set, told apart by a column", of: ["SOURCE", "TARGET"]
        ) { try JoinedDomains().dataSet(source: $0.bases[0], target: $0.bases[1], name: $0.name) },
        DataCatalog.Derivation("first", "so many training examples, from the first on", argument: "COUNT") {
            try $0.bases[0].first(words: $0.argument, name: $0.name)
        },
        DataCatalog.Derivation(
            "overlaid", "two gray images in one frame, with columns left and right of their classes (MultiMNIST)"
        ) { try OverlaidImages().dataSet(of: $0.bases[0], name: $0.name, seed: $0.seed) },
        DataCatalog.Derivation(
            "perturbed", "a fifth of the values replaced at random, for a background model (Ren et al. 2019)"
        ) { try PerturbedValues().dataSet(of: $0.bases[0], name: $0.name, seed: $0.seed) },
        DataCatalog.Derivation(
            "rare", "a corner of the factors, or the last class, thinned to 1 % of the training examples"
        ) { try RareGroup().dataSet(of: $0.bases[0], name: $0.name, seed: $0.seed) },
        DataCatalog.Derivation("rotating", "gray images that turn while time goes on, half a turn in all") {
            try RotatingImages().dataSet(of: $0.bases[0], name: $0.name)
        },
        DataCatalog.Derivation(
            "stacked", "three gray images as channels of one, the classes of all together (Metz et al. 2017)"
        ) { try StackedImages().dataSet(of: $0.bases[0], name: $0.name, seed: $0.seed) },
        DataCatalog.Derivation(
            "without", "without the training examples of a class, which are outliers of the test", argument: "CLASS"
        ) { try HeldOutClass($0.argument).dataSet(of: $0.bases[0], name: $0.name) },
    ]
}

extension DataSet {
    /// The first of the training examples, and all test examples.
    ///
    /// Throws `usage` for a word that is no number from 1 to that of the training examples.
    fileprivate func first(words: String, name: String) throws -> DataSet {
        guard let count = Int(words), (1...train.count).contains(count) else {
            throw StrataError(parameter: "data", name, "expected a number from 1 to \(train.count) after first:")
        }
        var data = try DataSet(
            name: name, train: train.subset((0..<Int32(count)).map { $0 }), test: test, validation: validation,
            notes: notes)
        (data.modes, data.attributes) = (modes, attributes)
        return data
    }
}
