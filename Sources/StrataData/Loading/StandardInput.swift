import StrataBackend

extension DataCatalog.Entry {
    /// An array or an archive of arrays that another program writes, plain or gzip's: the data set `-`.
    public static let standardInput = DataCatalog.Entry(
        "-", "what comes from standard input: .npy, or .npz with labels"
    ) {
        options in
        let path = "standard input"
        var bytes = try StandardStreams.input()
        if bytes.starts(with: [0x1F, 0x8B]) { bytes = try options.unpacked(bytes, path: path) }
        if bytes.starts(with: "PK".utf8) {
            return try NamedArrays(archive: bytes, path: path, options).dataSet(options)
        }
        guard bytes.first == 0x93 else {
            throw StrataError(.data, "standard input: is no array; expected what numpy.save or numpy.savez writes")
        }
        return try DataParts(name: path, train: .init(examples: SourceArray(npy: bytes, path: path))).dataSet(options)
    }
}
