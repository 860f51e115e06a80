/// A kind of file or folder that data can be read from: one more in `DataCatalog.formats` is one more that is read.
///
/// ```
/// catalog.formats.append(DataFormat("a table (.parquet)", recognizes: { $0.hasEnding(".parquet") }) { path, options in … })
/// ```
public struct DataFormat: Sendable {
    /// What a path leads to, as far as is needed to tell its format.
    public struct Candidate: Sendable {
        /// The path that data are to be loaded from, without a slash at its end.
        public let path: String
        /// Whether the path leads to a folder rather than a file.
        public let isFolder: Bool
        /// The first 16 bytes of a file, or fewer where it has not so many; none of a folder.
        public let start: [UInt8]

        /// Whether the path has this ending, in whatever case.
        public func hasEnding(_ ending: String) -> Bool { path.lowercased().hasSuffix(ending.lowercased()) }

        /// The last part of the path.
        public var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    }

    /// What is told of the format where a path leads to none that is known.
    public var summary: String
    /// Whether a path is of this format. It is asked in the order of the formats, until one says yes.
    public var recognizes: @Sendable (Candidate) throws -> Bool
    /// Reads the data under a path that was recognized.
    public var load: @Sendable (_ path: String, _ options: DataOptions) throws -> DataSet

    /// A format that is told by `recognizes` and read by `load`. What either throws, loading throws.
    public init(
        _ summary: String, recognizes: @escaping @Sendable (Candidate) throws -> Bool,
        load: @escaping @Sendable (_ path: String, _ options: DataOptions) throws -> DataSet
    ) {
        self.summary = summary
        self.recognizes = recognizes
        self.load = load
    }

    /// All that Strata reads by itself; the first that recognizes a path reads it.
    public static let standard: [DataFormat] = [
        .idxFolder, .arrayFolder, .shardFolder, .midi, .abc, .imageFolder, .imageFile, .shard, .table, .text,
        .arrayArchive,
        .matlab, .array,
        .idxFile,
    ]
}
