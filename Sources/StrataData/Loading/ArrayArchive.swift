import StrataBackend

extension NamedArrays {
    /// The members of an archive.
    init(archive bytes: [UInt8], path: String, _ options: DataOptions) throws {
        let archive = try NPZ(bytes, path: path)
        self.init(path: path, names: archive.names) { name in
            guard let file = try archive.file(name, codecs: options.codecs) else {
                throw StrataError(.data, "\(path): has no array '\(name)'")
            }
            return try SourceArray(npy: file.bytes, path: file.path)
        }
    }
}

extension DataFormat {
    /// NumPy's archive of named arrays.
    static let arrayArchive = DataFormat(
        "arrays (.npz)",
        recognizes: { !$0.isFolder && ($0.hasEnding(".npz") || $0.start.starts(with: Array("PK".utf8))) },
        load: { path, options in
            let bytes = try options.wholeFile(
                path, hint: "an archive is read whole; put its arrays in a folder as .npy files of the same names")
            return try NamedArrays(archive: bytes, path: path, options).dataSet(options)
        })

    /// A folder of NPY files that are named as the arrays of an archive are, each of which may be larger than the memory.
    static let arrayFolder = DataFormat(
        "a folder of arrays (x_train.npy, …)",
        recognizes: { try $0.isFolder && NamedArrays.haveExamples(stems(inFolder: $0.path)) },
        load: { path, options in
            let arrays = NamedArrays(path: path, names: try stems(inFolder: path)) {
                try SourceArray(file: "\(path)/\($0).npy", options)
            }
            return try arrays.dataSet(options)
        })

    private static func stems(inFolder path: String) throws -> [String] {
        try FileBytes.names(inFolder: path).filter { $0.hasSuffix(".npy") && FileBytes.kind("\(path)/\($0)") == .file }
            .map { String($0.dropLast(4)) }
    }
}
