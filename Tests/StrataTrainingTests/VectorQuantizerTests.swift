import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataGraph
import StrataNN
import StrataTraining
import Testing

@testable import StrataModels

/// Codebooks, priors of their codes, and the autoencoder of both.
@Suite struct VectorQuantizerTests {
    private let vectors: [Float] = [0, 0, 1, 0, 0, 1, 5, 5, 6, 5, 5, 6, 7, 7]
    private let codebook: [Float] = [0.5, 0.5, 4, 4, 8, 7.5, -9, -9]

    /// A codebook of four vectors of the plane, and a session that has it.
    private func quantizer(decay: Float, revival: Float = 0) throws -> (VectorQuantizer, Session) {
        let session = try SmallMachine.session()
        let quantizer = VectorQuantizer("q", codes: 4, width: 2, decay: decay, revival: revival)
        try session.create(quantizer.buffers)
        try codebook.withUnsafeBytes { try session.writeVariable("q.codebook", $0) }
        return (quantizer, session)
    }

    /// Shows the vectors some times; the codebook after that, and the codes of the vectors before.
    private func shown(_ quantizer: VectorQuantizer, _ session: Session, times: Int) throws -> ([Float], [Float]) {
        let rows = Tensor.literal(vectors, [7, 2])
        let nearest = quantizer.nearest(to: rows)
        let updates = quantizer.updates(rows, nearest: nearest, key: SmallMachine.key)
        let function = try session.prepare(
            Graph(
                outputs: [("nearest", nearest.cast(to: .float32))], updates: updates.map { ($0.variable, $0.value) }))
        var codes: [Float] = []
        for time in 0..<times {
            if function.inputNames.contains(Session.keyName) {
                try function.write(Session.keyName, [1, Int32(time)])
            }
            try function.run()
            if time == 0 { codes = try function.read("nearest") }
        }
        return (try SmallMachine.values(quantizer.codebook, in: session).map { Float($0) }, codes)
    }

    /// Without memory a batch makes a step of Lloyd's k-means; a centre without vectors stays.
    @Test func withoutMemoryItIsAStepOfKMeans() throws {
        let (quantizer, session) = try quantizer(decay: 0)
        let (found, codes) = try shown(quantizer, session, times: 1)
        #expect(codes == [0, 0, 0, 1, 1, 1, 2])
        let expected: [Float] = [1.0 / 3, 1.0 / 3, 16.0 / 3, 16.0 / 3, 7, 7, -9, -9]
        for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-6) }
        #expect(found.suffix(2) == [-9, -9])
    }

    /// Moving averages of numbers and sums, whose quotient after two batches of other vectors is known.
    @Test func theCodebookForgetsSlowly() throws {
        let (quantizer, session) = try quantizer(decay: 0.75)
        let rows = Tensor.input("rows", [1, 2])
        let nearest = Tensor.constant(1, [1]).cast(to: .int32)
        let updates = quantizer.updates(rows, nearest: nearest, key: SmallMachine.key)
        let function = try session.prepare(Graph(outputs: [], updates: updates.map { ($0.variable, $0.value) }))
        for row in [[1, 2], [3, -2]] as [[Float]] {
            try function.write("rows", row)
            try function.run()
        }
        let found = try SmallMachine.values(quantizer.codebook, in: session)
        // (0.75 a + b) / 1.75.
        #expect(abs(found[2] - (0.75 + 3) / 1.75) < 1e-6 && abs(found[3] - (1.5 - 2) / 1.75) < 1e-6, "\(found)")
        #expect(found[0] == 0.5)
    }

    /// A code that nothing is near becomes a vector of the batch; one that is in use does not.
    @Test func deadCodesComeBack() throws {
        let (quantizer, session) = try quantizer(decay: 0, revival: 0.5)
        let (found, _) = try shown(quantizer, session, times: 1)
        let rows = stride(from: 0, to: 14, by: 2).map { [vectors[$0], vectors[$0 + 1]] }
        #expect(rows.contains([found[6], found[7]]), "\(found)")
        #expect(abs(found[0] - 1.0 / 3) < 1e-6 && abs(found[4] - 7) < 1e-6)
    }

    @Test func uniformUseHasThePerplexityOfTheCodes() throws {
        #expect(abs(VectorQuantizer.perplexity([Float](repeating: 1 / 64, count: 64)) - 64) < 1e-4)
        #expect(abs(VectorQuantizer.perplexity([0.5, 0, 0.5, 0]) - 2) < 1e-6)
        #expect(VectorQuantizer.perplexity([0, 1, 0]) == 1)
        let (quantizer, session) = try quantizer(decay: 0)
        let codes = Tensor.literal([0, 1, 2, 3, 3, 2, 1, 0] as [Int32], [8])
        let metric = quantizer.perplexity(codes, batch: 4)
        let function = try session.prepare(Graph(outputs: [("use", metric.mean)]))
        try function.run()
        let derivation = try #require(metric.derivation)
        let found = derivation(try function.read("use"))
        #expect(abs(found - 4) < 1e-5)
    }

    // MARK: The prior of codes

    /// All sequences of three codes, of length 3.
    private let sequences = (0..<27).flatMap { (number: Int32) -> [Int32] in [number / 9, number / 3 % 3, number % 3] }

    @Test func thePriorIsADistributionAndDrawsAreOfIt() throws {
        let session = try SmallMachine.session()
        let prior = CodeSequencePrior("p", codes: 3, length: 3, units: 4)
        try SmallMachine.scatter(prior.parameters, in: session)
        var pass = Pass.evaluation
        let all = try session.prepare(
            Graph(outputs: [("p", prior.logProbability(.literal(sequences, [27, 3]), &pass))]))
        try all.run()
        let probabilities = try all.read("p").map { exponential(Double($0)) }
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)

        let count = 4000
        let draws = prior.draws(count, key: SmallMachine.key)
        let function = try session.prepare(
            Graph(
                outputs: [("codes", draws.codes.cast(to: .float32))],
                updates: draws.updates.map { ($0.variable, $0.value) }))
        for step in 0..<3 {
            try function.write(Session.keyName, [3, Int32(step)])
            try function.run()
        }
        let codes = try function.read("codes").map { Int($0) }
        var shares = [Double](repeating: 0, count: 27)
        for row in 0..<count {
            let number = codes[3 * row] * 9 + codes[3 * row + 1] * 3 + codes[3 * row + 2]
            shares[number] += 1 / Double(count)
        }
        for (share, probability) in zip(shares, probabilities) {
            // Four standard deviations of a share.
            let margin = 4 * (probability * (1 - probability) / Double(count)).squareRoot() + 1e-3
            #expect(abs(share - probability) < margin, "\(share) \(probability)")
        }
        #expect((probabilities.max() ?? 0) > 1.4 / 27)
    }

    // MARK: The autoencoder

    /// Images of four kinds, stripes and their negatives.
    private func images() throws -> DataSet {
        let bytes = (0..<64).flatMap { (row: Int) -> [UInt8] in
            (0..<36).map { (pixel: Int) -> UInt8 in
                let noise = UInt8(Threefry.block(key: (3, 4), counter: (UInt32(row), UInt32(pixel))).0 % 30)
                let isOn = ((row % 4 < 2 ? pixel / 6 : pixel % 6) + row) % 2 == 0
                return isOn ? 255 - noise : noise
            }
        }
        let split = try DataSplit(dtype: .uint8, exampleShape: [6, 6], bytes: bytes, count: 64)
        return try DataSet(name: "stripes", train: split, test: split)
    }

    @Test func itLearnsCodesAndTheirPrior() throws {
        let (data, session) = (try images(), try SmallMachine.session())
        let model = VectorQuantizedAutoencoder(
            shape: [6, 6], network: Architecture(hidden: [16]), latents: 3, width: 4, codes: 6, decay: 0.9, units: 8)
        let trainer = try Trainer(
            model: model, optimizer: .adam(0.01), data: data, session: session,
            configuration: TrainingConfiguration(epochs: 60, batchSize: 16, seed: 1))
        var reports: [EpochReport] = []
        while let event = try trainer.nextEvent() { if case .epoch(let report) = event { reports.append(report) } }
        func value(_ name: String, _ report: EpochReport?) throws -> Float {
            try #require(report?.test.first { $0.name == name }).value
        }
        let (first, last) = (reports.first, reports.last)
        // Four kinds of image take log 4 = 1.4 nats.
        #expect(try value("elbo", last) > value("elbo", first) + 10, "\(reports.map(\.test))")
        #expect(try value("code_log_probability", last) > -2.5)
        #expect(try value("codebook_perplexity", last) > 1.5)
        let sum = try value("reconstruction_log_likelihood", last) + value("code_log_probability", last)
        #expect(try abs(value("elbo", last) - sum) < 1e-3)

        // Samples are images of the data's kinds.
        let predictor = try Predictor(model, features: 36, session: session)
        let samples = try predictor.sample(20, seed: 2)
        let kinds = try data.train.values(0..<4)
        var near = Set<Int>()
        for row in 0..<20 {
            let errors = (0..<4).map { kind in
                (0..<36).reduce(Float(0)) { sum, pixel in
                    sum + abs(samples[36 * row + pixel] - kinds[36 * kind + pixel]) / 36
                }
            }
            let best = errors.indices.min { errors[$0] < errors[$1] } ?? 0
            if errors[best] < 0.2 { near.insert(best) }
        }
        #expect(near.count >= 3, "\(near)")
        // A code is vectors of the codebook.
        let codes = try predictor.encode(try data.train.values(0..<4)).codes
        let book = try session.readVariable("quantizer.codebook").withUnsafeBytes {
            Array($0.bindMemory(to: Float.self))
        }
        let rows = Set(stride(from: 0, to: book.count, by: 4).map { Array(book[$0..<$0 + 4]) })
        for start in stride(from: 0, to: codes.count, by: 4) { #expect(rows.contains(Array(codes[start..<start + 4]))) }
    }
}
