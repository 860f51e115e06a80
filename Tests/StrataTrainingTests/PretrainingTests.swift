import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels
import StrataNN
import StrataReference
import Testing

@testable import StrataTraining

@Suite struct PretrainingTests {
    private func session() throws -> Session {
        Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)
    }

    /// Two classes that differ in which half of four numbers is large.
    private func halves(_ count: Int, labelled: Bool = true) throws -> DataSplit {
        let bytes = (0..<count).flatMap { number -> [UInt8] in
            let (high, low) = (UInt8(200 + number % 50), UInt8(number % 40))
            return number % 2 == 0 ? [high, high, low, low] : [low, low, high, high]
        }
        let labels = Labels(values: (0..<count).map { Int32($0 % 2) }, classNames: ["left", "right"])
        return try DataSplit(
            dtype: .uint8, exampleShape: [4], bytes: bytes, count: count, labels: labelled ? labels : nil)
    }

    private func stack(epochs: Int = 2) -> LayerStack {
        LayerStack(
            [
                RestrictedBoltzmannMachine(features: 4, hidden: 3, name: "encoder.0"),
                RestrictedBoltzmannMachine(features: 3, hidden: 2, name: "encoder.1"),
            ], epochs: epochs, optimizers: Array(repeating: .sgd(0.5), count: 2))
    }

    @Test func layersLearnOneAfterTheOther() throws {
        let data = try DataSet(name: "halves", train: halves(20), test: halves(4))
        let model = SupervisedNetwork(features: 4, hidden: [3, 2], head: .softmax(classes: 2), stack: stack())
        let trainer = try Trainer(
            model: model, optimizer: .sgd(0.5), data: data, session: session(),
            configuration: TrainingConfiguration(epochs: 3, batchSize: 5, labels: 4))
        // Two layers of two epochs of four batches, then three epochs of the one batch that has labels.
        #expect(trainer.epochCount == 7)
        var values: [[[Float]]] = []
        func note() throws {
            let saved = try trainer.checkpoint().variables
            values.append(
                try ["encoder.0.weight", "encoder.1.weight", "head.weight"].map { name in
                    try #require(saved[name]?.floats)
                })
        }
        try note()
        for steps in [8, 8, 3] {
            for _ in 0..<steps { try trainer.trainStep() }
            try note()
        }
        #expect(trainer.step == 19 && trainer.epoch == 7)
        let moved: [[Bool]] = (1..<values.count).map { turn in
            (0..<3).map { number -> Bool in values[turn][number] != values[turn - 1][number] }
        }
        #expect(moved == [[true, false, false], [false, true, false], [true, true, true]])
    }

    @Test func theDecoderBeginsAsTheLayersTransposed() throws {
        let data = try DataSet(name: "halves", train: halves(20), test: halves(4))
        let model = Autoencoder(features: 4, hidden: [3], code: 2, activation: .sigmoid, stack: stack(epochs: 1))
        let trainer = try Trainer(
            model: model, optimizer: .adam(), data: data, session: session(),
            configuration: TrainingConfiguration(epochs: 1, batchSize: 20))
        try trainer.trainStep()
        try trainer.trainStep()
        let saved = try trainer.checkpoint().variables
        let (weight, back) = (
            try #require(saved["encoder.0.weight"]?.floats), try #require(saved["decoder.1.weight"]?.floats)
        )
        let transposed: [Float] = (0..<12).map { (position: Int) -> Float in back[position % 4 * 3 + position / 4] }
        #expect(weight == transposed)
        #expect(saved["decoder.1.bias"]?.floats == saved["encoder.0.visible_bias"]?.floats)
    }

    @Test func aPlanOfSpans() throws {
        let plan = try TrainingPlan(
            [
                TrainingPhase(epochs: 2, moves: []), TrainingPhase(epochs: 0, moves: []),
                TrainingPhase(needsLabels: true, moves: []),
            ], epochs: 3, batchSize: 4, examples: 10, labelled: 3)
        #expect(plan.stepCount == 9 && plan.epochCount == 5)
        let phases: [Int] = (0...9).map { step in plan.span(at: step).phase }
        let epochs: [Int] = (0...9).map { step in plan.position(after: step).epoch }
        let batches: [Int] = (0...9).map { step in plan.position(after: step).batch }
        #expect(phases == [0, 0, 0, 0, 0, 0, 2, 2, 2, 2])
        #expect(epochs == [0, 0, 0, 1, 1, 1, 2, 3, 4, 5])
        #expect(batches == [0, 1, 2, 0, 1, 2, 0, 0, 0, 0])
        #expect(plan.spans[2].batchSize == 3)
    }

    @Test func aBudgetOfLabelsIsBalanced() throws {
        let bytes = [UInt8](repeating: 0, count: 30)
        // Class 2 has but three examples.
        let values: [Int32] = (0..<30).map { (position: Int32) -> Int32 in position < 3 ? 2 : position % 2 }
        let labels = Labels(values: values, classNames: ["a", "b", "c"])
        let split = try DataSplit(dtype: .uint8, exampleShape: [1], bytes: bytes, count: 30, labels: labels)
        let chosen = try split.withLabels(15, seed: 4)
        #expect(chosen == chosen.sorted() && Set(chosen).count == 15)
        let counts = (0..<3 as Range<Int32>).map { label in chosen.count { values[Int($0)] == label } }
        #expect(counts == [6, 6, 3])
        #expect(try split.withLabels(15, seed: 5) != chosen)
        #expect(try split.withLabels(nil).count == 30)
        #expect(throws: StrataError.self) { try split.withLabels(31) }
        #expect(throws: StrataError.self) { try halves(4, labelled: false).withLabels(2) }
    }

    @Test func aBudgetWithoutClassesIsDrawnAtRandom() throws {
        let split = try DataSplit(
            dtype: .uint8, exampleShape: [1], bytes: [UInt8](repeating: 0, count: 30), count: 30,
            targets: Targets(names: ["a"], values: (0..<30).map(Float.init)))
        let chosen = try split.withLabels(12, seed: 4)
        #expect(chosen == chosen.sorted() && Set(chosen).count == 12 && chosen != Array(0..<12))
        #expect(try split.withLabels(12, seed: 5) != chosen)
    }

    @Test func batchNormalization() throws {
        let x: [Float] = [1, 10, 2, 20, 3, 60]
        let network = Network("n", input: [2], Normalization(.batch))
        let session = try session()
        try session.create(network.variables)
        var pass = Pass.training(RandomKey(.input("key", [2], dtype: .int32)))
        let output = network(.input("x", [3, 2]), &pass)
        let function = try session.prepare(
            Graph(
                outputs: [("y", output), ("after", network(.input("x", [3, 2])))],
                updates: pass.updates.map { ($0.variable, $0.value) }))
        try function.write("x", x)
        try function.run()
        let y = try function.read("y")
        let root = Float(2.0 / 3).squareRoot()
        #expect(zip([0, 2, 4].map { y[$0] }, [-1 / root, 0, 1 / root]).allSatisfy { abs($0 - $1) < 1e-3 })
        // Before any training the averages are 0 and 1.
        #expect(zip(try function.read("after"), x).allSatisfy { abs($0 - $1) < 1e-3 * abs($1) + 1e-3 })
        let mean = try session.readVariable("n.running_mean").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let variance = try session.readVariable("n.running_var").withUnsafeBytes {
            Array($0.bindMemory(to: Float.self))
        }
        #expect(zip(mean, [0.2, 3]).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(zip(variance, [0.9 + 0.1, 0.9 + 70]).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    /// The normalized value would be 0, whatever the example is.
    @Test func aBatchOfOneHasNoStatistics() throws {
        let network = Network("n", input: [2], Normalization(.batch))
        func output(_ count: Int, _ pass: Pass) -> Tensor {
            var pass = pass
            return network(.input("x", [count, 2]), &pass)
        }
        let training = Pass.training(RandomKey(.input("key", [2], dtype: .int32)))
        #expect(output(1, training).isInvalid && !output(2, training).isInvalid && !output(1, .evaluation).isInvalid)
    }

    @Test func averagesFollowBothBatchesOfAPass() throws {
        let network = Network("n", input: [2], Normalization(.batch))
        let session = try session()
        try session.create(network.variables)
        var pass = Pass.training(RandomKey(.input("key", [2], dtype: .int32)))
        let x = Tensor.input("x", [3, 2])
        let outputs = [network(x, &pass), network(x * 2, &pass)]
        let function = try session.prepare(
            Graph(
                outputs: [("first", outputs[0]), ("second", outputs[1])],
                updates: pass.updates.map { ($0.variable, $0.value) }))
        try function.write("x", [1, 10, 2, 20, 3, 60] as [Float])
        try function.run()
        #expect(zip(try function.read("first"), try function.read("second")).allSatisfy { abs($0 - $1) < 1e-3 })
        let mean = try session.readVariable("n.running_mean").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(zip(mean, [0.9 * 0.2 + 0.4, 0.9 * 3 + 6]).allSatisfy { abs($0 - $1) < 1e-5 }, "\(mean)")
    }
}
