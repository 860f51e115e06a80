import StrataBackend

extension DataFormat {
    /// Tunes as frames of a piano's keys, four steps a quarter note: a MIDI file, or a folder of them.
    static let midi = DataFormat(
        "tunes (.mid)",
        recognizes: { candidate in
            guard candidate.isFolder else { return MIDI.recognizes(candidate.start) }
            return try !tunes(inFolder: candidate.path).isEmpty
        },
        load: { path, options in
            let files = FileBytes.kind(path) == .folder ? try tunes(inFolder: path).map { "\(path)/\($0)" } : [path]
            let frames = try files.map { file -> StoredArray in
                let frames = try MIDI(parsing: FileBytes.read(file), path: file).frames
                let width = MIDI.piano.count
                return try StoredArray(dtype: .uint8, shape: [frames.count / width, width], bytes: frames)
            }
            let table = try SequenceTable([frames], path: path)
            var part = DataParts.Part(examples: try SourceArray(table.parts[0].frames, path: path))
            part.known[ColumnName.length] = try SourceArray(table.parts[0].lengths, path: path)
            var parts = DataParts(name: path, train: part, test: nil, validation: nil)
            parts.notes = ["\(files.count) tunes, a step a sixteenth note, by the keys of a piano"] + table.notes
            return try parts.dataSet(options)
        })

    private static func tunes(inFolder path: String) throws -> [String] {
        try FileBytes.names(inFolder: path).filter {
            $0.lowercased().hasSuffix(".mid") || $0.lowercased().hasSuffix(".midi")
        }
    }
}
