import StrataBackend
import StrataCompiler
import StrataData
import StrataModels
import StrataNN
import StrataReference
import StrataTraining
import Testing

@Suite struct KMeansTests {
    /// Five far corners with a little noise, `count` examples in all.
    private static func corners(_ count: Int) throws -> DataSplit {
        var bytes: [UInt8] = []
        for i in 0..<count {
            let noise = Threefry.block(key: (3, 4), counter: (UInt32(i), 0))
            for (j, word) in [noise.0, noise.1, noise.0 >> 8, noise.1 >> 8].enumerated() {
                bytes.append((i % 5 == j ? 200 : 20) + UInt8(word % 16))
            }
        }
        return try DataSplit(dtype: .uint8, exampleShape: [4], bytes: bytes, count: count)
    }

    private func fitted(clusters: Int, seed: UInt32, count: Int = 300) throws -> (
        predictor: Predictor, errors: [Float], split: DataSplit
    ) {
        let split = try Self.corners(count)
        let description = KMeans.description
        let settings = try Hyperparameters(description.hyperparameters, ["clusters": "\(clusters)"])
        let trainer = try Trainer(
            model: description.build(DataSpec(features: 4), settings), optimizer: description.suitedOptimizer(),
            data: DataSet(name: "corners", train: split, test: split),
            session: Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: seed),
            configuration: TrainingConfiguration(epochs: 4, batchSize: 64, seed: seed))
        var errors: [Float] = []
        while let event = try trainer.nextEvent() {
            if case .epoch(let report) = event { errors += report.test.map(\.value) }
        }
        return (try Predictor(trainer.model, features: 4, session: trainer.session), errors, split)
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt32]) func eachCornerGetsACentre(seed: UInt32) throws {
        let (predictor, errors, split) = try fitted(clusters: 5, seed: seed)
        let (codes, size) = try predictor.encode(split.values(0..<50))
        #expect(size == 5 && codes.reduce(0, +) == 50 && codes.allSatisfy { $0 == 0 || $0 == 1 })
        let labels = (0..<50).map { row in codes[row * 5..<row * 5 + 5].firstIndex(of: 1)! - row * 5 }
        #expect(Set(labels.prefix(5)).count == 5, "\(labels)")
        #expect((0..<50).allSatisfy { labels[$0] == labels[$0 % 5] })
        // Uniform noise of 16 steps has variance (256 − 1) / 12 of a step's square, in each of four features.
        #expect(abs(errors.last! / (4 * 255 / 12 / (255 * 255)) - 1) < 0.15, "\(errors)")
    }

    @Test func theErrorNeverGrows() throws {
        let errors = try fitted(clusters: 3, seed: 1).errors
        #expect(errors.count == 5)
        #expect(zip(errors.dropFirst(), errors.dropFirst(2)).allSatisfy { $1 <= $0 + 1e-6 }, "\(errors)")
    }

    @Test func fewerExamplesThanCentresAreRefused() throws {
        let error = try #require(throws: StrataError.self) { try fitted(clusters: 101, seed: 1, count: 100) }
        #expect(error.kind == .data && error.message.contains("at least 101"), "\(error.message)")
    }
}
