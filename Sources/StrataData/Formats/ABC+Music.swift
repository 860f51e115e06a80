extension ABC {
    /// A line of music while it is read.
    struct Music {
        private let bytes: [UInt8]
        private var place = 0

        init(_ line: ArraySlice<UInt8>) { bytes = Array(line) }

        private var next: UInt8? { place < bytes.count ? bytes[place] : nil }
        private func peek(_ distance: Int) -> UInt8? {
            place + distance < bytes.count ? bytes[place + distance] : nil
        }

        private mutating func take(_ letters: String) -> Bool {
            guard let next, letters.utf8.contains(next) else { return false }
            place += 1
            return true
        }

        private mutating func taken(while isTaken: (UInt8) -> Bool) -> [UInt8] {
            let start = place
            while let next, isTaken(next) { place += 1 }
            return Array(bytes[start..<place])
        }

        /// Reads on to the end of the line, or to a field in brackets, which it gives back.
        mutating func read(into voice: inout Voice) throws -> Field? {
            while let letter = next {
                switch letter {
                case UInt8(ascii: "["):
                    if let field = try field() { return field }
                    try readBracket(into: &voice)
                case UInt8(ascii: "|"), UInt8(ascii: ":"): try readBar(into: &voice)
                case UInt8(ascii: "("): try readSlur(into: &voice)
                case UInt8(ascii: "<"), UInt8(ascii: ">"):
                    let signs = taken { $0 == letter }
                    try voice.breakRhythm(signs.count, isDotted: letter == UInt8(ascii: ">"))
                case UInt8(ascii: "-"):
                    place += 1
                    try voice.tieLast()
                case UInt8(ascii: "\""): try skip(to: letter, "a chord symbol")
                case UInt8(ascii: "{"): try skip(to: UInt8(ascii: "}"), "grace notes")
                // An exclamation mark alone was once the end of a line.
                case UInt8(ascii: "!"), UInt8(ascii: "+"):
                    if bytes[(place + 1)...].contains(letter) {
                        try skip(to: letter, "a decoration")
                    } else {
                        place += 1
                    }
                case UInt8(ascii: "z"), UInt8(ascii: "x"):
                    place += 1
                    voice.addRest(try length())
                case UInt8(ascii: "Z"), UInt8(ascii: "X"):
                    place += 1
                    voice.addBars(try length())
                case UInt8(ascii: "y"):
                    place += 1
                    _ = try length()
                case UInt8(ascii: "A")...UInt8(ascii: "G"), UInt8(ascii: "a")...UInt8(ascii: "g"), UInt8(ascii: "^"),
                    UInt8(ascii: "_"), UInt8(ascii: "="):
                    let note = try note(&voice)
                    voice.add([(note, try length(), false)])
                // Decorations, the ends of slurs, line breaks, spaces, and signs that have no meaning yet.
                case UInt8(ascii: "H")...UInt8(ascii: "W"), UInt8(ascii: "h")...UInt8(ascii: "w"): place += 1
                case _ where ".~) \t`$\\#*;?@".utf8.contains(letter): place += 1
                default:
                    throw Mistake(message: "\(shown(letter)) at column \(place + 1) has no meaning that is known")
                }
            }
            return nil
        }

        private func shown(_ letter: UInt8) -> String {
            (0x21...0x7E).contains(letter) ? "'\(Character(Unicode.Scalar(letter)))'" : "byte \(letter)"
        }

        /// Passes over what is between a sign and the next of another kind.
        private mutating func skip(to end: UInt8, _ what: String) throws {
            guard let last = bytes[(place + 1)...].firstIndex(of: end) else {
                throw Mistake(message: "\(what) at column \(place + 1) without an end")
            }
            place = last + 1
        }

        /// `[K:D]`; `nil` for what else begins with a bracket.
        private mutating func field() throws -> Field? {
            guard let name = peek(1), name.isLetter, peek(2) == UInt8(ascii: ":"), peek(3) != UInt8(ascii: "|") else {
                return nil
            }
            guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "]")) else {
                throw Mistake(message: "a field at column \(place + 1) without ']'")
            }
            defer { place = end + 1 }
            return Field(bytes[(place + 1)..<end])
        }

        // MARK: Notes

        /// `^c'`, without a length.
        private mutating func note(_ voice: inout Voice) throws -> Voice.Written {
            let signs = taken { "^_=".utf8.contains($0) }
            guard let letter = next, (letter & 0xDF) <= UInt8(ascii: "G"), let note = Key.place(letter) else {
                throw Mistake(message: "a note is missing at column \(place + 1)")
            }
            let sign = ABC.accidental(signs)
            guard sign != nil || signs.isEmpty else {
                throw Mistake(message: "'\(String(decoding: signs, as: UTF8.self))' is no accidental")
            }
            place += 1
            let marks = taken { "',".utf8.contains($0) }
            let octave = marks.reduce(letter > 96 ? 1 : 0) { $0 + ($1 == UInt8(ascii: ",") ? -1 : 1) }
            guard abs(octave) < 10 else { throw Mistake(message: "a note is out of reach of any instrument") }
            return .init(place: note, octave: octave, key: try voice.key(note, octave: octave, sign: sign))
        }

        /// `3/2`, `/`, `//4`; 1 for nothing.
        private mutating func length() throws -> Double {
            var value = 1.0
            if let number = try number() { value = Double(number) }
            while take("/") { value /= Double(try number() ?? 2) }
            return value
        }

        /// A whole number that is no more than 9999 and not 0; `nil` for none.
        private mutating func number() throws -> Int? {
            let digits = taken(while: \.isDigit)
            guard !digits.isEmpty else { return nil }
            guard digits.count < 5, let number = Int(String(decoding: digits, as: UTF8.self)), number > 0 else {
                throw Mistake(message: "'\(String(decoding: digits.prefix(12), as: UTF8.self))' is no length")
            }
            return number
        }

        /// A chord `[CEG]2`, an ending `[1`, or a bar `[|`.
        private mutating func readBracket(into voice: inout Voice) throws {
            if peek(1) == UInt8(ascii: "|") { return try readBar(into: &voice) }
            if let digit = peek(1), digit.isDigit {
                place += 1
                return try readEnding(into: &voice)
            }
            // An ending that is named by a text is played in every pass.
            if peek(1) == UInt8(ascii: "\"") {
                place += 1
                return
            }
            let start = place
            place += 1
            var notes: [(note: Voice.Written, length: Double, isTied: Bool)] = []
            while !take("]") {
                guard let letter = next else { throw Mistake(message: "a chord at column \(start + 1) without ']'") }
                if letter == UInt8(ascii: "\"") || letter == UInt8(ascii: "!") {
                    try skip(to: letter, "a decoration")
                } else if ".~ ()".utf8.contains(letter) || (letter & 0xDF) > UInt8(ascii: "G") && letter.isLetter {
                    place += 1
                } else {
                    let note = try note(&voice)
                    let length = try length()
                    notes.append((note, length, take("-")))
                }
            }
            guard !notes.isEmpty else { throw Mistake(message: "a chord at column \(start + 1) without notes") }
            let factor = try length()
            voice.add(notes.map { ($0.note, $0.length * factor, $0.isTied) })
        }

        /// A slur, which is of no account, or a tuplet: `(3`, `(3:2:4`.
        private mutating func readSlur(into voice: inout Voice) throws {
            place += 1
            guard let p = try number() else { return }
            var more: [Int?] = []
            while more.count < 2, take(":") { more.append(try number()) }
            try voice.startTuplet(p, more.first ?? nil, more.count > 1 ? more[1] : nil)
        }

        // MARK: Bars

        /// `|`, `||`, `|]`, `[|`, `|:`, `:|`, `::` and their like, and the number of an ending right after.
        private mutating func readBar(into voice: inout Voice) throws {
            let start = place
            let before = taken { $0 == UInt8(ascii: ":") }.count
            var signs: [UInt8] = []
            while let letter = next {
                let isOpening = letter == UInt8(ascii: "[") && peek(1) == UInt8(ascii: "|")
                let isClosing = letter == UInt8(ascii: "]") && signs.last == UInt8(ascii: "|")
                guard letter == UInt8(ascii: "|") || isOpening || isClosing else { break }
                signs.append(letter)
                place += 1
            }
            let after = taken { $0 == UInt8(ascii: ":") }.count
            guard !signs.isEmpty || before > 1 else {
                throw Mistake(message: "':' at column \(start + 1) is no bar")
            }
            // Two colons without a line end one repeat and begin another.
            let isMiddle = signs.isEmpty
            var bar = Voice.Bar()
            bar.times = isMiddle ? 2 : min(before, 8) + 1
            bar.startsRepeat = isMiddle || after > 0
            bar.isDouble = signs.count > 1
            voice.add(bar)
            if let next, next.isDigit { try readEnding(into: &voice) }
        }

        /// `1`, `1,3`, `2-4`.
        private mutating func readEnding(into voice: inout Voice) throws {
            var passes: Set<Int> = []
            repeat {
                guard let first = try number(), first < 100 else {
                    throw Mistake(message: "an ending at column \(place + 1) has no number below 100")
                }
                var last = first
                if next == UInt8(ascii: "-"), peek(1)?.isDigit == true {
                    place += 1
                    last = try number() ?? first
                }
                guard (first..<100).contains(last) else {
                    throw Mistake(message: "an ending at column \(place) goes from \(first) to \(last)")
                }
                passes.formUnion(first...last)
            } while next == UInt8(ascii: ",") && peek(1)?.isDigit == true && take(",")
            voice.addEnding(passes)
        }
    }
}
