import StrataBackend
import Testing

@testable import StrataData

/// Tunes in ABC notation, against notes worked out by hand.
@Suite struct ABCTests {
    /// The tunes of a file, each as its notes `key start end`.
    private func tunes(_ text: String) throws -> [[String]] {
        try ABC.tunes(parsing: Array(text.utf8), path: "a.abc").map { tune in
            tune.notes.sorted { ($0.start, $0.key) < ($1.start, $1.key) }.map { "\($0.key) \($0.start) \($0.end)" }
        }
    }

    /// The notes of music in C major, a note a quarter long.
    private func notes(_ music: String, key: String = "C", meter: String = "4/4", unit: String = "1/4") throws
        -> [String]
    {
        try tunes("X:1\nT:a tune\nM:\(meter)\nL:\(unit)\nK:\(key)\n\(music)\n")[0]
    }

    /// The keys alone, in the order in which they begin.
    private func keys(_ music: String, key: String = "C", meter: String = "4/4", unit: String = "1/4") throws -> [Int] {
        try notes(music, key: key, meter: meter, unit: unit).compactMap { Int($0.prefix { $0 != " " }) }
    }

    @Test func octavesAndLengths() throws {
        #expect(try keys("C,, C, C c c' c''") == [36, 48, 60, 72, 84, 96])
        #expect(try keys("C D E F G A B c d e f g a b") == [60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79, 81, 83])
        #expect(
            try notes("A A2 A/2 A/ A// A3/2 z2 B") == [
                "69 0 4", "69 4 12", "69 12 14", "69 14 16", "69 16 17", "69 17 23", "71 31 35",
            ])
        // Without L: a sixteenth where a bar is shorter than ¾, else an eighth.
        #expect(try tunes("X:1\nM:2/4\nK:C\nC4\n") == [["60 0 4"]])
        #expect(try tunes("X:1\nM:6/8\nK:C\nC4\n") == [["60 0 8"]])
        #expect(try tunes("X:1\nK:C\nC4\n") == [["60 0 8"]])
        #expect(try notes("C Z D", meter: "3/4") == ["60 0 4", "62 16 20"])
        #expect(try notes("C [L:1/8] D [M:2/4] Z2 E") == ["60 0 4", "62 4 6", "64 22 24"])
    }

    @Test func keysOfAllModes() throws {
        // The scale from C on, in keys that have the same signature of two sharps.
        let sharps = [61, 62, 64, 66, 67, 69, 71]
        for key in [
            "D", "Dmaj", "D major", "Bm", "B minor", "B aeolian", "EDor", "F#Phr", "G lyd", "A mix", "C#loc", "Hp",
        ] {
            #expect(try keys("CDEFGAB", key: key) == sharps, "\(key)")
        }
        let flats = [60, 62, 63, 65, 67, 68, 70]
        for key in ["Eb", "Cm", "F dorian", "Gphrygian", "Ab Lydian", "BbMIX", "D locrian"] {
            #expect(try keys("CDEFGAB", key: key) == flats, "\(key)")
        }
        for key in ["C", "none", "HP", "", "Am clef=bass", "treble", "Ddor"] {
            #expect(try keys("CDEFGAB", key: key) == [60, 62, 64, 65, 67, 69, 71], "\(key)")
        }
        #expect(try keys("CDEFGAB", key: "C#") == [61, 63, 65, 66, 68, 70, 72])
        #expect(try keys("CDEFGAB", key: "Cb") == [59, 61, 63, 64, 66, 68, 70])
        #expect(try keys("CDEFGAB", key: "D Phr ^f") == [60, 62, 63, 66, 67, 69, 70])
        #expect(try keys("CE", key: "C octave=-1") == [48, 52] && keys("CE", key: "C transpose=3") == [63, 67])
        #expect(try keys("F [K:G] F\nK:F\nF B") == [65, 66, 65, 70])
    }

    /// They last for a bar, in all octaves, and go over a bar with a tie alone.
    @Test func accidentals() throws {
        #expect(try keys("^C C c | C _B B =B B ^^F __G") == [61, 61, 73, 60, 70, 70, 71, 71, 67, 65])
        #expect(try keys("F =F F | F", key: "G") == [66, 65, 65, 66])
        #expect(try notes("^F2- | F2 F") == ["66 0 16", "65 16 20"])
        #expect(try notes("^F2 | F2") == ["66 0 8", "65 8 16"])
    }

    @Test func rhythm() throws {
        #expect(try notes("A>B c<d") == ["69 0 6", "71 6 8", "72 8 10", "74 10 16"])
        #expect(try notes("A>>B c", unit: "1/4") == ["69 0 7", "71 7 8", "72 8 12"])
        #expect(try notes("A > z B") == ["69 0 6", "71 8 12"])
        // Three quarters in the time of two, at the nearest of sixteenths; six eighths of a march.
        #expect(try notes("(3ABc d") == ["69 0 3", "71 3 5", "72 5 8", "74 8 12"])
        #expect(try notes("(3:2:2 A2 B d") == ["69 0 5", "71 5 8", "74 8 12"])
        #expect(try notes("(2AB d", meter: "6/8", unit: "1/8") == ["69 0 3", "71 3 6", "74 6 8"])
        #expect(try notes("(4ABcd d", meter: "6/8", unit: "1/4").last == "74 12 16")
        #expect(try notes("(5ABcde d", meter: "6/8").last == "74 12 16" && notes("(5ABcde d").last == "74 8 12")
        #expect(try notes("(A B) c") == ["69 0 4", "71 4 8", "72 8 12"])
    }

    @Test func chordsAndTies() throws {
        #expect(try notes("[CEG]2 [Ce/]F") == ["60 0 8", "64 0 8", "67 0 8", "60 8 12", "76 8 10", "65 12 16"])
        #expect(try notes("[CE]- [CE] C") == ["60 0 8", "64 0 8", "60 8 12"])
        #expect(try notes("[C-E] [CE]") == ["60 0 8", "64 0 4", "64 4 8"])
        #expect(
            try notes("C-C-|C C") == ["60 0 12", "60 12 16"] && notes("C- D C") == ["60 0 4", "62 4 8", "60 8 12"])
        #expect(try notes("C- z C") == ["60 0 4", "60 8 12"])
    }

    @Test func repeatsAndEndings() throws {
        #expect(try keys("|: C D :| E |]") == [60, 62, 60, 62, 64])
        #expect(try keys("C D :| E") == [60, 62, 60, 62, 64])
        #expect(try keys("C |: D :: E :| F") == [60, 62, 62, 64, 64, 65])
        #expect(try keys("C || D :| E") == [60, 62, 62, 64] && keys("|: C || D :| E") == [60, 62, 60, 62, 64])
        #expect(try keys("|: C |1 D :|2 E | F |]") == [60, 62, 60, 64, 65])
        #expect(try keys("C [1 D :| [2 E || F :|") == [60, 62, 60, 64, 65, 65])
        #expect(try keys("|: C |1,3 D :|2 E :| F") == [60, 62, 60, 64, 60, 62, 65])
        #expect(try keys("|: C |1-2 D :|3 E || F") == [60, 62, 60, 62, 60, 64, 65])
        #expect(try keys("|:: C ::| D") == [60, 60, 60, 62])
        #expect(try keys("G:|A") == [67, 67, 69])
        // A tie over the end of a repeat, and a bar's accidental that does not go back.
        #expect(try notes("|: C D- :| D") == ["60 0 4", "62 4 8", "60 8 12", "62 12 20"])
        #expect(try keys("|: C ^C :|") == [60, 61, 60, 61])
    }

    @Test func whatDoesNotSoundIsPassedOver() throws {
        let music =
            #""Am"C .D ~E {/GA}F !trill!G +accent+A TB u c"^text"d y2 e`f $ \"#
            + "\nw:some words | here\n%%staves 1\ng % a"
        #expect(try keys(music) == [60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79])
        #expect(try keys("C !\nD") == [60, 62])
    }

    @Test func filesOfManyTunes() throws {
        let text = """
            %abc-2.1
            M:3/4
            L:1/4
            A book of tunes: not music |

            X:1
            T:First
            K:G
            F

            Words in between, (unread

            X:2
            T:Second
            L:1/8
            K:D
            % a comment does not end a tune
            V:1
            C D |
            V:2
            [CE]4
            V:1
            E2
            X:3
            K:none
            """
        let second = ["61 0 2", "61 0 8", "64 0 8", "62 2 4", "64 4 8"]
        for text in [text, text.replacing("\n", with: "\r\n")] {
            let found = try tunes(text)
            #expect(found.count == 3 && found[0] == ["66 0 4"] && found[2].isEmpty, "\(found)")
            #expect(found.count == 3 && found[1].sorted() == second.sorted(), "\(found)")
        }
    }

    @Test func aTuneThatCannotBeReadIsOneLine() throws {
        func refusal(_ music: String, head: String = "X:1\nK:C\n") -> String {
            message { try ABC.tunes(parsing: Array((head + music).utf8), path: "a.abc") }
        }
        for (music, part) in [
            ("C & D", "line 3: '&' at column 3"), ("CD\nC9/0", "line 4: '0' is no length"), ("[CE", "without ']'"),
            ("[]", "without notes"), ("{CD", "grace notes at column 1 without an end"), ("\"Am C", "without an end"),
            ("^", "a note is missing"), ("^^^C", "no accidental"), ("^z", "a note is missing"), ("> C", "between two"),
            ("- C", "after a note"), ("(1AB", "no tuplet"), ("A99999", "no length"), ("C : D", "is no bar"),
            ("c''''''", "out of reach"), ("[M:x]C", "no meter"), ("[K:Q]C", "no key"), ("[K:G", "without ']'"),
            ("|1-0 C", "'0' is no length"), ("|3-2 C", "from 3 to 2"), ("C\u{E9}", "byte 195"),
            ("C9999 Z9999|" + String(repeating: "Z9999|", count: 120), "longer than"),
        ] { #expect(refusal(music).contains(part), "\(music): \(refusal(music))") }
        #expect(refusal("C", head: "X:1\nT:no key\n").contains("line 3: is no field"))
        #expect(refusal("", head: "X:1\nT:no key\n").contains("the tune of line 1 ends without a key"))
        #expect(refusal("C", head: "").contains("holds no tune"))
        for field in ["K:H", "K:Cx", "K:G nonsense", "K:G#lyd", "L:0", "L:1/0", "L:x", "M:4", "M:0/4", "M:3/999"] {
            #expect(refusal("", head: "X:1\n\(field)\nK:C\n").contains("line 2: '\(field)' is no"), "\(field)")
        }
        // Repeats that would have no end.
        let deep = String(repeating: "|: C ::::::::| ", count: 30)
        #expect(try keys(deep).count == 30 * 9)
        #expect(refusal(String(repeating: "C", count: 30_000) + "|1-98 :|99 D").contains("more than"))
    }

    /// Every way to cut a file short gives tunes or one line, and so does every byte that is another.
    @Test func damageIsToldOrRead() throws {
        let text = Array(
            "X:1\nM:6/8\nL:1/8\nK:Bb dor\n|:\"A\"A>B [^ce]2-|[1(3ABc {d}z/2:|[2!x!c'-c' Z2|]\n[K:D]F//::(3:2:4E,\n".utf8
        )
        _ = try ABC.tunes(parsing: text, path: "a")
        func check(_ bytes: [UInt8]) {
            do { _ = try ABC.tunes(parsing: bytes, path: "a") } catch {
                #expect(error is StrataError && !"\(error)".isEmpty, "\(error)")
            }
        }
        for length in text.indices { check(Array(text.prefix(length))) }
        for position in text.indices {
            for value in Array("\0\n |:[](){}<>-^_=/'19Zz\"!&".utf8) + [0x80, 0xFF] {
                var damaged = text
                damaged[position] = value
                check(damaged)
            }
        }
    }

    /// Files, folders, frames and melodies.
    @Test func tunesAreData() throws {
        let folder = try TemporaryFolder()
        let text = Array("X:1\nL:1/16\nK:C\nC2 [EG] z D\n\nX:2\nL:1/16\nK:C\n[CE]F\n\nX:3\nL:1/16\nK:C\nG\n".utf8)
        let data = try DataPath.load(folder.put("book.abc", text))
        #expect(data.exampleShape == [5, 88] && data.train.count + data.test.count == 3)
        #expect(data.notes.contains { $0.contains("3 tunes") } && data.spec[ColumnName.length] != nil)
        try folder.put("tunes/a.ABC", text)
        try folder.put("tunes/b.abc", text)
        #expect(try DataPath.load(folder.file("tunes")).train.count == 5)

        let melodies = try DataPath.load(folder.file("book.abc"), DataOptions(examples: .tokens))
        #expect(melodies.exampleShape == [5] && melodies.train.dtype == .uint8)
        let all = try [melodies.train, melodies.test].flatMap { try $0.values(0..<$0.count).chunked(5) }
        #expect(Set(all) == [[60, 0, 67, 1, 62], [64, 65, 0, 0, 0], [67, 0, 0, 0, 0]])
    }

    /// A melody is that of its tokens.
    @Test func melodiesGoThereAndBack() {
        let tokens: [UInt8] = [1, 0, 60, 0, 62, 1, 0, 64, 0]
        let tune = MIDI(melody: tokens.map(Float.init))
        #expect(tune.melody == tokens)
        let chord = MIDI(
            notes: [
                .init(key: 60, start: 0, end: 4), .init(key: 64, start: 0, end: 2), .init(key: 55, start: 3, end: 4),
            ],
            stepsPerQuarter: 4)
        #expect(chord.melody == [64, 0, 1, 55])
        #expect(MIDI(notes: [.init(key: 60, start: 3, end: 1)], stepsPerQuarter: 4).melody == [0])
    }
}

extension [Float] {
    fileprivate func chunked(_ size: Int) -> [[Float]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<$0 + size]) }
    }
}
