import ArgumentParser
import StrataBackend
import StrataFiles
import StrataRuns
import StrataWords

struct Analogy: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask word vectors: king - man + woman.",
        discussion: """
            Adds and subtracts the vectors of words and lists the words nearest to the sum by cosine, without those asked
            with; a single word lists its neighbours. --questions scores a file of questions, four words a line.
            Vectors are read in the word2vec formats, text and binary, and in GloVe's.
            """)

    @Argument(help: "Words with + or - between them.")
    var expression: [String] = []

    @Option(help: "The file of word vectors.")
    var vectors: String

    @Option(help: "A file of questions to score instead: 'Athens Greece Baghdad Iraq' a line.")
    var questions: String?

    @Option(parsing: .unconditional, help: "How many words to list.")
    var count = 5

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try checkCount(count, "count", limit: 1000)
        guard expression.isEmpty != (questions == nil) else {
            throw StrataError(.usage, "give either words, such as king - man + woman, or --questions FILE")
        }
        let terms = try signedTerms(expression)
        let vectors = try WordVectors(path: vectors, codecs: .system)
        for note in vectors.notes { output.note(note) }
        let search = { try WordSearch(vectors, backend: backend.make()) }
        if let questions {
            let asked = try AnalogyQuestions(path: questions, codecs: .system)
            for note in asked.notes { output.note(note) }
            try score(asked, search())
        } else {
            let query = try WordSearch.Query(terms.map { (try position(of: $0.word, in: vectors), $0.sign) })
            try list(search().matches([query], count: count)[0])
        }
    }

    /// The position of a word, if need be in another case, which is told.
    private func position(of word: String, in vectors: WordVectors) throws -> Int {
        let position = try vectors.require(word)
        let found = vectors.words[position]
        if found != word { output.note("'\(word)' is not among the words; '\(found)' is taken") }
        return position
    }

    private func list(_ matches: [WordSearch.Match]) throws {
        if output.json {
            let matches = matches.map {
                JSONValue.object(["word": .string($0.word), "cosine": .number(Double($0.cosine))])
            }
            return print(try JSONValue.object(["matches": .array(matches)]).line)
        }
        for match in matches { print("\(number(Double(match.cosine), digits: 4))  \(match.word)") }
    }

    private func score(_ questions: AnalogyQuestions, _ search: WordSearch) throws {
        let score = try questions.score(search)
        guard score.asked > 0 else {
            throw StrataError(.data, "none of the \(score.skipped) questions has vectors for its four words")
        }
        if score.inOtherCase > 0 {
            output.note("\(score.inOtherCase) questions have words in another case than the vectors', which is ignored")
        }
        let accuracy = Double(score.right) / Double(score.asked)
        if output.json {
            let fields: [String: JSONValue] = [
                "right": .integer(score.right), "asked": .integer(score.asked), "skipped": .integer(score.skipped),
                "accuracy": .number(accuracy),
            ]
            return print(try JSONValue.object(fields).line)
        }
        print(
            "\(score.right) of \(score.asked) right (\(number(accuracy * 100, digits: 2)) %)"
                + (score.skipped > 0 ? "; \(score.skipped) with unknown words left out" : ""))
    }

    /// Words and operators take turns.
}
