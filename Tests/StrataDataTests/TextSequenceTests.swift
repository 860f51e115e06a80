import StrataBackend
import StrataData
import Testing

@Suite struct TextSequenceTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func load(_ text: String, _ change: (inout DataOptions) -> Void = { _ in }) throws -> DataSet {
        var options = DataOptions()
        options.drawsTest = false
        change(&options)
        return try DataPath.load(folder.put("a.txt", text.utf8), options)
    }

    func tokens(_ data: DataSet) throws -> [Float] { try data.train.examples.values(0..<data.train.count) }

    @Test func charactersAreTokens() throws {
        let data = try load("\u{FEFF}abba é\r\nab")
        let vocabulary = try #require(data.vocabulary)
        #expect(vocabulary.tokens == ["<unk>", "a", "b", "\n", " ", "é"] && vocabulary.steps == 9)
        #expect(try tokens(data) == [1, 2, 2, 1, 4, 5, 3, 1, 2])
        #expect(data.train.examples.spec.meaning == .tokens(vocabulary: 6))
        #expect(
            vocabulary.text(try tokens(data)) == "abba é\nab" && vocabulary.text([0, 77, .nan]) == "<unk><unk><unk>")
    }

    @Test func wordsAreTokens() throws {
        let data = try load("the cat,  the\tdog\n\nthe end") { $0.textUnit = .words }
        let vocabulary = try #require(data.vocabulary)
        #expect(vocabulary.tokens == ["<unk>", "the", "\n", "cat,", "dog", "end"])
        #expect(try vocabulary.text(tokens(data)) == "the cat, the dog\n\nthe end")
    }

    @Test func sequencesFollowOneAnother() throws {
        let text = String(repeating: "abcdefghij", count: 25)
        let data = try load(text)
        #expect(data.train.count == 3 && data.exampleShape == [100])
        let lengths = try #require(data.train.columns.first { $0.name == ColumnName.length }).values(0..<3)
        #expect(lengths == [100, 100, 50])
        let all = try tokens(data)
        #expect(data.vocabulary?.text(all.prefix(250)) == text && all.dropFirst(250).allSatisfy { $0 == 0 })
        #expect(data.notes.contains { $0.contains("250 of a vocabulary of 11, cut into 3 sequences of 100") })
    }

    /// Another text is read with the tokens of the first, and what these lack is told.
    @Test func unknownTokensAreNoted() throws {
        let vocabulary = try #require(load("abab").vocabulary)
        let other = try load("abxyx") { $0.vocabulary = vocabulary }
        #expect(try tokens(other) == [1, 2, 0, 0, 0, 0, 0, 0] && other.vocabulary == vocabulary)
        #expect(
            other.notes.contains(
                "3 tokens, 2 different ones, are none of the vocabulary's and count as <unk>: 'x', 'y'"))
        let many = try load((0..<6000).map { "w\($0)" }.joined(separator: " ")) { $0.textUnit = .words }
        #expect(many.vocabulary?.tokens.count == 5000 && many.notes.contains { $0.hasPrefix("1001 tokens") })
    }

    @Test func whatIsNoTextIsRefused() throws {
        #expect(message { try load("") }.contains("holds no characters"))
        #expect(message { try load(" \t ") { $0.textUnit = .words } }.contains("holds no words"))
        #expect(message { try load("a\0b") }.contains("is no text"))
        let path = try folder.put("b.txt", [0x61, 0xFF])
        #expect(message { try DataPath.load(path) }.contains("is not UTF-8"))
        #expect(message { try DataPath.load(path, DataOptions(memory: 1)) }.contains("a text is read whole"))
    }
}
