import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels
import StrataNN
import StrataReference
import StrataTraining
import Testing

/// Two phases, each of which walks down a slope of 1 with a parameter of its own.
private struct TwoSlopes: Model {
    static let places = [StateVariable("first", [], initializer: .zeros), StateVariable("second", [], initializer: .zeros)]

    var variables: [StateVariable] { Self.places }

    var phases: [TrainingPhase] {
        Self.places.map { place in
            TrainingPhase(epochs: 2, step: { _, context in
                TrainingStep(
                    updates: context.optimizer.updates([place], gradients: [.constant(1)], step: context.step),
                    metrics: [Metric("place", place.tensor)])
            })
        }
    }

    func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep { phases[0].step(batch, context) }
    func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [Metric("place", Self.places[0].tensor)] }
}

@Suite struct RateScheduleTests {
    private func rates(_ schedule: RateSchedule, at steps: [Float]) throws -> [Float] {
        let step = Tensor.input("step", [])
        let function = try Session(backend: ReferenceBackend(configuration: BackendConfiguration()))
            .prepare(Graph(outputs: [("rate", schedule.rate(0.1, at: step))]))
        return try steps.map {
            if function.inputNames.contains("step") { try function.write("step", [$0]) }
            try function.run()
            return try function.read("rate")[0]
        }
    }

    @Test func aRateFallsInAStraightLine() throws {
        let found = try rates(RateSchedule(finalFraction: 0.01, steps: 5), at: [1, 2, 3, 4, 5, 9])
        for (rate, expected) in zip(found, [0.1, 0.07525, 0.0505, 0.02575, 0.001, 0.001] as [Float]) {
            #expect(abs(rate / expected - 1) < 1e-5, "\(found)")
        }
        #expect(try rates(RateSchedule(), at: [1, 100]) == [0.1, 0.1])
        // One step is the first and the last.
        #expect(try rates(RateSchedule(finalFraction: 0.5, steps: 1), at: [1]) == [0.1])
    }

    /// Each phase begins with the whole rate and ends with what is left of it, whichever the optimiser.
    @Test func everyPhaseHasItsOwnFall() throws {
        var descent = GradientDescent(learningRate: 1)
        descent.schedule.finalFraction = 0.125
        var adam = Adam(learningRate: 1, epsilon: 0)
        adam.schedule.finalFraction = 0.125
        let split = try DataSplit(dtype: .float32, exampleShape: [1], bytes: [UInt8](repeating: 0, count: 16), count: 4)
        for optimizer in [descent, adam] as [any Optimizer] {
            let trainer = try Trainer(
                model: TwoSlopes(), optimizer: optimizer, data: DataSet(name: "zeros", train: split, test: split),
                session: Session(backend: ReferenceBackend(configuration: BackendConfiguration())),
                configuration: TrainingConfiguration(batchSize: 2))
            while try trainer.nextEvent() != nil {}
            let checkpoint = try trainer.checkpoint()
            // Four steps a phase: 1, 17/24, 10/24, 1/8. (Adam's step is the rate where the slope is always the same.)
            for place in TwoSlopes.places {
                let end = try #require(checkpoint.variables[place.name]).floats[0]
                #expect(abs(end + 2.25) < 1e-5, "\(place.name) \(end)")
            }
        }
    }
}
