import Glibc

/// How data are loaded, as a value.
///
/// ```
/// let data = try DataCatalog.standard.load("x.npy", DataOptions(codecs: .system, memory: 512 << 20))
/// ```
public struct DataOptions: Sendable {
    /// Where the channels of images lie, [N, H, W, C] or [N, C, H, W].
    public enum Layout: Sendable, Hashable, CaseIterable {
        /// Images with 1, 3 or 4 channels in one of the two places are such; where both fit, loading throws.
        case automatic
        /// [N, C, H, W], read without change.
        case channelsFirst
        /// [N, H, W, C]; the channels are put first. Loading throws `usage` where examples have not three dimensions.
        case channelsLast
    }

    /// What whole numbers among the examples stand for.
    public enum ExampleMeaning: Sendable, Hashable, CaseIterable {
        /// Numbers; bytes are brightness, or bits where none is above 1.
        case automatic
        /// Indices into a vocabulary, from 0.
        case tokens
    }

    /// What takes the place of numbers that a table lacks.
    public enum MissingValues: Sendable, Hashable {
        /// Nothing: loading throws, with the place of the first.
        case refused
        /// The mean of the column's training rows.
        case mean
        /// Zero.
        case zero
        /// A number for each column by its name, as `DataSet.fills` of the data that a model was trained on has them.
        case values([String: Float])
    }

    /// The compressed formats that can be read.
    public var codecs: Codecs
    /// What the splitting of data without a test split, and sets that are drawn, depend on.
    public var seed: UInt32
    /// Bytes that the examples of one file may take in memory: those that take more are read from the file whenever they
    /// are needed. No limit where it is `nil`.
    public var memory: Int?
    /// Where the channels of images lie, which arrays alone cannot always tell; it concerns examples [A, B, C].
    public var layout: Layout
    /// Whether whole numbers among the examples are tokens, which loading never takes them for by itself.
    public var examples: ExampleMeaning
    /// The name of the array in an archive that says how much each example counts, where it is not one of the usual
    /// names (`weights`, `sample_weight`).
    public var weights: String?
    /// What a token of a text is, where no vocabulary says.
    public var textUnit = TextVocabulary.Unit.characters
    /// The tokens that texts are read with, those of the text that a model was trained on; by default each text has its own.
    public var vocabulary: TextVocabulary?
    /// What takes the place of numbers that a table lacks.
    public var missing = MissingValues.refused
    /// Whether examples that came in one piece are split into a training and a test split. Without, all are training examples in
    /// the order in which they came, and the test split is empty, as whoever applies a trained model wants them.
    public var drawsTest = true
    /// Looks up an environment variable.
    public var environment: @Sendable (String) -> String?

    /// Options, each of which may be left out: by default no codecs, seed 0, no limit of memory, and the environment
    /// of this process.
    public init(
        codecs: Codecs = .none, seed: UInt32 = 0, memory: Int? = nil, layout: Layout = .automatic,
        examples: ExampleMeaning = .automatic, weights: String? = nil,
        environment: @escaping @Sendable (String) -> String? = Self.processEnvironment
    ) {
        self.codecs = codecs
        self.seed = seed
        self.memory = memory
        self.layout = layout
        self.examples = examples
        self.weights = weights
        self.environment = environment
    }

    /// The variable of that name of this process.
    @Sendable public static func processEnvironment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Whether so many bytes may be taken.
    func holds(_ byteCount: Int) -> Bool { memory.map { byteCount <= $0 } ?? true }
}
