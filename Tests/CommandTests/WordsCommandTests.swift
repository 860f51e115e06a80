import Foundation
import Testing

@Suite struct WordsCommandTests {
    let command = Command()

    /// Two kinds of sentences, whose words do not mix.
    private func writeText(lines: Int = 300) throws -> String {
        let text = (0..<lines).map {
            $0 % 2 == 0 ? "The cat\($0 % 3) chased a mouse!" : "Two plus\($0 % 3) makes three."
        }
        try text.joined(separator: "\n").write(toFile: command.path("text.txt"), atomically: true, encoding: .utf8)
        return command.path("text.txt")
    }

    private var files: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: command.folder.path).filter {
                !$0.hasSuffix(".output") && !$0.hasSuffix(".error")
            }
        }
    }

    @Test func vectorsAreLearnedAndAsked() throws {
        let text = try writeText()
        let result = try command.run(
            "words", text, "--subsample", "0", "--dimensions", "12", "--seed", "3", "--out", "v.txt", "--json")
        #expect(result.status == 0, "\(result.error)")
        let report = result.json
        #expect(report["words"] as? Int == 13 && report["tokens"] as? Int == 1350)
        #expect(report["out"] as? String == "v.txt")
        #expect((report["loss"] as? Double ?? 0) > 0.5 && (report["words_per_second"] as? Double ?? 0) > 0)
        #expect(result.error.contains("epoch 5/5"))
        #expect(try command.run("analogy", "mouse", "--vectors", "v.txt").status == 0)
        // The same bits again, in the other format.
        let again = try command.run(
            "words", text, "--subsample", "0", "--dimensions", "12", "--seed", "3", "--out", "v.bin", "--binary",
            "--threads", "1")
        #expect(again.status == 0 && again.output == "13 vectors of 12 numbers are in v.bin\n")
        let answers = try ["v.txt", "v.bin"].map {
            try command.run("analogy", "mouse", "-", "cat0", "+", "three", "--vectors", $0, "--json").output
        }
        #expect(answers[0] == answers[1] && !answers[0].isEmpty)
    }

    @Test func interruptingWritesWhatThereIs() throws {
        let running = try command.start(["words", try writeText(), "--epochs", "1000000", "--out", "v.txt"])
        func hasBegun() -> Bool {
            (try? String(contentsOfFile: running.error, encoding: .utf8).contains("epoch 1/")) == true
        }
        for _ in 0..<200 where !hasBegun() { Thread.sleep(forTimeInterval: 0.05) }
        kill(running.process.processIdentifier, SIGINT)
        let result = try command.finish(running)
        #expect(result.status == 130 && result.error.contains("interrupted in epoch"))
        #expect(try command.run("analogy", "mouse", "--vectors", "v.txt").status == 0)
    }

    @Test func whatCannotBeLearnedFromIsToldInOneLine() throws {
        func expect(_ text: String, _ arguments: String..., says complaint: String) throws {
            let result = try command.finish(command.start(["words", text] + arguments))
            #expect(result.status == 1 && result.complaint.contains(complaint), "\(result.error)")
            #expect(result.output.isEmpty)
        }
        let text = try writeText(lines: 20)
        try expect("nowhere.txt", says: "cannot open nowhere.txt")
        try expect("/dev/null", says: "is not a regular file")
        try Data().write(to: URL(fileURLWithPath: command.path("empty.txt")))
        try expect("empty.txt", says: "empty.txt: is empty")
        try expect(text, "--minimum-count", "100", says: "none of its 13 different words comes 100 times or more")
        try expect(text, "--minimum-count", "0", says: "--minimum-count 0")
        try expect(text, "--dimensions", "0", says: "--dimensions 0: expected a number from 1 to 10000")
        try expect(text, "--learning-rate", "-1", says: "--learning-rate -1.0")
        try expect(text, "--subsample", "1e-9", says: "--subsample 1e-09: nothing was learned")
        try expect(text, "--seed", "-1", says: "--seed -1")
        try expect(text, "--out", "missing/v.txt", says: "cannot write missing/v.txt: No such file or directory")
        try expect(text, "--out", text, says: "is the text itself")
        #expect(try files.sorted() == ["empty.txt", "text.txt"])
    }

    @Test func faultsOfFilesAreReadOrTold() throws {
        let doubled = "6 2\nking 1 0\nman 0.8 0.6\nwoman 0.6 0.8\nqueen 0.7 0.35\nking 0.8 0.3\nx -1 0\n"
        try doubled.write(toFile: command.path("twice.vec"), atomically: true, encoding: .utf8)
        try "Man King Woman Queen\n".write(toFile: command.path("questions.txt"), atomically: true, encoding: .utf8)
        let answer = try command.run(
            "analogy", "King", "-", "man", "+", "woman", "--vectors", "twice.vec", "--count", "1")
        #expect(answer.status == 0 && answer.output.hasSuffix("  queen\n"), "\(answer.output) \(answer.error)")
        #expect(answer.error.contains("the first vector of a word counts") && answer.error.contains("'king' is taken"))
        let score = try command.run("analogy", "--vectors", "twice.vec", "--questions", "questions.txt")
        #expect(score.output == "1 of 1 right (100.00 %)\n", "\(score.error)")
        #expect(score.error.contains("1 questions have words in another case"))

        try ("the cat sat\n" + "a cat sat\n").write(
            toFile: command.path("utf16.txt"), atomically: true, encoding: .utf16)
        let words = try command.run("words", "utf16.txt", "--minimum-count", "1", "--subsample", "0", "--out", "v.txt")
        #expect(words.status == 0 && words.error.contains("utf16.txt: is UTF-16"), "\(words.error)")
        let array = try command.run("words", command.writeData())
        #expect(array.status == 1 && array.complaint.contains("is a NumPy array, and no text"))
    }
}
