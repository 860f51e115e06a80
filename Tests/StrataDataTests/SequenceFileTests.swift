import StrataBackend
import Testing

@testable import StrataData

/// Sequences in files: MATLAB's cells, MIDI, arrays with lengths.
@Suite struct SequenceFileTests {
    @Test func cellsAreSequences() throws {
        let folder = try TemporaryFolder()
        let data = try DataPath.load(folder.put("tunes.mat", Fixture.sequencesMAT))
        #expect(data.exampleShape == [2, 3] && data.train.count == 2 && data.test.count == 1)
        #expect(try data.train.values(0..<2) == [1, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0])
        let lengths = try #require(data.train.columns.first { $0.name == ColumnName.length })
        #expect(try lengths.values(0..<2) == [2, 1])
        #expect(data.notes.contains { $0.contains("sequences of at most 2 steps of 3 numbers") })
        // A file with its first variable alone: a second one that is cut off as a whole is missed by nobody.
        checkDamage(of: Array(Fixture.sequencesMAT.prefix(312))) {
            try DataPath.load(folder.put("damaged.mat", $0))
        }
    }

    @Test func matlabArraysAreThoseOfAnArchive() throws {
        let folder = try TemporaryFolder()
        let data = try DataPath.load(folder.put("arrays.mat", Fixture.arraysMAT))
        #expect(try data.train.values(0..<2) == [0, 0.25, 0.5, 0.75, 1, 1.25])
        #expect(data.train.labels?.values == [1, 0] && data.test.labels?.values == [1])
        #expect(data.notes.contains { $0.contains("title, which is text") })
        #expect(data.notes.contains { $0.contains("z, which is complex") })
        let later = try folder.put("later.mat", Array("MATLAB 7.3 MAT-file".utf8) + [UInt8](repeating: 0, count: 200))
        #expect(message { try DataPath.load(later) }.contains("HDF5"))
    }

    @Test func longSequencesAreCut() throws {
        let frames = try StoredArray((0..<450).map { Float($0) }, shape: [450, 1])
        let short = try StoredArray([7, 8] as [Float], shape: [2, 1])
        let table = try SequenceTable([[frames, short], [short]], path: "a")
        #expect(table.parts[0].frames.shape == [4, 200, 1] && table.parts[1].frames.shape == [1, 200, 1])
        #expect(try table.parts[0].lengths.int32s() == [200, 200, 50, 2])
        #expect(table.parts[0].frames.floats[400..<403] == [400, 401, 402])
        #expect(table.parts[0].frames.floats[450..<452] == [0, 0])
        #expect(table.notes.contains { $0.contains("up to 450 steps are cut into pieces of 200") })
        let wide = try StoredArray([1, 2] as [Float], shape: [1, 2])
        #expect(message { try SequenceTable([[short, wide]], path: "a") }.contains("of the same width"))
        #expect(message { try SequenceTable([[]], path: "a") }.contains("of the same width"))
    }

    /// Lengths beside arrays are a column that must fit.
    @Test func lengthsAreChecked() throws {
        let folder = try TemporaryFolder()
        func load(_ lengths: [Int32]) throws -> DataSet {
            let x = try StoredArray([Float](repeating: 1, count: 24), shape: [4, 3, 2])
            for (name, array) in [("x", x), ("lengths", try StoredArray(lengths, shape: [lengths.count]))] {
                try AtomicFile.write(folder.file("\(name).npy"), NPY.encode(array))
            }
            return try DataPath.load(folder.path)
        }
        #expect(try load([1, 2, 3, 3]).spec[ColumnName.length] != nil)
        #expect(message { try load([1, 2, 3, 4]) }.contains("has a length of 4, outside 1...3"))
        #expect(message { try load([0, 2, 3, 3]) }.contains("has a length of 0"))
        #expect(message { try load([1, 2, 3]) }.contains("3 lengths do not fit 4"))
    }

    // MARK: MIDI

    /// A held key, one that is struck again, a chord: there and back, by frames and by a file.
    @Test func tunesGoThereAndBack() throws {
        let notes: [MIDI.Note] = [
            .init(key: 60, start: 0, end: 4), .init(key: 64, start: 1, end: 2), .init(key: 64, start: 2, end: 3),
            .init(key: 21, start: 3, end: 5), .init(key: 108, start: 200, end: 201),
        ]
        let tune = MIDI(notes: notes, stepsPerQuarter: 4)
        let read = try MIDI(parsing: tune.encoded(), path: "a")
        #expect(Set(read.notes) == Set(notes))
        let frames = tune.frames
        #expect(frames.count == 201 * 88 && frames.reduce(0) { $0 + Int($1) } == 4 + 1 + 1 + 2 + 1)
        // In frames a key that is struck again is one that sounds on.
        let again = MIDI(frames: frames.map { Float($0) }, stepsPerQuarter: 4)
        #expect(again.notes.count == 4 && again.frames == frames)
        checkDamage(of: MIDI(notes: Array(notes.prefix(2)), stepsPerQuarter: 4).encoded()) {
            try MIDI(parsing: $0, path: "a")
        }
    }

    @Test func melodiesHoldAndRest() {
        let tune = MIDI(melody: [0, 60, 0, 62, 1, 0, 64])
        #expect(
            tune.notes == [
                .init(key: 60, start: 1, end: 3), .init(key: 62, start: 3, end: 4), .init(key: 64, start: 6, end: 7),
            ])
        #expect(MIDI(melody: []).notes.isEmpty && MIDI(melody: [0, 1, 0]).notes.isEmpty)
    }

    /// By hand: running status, a key let go by a velocity of 0, percussion, a text, and a number of two bytes.
    @Test func filesOfOthersAreRead() throws {
        let track: [UInt8] =
            [0, 0xFF, 0x01, 2, 0x68, 0x69, 0, 0x90, 60, 64, 0x83, 0x60, 60, 0, 0, 0x99, 35, 90, 0, 0xC0, 5]
            + [0, 0x90, 62, 1, 0x78, 62, 0, 0, 0xFF, 0x2F, 0]
        let file: [UInt8] =
            Array("MThd".utf8) + [0, 0, 0, 6, 0, 0, 0, 1, 0x01, 0xE0] + Array("MTrk".utf8)
            + [0, 0, 0, UInt8(track.count)] + track
        let tune = try MIDI(parsing: file, path: "a")
        #expect(tune.notes == [.init(key: 60, start: 0, end: 4), .init(key: 62, start: 4, end: 5)])
        let folder = try TemporaryFolder()
        for name in ["a.mid", "b.mid", "c.MID"] { try folder.put("tunes/\(name)", file) }
        let data = try DataPath.load(folder.file("tunes"))
        #expect(data.exampleShape == [5, 88] && data.train.count + data.test.count == 3)
        #expect(data.spec[ColumnName.length] != nil && data.spec.example.scale == 1)
        var film = file
        film[12] = 0xE8
        #expect(message { try MIDI(parsing: film, path: "a") }.contains("frames of film"))
    }
}
