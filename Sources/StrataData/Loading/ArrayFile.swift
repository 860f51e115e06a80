extension DataFormat {
    /// An NPY file: an array [N, …] without labels.
    static let array = DataFormat(
        "an array (.npy)",
        recognizes: { !$0.isFolder && ($0.hasEnding(".npy") || $0.start.starts(with: [0x93] + Array("NUMPY".utf8))) },
        load: { path, options in
            try DataParts(name: path, train: .init(examples: SourceArray(file: path, options))).dataSet(options)
        })
}
