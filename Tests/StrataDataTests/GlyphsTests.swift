import StrataBackend
import Testing

@testable import StrataData

/// Letters with marks, from files as Unicode and GNU Unifont have them.
@Suite struct GlyphsTests {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ".unicodeScalars)

    private static func hex(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// All plain letters, A to E with two marks, and names that do not count.
    private func unicodeData() -> String {
        var lines = ["0000;<control>;Cc;0;BN;;;;;N;NULL;;;;"]
        for (number, letter) in Self.letters.enumerated() {
            let small = Unicode.Scalar(letter.value + 32) ?? letter
            lines.append("\(Self.hex(letter));LATIN CAPITAL LETTER \(letter);Lu;0;L;;;;;N;;;;;")
            lines.append("\(Self.hex(small));LATIN SMALL LETTER \(letter);Ll;0;L;;;;;N;;;;;")
            guard number < 5 else { continue }
            for (mark, name) in ["ACUTE", "DOT BELOW"].enumerated() {
                let form = "\(Self.hex(letter)) 030\(mark)"
                lines.append(
                    "1E\(number)\(mark);LATIN CAPITAL LETTER \(letter) WITH \(name);Lu;0;L;\(form);;;;N;;;;;")
            }
        }
        lines.append("1EF0;LATIN SMALL LETTER A WITH RIGHT HALF RING;Ll;0;L;<compat> 0061 02BE;;;;N;;;;;")
        lines.append("1EF1;LATIN SMALL LETTER A WITH ACUTE AND DOT BELOW;Ll;0;L;1E00 0323;;;;N;;;;;")
        lines.append("1EF2;LATIN SMALL LETTER SHARP S;Ll;0;L;;;;;N;;;;;")
        lines.append("1EF3;LATIN SMALL LETTER O WITH STROKE;Ll;0;L;;;;;N;;;;;")
        return lines.joined(separator: "\n")
    }

    private func unifont(_ change: (String) -> String = { $0 }) -> String {
        unicodeData().split(separator: "\n").map { line in
            let code = line.prefix(4)
            // One is 16 pixels wide.
            return change(
                "\(code):\(code == "0041" ? String(repeating: "0FF0", count: 16) : String(repeating: "81", count: 16))")
        }.joined(separator: "\n")
    }

    private func all() throws -> [MarkedLetter] {
        try MarkedLetter.all(unicodeData: Array(unicodeData().utf8), unifont: Array(unifont().utf8))
    }

    @Test func namesTellLettersAndMarks() throws {
        let letters = try all()
        #expect(letters.count == 62 && letters.count { $0.mark == nil } == 52)
        let marked = try #require(letters.first { $0.scalar == "\u{1E11}" })
        #expect(marked.letter == "b" && marked.isCapital && marked.mark == "dot below")
        #expect(letters.first { $0.scalar == "A" }?.rows == [UInt16](repeating: 0x0FF0, count: 16))
        // Narrow glyphs lie in the middle.
        #expect(marked.rows == [UInt16](repeating: 0x0810, count: 16))
    }

    @Test func damagedFilesAreTold() {
        let data = Array(unicodeData().utf8)
        #expect(message { try MarkedLetter.all(unicodeData: [], unifont: []) }.contains("0 plain Latin letters"))
        #expect(message { try MarkedLetter.all(unicodeData: data, unifont: []) }.contains("no glyph of U+"))
        let cut = unifont { $0.hasPrefix("0042") ? String($0.dropLast(3)) : $0 }
        #expect(
            message { try MarkedLetter.all(unicodeData: data, unifont: Array(cut.utf8)) }.contains("U+42 is damaged"))
    }

    @Test func aFifthOfTheMarkedLettersIsUnseen() throws {
        let glyphs = try Glyphs(all())
        let unseen = glyphs.attributes.unseen
        #expect(unseen.count == 2 && unseen.allSatisfy { glyphs.letters[$0].mark != nil })
        #expect(glyphs.attributes.names.count == 26 + 2 + 2)
        let data = try glyphs.dataSet(train: 3, test: 2, seed: 5)
        #expect(data.train.count == 60 * 3 && data.test.count == 62 * 2 && data.exampleShape == [16, 16])
        let trained = try #require(data.train.labels).values
        #expect(Set(trained).isDisjoint(with: unseen.map { Int32($0) }))
        #expect(data.spec.attributes == glyphs.attributes && data.classNames?.contains("\u{1E11}") == true)
        #expect(try data.train.bytes == glyphs.dataSet(train: 3, test: 2, seed: 5).train.bytes)
        #expect(try data.train.bytes != glyphs.dataSet(train: 3, test: 2, seed: 6).train.bytes)
        #expect(throws: StrataError.self) { try glyphs.dataSet(train: 0) }
        #expect(throws: StrataError.self) { try glyphs.dataSet(test: -1) }
        #expect(throws: StrataError.self) { try Glyphs([]) }
    }

    /// Ink is where the glyph has it, whatever happened to it: the middle of the wide one, not the edges.
    @Test func imagesShowTheGlyph() throws {
        let letter = try #require(all().first { $0.scalar == "A" })
        for number in 0..<20 as Range<UInt32> {
            var draws = ImageDraws(key: (1, 2), image: number)
            let image = Glyphs.image(of: letter, &draws)
            for row in 2..<14 {
                #expect((7...8).allSatisfy { image[row * 16 + $0] > 100 })
                #expect([0, 15].allSatisfy { image[row * 16 + $0] < 60 })
            }
        }
    }

    @Test func absentFilesAreTold() {
        let told = message {
            try DataCatalog.builtIn.load("glyphs", environment: { $0 == "STRATA_GLYPHS_DIR" ? "/nowhere" : nil })
        }
        #expect(told.contains("/nowhere/UnicodeData.txt") && told.contains("apt-get install unifont unicode-data"))
    }
}
