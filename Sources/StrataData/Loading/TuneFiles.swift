import StrataBackend

/// Tunes in one notation: a file, or a folder of such. They are read as frames of a piano's keys, four steps a quarter note,
/// or where tokens are asked for as melodies.
private struct TuneFiles: Sendable {
    /// Of a file's name, in lower case.
    let endings: [String]
    let read: @Sendable (_ bytes: [UInt8], _ path: String) throws -> [MIDI]

    func format(_ summary: String, recognizes: @escaping @Sendable (DataFormat.Candidate) -> Bool) -> DataFormat {
        DataFormat(
            summary, recognizes: { try $0.isFolder ? !names(inFolder: $0.path).isEmpty : recognizes($0) }, load: load)
    }

    private func names(inFolder path: String) throws -> [String] {
        try FileBytes.names(inFolder: path).filter { name in endings.contains { name.lowercased().hasSuffix($0) } }
    }

    @Sendable private func load(_ path: String, _ options: DataOptions) throws -> DataSet {
        let files = FileBytes.kind(path) == .folder ? try names(inFolder: path).map { "\(path)/\($0)" } : [path]
        let tunes = try files.flatMap { try read(FileBytes.read($0), $0) }
        let areMelodies = options.examples == .tokens
        let width = areMelodies ? 1 : MIDI.piano.count
        let sequences = try tunes.map { tune -> StoredArray in
            let bytes = areMelodies ? tune.melody : tune.frames
            return try StoredArray(dtype: .uint8, shape: [bytes.count / width, width], bytes: bytes)
        }
        let table = try SequenceTable([sequences], path: path)
        var (frames, lengths) = table.parts[0]
        if areMelodies {
            frames = try StoredArray(
                dtype: frames.dtype, shape: Shape(Array(frames.shape.dropLast())), bytes: frames.bytes)
        }
        var part = DataParts.Part(examples: try SourceArray(frames, path: path))
        part.known[ColumnName.length] = try SourceArray(lengths, path: path)
        var parts = DataParts(name: path, train: part, test: nil, validation: nil)
        let kind = areMelodies ? "of what is highest: 0 holds, 1 rests, else a key begins" : "by the keys of a piano"
        parts.notes = ["\(tunes.count) tunes, a step a sixteenth note, \(kind)"] + table.notes
        return try parts.dataSet(options)
    }
}

extension DataFormat {
    /// Tunes in MIDI.
    static let midi = TuneFiles(endings: [".mid", ".midi"]) { [try MIDI(parsing: $0, path: $1)] }
        .format("tunes (.mid)") { MIDI.recognizes($0.start) }

    /// Tunes in ABC notation, of which a file may hold many.
    static let abc = TuneFiles(endings: [".abc"]) { try ABC.tunes(parsing: $0, path: $1) }
        .format("tunes in ABC notation (.abc)") { $0.hasEnding(".abc") }
}
