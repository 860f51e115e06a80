import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels
import StrataNN
import StrataReference
import StrataTraining
import Testing

@Suite struct SupervisedHeadTests {
    private func session() -> Session {
        Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)
    }

    /// Twenty examples of three numbers; the first target is far from 0, the second never varies.
    private func split(targets names: [String] = ["year", "same", "third"]) throws -> DataSplit {
        let x = (0..<60).map { Float(($0 * 37) % 23) / 23 }
        let y = (0..<20).flatMap { (row: Int) -> [Float] in
            let (a, b, c) = (x[3 * row], x[3 * row + 1], x[3 * row + 2])
            return [2000 + 3 * a - Float(row % 3), 0.1, b - c]
        }
        return try DataSplit(
            dtype: .float32, exampleShape: [3], bytes: x.withUnsafeBytes { Array($0) }, count: 20,
            targets: Targets(names: names, values: y))
    }

    /// Those of an epoch in which a linear network learns nothing.
    private func metrics(
        _ head: SupervisedHead, batch: Int, train: DataSplit, labels: Int? = nil
    ) throws -> [String: Float] {
        let trainer = try Trainer(
            model: SupervisedNetwork(features: 3, hidden: [], head: head), optimizer: .sgd(0),
            data: DataSet(name: "numbers", train: train, test: train), session: session(),
            configuration: TrainingConfiguration(epochs: 1, batchSize: batch, seed: 1, labels: labels))
        for _ in 0..<trainer.batchesPerEpoch { try trainer.trainStep() }
        return Dictionary(uniqueKeysWithValues: try trainer.trainingMetrics().map { ($0.name, $0.value) })
    }

    /// What the untrained network makes of the examples.
    private func outputs(_ head: SupervisedHead, _ split: DataSplit) throws -> [Double] {
        let predictor = try Predictor(ReadOut(head), features: 3, session: session())
        return try predictor.encode(split.values(0..<20)).codes.map(Double.init)
    }

    /// A head's outputs as codes.
    private struct ReadOut: EncodingModel {
        let network: SupervisedNetwork
        init(_ head: SupervisedHead) { network = SupervisedNetwork(features: 3, hidden: [], head: head) }
        var variables: [StateVariable] { network.variables }
        var phases: [TrainingPhase] { network.phases }
        var criterion: Criterion { network.criterion }
        func encode(_ examples: Tensor) -> Tensor { network.outputs(examples) }
        func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [] }
    }

    @Test(arguments: [20, 7, 1]) func rSquaredIsThatOfAllExamplesWhateverTheBatches(batch: Int) throws {
        let split = try split()
        let head = SupervisedHead.regression(targets: 3)
        let (outputs, y) = (try outputs(head, split), try #require(split.targets).values.map(Double.init))
        var shares: [Double] = []
        var error = 0.0
        for target in 0..<3 {
            let own = stride(from: target, to: 60, by: 3).map { $0 }
            let mean = own.reduce(0) { $0 + y[$1] } / 20
            let squared = own.reduce(0) { $0 + (y[$1] - outputs[$1]) * (y[$1] - outputs[$1]) }
            error += squared / 20
            if target != 1 { shares.append(1 - squared / own.reduce(0) { $0 + (y[$1] - mean) * (y[$1] - mean) }) }
        }
        let found = try metrics(head, batch: batch, train: split)
        let (expected, rSquared) = ((shares[0] + shares[1]) / 2, Double(try #require(found["r_squared"])))
        #expect(abs(rSquared / expected - 1) < 1e-4, "\(rSquared) \(expected)")
        #expect(abs(Double(try #require(found["squared_error"])) / error - 1) < 1e-5)
    }

    /// The mean of a few examples is not that of the split.
    @Test func rSquaredOfSomeExamplesIsAboutTheirOwnMean() throws {
        let split = try split()
        let some = try split.subset(split.withLabels(6, seed: 1))
        let head = SupervisedHead.regression(targets: 3)
        let a = try #require(try metrics(head, batch: 6, train: split, labels: 6)["r_squared"])
        let b = try #require(try metrics(head, batch: 6, train: some)["r_squared"])
        #expect(abs(a / b - 1) < 1e-4, "\(a) \(b)")
    }

    @Test func aPerfectRegressionExplainsEverything() throws {
        let head = SupervisedHead.regression(targets: 2)
        let y = Tensor.input("y", [3, 2])
        let metric = head.metrics(y, Batch(examples: y, targets: y))[1]
        let derive = try #require(metric.derivation)
        #expect(metric.mean.shape == [6] && derive([0, 0, 2, 3, 1, 1]) == 1)
        // Means alone explain nothing; and where nothing varies, there is nothing to explain.
        #expect(derive([1, 2, 2, 3, 1, 1]) == 0 && derive([0, 0, 4, 9, 2, 3]) == 0)
    }

    @Test func severalLabelsAtOnce() throws {
        let logits: [Float] = [2, -1, 0.5, -3, 1, -2]
        let targets: [Float] = [1, 0, 0.6, 0.4, 0.9, 0.8]
        let batch = Batch(examples: .input("x", [2, 1]), targets: .input("t", [2, 3]))
        let metrics = SupervisedHead.multiLabel(labels: 3).metrics(.input("logits", [2, 3]), batch)
        let function = try session().prepare(Graph(outputs: metrics.map { ($0.name, $0.mean) }))
        try function.write("logits", logits)
        try function.write("t", targets)
        try function.run()
        let entropy = zip(logits, targets).reduce(0.0) { sum, pair in
            sum + logarithm(1 + exponential(Double(pair.1 > 0.5 ? -pair.0 : pair.0)))
        }
        #expect(abs(Double(try function.read("cross_entropy")[0]) - entropy / 2) < 1e-6)
        #expect(abs(try function.read("accuracy")[0] - 5 / 6) < 1e-6)
        #expect(try function.read("exact_match") == [0.5])
    }

    @Test func targetsThatAreNotThereAreAMistake() throws {
        let split = try split()
        let error = try #require(throws: StrataError.self) {
            try metrics(.regression(targets: 2), batch: 4, train: split)
        }
        #expect(error.message.contains("learns 2 targets, and the batch's are [4, 3]"), "\(error.message)")
        let none = try DataSplit(dtype: .uint8, exampleShape: [3], bytes: [1, 2, 3], count: 1)
        let missing = try #require(throws: StrataError.self) {
            try metrics(.multiLabel(labels: 2), batch: 1, train: none)
        }
        #expect(missing.message.contains("the batch has none"), "\(missing.message)")
    }
}
