import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels
import StrataNN
import StrataReference
import Testing

@testable import StrataTraining

/// A line y = w x + b through points, by squared error: small enough to follow each update by hand.
private struct Line: Model {
    static let weight = StateVariable("line.weight", [1, 1], initializer: .constant(0.5))
    static let bias = StateVariable("line.bias", [1], initializer: .zeros)
    var variables: [StateVariable] { [Self.weight, Self.bias] }
    var criterion: Criterion { .minimize("squared_error") }

    var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: variables) { batch, _ in
                let error = Metric("squared_error", errors(batch))
                return Objective(error, metrics: [error])
            }
        ]
    }

    func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [Metric("squared_error", errors(batch))] }

    private func errors(_ batch: Batch) -> Tensor {
        let prediction = batch.examples.dotTransposed(Self.weight.tensor) + Self.bias.tensor
        return Loss.squaredError(prediction, batch.targets ?? .invalid("no targets"))
    }
}

@Suite struct OptimizerTests {
    private let x: [Float] = [0, 1, 2, 3, 4, 5, 6, 7]

    private func data(weights: [Float]? = nil, validation: Bool = false) throws -> DataSet {
        let split = try DataSplit(
            dtype: .float32, exampleShape: [1], bytes: x.withUnsafeBytes { Array($0) }, count: 8,
            targets: Targets(names: ["y"], values: x.map { 2 * $0 + 1 }), weights: weights)
        return try DataSet(name: "line", train: split, test: split, validation: validation ? split : nil)
    }

    private func trainer(
        _ optimizer: Optimizer, batchSize: Int = 8, epochs: Int = 1, weights: [Float]? = nil, patience: Int? = nil
    ) throws -> Trainer {
        try Trainer(
            model: Line(), optimizer: optimizer, data: data(weights: weights, validation: patience != nil),
            session: Session(backend: ReferenceBackend(configuration: BackendConfiguration())),
            configuration: TrainingConfiguration(
                epochs: epochs, batchSize: batchSize, isShuffled: false, patience: patience))
    }

    private func trained(_ trainer: Trainer) throws -> [String: Float] {
        while try trainer.nextEvent() != nil {}
        return try trainer.checkpoint().variables.mapValues { $0.floats[0] }
    }

    /// The gradient of the mean squared error over points weighted so, in double precision.
    private func gradient(_ w: Double, _ b: Double, _ weights: [Double]? = nil) -> (w: Double, b: Double) {
        var (gw, gb) = (0.0, 0.0)
        let total = weights?.reduce(0, +) ?? 8
        for (i, x) in x.map(Double.init).enumerated() {
            let error = w * x + b - (2 * x + 1)
            gw += 2 * error * x * (weights?[i] ?? 1) / total
            gb += 2 * error * (weights?[i] ?? 1) / total
        }
        return (gw, gb)
    }

    private func isNear(_ value: Float?, _ expected: Double) -> Bool {
        value.map { abs(Double($0) - expected) < 1e-5 * max(1, abs(expected)) } ?? false
    }

    @Test func accumulatedBatchesMakeTheUpdateOfAWholeOne() throws {
        let whole = try trained(trainer(.sgd(0.01, momentum: 0.5), epochs: 3))
        // Three batches, of which the last is smaller, make one update; 8 = 3 + 3 + 2.
        var optimizer = Optimizer.sgd(0.01, momentum: 0.5)
        optimizer.accumulation = 3
        let accumulated = try trained(trainer(optimizer, batchSize: 3, epochs: 3))
        #expect(isNear(accumulated["line.weight"], Double(whole["line.weight"]!)))
        #expect(isNear(accumulated["velocity.line.bias"], Double(whole["velocity.line.bias"]!)))
        // Two and one: two updates an epoch.
        optimizer.accumulation = 2
        let two = try trained(trainer(optimizer, batchSize: 3, epochs: 1))
        #expect(!isNear(two["line.weight"], Double(whole["line.weight"]!)))
    }

    @Test func accumulationIsResumedBitForBit() throws {
        var optimizer = Optimizer.adam(0.1)
        optimizer.accumulation = 2
        optimizer.averageDecay = 0.9
        let whole = try trainer(optimizer, batchSize: 2, epochs: 4)
        _ = try trained(whole)
        let first = try trainer(optimizer, batchSize: 2, epochs: 4)
        for _ in 0..<5 { try first.trainStep() }
        let second = try trainer(optimizer, batchSize: 2, epochs: 4)
        try second.restore(first.checkpoint())
        _ = try trained(second)
        #expect(try second.checkpoint().variables == whole.checkpoint().variables)
    }

    @Test func gradientsAreClippedByTheirCommonNorm() throws {
        var optimizer = Optimizer.sgd(1)
        optimizer.transforms = [ClipByGlobalNorm(0.1)]
        let end = try trained(trainer(optimizer))
        let g = gradient(0.5, 0)
        let norm = (g.w * g.w + g.b * g.b).squareRoot()
        #expect(isNear(end["line.weight"], 0.5 - 0.1 * g.w / norm) && isNear(end["line.bias"], -0.1 * g.b / norm))
        // A norm below the bound is left alone.
        optimizer.transforms = [ClipByGlobalNorm(1000)]
        #expect(isNear(try trained(trainer(optimizer))["line.weight"], 0.5 - g.w))
    }

    @Test func weightsDecayAndBiasesDoNot() throws {
        let g = gradient(0.5, 0)
        let penalised = try trained(trainer(.sgd(0.01, weightDecay: 0.5)))
        #expect(
            isNear(penalised["line.weight"], 0.5 - 0.01 * (g.w + 0.25)) && isNear(penalised["line.bias"], -0.01 * g.b))
        // Adam's first step is the rate, whatever the gradient; the decay comes beside it.
        let decoupled = try trained(trainer(Optimizer(AdamW(epsilon: 0, weightDecay: 0.5), learningRate: 0.01)))
        #expect(isNear(decoupled["line.weight"], 0.5 + 0.01 - 0.01 * 0.5 * 0.5) && isNear(decoupled["line.bias"], 0.01))
    }

    @Test func rootMeanSquares() throws {
        let g = gradient(0.5, 0)
        let end = try trained(trainer(Optimizer(RMSProp(decay: 0.75, epsilon: 0), learningRate: 0.01)))
        // After one update √v is half the gradient's size.
        #expect(isNear(end["line.weight"], 0.5 + 0.02) && isNear(end["rmsprop.v.line.bias"], 0.25 * g.b * g.b))
    }

    @Test func averagesLeanToNoSide() throws {
        var optimizer = Optimizer.sgd(0.01)
        optimizer.averageDecay = 0.8
        let trainer = try trainer(optimizer, epochs: 3)
        var values: [Double] = []
        for _ in 0..<3 {
            try trainer.trainStep()
            values.append(Double(try trainer.checkpoint().variables["line.weight"]!.floats[0]))
        }
        let expected = (values[2] + 0.8 * values[1] + 0.64 * values[0]) / (1 + 0.8 + 0.64)
        let checkpoint = try trainer.checkpoint()
        #expect(isNear(checkpoint.variables["ema.line.weight"]?.floats[0], expected))
        #expect(isNear(try checkpoint.averaged().variables["line.weight"]?.floats[0], expected))
    }

    @Test func partsMayBeFrozenOrHaveRatesOfTheirOwn() throws {
        var optimizer = Optimizer.sgd(0.01)
        optimizer.frozen = ["line.weight"]
        let frozen = try trained(trainer(optimizer))
        #expect(frozen["line.weight"] == 0.5 && isNear(frozen["line.bias"], -0.01 * gradient(0.5, 0).b))
        optimizer = .sgd(0.01)
        optimizer.rateFactors = ["line": 2, "line.bias": 0.5]
        let own = try trained(trainer(optimizer))
        #expect(isNear(own["line.weight"], 0.5 - 0.02 * gradient(0.5, 0).w))
        #expect(isNear(own["line.bias"], -0.005 * gradient(0.5, 0).b))
        optimizer.frozen = ["lime"]
        let error = #expect(throws: StrataError.self) { try trainer(optimizer) }
        #expect(error?.message.contains("did you mean 'line'?") == true, "\(String(describing: error))")
    }

    @Test func examplesCountByTheirWeights() throws {
        let weights: [Float] = [0, 4, 0, 0, 2, 0, 0, 2]
        let end = try trained(trainer(.sgd(0.01), weights: weights))
        let g = gradient(0.5, 0, weights.map(Double.init))
        #expect(isNear(end["line.weight"], 0.5 - 0.01 * g.w) && isNear(end["line.bias"], -0.01 * g.b))
    }

    @Test func trainingStopsWhereTheCriterionNoLongerImproves() throws {
        // A rate that makes it worse from the first epoch on.
        let trainer = try trainer(.sgd(0.2), epochs: 50, patience: 2)
        var best: [Int] = []
        while let event = try trainer.nextEvent() {
            if case .epoch(let report) = event, report.isBest { best.append(report.epoch) }
        }
        #expect(best == [1] && trainer.epoch == 3 && trainer.hasStoppedEarly && trainer.isFinished)
        // A run that goes on knows it.
        let later = try self.trainer(.sgd(0.2), epochs: 50, patience: 2)
        try later.restore(trainer.checkpoint())
        #expect(later.isFinished)
    }

    @Test func weightsOfOthersAreTakenByTheirNames() throws {
        let other = Checkpoint(variables: [
            "net.0.w": try StoredArray([7 as Float], shape: [1, 1]), "other": try StoredArray([1 as Float], shape: [1]),
        ])
        let trainer = try trainer(.sgd(0.01))
        let map = NameMap([("net.#.w", "line.weight"), ("body", "encoder")])
        #expect(map("adam.m.body.0.weight") == "adam.m.encoder.0.weight" && map("embody.0") == "embody.0")
        #expect(NameMap([("a.#.b", "x.#.y")])("a.3.b.c") == "x.3.y.c")
        #expect(map.unused(for: ["net.0.w", "head.bias"]) == ["body"])
        let mistyped = #expect(throws: StrataError.self) { try trainer.start(from: other, map: map) }
        #expect(mistyped?.message.contains("no variable of the weights has 'body' in its name") == true)
        #expect(try trainer.start(from: other, map: NameMap([("net.#.w", "line.weight")])) == ["line.weight"])
        #expect(try trainer.checkpoint().variables["line.weight"]?.floats == [7])
        let error = #expect(throws: StrataError.self) { try trainer.start(from: other) }
        #expect(
            error?.message.contains("none of the model's variables (line) is among the weights (net, other)") == true)
    }
}
