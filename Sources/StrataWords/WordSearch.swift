public import StrataBackend
import StrataCompiler
import StrataGraph

/// Finds the words whose vectors point most nearly where a sum of vectors does.
public struct WordSearch {
    /// The vectors as they were given, not divided by their lengths.
    public let vectors: WordVectors
    private let session: Session

    /// Places the vectors, each divided by its length, on a backend.
    public init(_ vectors: WordVectors, backend: any Backend) throws {
        self.vectors = vectors
        session = Session(backend: backend)
        var unit = vectors.values
        for word in vectors.words.indices {
            let length = vectors.vector(word).reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            guard length > 0 else { continue }
            for position in word * vectors.width..<(word + 1) * vectors.width { unit[position] /= Float(length) }
        }
        try unit.withUnsafeBytes {
            try session.place("vectors", TensorType([vectors.words.count, vectors.width]), $0)
        }
    }

    /// A word and the cosine between its vector and what was looked for.
    public struct Match: Sendable, Hashable {
        /// A word that is not among those of the query.
        public var word: String
        /// The cosine, from −1 to 1; 0 where either is a vector of zeros.
        public var cosine: Float
    }

    /// A sum of word vectors: `king − man + woman`.
    public struct Query: Sendable, Hashable {
        /// Positions of words, which are themselves no answers, each with its sign.
        public var terms: [Term]

        /// One word of the sum, and how its vector is counted.
        public struct Term: Sendable, Hashable {
            /// The position of the word in `WordVectors.words`, as `WordVectors.require(_:)` finds it.
            public var position: Int
            /// The factor of the word's vector: 1 to add it, −1 to subtract it.
            public var sign: Float
        }

        /// A sum of words by their positions, which are not checked: each must be that of a word.
        public init(_ terms: [(position: Int, sign: Float)]) {
            self.terms = terms.map { Term(position: $0.position, sign: $0.sign) }
        }
    }

    /// The best answers to each query, best first, from the raw vectors' sum (3CosAdd of Mikolov, Yih and Zweig 2013).
    ///
    /// Throws `usage` for a count below 1, and for a position that is no word's.
    public func matches(_ queries: [Query], count: Int) throws -> [[Match]] {
        let (words, width) = (vectors.words.count, vectors.width)
        guard count > 0 else { throw StrataError(parameter: "count", count, "expected at least one answer") }
        for term in queries.lazy.flatMap(\.terms) where !(0..<words).contains(term.position) {
            throw StrataError(parameter: "position", term.position, "there are \(words) words")
        }
        let table = Tensor.input("vectors", [words, width])
        // As many queries at once as keep their cosines in some tens of megabytes.
        let batch = max(1, min(queries.count, 10_000_000 / words))
        var results: [[Match]] = []
        for start in stride(from: 0, to: queries.count, by: batch) {
            let part = queries[start..<min(start + batch, queries.count)]
            let function = try session.prepare(
                Graph(outputs: [("cosines", Tensor.input("queries", [part.count, width]).dotTransposed(table))]))
            try function.write("queries", part.flatMap(direction))
            try function.run()
            let cosines = try function.read("cosines")
            for (row, query) in part.enumerated() {
                results.append(best(cosines[row * words..<(row + 1) * words], of: query, count: count))
            }
        }
        return results
    }

    /// The sum, divided by its length.
    private func direction(_ query: Query) -> [Float] {
        var sum = [Float](repeating: 0, count: vectors.width)
        for term in query.terms {
            for (position, value) in zip(sum.indices, vectors.vector(term.position)) {
                sum[position] += term.sign * value
            }
        }
        let length = Float(sum.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
        return length > 0 ? sum.map { $0 / length } : sum
    }

    private func best(_ cosines: ArraySlice<Float>, of query: Query, count: Int) -> [Match] {
        let asked = Set(query.terms.map(\.position))
        var best: [(cosine: Float, word: Int)] = []
        for (word, cosine) in cosines.enumerated()
        where (best.count < count || cosine > best[best.count - 1].cosine) && !asked.contains(word) {
            if best.count == count { best.removeLast() }
            best.insert((cosine, word), at: best.firstIndex { $0.cosine < cosine } ?? best.count)
        }
        return best.map { Match(word: vectors.words[$0.word], cosine: $0.cosine) }
    }
}
