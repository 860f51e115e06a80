import StrataBackend
public import StrataData

/// Files of examples or codes, in the format that a file's name asks for:
///
/// | name | content |
/// | --- | --- |
/// | `.npy` | float32 [count, shape] |
/// | `.csv`, `.tsv` | a row of numbers for each, without a heading |
/// | `.mid` | tunes, one after the other: frames [steps, 88] of a piano's keys, or melodies [steps] |
/// | `.txt` | the text of tokens, sequences with an empty line between them |
/// | `-` | as `.npy`, to standard output |
/// | any other | an image of all; for images alone |
public enum ExampleFile {
    /// Whether a file of that name holds numbers rather than an image.
    public static func holdsNumbers(_ path: String) -> Bool {
        isStandardOutput(path) || isText(path) || formats.contains { path.lowercased().hasSuffix($0.ending) }
    }

    private static func isText(_ path: String) -> Bool { path.lowercased().hasSuffix(".txt") }

    /// Whether a path stands for standard output.
    public static func isStandardOutput(_ path: String) -> Bool { path == StandardStreams.name }

    /// The file that examples of a shape go to where nobody says: an image in a folder, or an array where they are none.
    public static func path(_ name: String, in folder: String, shape: [Int], vocabulary: TextVocabulary? = nil)
        -> String
    {
        "\(folder)/\(name).\(vocabulary != nil ? "txt" : RunImages.canDraw(shape) ? "png" : "npy")"
    }

    private typealias Format = (ending: String, encode: @Sendable (_ rows: [Float], _ shape: [Int]) throws -> [UInt8])

    private static let formats: [Format] = [
        (".npy", { NPY.encode(try StoredArray($0, shape: Shape([$0.count / max($1.product, 1)] + $1))) }),
        (".csv", { table($0, width: $1.product, separator: ",") }),
        (".tsv", { table($0, width: $1.product, separator: "\t") }),
        (".mid", tunes),
    ]

    /// Tunes with a rest of a bar between them.
    @Sendable private static func tunes(_ rows: [Float], _ shape: [Int]) throws -> [UInt8] {
        let isMelody = shape.count == 1
        guard isMelody || (shape.count == 2 && shape[1] == MIDI.piano.count) else {
            throw StrataError(
                .unsupported,
                "examples of \(Shape(shape)) are no tunes: those are [steps, \(MIDI.piano.count)] or [steps]; write them to"
                    + " a .npy file")
        }
        var all = MIDI(notes: [], stepsPerQuarter: isMelody ? 4 : 1)
        var start = 0
        for place in stride(from: 0, to: rows.count, by: max(shape.product, 1)) {
            let row = Array(rows[place..<place + shape.product])
            let tune = isMelody ? MIDI(melody: row) : MIDI(frames: row)
            all.notes += tune.notes.map { .init(key: $0.key, start: $0.start + start, end: $0.end + start) }
            start += shape[0] + 4 * all.stepsPerQuarter
        }
        return all.encoded()
    }

    /// Writes values [count, shape] as numbers. Throws `usage` for a name of another ending, `file` with the system's
    /// reason or where standard output is a terminal.
    public static func writeNumbers(_ values: [Float], shape: [Int], to path: String) throws {
        if isStandardOutput(path) { return try StandardStreams.write(formats[0].encode(values, shape)) }
        guard let format = formats.first(where: { path.lowercased().hasSuffix($0.ending) }) else {
            throw StrataError(
                parameter: "out", path, "expected a name that ends in \(formats.map(\.ending).joined(separator: ", "))")
        }
        try AtomicFile.write(path, format.encode(values, shape))
    }

    /// Writes examples [count, shape] as numbers or as an image. Returns the path, whose ending changes where the codecs
    /// cannot write PNG.
    ///
    /// - `columns`: the examples in a row of the image; `nil` makes it about square.
    /// - `vocabulary`: The tokens that the examples are the numbers of, where they are a text's.
    public static func write(
        _ examples: [Float], shape: [Int], to path: String, columns: Int?, vocabulary: TextVocabulary? = nil,
        codecs: Codecs = .none
    ) throws -> String {
        if isText(path) {
            guard let vocabulary else {
                throw StrataError(.unsupported, "\(path): these examples are no text; write them to a .npy file")
            }
            let width = max(shape.product, 1)
            let texts = stride(from: 0, to: examples.count, by: width).map {
                vocabulary.text(examples[$0..<min($0 + width, examples.count)])
            }
            try AtomicFile.write(path, Array((texts.joined(separator: "\n\n") + "\n").utf8))
            return path
        }
        if holdsNumbers(path) {
            try writeNumbers(examples, shape: shape, to: path)
            return path
        }
        guard RunImages.canDraw(shape) else {
            throw StrataError(
                .unsupported, "examples of \(Shape(shape)) are no images; write them to a .npy or .csv file")
        }
        let count = examples.count / max(shape.product, 1)
        let square = Int(Double(count).squareRoot().rounded(.up))
        return try ImageGrid(columns: columns ?? max(square, 1)).image(of: examples, shape: Shape(shape))
            .write(path, codecs: codecs)
    }

    /// Rows with the fewest digits that give back the same floats.
    private static func table(_ values: [Float], width: Int, separator: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for (position, value) in values.enumerated() {
            bytes += value.description.utf8
            bytes += (position + 1) % max(width, 1) == 0 ? "\n".utf8 : separator.utf8
        }
        return bytes
    }
}
