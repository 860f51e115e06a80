import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataSIMD
import StrataTraining
import Testing

@testable import StrataModels

/// MusicVAE on melodies of two bars of two steps over three tokens, of which there are 81.
@Suite struct MusicVariationalAutoencoderTests {
    private static let model = MusicVariationalAutoencoder(
        bars: 2, bar: 2, vocabulary: 3, latent: 2, units: 4, layers: 2)
    private var decoder: HierarchicalDecoder { Self.model.decoder }

    private func session() throws -> Session {
        let session = try SmallMachine.session()
        try SmallMachine.scatter(Self.model.variables, in: session)
        return session
    }

    private func run(_ session: Session, _ outputs: [Tensor]) throws -> [[Float]] {
        let function = try session.prepare(Graph(outputs: outputs.enumerated().map { ("\($0)", $1) }))
        if function.inputNames.contains(Session.keyName) { try function.write(Session.keyName, [3, 1] as [Int32]) }
        try function.run()
        return try outputs.indices.map { try function.read("\($0)") }
    }

    /// The melody of a number, the first token the lowest digit.
    private static func melody(_ number: Int) -> [Int] { [1, 3, 9, 27].map { number / $0 % 3 } }
    /// All as 1s at their tokens.
    private static let all = Tensor.literal(
        (0..<81).flatMap { melody($0).flatMap { token in (0..<3).map { $0 == token ? Float(1) : 0 } } }, [81, 4, 3])
    private static func codes(_ rows: Int) -> Tensor {
        Tensor.literal([0.8, -0.5] as [Float], [1, 2]).broadcast(to: [rows, 2], axes: [0, 1])
    }

    /// log p(x | z) of all melodies for one code.
    private func logarithms() -> Tensor {
        var pass = Pass.evaluation
        let logits = decoder.logits(of: Self.all, given: Self.codes(81), &pass)
        return ((logits * Self.all).sum([2]) - logits.logSumExp(axis: 2)).sum([1])
    }

    @Test func probabilitiesSumToOne() throws {
        let logarithms = try run(session(), [logarithms()])[0]
        let total = logarithms.reduce(0) { $0 + exponential(Double($1)) }
        #expect(abs(total - 1) < 1e-5, "\(total)")
        #expect((logarithms.max() ?? 0) - (logarithms.min() ?? 0) > 1, "the weights tell melodies apart")
    }

    /// 20,000 draws for one code: each melody as often as it is probable, within four and a half standard errors.
    @Test func drawsAreAsProbable() throws {
        let count = 20_000
        var pass = Pass.evaluation
        let drawn = decoder.decoded(Self.codes(count), &pass) {
            SmallMachine.key.named("token").numbered($1).categorical($0)
        }.chosen
        let found = try run(session(), [logarithms(), (drawn * Tensor.iota(drawn.shape, axis: 2)).sum([2])])
        var counts = [Int](repeating: 0, count: 81)
        for row in 0..<count {
            counts[zip([1, 3, 9, 27], found[1][row * 4..<row * 4 + 4]).reduce(0) { $0 + $1.0 * Int($1.1) }] += 1
        }
        for (number, logarithm) in found[0].enumerated() {
            let p = exponential(Double(logarithm))
            let error = (p * (1 - p) / Double(count)).squareRoot()
            #expect(abs(Double(counts[number]) / Double(count) - p) < 4.5 * error, "\(number): \(counts[number]) \(p)")
        }
    }

    /// One step after the other, with the true tokens, gives what all steps at once give; with its own it does not.
    @Test func scheduledSamplingReplacesTokens() throws {
        var pass = Pass.evaluation
        func scheduled(_ share: Float) -> Tensor {
            var pass = Pass.evaluation
            return decoder.logits(
                of: Self.all, given: Self.codes(81), drawing: .constant(share), SmallMachine.key, &pass)
        }
        let found = try run(
            session(), [decoder.logits(of: Self.all, given: Self.codes(81), &pass), scheduled(0), scheduled(1)])
        #expect(zip(found[0], found[1]).allSatisfy { abs($0 - $1) < 1e-5 })
        // The first step of a bar has no token before it.
        func logits(_ found: [Float], _ step: Int) -> [Float] { Array(found[step * 3..<step * 3 + 3]) }
        let differs = (0..<81 * 4).filter { logits(found[0], $0) != logits(found[2], $0) && $0 % 2 == 1 }
        #expect(!differs.isEmpty)
        for step in stride(from: 0, to: 81 * 4, by: 2) {
            let difference = zip(logits(found[0], step), logits(found[2], step)).map { abs($0 - $1) }.max() ?? 1
            #expect(difference < 1e-5)
        }
        let ramp = ScheduledSampling(share: 0.5, steps: 10)
        let shares = try run(session(), [2, 10, 30].map { ramp.share(at: .constant($0)) ?? .constant(-1) })
        #expect(shares == [[0.1], [0.5], [0.5]])
        #expect(ScheduledSampling().share(at: .constant(1)) == nil)
    }

    /// A bar is predicted from the code and its own tokens: those of the other bar change nothing.
    @Test func barsMeetInTheCodeAlone() throws {
        var pass = Pass.evaluation
        let logits = try run(session(), [decoder.logits(of: Self.all, given: Self.codes(81), &pass)])[0]
        for number in 0..<81 {
            // The same second bar after the first of all first bars.
            let same = number / 9 * 9
            #expect(logits[number * 12 + 6..<number * 12 + 12] == logits[same * 12 + 6..<same * 12 + 12])
        }
    }

    /// Each token of a decoded melody is the most probable given those before it.
    @Test func decodesTheMostProbableTokens() throws {
        var pass = Pass.evaluation
        let session = try session()
        let predictor = try Predictor(Self.model, features: 4, session: session)
        let codes: [Float] = [0.8, -0.5, -2, 1.5, 0.1, 3]
        let melodies = try predictor.decode(codes)
        let shown = Tensor.literal(
            melodies.flatMap { token in (0..<3).map { Float($0) == token ? Float(1) : 0 } }, [3, 4, 3])
        let logits = try run(session, [decoder.logits(of: shown, given: .literal(codes, [3, 2]), &pass)])[0]
        for (place, token) in melodies.enumerated() {
            let own = logits[place * 3..<place * 3 + 3]
            #expect(own[place * 3 + Int(token)] == own.max())
        }
        let samples = try predictor.sample(50, seed: 1)
        #expect(samples.count == 200 && Set(samples).isSubset(of: [0, 1, 2]) && Set(samples).count == 3)
    }

    /// Melodies that a code of two numbers can tell apart come back from it; accuracy on onsets is of onsets alone.
    @Test func learnsToReconstruct() throws {
        let melodies: [[Int32]] = [[60, 0, 0, 1], [62, 0, 64, 0], [0, 0, 60, 0], [64, 62, 60, 1]]
        let rows = (0..<32).flatMap { melodies[$0 % 4] }.map { $0 > 1 ? $0 - 58 : $0 }
        let spec = ColumnSpec(ColumnName.example, dtype: .int32, shape: [4], meaning: .tokens(vocabulary: 7))
        let split = try DataSplit(columns: [Column(spec, rows)])
        let data = try DataSet(name: "tunes", train: split, test: split)
        let description = try Zoo.builtIn["music-vae"]
        let settings = ["units": "16", "latent": "2", "bar": "2", "beta": "0.1"]
        let model = try description.build(data.spec, Hyperparameters(description.hyperparameters, settings))
        let backend = try SIMDBackend(configuration: BackendConfiguration())
        let trainer = try Trainer(
            model: model, optimizer: .adam(2e-2), data: data, session: Session(backend: backend, seed: 1),
            configuration: TrainingConfiguration(epochs: 200, batchSize: 32))
        let before = try trainer.evaluate()
        for _ in 0..<200 { try trainer.trainStep() }
        let after = try trainer.evaluate()
        func value(_ metrics: [MetricValue], _ name: String) -> Float {
            metrics.first { $0.name == name }?.value ?? .nan
        }
        #expect(value(before, "onset_accuracy") < 0.6, "\(before)")
        #expect(value(after, "accuracy") == 1 && value(after, "onset_accuracy") == 1, "\(after)")
        let predictor = try Predictor(model, features: 4, session: trainer.session)
        let values = try split.values(0..<4)
        #expect(try predictor.reconstruct(values) == values)
        // The bound by importance sampling is at least the evidence lower bound, which is below −log 4.
        #expect(value(after, "elbo") < -1.38)
    }

    @Test func refusesWhatAreNoMelodies() throws {
        let description = try Zoo.builtIn["music-vae"]
        func build(_ spec: DataSpec, _ settings: [String: String] = [:]) throws {
            _ = try description.build(spec, Hyperparameters(description.hyperparameters, settings))
        }
        let tokens = DataSpec(columns: [
            ColumnSpec(ColumnName.example, dtype: .uint8, shape: [24], meaning: .tokens(vocabulary: 80))
        ])
        #expect(throws: StrataError.self) { try build(DataSpec(features: 32)) }
        #expect(throws: StrataError.self) { try build(tokens) }
        try build(tokens, ["bar": "12", "units": "3"])
    }
}
