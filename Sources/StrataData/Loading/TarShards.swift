import FoundationEssentials
import StrataBackend

/// Tar archives of examples as WebDataset has them: files of one name before its first dot are one example, and what follows the
/// dot says what each is. Several archives are one data set, in their order.
///
/// | file | what |
/// | --- | --- |
/// | `KEY.png`, `.jpg`, `.jpeg`, `.webp`, `.pgm`, `.ppm` | the image, one for each example |
/// | `KEY.cls` | its label: a whole number, or a word |
/// | `KEY.json` | its label where there is no `.cls`: the field `label`, `cls` or `class` of an object |
///
/// Everything else is left out, and noted. Images are decoded where they lie, in the order in which they are asked for, and
/// nothing is ever unpacked to a file: names are keys and no paths.
struct TarShards {
    /// A file of an example: its archive, and where in that.
    private struct Place {
        var shard: Int
        var offset: Int
        var count: Int
    }

    private struct Example {
        var key: String
        /// What messages call it.
        var name: String
        var image: Place
        var label: Place?
        var fields: Place?
    }

    private let shards: [FileRegion]
    private var examples: [Example] = []
    private var leftOut: [String: Int] = [:]

    /// Bytes of a label's file that are read.
    private static let longestLabel = 1 << 20

    static func part(_ paths: [String], _ name: String, _ options: DataOptions, _ notes: inout [String]) throws
        -> DataParts.Part
    {
        let shards = try TarShards(paths, options)
        let (archives, places) = (shards.shards, shards.examples.map(\.image))
        let rows = try ImageRows(files: shards.examples.map(\.name), codecs: options.codecs) {
            try archives[places[$0].shard].read(places[$0].count, at: places[$0].offset)
        }
        for (ending, count) in shards.leftOut.sorted(by: { $0.key < $1.key }) {
            notes.append("left out of \(name): \(count) files \(ending)")
        }
        let labels = try shards.labels(name)
        if labels == nil {
            let areInFolders = shards.examples.contains { $0.key.contains("/") }
            notes.append(
                "there are no labels: no file .cls, and no label in a .json"
                    + (areInFolders ? "; folders within an archive are no classes" : ""))
        }
        return DataParts.Part(examples: try rows.array(name, options), labels: labels)
    }

    private init(_ paths: [String], _ options: DataOptions) throws {
        var resident = 0
        shards = try paths.map { path in
            guard try FileBytes.start(path, 2) == [0x1F, 0x8B] else { return try FileRegion(path: path) }
            var left = options
            left.memory = options.memory.map { max(0, $0 - resident) }
            let bytes = try left.wholeFile(path, hint: "is compressed, so that it cannot be read by rows; unpack it")
            resident += bytes.count
            return FileRegion(bytes, path: path)
        }
        for shard in shards.indices { try read(shard) }
        guard !examples.isEmpty else {
            throw StrataError(
                .data, "\(paths.first ?? ""): holds no images; expected files KEY.png, .jpg or .webp and KEY.cls")
        }
    }

    /// The examples of an archive, by their keys in the order in which these first come.
    private mutating func read(_ shard: Int) throws {
        let archive = try TarArchive(shards[shard])
        var keys: [String] = []
        var files: [String: [String: Place]] = [:]
        for member in archive.members {
            let name = member.name.split(separator: "/").last.map(String.init) ?? ""
            guard let dot = name.firstIndex(of: "."), dot != name.startIndex else {
                leftOut["without an ending, or hidden", default: 0] += 1
                continue
            }
            let key = String(member.name.dropLast(name.count)) + name[..<dot]
            let kind = name[dot...].lowercased()
            if files[key] == nil { keys.append(key) }
            let place = Place(shard: shard, offset: member.offset, count: member.count)
            guard files[key, default: [:]].updateValue(place, forKey: kind) == nil else {
                throw StrataError(.data, "\(archive.file.path): holds '\(member.name)' twice")
            }
        }
        if archive.otherCount > 0 { leftOut["that are links or devices", default: 0] += archive.otherCount }
        for key in keys {
            guard let found = files[key] else { continue }
            try add(key, found, archive.file.path)
        }
    }

    private mutating func add(_ key: String, _ files: [String: Place], _ path: String) throws {
        let images = files.keys.filter(ImageFormat.endings.contains).sorted()
        guard images.count < 2 else {
            throw StrataError(
                .data, "\(path): '\(key)' has \(images.count) images, \(images.joined(separator: " and ")); keep one")
        }
        for kind in files.keys where !images.contains(kind) && (images.isEmpty || ![".cls", ".json"].contains(kind)) {
            leftOut["*\(kind)\(images.isEmpty ? " without an image" : "")", default: 0] += 1
        }
        guard let kind = images.first, let image = files[kind] else { return }
        examples.append(
            Example(
                key: key, name: "\(path)(\(key)\(kind))", image: image, label: files[".cls"], fields: files[".json"]))
    }

    // MARK: Labels

    /// What the examples have for labels, all of one kind; `nil` where none has any.
    private func labels(_ name: String) throws -> SourceArray? {
        let areThere = examples.map { $0.label != nil }
        if let bare = areThere.firstIndex(of: false), areThere.contains(true) {
            throw StrataError(
                .data, "\(examples[bare].name): has no .cls beside it, and others have; label all or none")
        }
        if areThere.contains(true) {
            return try array(examples.map { try text($0.label, $0.name) }, name)
        }
        let fields = try examples.map { example in
            try example.fields.map { try field($0, example.name) } ?? nil
        }
        let words = fields.compactMap(\.self)
        guard !words.isEmpty else { return nil }
        if let bare = fields.firstIndex(of: nil) {
            throw StrataError(
                .data, "\(examples[bare].name): has no label in its .json, and others have; label all or none")
        }
        return try array(words, name)
    }

    private func array(_ words: [String], _ name: String) throws -> SourceArray {
        let numbers = words.map { Int32($0) }
        guard numbers.contains(nil) else {
            return try SourceArray(StoredArray(numbers.compactMap(\.self), shape: [numbers.count]), path: name)
        }
        if let odd = numbers.firstIndex(where: { $0 != nil }), let word = numbers.firstIndex(of: nil) {
            throw StrataError(
                .data,
                "\(examples[word].name): has the label '\(words[word].prefix(40))', and \(examples[odd].name) the number"
                    + " \(words[odd]); make them alike")
        }
        return try SourceArray(words: words, path: name)
    }

    private func content(_ place: Place, _ name: String) throws -> [UInt8] {
        guard place.count <= Self.longestLabel else {
            throw StrataError(.data, "\(name): the label beside it has \(place.count) bytes; that is no label")
        }
        return try shards[place.shard].read(place.count, at: place.offset)
    }

    private func text(_ place: Place?, _ name: String) throws -> String {
        guard let place, let text = String(validating: try content(place, name), as: UTF8.self) else {
            throw StrataError(.data, "\(name): the .cls beside it is not UTF-8")
        }
        let word = text.split(whereSeparator: \.isNewline).first.map(trimmed) ?? ""
        guard !word.isEmpty else { throw StrataError(.data, "\(name): the .cls beside it is empty") }
        return word
    }

    /// Without the spaces at both ends.
    private func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? "")
    }

    /// The label in an object of JSON; `nil` where it has none.
    private func field(_ place: Place, _ name: String) throws -> String? {
        struct Fields: Decodable {
            var label: Label?
            var cls: Label?
            var `class`: Label?
        }
        guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(content(place, name))) else {
            throw StrataError(
                .data, "\(name): the .json beside it is no object, or its label neither a whole number nor a text")
        }
        return (fields.label ?? fields.cls ?? fields.class)?.text
    }

    private struct Label: Decodable {
        var text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            text = try (try? container.decode(Int32.self)).map(String.init) ?? container.decode(String.self)
        }
    }
}

extension DataFormat {
    /// A tar archive of images with their labels.
    static let shard = DataFormat(
        "tar shards (data-{000..009}.tar)",
        recognizes: { !$0.isFolder && ShardNames.areShards($0.name) },
        load: { try shards([.train: [$0]], $0, $1) })

    /// A folder of such archives.
    static let shardFolder = DataFormat(
        "a folder of tar shards",
        recognizes: { try $0.isFolder && ShardNames.areIn($0.path) },
        load: { try shards(ShardNames.inFolder($0), $0, $1) })

    /// Archives that a pattern names.
    static func shards(_ paths: [SplitName: [String]], _ name: String, _ options: DataOptions) throws -> DataSet {
        guard let train = paths[.train] else {
            throw StrataError(.data, "\(name): holds no archives of training examples (train-000.tar)")
        }
        var notes: [String] = []
        func part(_ paths: [String]) throws -> DataParts.Part { try TarShards.part(paths, name, options, &notes) }
        var parts = DataParts(name: name, train: try part(train), hasChannelsFirst: true)
        parts.test = try paths[.test].map(part)
        parts.validation = try paths[.validation].map(part)
        parts.notes = notes
        return try parts.dataSet(options)
    }
}
