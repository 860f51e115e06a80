import Foundation
import StrataBackend
import StrataCompiler
import StrataGraph
import StrataModels
import StrataNN
import StrataReference
import StrataSIMD
import StrataTraining
import Testing

@testable import StrataWords

@Suite struct SkipGramTests {
    private static func simd(threads: Int = 1) throws -> any Backend {
        try SIMDBackend(configuration: BackendConfiguration(threads: threads))
    }

    // MARK: The gradient

    private static let tiny = SkipGram(
        words: 6, dimensions: 3, window: 2, negatives: 3, layout: .init(blocks: 2, centres: 4, noise: 5))

    /// Two blocks, with words that come several times, a window that is cut, and a centre that is none.
    private static let batch: SkipGramBatch = {
        var batch = SkipGramBatch(tiny)
        batch.centres = [0, 1, 2, 1, 3, 0, 5, 0]
        batch.columns = [4, 3, 0, 1, 2, 1, 0, 5, 2, 0, 4, 1, 0, 2, 2, 3, 0, 5, 0, 1, 1, 5, 0, 3, 2, 4]
        for (centre, window) in [0..<5, 2..<5, 3..<7, 3..<6, 1..<4, 2..<5, 2..<7, 0..<0].enumerated() {
            let row = centre * tiny.columns
            for column in window where column != centre % 4 + tiny.window { batch.weights[row + column] = -1 }
            let pairs = max(window.count - 1, 0)
            for column in tiny.reach..<tiny.columns {
                batch.weights[row + column] = Float(pairs * tiny.negatives) / Float(tiny.layout.noise)
            }
        }
        return batch
    }()

    /// A step of descent at a rate of 1, as a training makes it.
    private static func step(_ model: SkipGram) throws -> Graph {
        let (blocks, centres) = (model.layout.blocks, model.layout.centres)
        let objective = model.objective(
            Batch(columns: [
                SkipGram.Column.centre: .input("centres", [blocks * centres], dtype: .int32),
                SkipGram.Column.column: .input("columns", [blocks * model.columns], dtype: .int32),
                SkipGram.Column.pair: .input("weights", [blocks, centres, model.columns]),
            ]))
        let loss = try #require(objective.value(weights: nil))
        let updates = Optimizer.sgd(1).updates(
            model.variables, gradients: gradient(of: loss, withRespectTo: model.variables.map(\.tensor)),
            step: .constant(1))
        return try Graph(
            outputs: [("loss", objective.metrics[0].mean)], updates: updates.map { ($0.variable, $0.value) })
    }

    /// The objective, pair by pair, as the paper has it.
    private func objective(_ v: [Double], _ u: [Double]) -> Double {
        let (model, batch) = (Self.tiny, Self.batch)
        func cost(_ centre: Int32, _ other: Int32, isNoise: Bool) -> Double {
            let score = (0..<model.dimensions).reduce(0) {
                $0 + v[Int(centre) * model.dimensions + $1] * u[Int(other) * model.dimensions + $1]
            }
            return log(1 + exp(isNoise ? score : -score))
        }
        var sum = 0.0
        for block in 0..<model.layout.blocks {
            let columns = batch.columns[block * model.columns..<(block + 1) * model.columns].map { $0 }
            for centre in 0..<model.layout.centres {
                let position = block * model.layout.centres + centre
                let word = batch.centres[position]
                for column in 0..<model.reach where batch.weights[position * model.columns + column] != 0 {
                    sum += cost(word, columns[column], isNoise: false)
                    let noise = columns[model.reach...].reduce(0) { $0 + cost(word, $1, isNoise: true) }
                    sum += noise * Double(model.negatives) / Double(model.layout.noise)
                }
            }
        }
        return sum
    }

    /// On [−1, 1).
    private func uniform(_ count: Int, _ stream: UInt32) -> [Float] {
        (0..<count).map { Threefry.uniform(Threefry.block(key: (7, stream), counter: (UInt32($0), 0)).0) * 2 - 1 }
    }

    @Test(arguments: [true, false])
    func theStepGoesDownTheGradient(isReference: Bool) throws {
        let model = Self.tiny
        let backend: any Backend = isReference ? ReferenceBackend(configuration: .init()) : try Self.simd()
        let session = Session(backend: backend)
        let function = try session.prepare(Self.step(model))
        let count = model.words * model.dimensions
        let (v, u) = (uniform(count, 1), uniform(count, 2))
        try v.withUnsafeBytes { try session.writeVariable("input.weight", $0) }
        try u.withUnsafeBytes { try session.writeVariable("output.weight", $0) }
        try function.write("centres", Self.batch.centres)
        try function.write("columns", Self.batch.columns)
        try function.write("weights", Self.batch.weights)
        try function.run()
        func floats(_ name: String) throws -> [Float] {
            try session.readVariable(name).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        }
        let (doubleV, doubleU) = (v.map(Double.init), u.map(Double.init))
        let loss = objective(doubleV, doubleU)
        // The mean over the batch of each centre's loss and pairs.
        let means = try function.read("loss").map { Double($0) * 8 }
        #expect(abs(means[0] - loss) < 1e-5 * loss)
        #expect(means[1] == Double(Self.batch.weights.count { $0 < 0 }))
        // Central differences in double precision are good to some 1e-9; the step is single precision.
        let h = 1e-5
        let (newV, newU) = (try floats("input.weight"), try floats("output.weight"))
        for i in 0..<count {
            var (up, down) = (doubleV, doubleV)
            (up[i], down[i]) = (up[i] + h, down[i] - h)
            let slopeV = (objective(up, doubleU) - objective(down, doubleU)) / (2 * h)
            #expect(abs(Double(v[i] - newV[i]) - slopeV) < 2e-5, "v[\(i)]")
            (up, down) = (doubleU, doubleU)
            (up[i], down[i]) = (up[i] + h, down[i] - h)
            let slopeU = (objective(doubleV, up) - objective(doubleV, down)) / (2 * h)
            #expect(abs(Double(u[i] - newU[i]) - slopeU) < 2e-5, "u[\(i)]")
        }
    }

    /// However many words there are, a step makes nothing of their number.
    @Test func aStepCostsNothingForTheWordsItDoesNotRead() throws {
        func program(_ words: Int) throws -> Program {
            try Self.step(
                SkipGram(
                    words: words, dimensions: 100, window: 5, negatives: 5,
                    layout: .init(blocks: 8, centres: 32, noise: 38))
            ).compiled().program
        }
        let (few, many) = (try program(1000), try program(1_000_000))
        #expect(few.slots[0] == many.slots[0])
        #expect(few.kernels.map(\.extents) == many.kernels.map(\.extents))
        let scatters = many.kernels.compactMap { if case .scatterAdd(let scatter) = $0 { scatter } else { nil } }
        #expect(scatters.count == 2 && scatters.allSatisfy(\.accumulates))
    }

    // MARK: The walk

    @Test func aPassMeetsEveryWordOnceAndStaysInItsSentences() throws {
        // Words are their own places: each comes once in a sentence.
        let text = (0..<40).map { line in (0..<line % 13 + 1).map { "\(line).\($0)" }.joined(separator: " ") }
        let corpus = try Corpus(text: text.joined(separator: "\n"), splitting: .verbatim, minimumCount: 1)
        let model = SkipGram(
            words: corpus.vocabulary.words.count, dimensions: 1, window: 3, negatives: 1,
            layout: .init(blocks: 3, centres: 7, noise: 5))
        var walk = SkipGramWalk(
            corpus, model, noise: NoiseDistribution(corpus.vocabulary.noiseProbabilities()),
            thresholds: corpus.vocabulary.words.map { _ in 1 << 32 }, seed: 1, epoch: 0)
        var batch = SkipGramBatch(model)
        var (seen, pairs, distances): ([String], Int, Set<Int>) = ([], 0, [])
        func parts(_ word: Int32) -> [Int] {
            corpus.vocabulary.words[Int(word)].split(separator: ".").compactMap { Int($0) }
        }
        while walk.fill(&batch) {
            for (centre, word) in batch.centres.enumerated() {
                let (block, row) = centre.quotientAndRemainder(dividingBy: 7)
                let weights = batch.weights[centre * model.columns..<(centre + 1) * model.columns].map { $0 }
                let here = parts(word)
                let near = (0..<model.reach).filter { weights[$0] != 0 }
                if !near.isEmpty { seen.append(corpus.vocabulary.words[Int(word)]) }
                for column in near {
                    let other = parts(batch.columns[block * model.columns + column])
                    #expect(weights[column] == -1 && other[0] == here[0] && other[1] - here[1] == column - row - 3)
                    distances.insert(other[1] - here[1])
                    pairs += 1
                }
                #expect(abs(weights[model.reach...].reduce(0, +) - Float(near.count)) < 1e-5)
            }
            pairs -= batch.pairs
        }
        #expect(pairs == 0 && distances == [-3, -2, -1, 1, 2, 3])
        // Lines of one word, every thirteenth, give no pair.
        #expect(seen == corpus.words.filter { parts($0)[0] % 13 > 0 }.map { corpus.vocabulary.words[Int($0)] })
    }

    @Test func frequentWordsAreSubsampledAsOftenAsTheyShould() throws {
        let corpus = try Corpus(text: String(repeating: "a a a b ", count: 5000), minimumCount: 1)
        let model = SkipGram(
            words: 2, dimensions: 1, window: 1, negatives: 1, layout: .init(blocks: 1, centres: 10, noise: 1))
        let keep = [0.2, 0.7]
        var walk = SkipGramWalk(
            corpus, model, noise: NoiseDistribution([0.5, 0.5]), thresholds: keep.map { UInt64($0 * 0x1p32) }, seed: 3,
            epoch: 1)
        var batch = SkipGramBatch(model)
        var counts = [0.0, 0.0]
        while walk.fill(&batch) {
            for (centre, word) in batch.centres.enumerated() {
                // What is no centre has no noise either.
                if batch.weights[centre * model.columns + model.reach] > 0 { counts[Int(word)] += 1 }
            }
        }
        // Four deviations of a binomial count.
        for (count, (n, p)) in zip(counts, zip([15_000.0, 5000], keep)) {
            #expect(abs(count - n * p) < 4 * (n * p * (1 - p)).squareRoot())
        }
    }

    // MARK: Training

    private static let classes = ["animal", "verb", "food", "person", "motion", "place"]

    /// Sentences of two patterns, whose words of one class can stand for each other.
    static func grammar(sentences: Int) -> String {
        (0..<sentences).map { line in
            let draw = Threefry.block(key: (11, 13), counter: (UInt32(line), 0))
            let pattern = draw.0 & 1 == 0 ? classes[0..<3] : classes[3..<6]
            return pattern.enumerated().map { "\($1)\((draw.1 >> UInt32($0 * 8) & 0xFF) % 6)" }.joined(separator: " ")
        }.joined(separator: "\n")
    }

    private func train(
        _ corpus: Corpus, threads: Int = 1, _ configuration: SkipGramConfiguration
    ) throws -> WordVectors {
        let trainer = try Trainer(
            corpus, session: Session(backend: Self.simd(threads: threads), seed: configuration.seed),
            configuration: configuration)
        var losses: [Float] = []
        while let event = try trainer.nextEvent() {
            if case .epoch(let report) = event { losses += report.train.map(\.value) }
        }
        #expect(losses.count == configuration.epochs && losses.allSatisfy(\.isFinite) && trainer.isFinished)
        return try trainer.vectors(of: corpus)
    }

    /// The part of the five nearest words that are of a word's own class.
    private func purity(_ vectors: WordVectors) throws -> Double {
        let search = try WordSearch(vectors, backend: Self.simd())
        let matches = try search.matches(vectors.words.indices.map { WordSearch.Query([($0, 1)]) }, count: 5)
        let own = zip(vectors.words, matches).map { word, matches in
            matches.count { $0.word.dropLast() == word.dropLast() }
        }
        return Double(own.reduce(0, +)) / Double(5 * vectors.words.count)
    }

    @Test func wordsOfAClassComeTogether() throws {
        let corpus = try Corpus(text: Self.grammar(sentences: 4000))
        #expect(corpus.vocabulary.words.count == 36)
        var configuration = SkipGramConfiguration(dimensions: 16, window: 2, subsample: 0, epochs: 5, seed: 1)
        #expect(try purity(train(corpus, configuration)) > 0.97)
        // A rate at which nothing is learned: it is not the start that is sorted.
        configuration.learningRate = 1e-9
        #expect(try purity(train(corpus, configuration)) < 0.4)
    }

    @Test func threadsChangeNothingAndSeedsDo() throws {
        let corpus = try Corpus(text: Self.grammar(sentences: 500))
        var configuration = SkipGramConfiguration(dimensions: 100, subsample: 1e-2, epochs: 2, batchSize: 256, seed: 5)
        let one = try train(corpus, configuration)
        #expect(try train(corpus, threads: 2, configuration).values == one.values)
        configuration.seed = 6
        #expect(try train(corpus, configuration).values != one.values)
    }

    /// A training goes on within an epoch, bit for bit.
    @Test func aCheckpointGoesOnWhereItWas() throws {
        let corpus = try Corpus(text: Self.grammar(sentences: 500))
        let configuration = SkipGramConfiguration(dimensions: 8, subsample: 1e-2, epochs: 2, batchSize: 16, seed: 5)
        func trainer() throws -> Trainer {
            try Trainer(corpus, session: Session(backend: Self.simd(), seed: 5), configuration: configuration)
        }
        let (whole, first, second) = (try trainer(), try trainer(), try trainer())
        while try whole.nextEvent() != nil {}
        for _ in 0..<first.batchesPerEpoch + 3 { try first.trainStep() }
        try second.restore(first.checkpoint())
        while try second.nextEvent() != nil {}
        #expect(try second.vectors(of: corpus).values == whole.vectors(of: corpus).values)
    }

    @Test func wordsThatAreAllDroppedTeachNothing() throws {
        let corpus = try Corpus(text: "a b\na b\n", minimumCount: 1)
        let trainer = try Trainer(
            corpus, session: Session(backend: Self.simd()), configuration: SkipGramConfiguration(subsample: 1e-12))
        let error = try #require(throws: StrataError.self) { while try trainer.nextEvent() != nil {} }
        #expect(error.kind == .usage && error.message.contains("no two words"))
    }

    @Test func settingsOutOfRangeAreTold() throws {
        for (change, option) in [
            ({ $0.dimensions = 0 }, "dimensions 0"), ({ $0.window = 0 }, "window 0"),
            ({ $0.negatives = -1 }, "negatives -1"), ({ $0.subsample = .nan }, "subsample nan"),
            ({ $0.learningRate = .infinity }, "learningRate inf"),
            ({ $0.batchSize = 0 }, "batchSize 0"), ({ $0.epochs = 0 }, "epochs 0"),
        ] as [((inout SkipGramConfiguration) -> Void, String)] {
            var configuration = SkipGramConfiguration()
            change(&configuration)
            do {
                try configuration.check()
                Issue.record("\(option) is taken")
            } catch let error as StrataError {
                #expect(error.kind == .usage && error.message.hasPrefix(option))
            }
        }
    }

    // MARK: Files

    @Test(arguments: [WordVectors.Format.text, .binary])
    func whatIsWrittenReadsBackBitForBit(format: WordVectors.Format) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID()).vectors").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Every exponent, both signs; and what has the most digits.
        let values = (0..<3000).map { i -> Float in
            let bits = Threefry.block(key: (1, 2), counter: (UInt32(i), 0)).0
            let value = Float(bitPattern: bits)
            return value.isFinite ? value : -0.0
        }
        let vectors = try WordVectors(words: (0..<1000).map { "wörd\($0)" }, values: values, width: 3)
        try vectors.write(path, as: format)
        let read = try WordVectors(path: path)
        #expect(read.words == vectors.words && read.width == 3)
        #expect(read.values.map(\.bitPattern) == values.map(\.bitPattern))
        let blank = try WordVectors(words: ["a", "b c"], values: [1, 2], width: 1)
        #expect(throws: StrataError.self) { try blank.write(path, as: format) }
        #expect(try WordVectors(path: path).words.count == 1000)
    }
}
