import StrataBackend

/// Tunes in ABC notation ("The abc music standard 2.1", Walshaw 2011): what of it sounds. Texts, decorations, grace notes
/// and chord symbols are passed over; repeats and endings are played, voices sound together, and an accidental counts to
/// the end of its bar in all octaves.
enum ABC {
    /// A line of a tune that a reader can make nothing of.
    struct Mistake: Error {
        let message: String
    }

    /// The tunes of a file that begin at an `X:` field each, in the order in which they are written, in notes at the nearest
    /// step and one step long at least. Text between tunes is passed over.
    ///
    /// Throws `data` with the line for what cannot be read.
    static func tunes(parsing bytes: [UInt8], path: String, stepsPerQuarter: Int = 4) throws -> [MIDI] {
        var tunes: [MIDI] = []
        var (defaults, tune): (Header, Tune?) = (Header(), nil)
        var number = 0
        for line in lines(bytes) {
            number += 1
            do {
                if let field = Field(line), field.name == UInt8(ascii: "X") {
                    if let tune { tunes.append(try tune.played(stepsPerQuarter)) }
                    tune = Tune(defaults, line: number)
                } else if tune != nil {
                    if line.allSatisfy(\.isSpace) {
                        if let ended = tune { tunes.append(try ended.played(stepsPerQuarter)) }
                        tune = nil
                    } else {
                        try tune?.read(line)
                    }
                } else if let field = Field(line), "LM".utf8.contains(field.name) {
                    try defaults.read(field)
                }
            } catch let mistake as Mistake {
                throw StrataError(.data, "\(path): line \(number): \(mistake.message)")
            }
        }
        do {
            if let tune { tunes.append(try tune.played(stepsPerQuarter)) }
        } catch let mistake as Mistake {
            throw StrataError(.data, "\(path): line \(number): \(mistake.message)")
        }
        guard !tunes.isEmpty else { throw StrataError(.data, "\(path): holds no tune, which begins with X:") }
        return tunes
    }

    /// The lines without comments and line ends.
    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            let line = line.last == 0x0D ? line.dropLast() : line
            guard
                let comment = line.indices.first(where: {
                    line[$0] == UInt8(ascii: "%") && ($0 == line.startIndex || line[$0 - 1] != UInt8(ascii: "\\"))
                })
            else { return line }
            // A line that is a comment is not an empty one, which would end a tune.
            return comment == line.startIndex ? [UInt8(ascii: "\\")] : line[..<comment]
        }
    }

    /// `K:Am`: a letter, and what is said of it without the spaces about it.
    struct Field {
        let name: UInt8
        let value: String

        /// `nil` for a line of music. A bar may follow a note at the start of one: `G:|`.
        init?(_ line: ArraySlice<UInt8>) {
            guard line.count > 1, let name = line.first, name.isLetter || name == UInt8(ascii: "+"),
                line[line.startIndex + 1] == UInt8(ascii: ":")
            else { return nil }
            let rest = line.dropFirst(2)
            if let next = rest.first, "|:".utf8.contains(next), !"TXwW".utf8.contains(name) { return nil }
            self.name = name
            value = String(decoding: rest, as: UTF8.self).trimmed
        }
    }

    /// Meter, length of a note and key, as a voice has them.
    struct Header {
        /// A bar in whole notes; `nil` for a free meter.
        private(set) var bar: Double? = 1
        /// Whether beats are of three notes, which some tuplets count.
        private(set) var isCompound = false
        private var givenUnit: Double?
        private(set) var key: Key?

        /// The length of a note without a number, in whole notes.
        var unit: Double { givenUnit ?? ((bar ?? 1) < 0.75 ? 1.0 / 16 : 1.0 / 8) }

        /// Takes the fields that change what notes mean; any other has no effect.
        mutating func read(_ field: Field) throws {
            switch field.name {
            case UInt8(ascii: "M"): try readMeter(field.value)
            case UInt8(ascii: "L"):
                guard let length = ABC.fraction(field.value), length <= 4 else {
                    throw Mistake(message: "'L:\(field.value)' is no length of a note, such as L:1/8")
                }
                givenUnit = length
            case UInt8(ascii: "K"): key = try Key(field.value)
            default: break
            }
        }

        private mutating func readMeter(_ text: String) throws {
            switch text.lowercased() {
            case "none", "": (bar, isCompound) = (nil, false)
            case "c", "c|": (bar, isCompound) = (1, false)
            default:
                // (2+3)/8 is as long as 5/8.
                let parts = text.filter { !"() ".contains($0) }.split(separator: "/", omittingEmptySubsequences: false)
                let beats = parts.first.map {
                    $0.split(separator: "+", omittingEmptySubsequences: false).map { Int($0) }
                }
                guard parts.count == 2, let beats, let below = Int(parts[1]), (1...256).contains(below),
                    beats.allSatisfy({ $0.map { (1...256).contains($0) } ?? false }), beats.count <= 16
                else { throw Mistake(message: "'M:\(text)' is no meter, such as M:6/8") }
                let sum = beats.reduce(0) { $0 + ($1 ?? 0) }
                bar = Double(sum) / Double(below)
                isCompound = [6, 9, 12].contains(sum) && below >= 8
            }
        }
    }

    /// A number such as 3/8; `nil` for what is none, or not from 1/9999 to 9999.
    static func fraction(_ text: String) -> Double? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int(String($0).trimmed) }
        guard (1...2).contains(parts.count), let above = parts[0], (1...9999).contains(above) else { return nil }
        guard parts.count == 2 else { return Double(above) }
        guard let below = parts[1], (1...9999).contains(below) else { return nil }
        return Double(above) / Double(below)
    }
}

extension ABC {
    /// A tune while it is read: the fields up to `K:`, then music.
    struct Tune {
        private let line: Int
        private var header: Header
        private var isMusic = false
        /// The voices in the order of their first notes; those without a name are one.
        private var voices: [(name: String, voice: Voice)] = []
        private var current = ""

        init(_ defaults: Header, line: Int) { (header, self.line) = (defaults, line) }

        mutating func read(_ line: ArraySlice<UInt8>) throws {
            if line.first == UInt8(ascii: "\\") && line.count == 1 { return }
            let field = Field(line)
            guard isMusic else {
                guard let field else {
                    throw Mistake(message: "is no field of a tune's head, such as T: or M:, which ends with K:")
                }
                try header.read(field)
                isMusic = header.key != nil
                return
            }
            if let field { return try read(field) }
            var music = Music(line)
            while let field = try music.read(into: &voices[place()].voice) { try read(field) }
        }

        private mutating func read(_ field: Field) throws {
            if field.name == UInt8(ascii: "V") {
                current = field.value.prefix { !$0.isWhitespace }.description
            } else {
                try voices[place()].voice.read(field)
            }
        }

        /// Where the current voice is.
        private mutating func place() -> Int {
            if let known = voices.firstIndex(where: { $0.name == current }) { return known }
            voices.append((current, Voice(header)))
            return voices.count - 1
        }

        /// The notes of all voices.
        func played(_ stepsPerQuarter: Int) throws -> MIDI {
            guard isMusic else { throw Mistake(message: "the tune of line \(line) ends without a key, which is K:") }
            return MIDI(
                notes: try voices.flatMap { try $0.voice.played(stepsPerWhole: 4 * stepsPerQuarter) },
                stepsPerQuarter: stepsPerQuarter)
        }
    }
}

extension UInt8 {
    var isLetter: Bool { (65...90).contains(self) || (97...122).contains(self) }
    var isDigit: Bool { (48...57).contains(self) }
    var isSpace: Bool { self == 0x20 || self == 0x09 }
}

extension String {
    /// Without the spaces at both ends.
    var trimmed: String {
        let start = drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
