import StrataBackend

/// Data that a user names by a path.
///
/// | path | is read as |
/// | --- | --- |
/// | a folder with IDX files as MNIST's are named, plain or `.gz` | IDX, with a training and a test split |
/// | a folder of `.npy` files that are named as the arrays of an archive | these arrays |
/// | `.mid` or `.abc`, or a folder of such | tunes: for each sixteenth note the keys of a piano that sound, or tokens |
/// | any other folder | images, see `ImageFolder` |
/// | `.tar`, plain or gzip's, `data-{000..009}.tar` for several, or a folder of such | images with labels, see `TarShards` |
/// | a PNG, JPEG, WebP, PGM or PPM file | an image, the only example |
/// | `.csv`, `.tsv`, plain or `.gz` | a table, an example a line, see `TableFile` |
/// | `.txt`, plain or `.gz` | sequences of tokens, characters or words |
/// | `.npz` | arrays, see `NamedArrays` |
/// | `.mat` | MATLAB's variables, as the arrays of an archive; cells of matrices are sequences |
/// | `.npy` | an array [N, …] without labels |
/// | `…images…` in IDX format | IDX; labels from `…labels…`, and for `train…` the test split from `t10k…` or `test…` |
///
/// Where there is no test split, the last tenth, shuffled by the seed, becomes it, and a note says so.
public enum DataPath {
    /// Throws `file` where the path cannot be read and `data` or `unsupported` for what is in it.
    public static func load(
        _ path: String, _ options: DataOptions, formats: [DataFormat] = DataFormat.standard
    ) throws -> DataSet {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let kind = FileBytes.kind(path)
        if let shards = try ShardNames.expand(path) { return try DataFormat.shards([.train: shards], path, options) }
        guard kind != .missing else { throw StrataError(.file, "\(path): no such file or folder") }
        let candidate = DataFormat.Candidate(
            path: path, isFolder: kind == .folder, start: kind == .file ? try FileBytes.start(path, 16) : [])
        guard let format = try formats.first(where: { try $0.recognizes(candidate) }) else {
            throw StrataError(
                .unsupported,
                "\(path): is no kind of data that is known; give \(formats.map(\.summary).joined(separator: ", or "))")
        }
        return try format.load(path, options)
    }

    /// Whether there is something under a path, or under the first of those that a pattern stands for.
    package static func exists(_ path: String) -> Bool {
        let first = (try? ShardNames.expand(path))?.first
        return FileBytes.kind(first ?? path) != .missing
    }

    /// The same with all other options as they are by themselves.
    public static func load(_ path: String, codecs: Codecs = .none, seed: UInt32 = 0) throws -> DataSet {
        try load(path, DataOptions(codecs: codecs, seed: seed))
    }
}
