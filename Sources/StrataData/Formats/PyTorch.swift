import StrataBackend

/// The arrays of a file that `torch.save` wrote, by their names in the `state_dict`.
///
/// The file is read as data: what its pickle would call is not called. It may be the ZIP file of PyTorch 1.6 and later or the
/// form before it, and hold a `state_dict`, a dictionary of such (a training checkpoint), or a whole module, whose
/// parameters and buffers are found by the module's own structure. Arrays may be views with strides and may share their
/// storage. float16, bfloat16 and float64 become float32, whole numbers int32.
///
/// Where a checkpoint holds one `state_dict` besides that of an optimizer, its names are taken without the key that it stands
/// under; of several each keeps its key: `generator.0.weight`.
public enum PyTorch {
    /// Whether a file is of such a form, a ZIP file or a pickle. A header of safetensors, whose length may begin as a pickle does,
    /// has its brace behind that length.
    static func recognizes(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 8, bytes[8] != UInt8(ascii: "{") else { return false }
        return bytes.starts(with: Array("PK".utf8)) || bytes[0] == 0x80 && bytes[1] <= 5
    }

    /// Throws `file` where the file cannot be read, `checkpoint` where it is damaged, and `unsupported` for element types and
    /// layouts that are not taken.
    public static func read(_ path: String) throws -> [String: StoredArray] {
        try parse(FileBytes.read(path), path: path)
    }

    /// Reads a file's bytes; `path` is for messages. Throws as `read` does.
    public static func parse(_ bytes: [UInt8], path: String) throws -> [String: StoredArray] {
        do {
            return try bytes.starts(with: Array("PK".utf8)) ? parseArchive(bytes, path) : parsePickles(bytes, path)
        } catch let error as StrataError where error.kind == .data {
            // Readers of archives and bytes know of data only.
            throw StrataError(.checkpoint, error.message)
        }
    }

    // MARK: The two forms

    /// `NAME/data.pkl`, and `NAME/data/KEY` for each storage.
    private static func parseArchive(_ bytes: [UInt8], _ path: String) throws -> [String: StoredArray] {
        let archive = try ZipArchive(bytes, path: path)
        let ending = "/data.pkl"
        guard let main = archive.members.first(where: { $0.name.hasSuffix(ending) }) else {
            throw StrataError(
                .checkpoint,
                "\(path): is a ZIP file without 'data.pkl', and so not of torch.save"
                    + (archive.members.contains { $0.name.hasSuffix(".npy") }
                        ? "; an .npz holds data, not weights" : ""))
        }
        let folder = main.name.dropLast(ending.count)
        let members = Dictionary(archive.members.map { ($0.name, $0) }) { first, _ in first }
        func content(_ member: ZipArchive.Member) throws -> [UInt8] { try archive.content(member, codecs: .none) }
        var isBigEndian = false
        if let order = members["\(folder)/byteorder"] {
            isBigEndian = try content(order).starts(with: Array("big".utf8))
        }
        var cursor = ByteCursor(try content(main), path: "\(path)(\(main.name))")
        let pickle = try PickleReader.read(&cursor)
        var read: [String: [UInt8]] = [:]
        return try PyTorchArrays(pickle, path: path, isBigEndian: isBigEndian, limit: bytes.count) { key in
            if let bytes = read[key] { return bytes[...] }
            guard let member = members["\(folder)/data/\(key)"] else { return nil }
            let bytes = try content(member)
            read[key] = bytes
            return bytes[...]
        }.byName()
    }

    /// Four pickles (a magic number, a version, what machine wrote it, the whole), the keys of the storages as a fifth, and then
    /// for each storage its count and its elements.
    private static func parsePickles(_ bytes: [UInt8], _ path: String) throws -> [String: StoredArray] {
        var cursor = ByteCursor(bytes, path: path)
        let magic = try PickleReader.read(&cursor)
        guard case .wide([0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]) = magic[magic.root] else {
            throw StrataError(.checkpoint, "\(path): is a pickle, but not one of torch.save")
        }
        _ = try PickleReader.read(&cursor)
        let machine = try PickleReader.read(&cursor)
        var isBigEndian = false
        if let order = machine.value(of: machine.root, "little_endian"), case .bool(let isLittle) = machine[order] {
            isBigEndian = !isLittle
        }
        let pickle = try PickleReader.read(&cursor)
        let keys = try PickleReader.read(&cursor)
        let elementSizes = PyTorchArrays.elementSizes(in: pickle)
        var storages: [String: Range<Int>] = [:]
        for key in (keys.elements(keys.root) ?? []).compactMap(keys.string) {
            let count: UInt64 = try cursor.integer("a storage", bigEndian: isBigEndian)
            guard let size = elementSizes[key] else {
                throw StrataError(.unsupported, "\(path): storage '\(key)' has elements of a type that is not taken")
            }
            guard let count = Int(exactly: count), count <= cursor.remaining / size else {
                throw StrataError(.checkpoint, "\(path): is cut short or damaged: storage '\(key)' is not whole")
            }
            storages[key] = try cursor.take(count * size, "a storage")
        }
        return try PyTorchArrays(pickle, path: path, isBigEndian: isBigEndian, limit: bytes.count) { key in
            storages[key].map { bytes[$0] }
        }.byName()
    }
}
