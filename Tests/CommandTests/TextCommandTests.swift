import StrataBackend
import StrataData
import Testing

@Suite struct TextCommandTests {
    let command = Command()

    /// A run keeps its text's tokens: it samples text, and reads other texts with them.
    @Test func aRunKeepsItsVocabulary() throws {
        try AtomicFile.write(command.path("a.txt"), String(repeating: "tea and sand\n", count: 100).utf8)
        try AtomicFile.write(command.path("b.txt"), String(repeating: "sand is dust\n", count: 100).utf8)
        let trained = try command.run(
            "train", "recurrent", "--data", "a.txt", "--units", "4", "--epochs", "1", "--out", "run")
        #expect(trained.status == 0 && trained.error.contains("1300 of a vocabulary of 9"), "\(trained.error)")
        let sampled = try command.run("sample", "run", "--count", "2", "--out", "s.txt")
        #expect(sampled.status == 0, "\(sampled.error)")
        let text = String(decoding: try FileBytes.read(command.path("s.txt")), as: UTF8.self)
        #expect(text.replacing("<unk>", with: "").allSatisfy { "tea ands\n".contains($0) } && text.count > 200)
        let other = try command.run("evaluate", "run", "--data", "b.txt", "--json")
        #expect(other.status == 0, "\(other.error)")
        #expect(other.error.contains("2 different ones, are none of the vocabulary's and count as <unk>: 'i', 'u'"))
        let refused = try command.run("train", "vae", "--data", "a.txt", "--out", "none")
        #expect(refused.complaint.contains("these examples are tokens"))
        let words = try command.run("train", "recurrent", "--data", "sprites", "--text", "words", "--out", "none")
        #expect(words.complaint.contains("--text words: says what the tokens of a text are"))
    }

    /// The values that training fills gaps with fill those of other tables.
    @Test func aRunKeepsWhatFillsGaps() throws {
        let rows = (0..<40).map { "\($0 % 5),\($0 == 7 ? "" : "\($0 % 3)"),0.5\n" }.joined()
        try AtomicFile.write(command.path("a.csv"), Array("a,b,c\n\(rows)".utf8))
        try AtomicFile.write(command.path("b.csv"), Array("a,b,c\n,1,NA\n2,,0.5\n".utf8))
        let refused = try command.run("train", "pca", "--components", "2", "--data", "a.csv", "--out", "run")
        #expect(refused.complaint.contains("set missing to mean or zero"))
        let trained = try command.run(
            "train", "pca", "--components", "2", "--data", "a.csv", "--missing", "mean", "--out", "run")
        #expect(trained.status == 0, "\(trained.error)")
        let encoded = try command.run("encode", "run", "--data", "b.csv", "--out", "b.npy")
        #expect(encoded.error.contains("3 missing values are filled with what they were filled with in training"))
        let stray = try command.run("train", "pca", "--data", "sprites", "--missing", "zero", "--out", "none")
        #expect(stray.complaint.contains("--missing zero: fills the numbers that a table lacks"))
    }
}
