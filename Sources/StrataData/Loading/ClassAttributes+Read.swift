import StrataBackend

extension ClassAttributes {
    /// A table of attributes: an `.npz` with `attributes`, and `attribute_names`, `class_names` and `unseen` where it
    /// has them; an `.npy`, whose rows are the classes in the order of the labels; or a `.csv` with the names of the
    /// attributes in its first line and that of a class in front of each other one.
    ///
    /// Throws `file` where it cannot be read, `data` where it is damaged or does not fit the classes.
    ///
    /// - `classNames`: The classes that the rows are to be of.
    public init(path: String, classNames: [String], codecs: Codecs = .none) throws {
        let bytes = try FileBytes.read(path)
        let table: ClassTable
        if bytes.starts(with: Array("PK".utf8)) {
            table = try Self.archived(bytes, path, codecs)
        } else if bytes.first == 0x93 {
            table = try ClassTable(SourceArray(npy: bytes, path: path))
        } else {
            table = try Self.lines(bytes, path)
        }
        self = try table.attributes(of: classNames)
    }

    private static func archived(_ bytes: [UInt8], _ path: String, _ codecs: Codecs) throws -> ClassTable {
        let archive = try NPZ(bytes, path: path)
        func array(_ name: String) throws -> SourceArray? {
            try archive.file(name, codecs: codecs).map { try SourceArray(npy: $0.bytes, path: $0.path) }
        }
        guard let rows = try array("attributes") else {
            throw StrataError(.data, "\(path): holds no array 'attributes' [classes, attributes]")
        }
        var table = try ClassTable(rows)
        table.attributeNames = try array("attribute_names")?.words
        table.classNames = try array("class_names")?.words
        table.unseen = try array("unseen")
        return table
    }

    private static func lines(_ bytes: [UInt8], _ path: String) throws -> ClassTable {
        let lines = try CSV(bytes, path: path, separator: UInt8(ascii: ",")).records()
        guard let title = lines.first?.fields, title.count > 1, lines.count > 1 else {
            throw StrataError(
                .data, "\(path): is no table; expected a first line of names of attributes, and a line for each class")
        }
        var values: [Float] = []
        for (number, line) in lines.dropFirst() {
            let numbers = line.dropFirst().map { Float($0) ?? .nan }
            guard line.count == title.count, numbers.allSatisfy(\.isFinite) else {
                throw StrataError(
                    .data, "\(path), line \(number): expected the name of a class and \(title.count - 1) numbers")
            }
            values += numbers
        }
        let array = try StoredArray(values, shape: [lines.count - 1, title.count - 1])
        var table = try ClassTable(SourceArray(array, path: path))
        table.attributeNames = Array(title.dropFirst())
        table.classNames = lines.dropFirst().map { $0.fields[0] }
        return table
    }
}
