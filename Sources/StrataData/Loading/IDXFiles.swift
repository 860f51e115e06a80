import StrataBackend

/// The files of a set as MNIST's are named: images and, where they are there, labels, a test and a validation split.
///
/// `train-images-idx3-ubyte`, `train-images.idx3-ubyte`, `emnist-letters-test-images-idx3-ubyte.gz`: a name holds
/// `images`, or `labels` in its place, and the split. Plain files go before compressed ones.
struct IDXFiles {
    private struct Images {
        let path: String
        let split: SplitName?
        /// The name without the split, which the files of one set have in common.
        let set: String

        init?(_ name: String, in folder: String) {
            guard name.contains("images") else { return nil }
            path = folder + name
            var words = name.split(whereSeparator: { "-_.".contains($0) }).map(String.init)
            if words.last == "gz" { words.removeLast() }
            split = words.lazy.compactMap(SplitName.init).first
            set = words.filter { SplitName($0) == nil }.joined(separator: "-")
        }
    }

    private let train: Images
    private let others: [Images]

    /// The set in a folder; `nil` where there is none. Throws `data` where there are several.
    init?(inFolder folder: String) throws {
        let found = try Self.list(folder + "/").filter { $0.path.dropFirst(folder.count).contains("idx") }
        guard !found.isEmpty else { return nil }
        let sets = Set(found.map(\.set)).sorted()
        guard sets.count == 1 else {
            throw StrataError(
                .data,
                "\(folder): holds several sets of IDX files (\(sets.joined(separator: ", "))); give the path of one"
                    + " training images file")
        }
        guard let train = found.first(where: { $0.split == .train || $0.split == nil }) else {
            throw StrataError(.data, "\(folder): holds IDX files, but no training images (train-images-idx3-ubyte)")
        }
        self.train = train
        others = found.filter { $0.path != train.path }
    }

    /// The set that an images file belongs to: with the other splits where it is that of the training examples.
    init(images path: String) throws {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let folder = String(path.dropLast(name.count))
        guard let images = Images(name, in: folder) else {
            throw StrataError(.data, "\(path): has no 'images' in its name")
        }
        train = images
        others =
            images.split == .train ? try Self.list(folder).filter { $0.set == images.set && $0.split != .train } : []
    }

    /// The images files of a folder, of each set and split one. `folder` ends in a slash, or is empty.
    private static func list(_ folder: String) throws -> [Images] {
        var found: [Images] = []
        for name in try FileBytes.names(inFolder: folder.isEmpty ? "." : folder) {
            // A plain file comes before its compressed copy in the order of names.
            guard let images = Images(name, in: folder), FileBytes.kind(images.path) == .file,
                !found.contains(where: { $0.set == images.set && $0.split == images.split })
            else { continue }
            found.append(images)
        }
        return found
    }

    func load(name: String, classNames: [String]? = nil, _ options: DataOptions) throws -> DataSet {
        func part(_ images: Images) throws -> DataParts.Part {
            DataParts.Part(
                examples: try SourceArray(file: images.path, options),
                labels: try Self.labels(of: images).map { try SourceArray(file: $0, options) })
        }
        func part(_ split: SplitName) throws -> DataParts.Part? { try others.first { $0.split == split }.map(part) }
        let parts = DataParts(
            name: name, train: try part(train), test: try part(.test), validation: try part(.validation),
            classNames: classNames)
        return try parts.dataSet(options)
    }

    /// The labels file of an images file, plain or compressed.
    private static func labels(of images: Images) -> String? {
        let name = images.path.split(separator: "/").last.map(String.init) ?? images.path
        let folder = images.path.dropLast(name.count)
        let own = name.replacing("images", with: "labels").replacing("idx3", with: "idx1")
        let plain = own.hasSuffix(".gz") ? String(own.dropLast(3)) : own
        return [own, plain, plain + ".gz"].map { folder + $0 }.first { FileBytes.kind($0) == .file }
    }
}

extension DataFormat {
    static let idxFolder = DataFormat(
        "a folder of IDX files",
        recognizes: { try $0.isFolder && IDXFiles(inFolder: $0.path) != nil },
        load: { path, options in
            guard let files = try IDXFiles(inFolder: path) else {
                throw StrataError(.data, "\(path): holds no IDX files")
            }
            return try files.load(name: path, options)
        })

    /// An IDX file, plain or compressed by gzip; of images where its name says so.
    static let idxFile = DataFormat(
        "an IDX file (…images…)",
        recognizes: { !$0.isFolder && ($0.name.contains("images") || IDX.recognizes($0.start)) },
        load: { path, options in
            guard path.split(separator: "/").last?.contains("images") == true else {
                return try DataParts(name: path, train: .init(examples: SourceArray(file: path, options))).dataSet(
                    options)
            }
            return try IDXFiles(images: path).load(name: path, options)
        })
}
