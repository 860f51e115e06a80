import StrataBackend

extension DataFormat {
    /// A single image as the only example.
    static let imageFile = DataFormat(
        "an image (.png, .jpg, .webp, .pgm)",
        recognizes: { candidate in
            guard !candidate.isFolder else { return false }
            return ImageFormat.all.contains { $0.recognizes(candidate.start) }
                || ImageFormat.endings.contains(ImageFormat.ending(candidate.name))
        },
        load: { path, options in
            let rows = try ImageRows(files: [path], codecs: options.codecs)
            let part = DataParts.Part(examples: try rows.array(path, options))
            return try DataParts(name: path, train: part, hasChannelsFirst: true).dataSet(options)
        })
}

extension ImageRows {
    /// The images as rows in memory, or left in their files where they take more than is allowed.
    func array(_ path: String, _ options: DataOptions) throws -> SourceArray {
        var storage: any ColumnStorage = self
        if options.holds(Shape([count]).byteCount(elementBytes: bytesPerRow) ?? .max) {
            let spec = ColumnSpec("", dtype: .uint8, shape: shape)
            storage = ResidentRows(try Column(spec, self).bytes, bytesPerRow: bytesPerRow)
        }
        return SourceArray(path: path, dtype: .uint8, rowShape: shape, storage: storage)
    }
}
