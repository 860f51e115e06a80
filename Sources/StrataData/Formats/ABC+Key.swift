extension ABC {
    /// A key signature, and how far notes are shifted from where they are written.
    struct Key {
        /// Semitones by which the notes C, D, E, F, G, A, B are raised.
        private(set) var accidentals: [Int]
        /// Semitones by which all notes are shifted.
        private(set) var shift = 0

        /// Semitones of C, D, E, F, G, A, B above C.
        static let semitones = [0, 2, 4, 5, 7, 9, 11]
        /// Where a letter, in whatever case, is among C, D, E, F, G, A, B.
        static func place(_ letter: UInt8) -> Int? { Array("CDEFGAB".utf8).firstIndex(of: letter & 0xDF) }

        /// The notes in the order in which signatures raise them, by their places above; flats go the other way.
        private static let circle = [3, 0, 4, 1, 5, 2, 6]
        /// Modes by their first letters, and the sharps that they have more than major.
        private static let modes = [
            "maj": 0, "ion": 0, "lyd": 1, "mix": -1, "dor": -2, "min": -3, "aeo": -3, "phr": -4, "loc": -5,
        ]
        private static let clefs = [
            "treble", "bass", "alto", "tenor", "soprano", "mezzosoprano", "baritone", "perc", "none", "exp",
        ]

        /// The key of a field's value: `G`, `F#m`, `Bb mixolydian`, `D phr ^f`, `none`; with clefs and their like, which are
        /// of no account but for `octave=` and `transpose=`.
        init(_ text: String) throws {
            var words = text.split(whereSeparator: \.isWhitespace).map(String.init)
            accidentals = [Int](repeating: 0, count: 7)
            var sharps = 0
            switch words.first {
            case nil, "none": words = Array(words.dropFirst())
            // The Highland bagpipe's scale.
            case "HP", "Hp":
                sharps = words[0] == "Hp" ? 2 : 0
                words.removeFirst()
            case let first? where Self.clefs.contains { first.lowercased().hasPrefix($0) } || first.contains("="): break
            case let first?:
                guard let (tonic, rest) = Self.tonic(first) else { throw Self.mistake(text) }
                words.removeFirst()
                var mode = rest
                if mode.isEmpty, let next = words.first, Self.sharps(ofMode: next) != nil {
                    mode = next
                    words.removeFirst()
                }
                guard let more = mode.isEmpty ? 0 : Self.sharps(ofMode: mode) else { throw Self.mistake(text) }
                sharps = tonic + more
                guard (-7...7).contains(sharps) else { throw Self.mistake(text) }
            }
            for number in 0..<abs(sharps) {
                accidentals[Self.circle[sharps > 0 ? number : 6 - number]] = sharps.signum()
            }
            for word in words { try read(word, of: text) }
        }

        private static func mistake(_ text: String) -> Mistake {
            Mistake(message: "'K:\(text)' is no key, such as K:Am")
        }

        /// The sharps of the major key of a tonic such as `F#`, and what follows it.
        private static func tonic(_ word: String) -> (sharps: Int, rest: String)? {
            let letters = Array(word.utf8)
            guard let first = letters.first, (65...71).contains(first), let place = place(first),
                let sharps = circle.firstIndex(of: place)
            else { return nil }
            let sign = letters.count > 1 ? letters[1] : 0
            let raised = sign == UInt8(ascii: "#") ? 7 : sign == UInt8(ascii: "b") ? -7 : 0
            return (sharps - 1 + raised, String(decoding: letters.dropFirst(raised == 0 ? 1 : 2), as: UTF8.self))
        }

        private static func sharps(ofMode name: String) -> Int? {
            let name = name.lowercased()
            guard name != "m", name != "" else { return name == "m" ? -3 : nil }
            return name.allSatisfy(\.isLetter) ? modes[String(name.prefix(3))] : nil
        }

        /// What follows the mode: an accidental of the signature, or something about the clef.
        private mutating func read(_ word: String, of text: String) throws {
            let letters = Array(word.utf8)
            if let last = letters.last, let place = Self.place(last), letters.count > 1,
                let raised = ABC.accidental(letters.dropLast())
            {
                accidentals[place] = raised
            } else if let equals = word.firstIndex(of: "=") {
                let (name, value) = (word[..<equals], word[word.index(after: equals)...])
                guard name == "octave" || name == "transpose" else { return }
                guard let number = Int(value), abs(number) < 100 else { throw Self.mistake(text) }
                shift += number * (name == "octave" ? 12 : 1)
            } else if !Self.clefs.contains(where: { word.lowercased().hasPrefix($0) }) {
                throw Self.mistake(text)
            }
        }

        /// The key of a piano for a letter that is raised by an accidental, or else by the signature.
        func note(_ place: Int, octave: Int, raised: Int?) -> Int {
            60 + Self.semitones[place] + 12 * octave + (raised ?? accidentals[place]) + shift
        }
    }

    /// Semitones that signs stand for: `^`, `^^`, `_`, `__`, `=`.
    static func accidental(_ signs: some Collection<UInt8>) -> Int? {
        switch String(decoding: signs, as: UTF8.self) {
        case "^": 1
        case "^^": 2
        case "_": -1
        case "__": -2
        case "=": 0
        default: nil
        }
    }
}
