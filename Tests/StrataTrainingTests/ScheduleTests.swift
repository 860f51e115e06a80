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
    static let places = [
        StateVariable("first", [], initializer: .zeros), StateVariable("second", [], initializer: .zeros),
    ]

    var variables: [StateVariable] { Self.places }

    var phases: [TrainingPhase] {
        Self.places.map { place in
            TrainingPhase(moving: [place], epochs: 2) { _, _ in
                Objective(gradients: [.constant(1)], metrics: [Metric("place", place.tensor)])
            }
        }
    }

    var criterion: Criterion { .minimize("place") }
    func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [Metric("place", Self.places[0].tensor)] }
}

@Suite struct ScheduleTests {
    private func rates(_ schedule: any Schedule, of steps: Int = 1, at numbers: [Float]) throws -> [Float] {
        let step = Tensor.input("step", [])
        let function = try Session(backend: ReferenceBackend(configuration: BackendConfiguration()))
            .prepare(Graph(outputs: [("rate", schedule.factor(at: step, of: steps) * 0.1)]))
        return try numbers.map {
            if function.inputNames.contains("step") { try function.write("step", [$0]) }
            try function.run()
            return try function.read("rate")[0]
        }
    }

    private func expect(_ found: [Float], _ expected: [Float]) {
        for (rate, expected) in zip(found, expected) { #expect(abs(rate - expected) < 1e-6, "\(found)") }
    }

    @Test func linearDecay() throws {
        expect(
            try rates(Linear(to: 0.01), of: 5, at: [1, 2, 3, 4, 5, 9]), [0.1, 0.07525, 0.0505, 0.02575, 0.001, 0.001])
        // One step is the first and the last.
        expect(try rates(Linear(to: 0.5), of: 1, at: [1]), [0.1])
        expect(try rates(Constant(), at: [1, 100]), [0.1, 0.1])
    }

    @Test func cosineDecay() throws {
        expect(try rates(Cosine(), of: 5, at: [1, 2, 3, 5, 8]), [0.1, 0.085_355_34, 0.05, 0, 0])
        expect(try rates(Cosine(to: 0.5), of: 3, at: [1, 2, 3]), [0.1, 0.075, 0.05])
    }

    @Test func stepDecayAndWarmup() throws {
        expect(try rates(StepDecay(every: 2, by: 0.5), of: 9, at: [1, 2, 3, 4, 5]), [0.1, 0.1, 0.05, 0.05, 0.025])
        expect(try rates(Warmup(4), of: 9, at: [1, 2, 4, 5]), [0.025, 0.05, 0.1, 0.1])
        // The decay begins after the rise.
        expect(try rates(Warmup(2, then: Linear()), of: 7, at: [1, 2, 3, 5, 7]), [0.05, 0.1, 0.1, 0.05, 0])
    }

    /// Each phase begins with the whole rate and ends with what is left of it, whichever the optimizer.
    @Test func everyPhaseHasItsOwnDecay() throws {
        var adam = Optimizer(Adam(epsilon: 0), learningRate: 1)
        adam.schedule = Linear(to: 0.125)
        var descent = Optimizer.sgd(1)
        descent.schedule = Linear(to: 0.125)
        let split = try DataSplit(dtype: .float32, exampleShape: [1], bytes: [UInt8](repeating: 0, count: 16), count: 4)
        for optimizer in [descent, adam] {
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
