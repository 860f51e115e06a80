import StrataBackend

extension DataFormat {
    /// MATLAB's variables: arrays by their names, and cells of matrices, which are sequences.
    static let matlab = DataFormat(
        "MATLAB variables (.mat)", recognizes: { !$0.isFolder && MAT.recognizes($0.start) },
        load: { path, options in
            let bytes = try options.wholeFile(
                path, hint: "MATLAB's files are read whole; put its arrays in a folder as .npy files of the same names")
            let file = try MAT(parsing: bytes, path: path, codecs: options.codecs)
            let (arrays, notes) = try namedArrays(file, path)
            let named = NamedArrays(path: path, names: arrays.map(\.name)) { name in
                guard let array = arrays.first(where: { $0.name == name })?.array else {
                    throw StrataError(.data, "\(path): has no variable '\(name)'")
                }
                return array
            }
            var data = try named.dataSet(options)
            data.notes = notes + data.notes
            return data
        })

    /// The variables as the arrays of an archive, and what is to be told of them.
    private static func namedArrays(
        _ file: MAT, _ path: String
    ) throws -> (arrays: [(name: String, array: SourceArray)], notes: [String]) {
        var arrays: [(name: String, array: SourceArray)] = []
        var sequences: [(name: String, frames: [StoredArray])] = []
        var notes: [String] = []
        for (name, value) in file.variables {
            switch value {
            case .numbers(let array):
                let vector = NamedArrays.haveExamples([name]) ? array : try flattened(array)
                arrays.append((name, try SourceArray(vector, path: "\(path): \(name)")))
            case .cells(let cells):
                let frames = cells.compactMap { if case .numbers(let array) = $0 { array } else { nil } }
                if frames.count == cells.count, !cells.isEmpty {
                    sequences.append((name, frames))
                } else {
                    notes.append("left out of \(path): \(name), whose cells are no arrays")
                }
            case .other(let kind): notes.append("left out of \(path): \(name), which is \(kind)")
            }
        }
        guard !sequences.isEmpty else { return (arrays, notes) }
        let table = try SequenceTable(sequences.map(\.frames), path: path)
        for (sequence, part) in zip(sequences, table.parts) {
            let split = split(named: sequence.name)
            arrays.append(("x\(split)", try SourceArray(part.frames, path: "\(path): \(sequence.name)")))
            arrays.append(("lengths\(split)", try SourceArray(part.lengths, path: "\(path): \(sequence.name)")))
        }
        return (arrays, notes + table.notes)
    }

    /// A row or a column of numbers as a vector.
    private static func flattened(_ array: StoredArray) throws -> StoredArray {
        guard array.shape.rank == 2, array.shape[0] == 1 || array.shape[1] == 1 else { return array }
        return try StoredArray(dtype: array.dtype, shape: [array.shape.elementCount], bytes: array.bytes)
    }

    /// `traindata` and `test_data` as an archive names the arrays of a split: `_train`, `_test`.
    private static func split(named name: String) -> String {
        let stem = name.lowercased().hasSuffix("data") ? String(name.dropLast(4)) : name
        let word = stem.hasSuffix("_") ? String(stem.dropLast()) : stem
        return SplitName(word).map { "_\($0.spellings[0])" } ?? ""
    }
}
