import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels
import StrataNN
import StrataReference
import StrataTraining
import Testing

/// Adds up examples for two epochs, then counts steps; each epoch of the first phase halves the sum three times.
private struct TwoPhases: Model {
    static let sum = StateVariable("sum", [], initializer: .zeros)
    static let steps = StateVariable("steps", [], initializer: .zeros)

    var variables: [StateVariable] { [Self.sum, Self.steps] }
    var minimumExampleCount: Int { 6 }

    var phases: [TrainingPhase] {
        [
            TrainingPhase(
                epochs: 2,
                statistics: { batch, _ in
                    .init(
                        [(Self.sum, Self.sum.tensor + batch.examples.sum())],
                        metrics: [Metric("value", batch.examples.sum([1]))])
                },
                epochEnd: { _ in [EpochEndUpdate([(Self.sum, Self.sum.tensor * 0.5)], repeats: 3)] }),
            TrainingPhase(statistics: { _, _ in
                .init([(Self.steps, Self.steps.tensor + 1)], metrics: [Metric("count", Self.steps.tensor)])
            }),
        ]
    }

    var criterion: Criterion { .minimize("sum") }
    func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [Metric("sum", Self.sum.tensor)] }
}

@Suite struct PhaseTests {
    private func trainer(examples: Int = 8, steps: Int? = nil) throws -> Trainer {
        let split = try DataSplit(
            dtype: .uint8, exampleShape: [2], bytes: [UInt8](repeating: 255, count: 2 * examples), count: examples)
        return try Trainer(
            model: TwoPhases(), optimizer: .sgd(), data: DataSet(name: "ones", train: split, test: split),
            session: Session(backend: ReferenceBackend(configuration: BackendConfiguration())),
            configuration: TrainingConfiguration(epochs: 3, batchSize: 3, steps: steps))
    }

    private func reports(_ trainer: Trainer) throws -> [EpochReport] {
        var reports: [EpochReport] = []
        while let event = try trainer.nextEvent() { if case .epoch(let report) = event { reports.append(report) } }
        return reports
    }

    @Test func phasesFollowOneAnother() throws {
        let trainer = try trainer()
        #expect(trainer.epochCount == 5)
        let reports = try reports(trainer)
        #expect(reports.map { $0.train.map(\.name) } == [["value"], ["value"], ["count"], ["count"], ["count"]])
        // 16 / 8, then (2 + 16) / 8, then untouched.
        #expect(reports.map { $0.test[0].value } == [2, 2.25, 2.25, 2.25, 2.25])
        #expect(try trainer.checkpoint().variables["steps"]?.floats == [9])
    }

    @Test(arguments: [1, 3, 4, 6, 8]) func aCheckpointOfAnyPhaseIsTakenUp(stop: Int) throws {
        let whole = try trainer()
        let expected = try reports(whole)
        let first = try trainer()
        for _ in 0..<stop { try first.trainStep() }
        let second = try trainer()
        try second.restore(first.checkpoint())
        #expect(try reports(second).last?.test == expected.last?.test)
        #expect(try second.checkpoint().variables == whole.checkpoint().variables)
    }

    @Test func tooFewExamplesAreRefused() throws {
        let error = try #require(throws: StrataError.self) { try trainer(examples: 5) }
        #expect(error.kind == .data && error.message.contains("at least 6"), "\(error.message)")
        // Nothing is to be learned here.
        _ = try trainer(examples: 5, steps: 0)
    }
}
