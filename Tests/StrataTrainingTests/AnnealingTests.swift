import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataModels
import StrataNN
import StrataSIMD
import StrataTraining
import Testing

@Suite struct AnnealingTests {
    /// Striped images of 36 bits, one stripe position each, with a few bits flipped.
    private static func stripes(_ count: Int) throws -> DataSplit {
        var bytes: [UInt8] = []
        for example in 0..<count {
            for feature in 0..<36 {
                let flips = Threefry.block(key: (1, 2), counter: (UInt32(example), UInt32(feature))).0 % 20 == 0
                bytes.append((feature % 6 == example % 6) != flips ? 255 : 0)
            }
        }
        return try DataSplit(dtype: .uint8, exampleShape: [36], bytes: bytes, count: count)
    }

    private func trained() throws -> (model: RestrictedBoltzmannMachine, session: Session, split: DataSplit) {
        let split = try Self.stripes(600)
        let model = RestrictedBoltzmannMachine(features: 36, hidden: 15)
        let session = Session(backend: try SIMDBackend(configuration: BackendConfiguration()), seed: 1)
        let trainer = try Trainer(
            model: model, optimizer: .sgd(0.2, momentum: 0.5),
            data: DataSet(name: "stripes", train: split, test: split), session: session,
            configuration: TrainingConfiguration(epochs: 40, batchSize: 20, seed: 1))
        while !trainer.isFinished { _ = try trainer.nextEvent() }
        return (model, session, split)
    }

    @Test func theEstimateAgreesWithEnumeration() throws {
        let (model, session, split) = try trained()
        let evaluation = try #require(
            try EnergyEvaluation(Predictor(model, features: model.features, session: session)))
        let exact = try evaluation.evaluate(split, seed: 1, partition: .exact)
        let annealed = try evaluation.evaluate(
            split, seed: 1, partition: .annealed(AnnealedImportanceSampling(), examples: split))
        let (truth, estimate) = (try #require(exact.logPartition), try #require(annealed.logPartition))
        // A machine that has learned nothing would be at its base already.
        #expect(try #require(exact.logLikelihood).value > -18)
        #expect(truth.certainty == .exact && truth.lower == truth.value && truth.upper == truth.value)
        #expect(abs(estimate.value - truth.value) < 0.05, "\(estimate) \(truth)")
        #expect(estimate.lower < truth.value && truth.value < estimate.upper, "\(estimate) \(truth)")
        #expect(estimate.certainty == .estimate && estimate.upper - estimate.lower < 0.5, "\(estimate)")
    }

    @Test func temperaturesMustGoFromZeroToOne() throws {
        let (model, session, split) = try trained()
        let sampling = AnnealedImportanceSampling(inverseTemperatures: [0, 0.5])
        let error = try #require(throws: StrataError.self) {
            try sampling.logPartition(model, session: session, examples: split, seed: 0)
        }
        #expect(error.kind == .usage)
    }

    @Test func thePathOfThePaperHasItsSteps() {
        let path = AnnealedImportanceSampling.paperTemperatures
        #expect(path.count == 14_501 && path.first == 0 && path.last == 1)
        #expect(zip(path, path.dropFirst()).allSatisfy { $0 < $1 })
    }
}
