import StrataBackend

/// Images in a folder as examples: PNG, JPEG, WebP, PGM and PPM, in any mixture, all of one size and all grayscale or all in color.
///
/// Images directly in the folder have no labels. Images in its sub-folders, at whatever depth, have the sub-folder's name
/// for class. Sub-folders `train` and `test` or `val`, in whatever case, are each read so, and are the splits. What is
/// left out (images beside class folders, kinds that cannot be read, empty folders) is noted.
struct ImageFolder {
    private struct Contents {
        var images: [String] = []
        var unreadable: [String] = []
        var folders: [String] = []

        /// Of a folder itself, or of all that lies below it.
        init(_ path: String, depth: Int) throws {
            for name in try FileBytes.names(inFolder: path) where name != "__MACOSX" {
                let file = "\(path)/\(name)"
                switch FileBytes.kind(file) {
                case .missing: continue
                case .folder:
                    folders.append(name)
                    guard depth > 0 else { continue }
                    let below = try Contents(file, depth: depth - 1)
                    images += below.images
                    unreadable += below.unreadable
                case .file:
                    let ending = ImageFormat.ending(name)
                    if ImageFormat.endings.contains(ending) { images.append(file) }
                    if ImageFormat.unreadable.contains(ending) { unreadable.append(file) }
                }
            }
        }

        /// All that lies below a folder, as deep as anyone nests folders.
        static func below(_ path: String) throws -> Contents { try Contents(path, depth: 16) }
    }

    private let path: String
    private let options: DataOptions
    private var notes: [String] = []

    static func load(_ path: String, _ options: DataOptions) throws -> DataSet {
        var folder = ImageFolder(path: path, options: options)
        return try folder.load()
    }

    private init(path: String, options: DataOptions) {
        self.path = path
        self.options = options
    }

    private mutating func load() throws -> DataSet {
        let splits = try splitFolders()
        let (train, classNames) = try part(splits[.train] ?? path, classes: nil)
        var parts = DataParts(name: path, train: train, classNames: classNames, hasChannelsFirst: true)
        // An empty list of classes: a folder in it is one that the training split does not have.
        func other(_ split: SplitName) throws -> DataParts.Part? {
            try splits[split].map { try part($0, classes: classNames ?? []).part }
        }
        parts.test = try other(.test)
        parts.validation = try other(.validation)
        parts.notes = notes
        return try parts.dataSet(options)
    }

    /// The folders of the splits; none where the folder itself holds the images or the classes.
    private mutating func splitFolders() throws -> [SplitName: String] {
        let folders = try Contents(path, depth: 0).folders
        let named = Dictionary(grouping: folders.filter { SplitName($0) != nil }) { SplitName($0) }
        guard named[.train] != nil, named.count > 1 || folders.count == 1 else { return [:] }
        if let twice = named.values.first(where: { $0.count > 1 }) {
            throw StrataError(
                .data, "\(path): has '\(twice.joined(separator: "' and '"))' for one split; merge or rename them")
        }
        for folder in folders where SplitName(folder) == nil {
            guard try Contents.below("\(path)/\(folder)").images.isEmpty else {
                throw StrataError(
                    .data,
                    "\(path): has images in '\(folder)' beside the splits '\(named.values.joined().sorted().joined(separator: "', '"))';"
                        + " move it away, or rename what is no split")
            }
            notes.append("left out: the folder \(path)/\(folder), which holds no images")
        }
        let strays = try Contents(path, depth: 0).images
        if !strays.isEmpty {
            notes.append("\(strays.count) images beside the splits are left out (\(Self.list(strays)))")
        }
        var found: [SplitName: String] = [:]
        for (split, names) in named { if let split { found[split] = "\(path)/\(names[0])" } }
        return found
    }

    /// The images of a folder, and their classes; `classes` fixes these and their order, where another split has set them.
    private mutating func part(_ path: String, classes: [String]?) throws -> (
        part: DataParts.Part, classNames: [String]?
    ) {
        let direct = try Contents(path, depth: 0)
        var (files, labels, names) = ([String](), [Int32](), classes ?? [])
        var unreadable = direct.unreadable
        for folder in direct.folders {
            let contents = try Contents.below("\(path)/\(folder)")
            guard !contents.images.isEmpty else {
                guard contents.unreadable.isEmpty else {
                    throw Self.cannotRead("\(path)/\(folder)", contents.unreadable)
                }
                notes.append("left out: the folder \(path)/\(folder), which holds no images")
                continue
            }
            if classes == nil { names.append(folder) }
            guard let label = names.firstIndex(of: folder) else {
                throw StrataError(.data, "\(path)/\(folder): is a class that the training split does not have")
            }
            files += contents.images
            labels += [Int32](repeating: Int32(label), count: contents.images.count)
            unreadable += contents.unreadable
        }
        let isLabelled = !files.isEmpty
        if isLabelled, !direct.images.isEmpty {
            notes.append(
                "\(direct.images.count) images beside the class folders of \(path) are left out (\(Self.list(direct.images)))"
            )
        }
        if !isLabelled { files = direct.images }
        guard !files.isEmpty else {
            guard unreadable.isEmpty else { throw Self.cannotRead(path, unreadable) }
            throw StrataError(.data, "\(path): holds no \(ImageFormat.names) images and no sub-folders with some")
        }
        if !unreadable.isEmpty {
            notes.append(
                "\(unreadable.count) images of \(path) are left out, since their kind cannot be read (\(Self.list(unreadable)));"
                    + " convert them to PNG")
        }
        let array = try isLabelled ? SourceArray(StoredArray(labels, shape: [labels.count]), path: path) : nil
        return (DataParts.Part(examples: try examples(files, path), labels: array), isLabelled ? names : nil)
    }

    private func examples(_ files: [String], _ path: String) throws -> SourceArray {
        try ImageRows(files: files, codecs: options.codecs).array(path, options)
    }

    private static func cannotRead(_ path: String, _ files: [String]) -> StrataError {
        StrataError(
            .unsupported,
            "\(path): holds \(files.count) images of kinds that cannot be read (\(list(files))) and no"
                + " \(ImageFormat.names); convert them to PNG")
    }

    private static func list(_ files: [String]) -> String {
        let names = files.prefix(3).map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        return names.joined(separator: ", ") + (files.count > 3 ? ", …" : "")
    }
}

extension DataFormat {
    static let imageFolder = DataFormat(
        "a folder of images", recognizes: { $0.isFolder }, load: { try ImageFolder.load($0, $1) })
}
