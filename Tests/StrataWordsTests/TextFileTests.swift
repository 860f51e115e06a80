import Foundation
import StrataBackend
import StrataSIMD
import Testing

@testable import StrataWords

/// Texts in other encodings than plain UTF-8, and files that are no texts.
@Suite struct TextFileTests {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("strata-text-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func file(_ bytes: [UInt8]) throws -> String {
        let path = "\(folder)/\(UUID())"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func complaint(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return "\(error)" }
    }

    private func utf16(_ text: String, mark: Bool, bigEndian: Bool) -> [UInt8] {
        ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit -> [UInt8] in
            let bytes = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
            return bigEndian ? bytes.reversed() : bytes
        }
    }

    private let vectors = "4 3\na 1 0 0\nb 0.9 0.1 0\nc 0 1 0\nd 0 .9 .2\n"

    @Test func aMarkIsSkipped() throws {
        let found = try WordVectors(path: file([0xEF, 0xBB, 0xBF] + Array(vectors.utf8)))
        #expect(found.words == ["a", "b", "c", "d"] && found.width == 3 && found.notes.isEmpty)
        let glove = try WordVectors(path: file([0xEF, 0xBB, 0xBF] + Array("a 1 2\nb 3 4\n".utf8)))
        #expect(glove.position(of: "a") == 0)
        let questions = try AnalogyQuestions(path: file([0xEF, 0xBB, 0xBF] + Array(": heading\na b c d\n".utf8)))
        #expect(questions.questions == [["a", "b", "c", "d"]])
    }

    @Test(arguments: [(true, false), (true, true), (false, false), (false, true)])
    func utf16IsRead(mark: Bool, bigEndian: Bool) throws {
        let text = "the cat sat on the mat\nthe dög sat\n"
        let corpus = try Corpus(path: file(utf16(text, mark: mark, bigEndian: bigEndian)), minimumCount: 1)
        #expect(Set(corpus.vocabulary.words) == ["the", "cat", "sat", "on", "mat", "dög"])
        #expect(
            corpus.vocabulary.counts[0] == 3 && corpus.notes.count == 1
                && corpus.notes[0].hasSuffix("is UTF-16, and read as such"))
        let plain = try Corpus(path: file(Array(text.utf8)), minimumCount: 1)
        #expect(plain.notes.isEmpty && plain.words == corpus.words)
    }

    @Test func utf16VectorsAndQuestionsAreRead() throws {
        let found = try WordVectors(path: file(utf16(vectors, mark: true, bigEndian: false)))
        #expect(found.words == ["a", "b", "c", "d"] && found.notes.count == 1)
        let questions = try AnalogyQuestions(path: file(utf16("a b c d\n", mark: true, bigEndian: true)))
        #expect(questions.questions == [["a", "b", "c", "d"]] && questions.notes.count == 1)
    }

    @Test func bytesThatAreNotUTF8AreTold() throws {
        // "naïve" in Latin-1, twice.
        let text = Array("the cat\nna".utf8) + [0xEF] + Array("ve the na".utf8) + [0xEF] + Array("ve\n".utf8)
        let corpus = try Corpus(path: file(text), minimumCount: 1)
        #expect(corpus.notes.count == 1 && corpus.notes[0].contains("2 places are not UTF-8, the first in line 2"))
        let found = try WordVectors(path: file([UInt8(ascii: "a"), 0xFF] + Array(" 1 2\nb 3 4\n".utf8)))
        #expect(found.notes.count == 1 && found.notes[0].contains("some words are not UTF-8"))
        for whole in ["é", "日本", "\u{FFFD}", "🙂", "\u{7FF}", "\u{10FFFF}"] {
            #expect(UTF8Check(Array(whole.utf8)) == nil)
        }
        for broken in [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]] {
            #expect(UTF8Check(broken) != nil, "\(broken)")
        }
    }

    @Test func whatIsNoTextIsRefused() throws {
        let array = try file([0x93] + Array("NUMPY".utf8) + [1, 0, 10, 0])
        #expect(
            complaint { _ = try WordVectors(path: array) }
                == "\(array): is a NumPy array, and no text; give a text file in UTF-8")
        #expect(complaint { _ = try Corpus(path: array) }.contains("is a NumPy array"))
        #expect(complaint { _ = try AnalogyQuestions(path: array) }.contains("is a NumPy array"))
        let archive = try file([0x50, 0x4B, 3, 4, 0, 0])
        #expect(complaint { _ = try Corpus(path: archive) }.contains("is a zip archive"))
    }

    // MARK: The same word twice

    private func search(_ vectors: WordVectors) throws -> WordSearch {
        try WordSearch(vectors, backend: SIMDBackend(configuration: BackendConfiguration(threads: 1)))
    }

    private let doubled = "6 2\nking 1 0\nman 0.8 0.6\nwoman 0.6 0.8\nqueen 0.7 0.35\nking 0.8 0.3\nx -1 0\n"

    @Test func theFirstVectorOfAWordCounts() throws {
        let found = try WordVectors(path: file(Array(doubled.utf8)))
        #expect(found.words == ["king", "man", "woman", "queen", "x"])
        #expect(found.values == [1, 0, 0.8, 0.6, 0.6, 0.8, 0.7, 0.35, -1, 0])
        #expect(
            found.notes.count == 1
                && found.notes[0].contains("1 of the 6 vectors are of words that came before, such as 'king'"))
        let query = try WordSearch.Query([
            (found.require("king"), 1), (found.require("man"), -1), (found.require("woman"), 1),
        ])
        #expect(try search(found).matches([query], count: 1)[0].map(\.word) == ["queen"])
        let questions = try AnalogyQuestions(path: file(Array("man king woman queen\n".utf8)))
        #expect(try questions.score(search(found)) == .init(right: 1, asked: 1, skipped: 0))
    }

    @Test func caseIsIgnoredWhereItMustBe() throws {
        let found = try WordVectors(path: file(Array((doubled + "").utf8)))
        let questions = try AnalogyQuestions(
            path: file(Array("Man King Woman Queen\nman king woman queen\nMan King Boy Prince\n".utf8)))
        #expect(try questions.score(search(found)) == .init(right: 2, asked: 2, skipped: 1, inOtherCase: 1))
        #expect(try found.require("QUEEN") == 3)
        let both = try WordVectors(words: ["us", "US"], values: [1, 2], width: 1)
        #expect(both.position(ignoringCase: "US") == 1 && both.position(ignoringCase: "Us") == 0)
    }
}
