import StrataBackend

/// Pictures in a folder as examples: PNG, PGM and PPM, all of one size and all grey or all in colour.
///
/// Pictures directly in the folder have no labels. Pictures in its sub-folders have the sub-folder's name for class.
/// Sub-folders `train` and `test` are each read so, and are the two parts.
enum PictureFolder {
    private static let endings = [".png", ".pgm", ".ppm"]

    static func load(_ path: String, codecs: Codecs, seed: UInt32) throws -> DataSet {
        let train = path + "/train"
        let test = path + "/test"
        if FileBytes.kind(train) == .folder, FileBytes.kind(test) == .folder {
            let first = try split(train, codecs: codecs, classes: nil)
            return try DataSet(
                name: path, train: first, test: split(test, codecs: codecs, classes: first.labels?.classNames ?? []))
        }
        return try DataSet(name: path, splitting: split(path, codecs: codecs, classes: nil), seed: seed)
    }

    /// `classes` fixes the classes and their order, where another part has set them.
    private static func split(_ path: String, codecs: Codecs, classes: [String]?) throws -> DataSplit {
        let direct = try pictures(in: path).map { (file: $0, label: Int32?.none) }
        let folders =
            try direct.isEmpty
            ? FileBytes.names(inFolder: path).filter { FileBytes.kind("\(path)/\($0)") == .folder } : []
        let names = classes ?? folders
        let labelled = try folders.flatMap { folder in
            guard let label = names.firstIndex(of: folder) else {
                throw StrataError(.data, "\(path)/\(folder): is a class that the training part does not have")
            }
            return try pictures(in: "\(path)/\(folder)").map { (file: $0, label: Int32?.some(Int32(label))) }
        }
        let files = direct + labelled
        guard let first = files.first?.file else {
            throw StrataError(.data, "\(path): holds no PNG, PGM or PPM pictures and no sub-folders with some")
        }

        let model = try picture(first, codecs)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(files.count * model.pixels.count)
        for (file, _) in files {
            let picture = try picture(file, codecs)
            guard picture.width == model.width, picture.height == model.height, picture.channels == model.channels
            else {
                throw StrataError(
                    .data,
                    "\(file): is \(describe(picture)), but \(first) is \(describe(model)); make all pictures alike")
            }
            bytes += picture.planes
        }
        let grey: Shape = [model.height, model.width]
        return try DataSplit(
            dtype: .uint8, exampleShape: model.channels == 1 ? grey : Shape([model.channels] + grey.extents),
            bytes: bytes, count: files.count,
            labels: labelled.isEmpty ? nil : Labels(values: labelled.compactMap(\.label), classNames: names))
    }

    private static func pictures(in folder: String) throws -> [String] {
        try FileBytes.names(inFolder: folder)
            .filter { name in endings.contains { name.lowercased().hasSuffix($0) } }
            .map { "\(folder)/\($0)" }
            .filter { FileBytes.kind($0) == .file }
    }

    private static func picture(_ path: String, _ codecs: Codecs) throws -> Picture {
        let bytes = try FileBytes.read(path)
        guard path.lowercased().hasSuffix(".png") else { return try Picture(pnm: bytes, path: path) }
        guard let readPNG = codecs.readPNG else {
            throw StrataError(
                .unsupported, "\(path): PNG needs a build with the trait PNG; or convert the pictures to PGM")
        }
        return try StrataError.naming(path) { try readPNG(bytes) }
    }

    private static func describe(_ picture: Picture) -> String {
        "\(picture.width) × \(picture.height) \(picture.channels == 1 ? "grey" : "colour")"
    }
}

extension Picture {
    /// The pixels with each channel as a plane of its own, [channels, height, width].
    var planes: [UInt8] {
        channels == 1
            ? pixels
            : (0..<channels).flatMap { channel in
                stride(from: channel, to: pixels.count, by: channels).map { pixels[$0] }
            }
    }
}
