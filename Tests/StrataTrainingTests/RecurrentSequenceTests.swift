import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataReference
import StrataSIMD
import StrataTraining
import Testing

@testable import StrataModels

/// What holds for any weights of a network that predicts each step of a sequence.
@Suite struct RecurrentSequenceTests {
    private let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 5)
    private let key = RandomKey(Tensor.constant(0, [2]).cast(to: .int32))

    /// Three steps of two bits, or of one of four tokens: 64 sequences.
    private static func model(_ isOfTokens: Bool) -> RecurrentSequenceModel {
        isOfTokens
            ? RecurrentSequenceModel(steps: 3, of: .token(4), recurrent: GRU(5))
            : RecurrentSequenceModel(steps: 3, of: .bits(2), recurrent: LSTM(5, layers: 2))
    }

    private func run(_ outputs: [Tensor]) throws -> [[Float]] {
        let function = try session.prepare(Graph(outputs: outputs.enumerated().map { ("\($0)", $1) }))
        try function.run()
        return try outputs.indices.map { try function.read("\($0)") }
    }

    private func logarithms(_ model: RecurrentSequenceModel) throws -> [Float] {
        let (features, bits) = model.takesTokens ? (3, 2) : (6, 1)
        let values = (0..<64).flatMap { state in
            (0..<features).map { Float(state >> (bits * $0) & (1 << bits - 1)) }
        }
        let rows = Tensor.literal(values, [64, features])
        let all = model.takesTokens ? rows.cast(to: .int32) : rows
        return try run([model.evaluation(Batch(examples: all), key: key)[0].values])[0]
    }

    @Test(arguments: [false, true]) func probabilitiesSumToOne(_ isOfTokens: Bool) throws {
        let logarithms = try logarithms(Self.model(isOfTokens))
        let total = logarithms.reduce(0) { $0 + exponential(Double($1)) }
        #expect(abs(total - 1) < 1e-5 && logarithms.allSatisfy { $0 < 0 }, "\(total)")
    }

    /// 20,000 draws: each sequence as often as it is probable, within four and a half standard errors. So the states that
    /// are carried from step to step are those of the whole sequence.
    @Test(arguments: [false, true]) func samplesAreAsProbable(_ isOfTokens: Bool) throws {
        let model = Self.model(isOfTokens)
        let (features, base) = isOfTokens ? (3, 4) : (6, 2)
        let logarithms = try logarithms(model)
        let backend = try SIMDBackend(configuration: BackendConfiguration())
        let predictor = try Predictor(model, features: features, session: Session(backend: backend, seed: 5))
        let (count, samples) = (20_000, try predictor.sample(20_000, seed: 2))
        var counts = [Double](repeating: 0, count: 64)
        for row in 0..<count {
            var state = 0
            for place in (0..<features).reversed() { state = state * base + Int(samples[row * features + place]) }
            counts[state] += 1
        }
        for (state, logarithm) in logarithms.enumerated() {
            let p = exponential(Double(logarithm))
            let error = (p * (1 - p) / Double(count)).squareRoot()
            #expect(abs(counts[state] / Double(count) - p) < 4.5 * error, "\(state): \(counts[state]) \(p)")
        }
    }

    /// What follows the end of a sequence counts for nothing, and a step's likelihood is a mean over steps that count.
    @Test func paddingCountsForNothing() throws {
        let model = Self.model(false)
        let rows = Tensor.literal([1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0] as [Float], [3, 6])
        var batch = Batch(examples: rows)
        let whole = model.evaluation(batch, key: key)[0].values
        batch[ColumnName.length] = .literal([2, 2, 3] as [Float], [3])
        let metrics = model.evaluation(batch, key: key)
        let values = try run([metrics[0].values, metrics[1].mean, whole])
        #expect(values[0][0] == values[0][1], "they differ in padding alone")
        #expect(values[0][2] == values[2][2] && values[0][0] > values[2][0])
        let derive = try #require(metrics[1].derivation)
        let derived = derive(values[1])
        #expect(abs(derived - values[0].reduce(0, +) / 7) < 1e-5)
    }

    /// Sequences that count up by one, modulo 4, are told after their first step: log 4 nats and no more.
    @Test func learnsWhatFollows() throws {
        let rows = (0..<64).flatMap { start in (0..<6).map { Int32((start + $0) % 4) } }
        let spec = ColumnSpec(ColumnName.example, dtype: .int32, shape: [6], meaning: .tokens(vocabulary: 4))
        let split = try DataSplit(columns: [Column(spec, rows)])
        let data = try DataSet(name: "counts", train: split, test: split)
        let description = try Zoo.builtIn["recurrent"]
        let model = try description.build(
            data.spec, Hyperparameters(description.hyperparameters, ["units": "16", "cell": "gru"]))
        let backend = try SIMDBackend(configuration: BackendConfiguration())
        let trainer = try Trainer(
            model: model, optimizer: .adam(2e-2), data: data, session: Session(backend: backend, seed: 1),
            configuration: TrainingConfiguration(epochs: 150, batchSize: 64))
        for _ in 0..<150 { try trainer.trainStep() }
        let metrics = try trainer.evaluate()
        #expect(abs((metrics.first { $0.name == "log_likelihood" }?.value ?? 0) + 1.3863) < 0.05, "\(metrics)")
        let samples = try Predictor(model, features: 6, session: trainer.session).sample(20, seed: 3)
        for row in 0..<20 {
            let tokens = samples[row * 6..<row * 6 + 6].map { Int($0) }
            for (token, next) in zip(tokens, tokens.dropFirst()) { #expect(next == (token + 1) % 4) }
        }
    }
}
