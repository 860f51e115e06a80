import StrataBackend

/// Notes of a tune, in steps: what standard MIDI files hold that a model can learn ("Standard MIDI Files 1.0", MIDI
/// Manufacturers Association 1996).
public struct MIDI: Sendable, Hashable {
    /// A key that sounds from one step up to another.
    public struct Note: Sendable, Hashable {
        /// The number of the key, from 0 to 127; 60 is the middle C.
        public var key: Int
        /// The step at which it begins.
        public var start: Int
        /// The step at which it has ended, after its start.
        public var end: Int

        /// A note; nothing is checked.
        public init(key: Int, start: Int, end: Int) { (self.key, self.start, self.end) = (key, start, end) }
    }

    /// The notes, in any order.
    public var notes: [Note]
    /// Steps of a quarter note.
    public var stepsPerQuarter: Int

    /// A tune of these notes.
    public init(notes: [Note], stepsPerQuarter: Int) {
        self.notes = notes
        self.stepsPerQuarter = max(stepsPerQuarter, 1)
    }

    /// The keys of a piano: those of a frame's 88 numbers.
    public static let piano = 21...108

    // MARK: Frames and melodies

    /// The notes of frames [steps, 88] of a piano's keys, each of which sounds where its number is 1/2 or more. A key that
    /// sounds on is one long note.
    public init(frames: [Float], stepsPerQuarter: Int = 1) {
        let width = Self.piano.count
        let steps = frames.count / width
        var notes: [Note] = []
        for (place, key) in Self.piano.enumerated() {
            var start: Int?
            for step in 0...steps {
                let sounds = step < steps && frames[step * width + place] >= 0.5
                if sounds, start == nil { start = step }
                if !sounds, let begun = start {
                    notes.append(Note(key: key, start: begun, end: step))
                    start = nil
                }
            }
        }
        self.init(notes: notes, stepsPerQuarter: stepsPerQuarter)
    }

    /// The notes of a melody [steps] of tokens: 0 holds what sounds, 1 ends it, any other is the key of a new note.
    public init(melody: [Float], stepsPerQuarter: Int = 4) {
        var notes: [Note] = []
        var sounding: (key: Int, start: Int)?
        for step in 0...melody.count {
            let token = step < melody.count ? Int(melody[step].rounded()) : 1
            guard token > 0 else { continue }
            if let begun = sounding { notes.append(Note(key: begun.key, start: begun.start, end: step)) }
            sounding = (2...127).contains(token) ? (token, step) : nil
        }
        self.init(notes: notes, stepsPerQuarter: stepsPerQuarter)
    }

    /// The piano's keys that sound at each step: [steps, 88] of 0 and 1. Other keys are left out.
    public var frames: [UInt8] {
        let (width, steps) = (Self.piano.count, notes.map(\.end).max() ?? 0)
        var frames = [UInt8](repeating: 0, count: steps * width)
        for note in notes where Self.piano.contains(note.key) {
            for step in max(note.start, 0)..<max(note.end, note.start, 0) {
                frames[step * width + note.key - Self.piano.lowerBound] = 1
            }
        }
        return frames
    }

    /// The melody as tokens [steps], as `init(melody:)` takes them: of notes that begin together the highest, which sounds
    /// until it ends or another begins.
    public var melody: [UInt8] {
        var tokens = [UInt8](repeating: 0, count: notes.map(\.end).max() ?? 0)
        var sounding: Note?
        func rest(_ place: Int) { if place < tokens.count { tokens[place] = 1 } }
        let heard = notes.filter { (2...127).contains($0.key) && $0.start >= 0 && $0.end > $0.start }
        for note in heard.sorted(by: { ($0.start, -$0.key) < ($1.start, -$1.key) }) {
            if let before = sounding {
                guard note.start > before.start else { continue }
                if before.end < note.start { rest(before.end) }
            } else if note.start > 0 {
                rest(0)
            }
            tokens[note.start] = UInt8(note.key)
            sounding = note
        }
        if let last = sounding { rest(last.end) }
        return tokens
    }

    // MARK: Files

    private static let (division, tempo, velocity) = (480, 500_000, UInt8(80))

    /// A file of one track, at 120 quarter notes a minute.
    public func encoded() -> [UInt8] {
        let ticks = Self.division / stepsPerQuarter
        var events: [(time: Int, status: UInt8, key: Int, velocity: UInt8)] = []
        for note in notes {
            events.append((note.start * ticks, 0x90, note.key, Self.velocity))
            events.append((note.end * ticks, 0x80, note.key, 0))
        }
        // A key that is struck again is let go before.
        events.sort { ($0.time, $0.status, $0.key) < ($1.time, $1.status, $1.key) }
        var track: [UInt8] = [0, 0xFF, 0x51, 3] + Self.bytes(Self.tempo, 3)
        var now = 0
        for (time, status, key, velocity) in events {
            track += Self.variable(time - now) + [status, UInt8(clamping: min(max(key, 0), 127)), velocity]
            now = time
        }
        track += [0, 0xFF, 0x2F, 0]
        return Array("MThd".utf8) + Self.bytes(6, 4) + Self.bytes(0, 2) + Self.bytes(1, 2)
            + Self.bytes(Self.division, 2) + Array("MTrk".utf8) + Self.bytes(track.count, 4) + track
    }

    private static func bytes(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    /// Seven bits a byte, the highest first, with the eighth set in all but the last.
    private static func variable(_ number: Int) -> [UInt8] {
        var (rest, bytes) = (number >> 7, [UInt8(number & 0x7F)])
        while rest > 0 {
            bytes.insert(UInt8(rest & 0x7F | 0x80), at: 0)
            rest >>= 7
        }
        return bytes
    }

    /// Whether a file that starts with these bytes is one of MIDI.
    static func recognizes(_ start: [UInt8]) -> Bool { start.starts(with: Array("MThd".utf8)) }

    /// Reads a file: the notes of all tracks but those of percussion, each at the nearest step and one step long at least.
    ///
    /// Throws `data` where the file is damaged, `unsupported` where it counts time in frames of film.
    public init(parsing bytes: [UInt8], path: String, stepsPerQuarter: Int = 4) throws {
        var cursor = ByteCursor(bytes, path: path)
        _ = try cursor.take(8, "the header")
        guard Self.recognizes(bytes) else { throw StrataError(.data, "\(path): is no MIDI file") }
        let _: UInt16 = try cursor.integer("the header", bigEndian: true)
        let trackCount: UInt16 = try cursor.integer("the header", bigEndian: true)
        let division: UInt16 = try cursor.integer("the header", bigEndian: true)
        guard division & 0x8000 == 0, division > 0 else {
            throw StrataError(.unsupported, "\(path): counts time in frames of film, not in quarter notes")
        }
        self.init(notes: [], stepsPerQuarter: stepsPerQuarter)
        let length = Double(division) / Double(self.stepsPerQuarter)
        for _ in 0..<trackCount {
            // Chunks of other names are passed over.
            var isTrack = false
            while !isTrack {
                let name = try cursor.take(4, "a track")
                let size: UInt32 = try cursor.integer("a track", bigEndian: true)
                let data = try cursor.take(Int(size), "a track")
                isTrack = Array(bytes[name]) == Array("MTrk".utf8)
                guard isTrack else { continue }
                let found = try Self.sounds(
                    ByteCursor(Array(bytes[..<data.upperBound]), path: path, at: data.lowerBound))
                notes += found.map { key, start, end in
                    let first = Int((Double(start) / length).rounded())
                    return Note(key: key, start: first, end: max(Int((Double(end) / length).rounded()), first + 1))
                }
            }
        }
        let steps = notes.map(\.end).max() ?? 0
        guard steps <= 1 << 24 else { throw StrataError(.data, "\(path): is \(steps) steps long, which is no tune") }
    }

    /// The keys of a track that sound, with the ticks at which they begin and end.
    private static func sounds(_ cursor: ByteCursor) throws -> [(key: Int, start: Int, end: Int)] {
        var cursor = cursor
        var (now, running) = (0, UInt8(0))
        var begun: [Int: Int] = [:]
        var found: [(key: Int, start: Int, end: Int)] = []
        func number() throws -> Int {
            var value = 0
            for _ in 0..<4 {
                let byte: UInt8 = try cursor.integer("a track")
                value = value << 7 | Int(byte & 0x7F)
                if byte & 0x80 == 0 { return value }
            }
            throw StrataError(.data, "\(cursor.path): is damaged: a number of a track is longer than 4 bytes")
        }
        while cursor.remaining > 0 {
            now += try number()
            let first: UInt8 = try cursor.integer("a track")
            // A status that is not repeated is that of the event before.
            let isData = first & 0x80 == 0
            guard !isData || running != 0 else {
                throw StrataError(.data, "\(cursor.path): is damaged: a track has data without an event")
            }
            let status = isData ? running : first
            switch status {
            case 0xFF:
                let kind: UInt8 = try cursor.integer("a track")
                _ = try cursor.take(number(), "a track")
                if kind == 0x2F { cursor.offset = cursor.bytes.count }
            case 0xF0, 0xF7: _ = try cursor.take(number(), "a track")
            case 0x80..<0xF0:
                running = status
                let key: UInt8 = try isData ? first : cursor.integer("a track")
                guard status & 0xF0 != 0xC0, status & 0xF0 != 0xD0 else { continue }
                let velocity: UInt8 = try cursor.integer("a track")
                // The tenth channel is that of percussion, whose keys are instruments.
                guard status & 0xE0 == 0x80, status & 0x0F != 9 else { continue }
                let number = Int(status & 0x0F) << 8 | Int(key & 0x7F)
                if let start = begun.removeValue(forKey: number) { found.append((Int(key & 0x7F), start, now)) }
                if status & 0xF0 == 0x90, velocity > 0 { begun[number] = now }
            default:
                throw StrataError(.data, "\(cursor.path): is damaged: a track has an event of kind \(status)")
            }
        }
        // What nobody ended ends with the track.
        return found + begun.map { ($0.key & 0x7F, $0.value, now) }
    }
}
