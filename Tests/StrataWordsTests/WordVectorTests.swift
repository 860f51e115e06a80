import Foundation
import StrataBackend
import StrataSIMD
import Testing

@testable import StrataWords

@Suite struct WordVectorTests {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("strata-words-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func file(_ content: Data) throws -> String {
        let path = "\(folder)/\(UUID())"
        try content.write(to: URL(fileURLWithPath: path))
        return path
    }

    private func file(_ text: String) throws -> String { try file(Data(text.utf8)) }

    private func complaint(_ content: Data) throws -> String {
        let path = try file(content)
        do {
            _ = try WordVectors(path: path)
            return ""
        } catch let error as StrataError {
            return error.message.replacingOccurrences(of: path, with: "FILE")
        }
    }

    private func search(_ vectors: WordVectors) throws -> WordSearch {
        try WordSearch(vectors, backend: SIMDBackend(configuration: BackendConfiguration(threads: 1)))
    }

    private let values: [Float] = [1, -2.5, 1e-3, 4]

    private func binary(newlines: Bool, words: [String] = ["a", "ü"]) -> Data {
        var data = Data("2 2\n".utf8)
        for (row, word) in words.enumerated() {
            data += Data("\(word) ".utf8)
            for value in values[row * 2..<row * 2 + 2] {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { data += Data($0) }
            }
            if newlines { data += Data([10]) }
        }
        return data
    }

    @Test func theFormatsAgree() throws {
        let files = [
            try file("2 2\na 1 -2.5\nü 1e-3 4\n"), try file("a 1 -2.5\r\nü 0.001 4"),
            try file("2 2 \na 1 -2.5 \nü 1e-3 4 "),
            try file(binary(newlines: false)), try file(binary(newlines: true)),
        ]
        for path in files {
            let vectors = try WordVectors(path: path)
            #expect(vectors.words == ["a", "ü"] && vectors.values == values && vectors.width == 2)
        }
    }

    @Test func wordsMayHoldSpacesAfterTheFirst() throws {
        let vectors = try WordVectors(path: file("a 1 2\n. . 3 4\n"))
        #expect(vectors.words == ["a", ". ."])
    }

    @Test func damageIsTold() throws {
        #expect(try complaint(Data()) == "FILE: is empty")
        #expect(
            try complaint(Data("a 1 2\nb 1\n".utf8)) == "FILE, line 2: has 1 numbers after the word, and should have 2")
        #expect(try complaint(Data("a 1 2\nb 1 x\n".utf8)) == "FILE, line 2: 'x' is not a finite number")
        #expect(try complaint(Data("a 1 nan\n".utf8)) == "FILE, line 1: 'nan' is not a finite number")
        #expect(try complaint(Data("3 2\na 1 2\nb 1 2\n".utf8)).contains("ends after 2 of 3 word vectors"))
        #expect(try complaint(binary(newlines: false).dropLast()).contains("ends after 1 of 2 word vectors"))
        #expect(try complaint(Data("9223372036854775807 5\na 1".utf8)).contains("cannot be in this file"))
        #expect(try complaint(Data("hello\n".utf8)).contains("neither"))
    }

    @Test func aSumFindsTheWordThatIsNotAskedWith() throws {
        let vectors = try WordVectors(
            words: ["king", "man", "woman", "queen", "nought"], values: [3, 1, 1, 1, 1, 4, 3, 4, 0, 0], width: 2)
        let query = WordSearch.Query([(0, 1), (1, -1), (2, 1)])
        let matches = try search(vectors).matches([query], count: 5)[0]
        // king − man + woman is (3, 4), the queen herself.
        #expect(matches.map(\.word) == ["queen", "nought"])
        #expect(abs(matches[0].cosine - 1) < 1e-6 && matches[1].cosine == 0)
    }

    @Test func unknownWordsAreLeftOutOfTheScore() throws {
        let vectors = try WordVectors(
            words: ["king", "man", "woman", "queen"], values: [3, 1, 1, 1, 1, 4, 3, 4], width: 2)
        let questions = try AnalogyQuestions(
            path: file(": family\nman king woman queen\n\nman king woman man\nman king boy prince\n"))
        let score = try questions.score(search(vectors))
        #expect(score == .init(right: 1, asked: 2, skipped: 1))
        #expect(throws: StrataError.self) { try AnalogyQuestions(path: file("three words only\n")) }
        #expect(throws: StrataError.self) { try vectors.require("Prince") }
    }

    /// 257 of the Google News vectors and 4,952 questions on capitals; skipped by name where they are not.
    static let realFolder = ProcessInfo.processInfo.environment["STRATA_WORDS_DIR"]

    @Test(.enabled(if: realFolder != nil, "STRATA_WORDS_DIR names no folder with word vectors"))
    func theCapitalsAreKnown() throws {
        let folder = try #require(WordVectorTests.realFolder)
        let search = try search(WordVectors(path: "\(folder)/w2v_google_news_257x300.txt"))
        let score = try AnalogyQuestions(path: "\(folder)/capitals.txt").score(search)
        #expect(score == .init(right: 4552, asked: 4952, skipped: 0))
    }
}
