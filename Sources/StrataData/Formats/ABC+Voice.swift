extension ABC {
    /// The music of one voice: notes as they are written, then played with their repeats.
    struct Voice {
        enum Element {
            /// Keys that begin together, and the time to what comes next, in whole notes.
            case notes([Note], length: Double)
            case rest(Double)
            case bar(Bar)
            /// The passes in which what follows is played.
            case ending(Set<Int>)
        }

        /// A key that sounds, with its length in whole notes, and whether it is tied to what comes next.
        struct Note {
            var key: Int
            var length: Double
            var isTied = false
        }

        /// A note as it is written: its place among C … B, its octave from that of the middle C on, and the key of the piano
        /// that it stands for.
        struct Written {
            var place: Int
            var octave: Int
            var key: Int
        }

        /// A line between bars.
        struct Bar {
            /// How often what is before it is played: 1 but for the end of a repeat.
            var times = 1
            var startsRepeat = false
            var isDouble = false
        }

        private(set) var header: Header
        private(set) var elements: [Element] = []
        /// Accidentals of the bar, by the place of a note in the octave.
        private var raised: [Int: Int] = [:]
        /// Notes that were tied to what comes next, as they are written.
        private var tied: [Written] = []
        /// The notes written last, which a tie may hold.
        private var last: [Written] = []
        /// What the next note's length is multiplied by for `<` and `>`.
        private var broken = 1.0
        /// The notes that a tuplet still has, and what it multiplies lengths by.
        private var tuplet = (left: 0, factor: 1.0)

        init(_ header: Header) { self.header = header }

        mutating func read(_ field: Field) throws { try header.read(field) }

        // MARK: Writing down

        /// The key of a note, which the bar's accidentals and those of a tie count for.
        mutating func key(_ place: Int, octave: Int, sign: Int?) throws -> Int {
            if let sign { raised[place] = sign }
            let signature = try header.key ?? Key("none")
            var key = signature.note(place, octave: octave, raised: raised[place])
            if sign == nil, let held = tied.first(where: { $0.place == place && $0.octave == octave }) {
                key = held.key
            }
            guard (0...127).contains(key) else { throw Mistake(message: "a note is out of reach of any instrument") }
            return key
        }

        /// Notes that begin together, with their lengths in units; the first tells when what comes next begins.
        mutating func add(_ notes: [(note: Written, length: Double, isTied: Bool)]) {
            last = notes.map(\.note)
            tied = notes.filter(\.isTied).map(\.note)
            let unit = placed(1)
            elements.append(
                .notes(
                    notes.map { Note(key: $0.note.key, length: $0.length * unit, isTied: $0.isTied) },
                    length: (notes.first?.length ?? 0) * unit))
        }

        mutating func addRest(_ length: Double) {
            tied = []
            elements.append(.rest(placed(length)))
        }

        /// A rest of whole bars.
        mutating func addBars(_ count: Double) {
            tied = []
            elements.append(.rest(count * (header.bar ?? 1)))
        }

        mutating func add(_ bar: Bar) {
            raised = [:]
            elements.append(.bar(bar))
        }

        mutating func addEnding(_ passes: Set<Int>) { elements.append(.ending(passes)) }

        /// A length in units as one in whole notes, of its place in a tuplet or a broken rhythm.
        private mutating func placed(_ length: Double) -> Double {
            defer { (broken, tuplet.left) = (1, max(tuplet.left - 1, 0)) }
            return length * header.unit * broken * (tuplet.left > 0 ? tuplet.factor : 1)
        }

        /// `p` notes in the time of `q`, for the next `r`; `nil` for what is usual.
        mutating func startTuplet(_ p: Int, _ q: Int?, _ r: Int?) throws {
            let usual = [2: 3, 3: 2, 4: 3, 6: 2, 8: 3][p] ?? (header.isCompound ? 3 : 2)
            guard (2...9).contains(p), (1...99).contains(q ?? usual), (1...99).contains(r ?? p) else {
                throw Mistake(message: "'(\(p)' is no tuplet, which has from 2 to 9 notes")
            }
            tuplet = (r ?? p, Double(q ?? usual) / Double(p))
        }

        /// `count` signs of a broken rhythm after the note written last: it is dotted for `>`, halved for `<`.
        mutating func breakRhythm(_ count: Int, isDotted: Bool) throws {
            let short = 1 / Double(1 << min(count, 8))
            let factor = isDotted ? 2 - short : short
            switch elements.last {
            case .notes(let notes, let length):
                let longer = notes.map { Note(key: $0.key, length: $0.length * factor, isTied: $0.isTied) }
                elements[elements.count - 1] = .notes(longer, length: length * factor)
            case .rest(let length): elements[elements.count - 1] = .rest(length * factor)
            default: throw Mistake(message: "'\(isDotted ? ">" : "<")' stands between two notes")
            }
            broken = isDotted ? short : 2 - short
        }

        /// Ties all notes written last to the next.
        mutating func tieLast() throws {
            guard case .notes(let notes, let length) = elements.last else {
                throw Mistake(message: "'-' stands after a note")
            }
            elements[elements.count - 1] = .notes(
                notes.map { Note(key: $0.key, length: $0.length, isTied: true) }, length: length)
            tied = last
        }

        // MARK: Playing

        /// Elements that playing takes at most, so that repeats within reason end.
        private static let most = 1 << 20

        /// The notes, at the nearest step.
        func played(stepsPerWhole: Int) throws -> [MIDI.Note] {
            var sounding: [(key: Int, start: Double, end: Double)] = []
            /// Places in `sounding` of notes that are tied on, by their keys.
            var held: [Int: Int] = [:]
            var now = 0.0
            for element in try unrolled() {
                switch element {
                case .notes(let notes, let length):
                    var next: [Int: Int] = [:]
                    for note in notes {
                        let place = held[note.key] ?? sounding.count
                        if place == sounding.count { sounding.append((note.key, now, now)) }
                        sounding[place].end = now + note.length
                        if note.isTied { next[note.key] = place }
                    }
                    held = next
                    now += length
                case .rest(let length):
                    held = [:]
                    now += length
                case .bar, .ending: break
                }
                guard now * Double(stepsPerWhole) < Double(1 << 24) else {
                    throw Mistake(message: "the tune is longer than \(1 << 24) steps")
                }
            }
            return sounding.map { key, start, end in
                let first = Int((start * Double(stepsPerWhole)).rounded())
                return MIDI.Note(
                    key: key, start: first, end: max(Int((end * Double(stepsPerWhole)).rounded()), first + 1))
            }
        }

        /// The elements in the order in which they are played.
        private func unrolled() throws -> [Element] {
            var played: [Element] = []
            var (place, pass) = (0, 1)
            /// Where a repeat begins, and whether a sign says so; else double bars and repeats before it do.
            var start = (place: 0, isMarked: false)
            var isEnding = false
            while place < elements.count {
                guard played.count < Self.most else {
                    throw Mistake(message: "the tune has more than \(Self.most) notes and bars with its repeats")
                }
                let element = elements[place]
                place += 1
                switch element {
                case .notes, .rest: played.append(element)
                case .ending(let passes):
                    isEnding = true
                    guard !passes.contains(pass) else { continue }
                    if let other = ending(of: pass, from: place) {
                        place = other
                    } else {
                        // Nothing is left for this pass: what follows the repeat goes on.
                        place = (place..<elements.count).first { repeats($0) > 1 }.map { $0 + 1 } ?? elements.count
                        (start, pass, isEnding) = ((place, false), 1, false)
                    }
                case .bar(let bar):
                    if bar.times > 1 {
                        let times = passes(from: start.place, to: place) ?? bar.times
                        if pass < times {
                            (place, pass, isEnding) = (start.place, pass + 1, false)
                            continue
                        }
                    }
                    // A repeat that is over, or an ending that a double bar closes.
                    if bar.times > 1 || bar.isDouble && (!start.isMarked || isEnding && pass > 1) {
                        (start, pass, isEnding) = ((place, false), 1, false)
                    }
                    if bar.startsRepeat { (start, pass, isEnding) = ((place, true), 1, false) }
                }
            }
            return played
        }

        private func repeats(_ place: Int) -> Int { if case .bar(let bar) = elements[place] { bar.times } else { 1 } }

        private func startsRepeat(_ place: Int) -> Bool {
            if case .bar(let bar) = elements[place] { bar.startsRepeat } else { false }
        }

        /// The place after the ending of a pass, before another repeat begins.
        private func ending(of pass: Int, from start: Int) -> Int? {
            for place in start..<max(elements.count, start) {
                if case .ending(let passes) = elements[place], passes.contains(pass) { return place + 1 }
                if startsRepeat(place) { return nil }
            }
            return nil
        }

        /// How many passes the endings of a repeat are for; `nil` where it has none.
        private func passes(from start: Int, to end: Int) -> Int? {
            func passes(_ place: Int) -> Int? {
                if case .ending(let passes) = elements[place] { passes.max() } else { nil }
            }
            guard (start..<end).contains(where: { passes($0) != nil }) else { return nil }
            let next = (end..<max(elements.count, end)).first(where: startsRepeat) ?? elements.count
            return (start..<next).compactMap(passes).max()
        }
    }
}
