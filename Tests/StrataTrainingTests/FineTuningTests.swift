import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataSIMD
import StrataTraining
import Testing

@testable import StrataModels

/// A deep Boltzmann machine that becomes a classifier.
@Suite struct FineTuningTests {
    private let domain = DataSpec(features: 16, classes: 4, examples: 200)

    private func settings(_ extra: [String: String] = [:]) throws -> Hyperparameters {
        let typed = ["start": "dbm", "hidden": "10,6", "pretraining-epochs": "3", "joint-epochs": "2"]
        return try Hyperparameters(SupervisedNetwork.classifier.hyperparameters, typed.merging(extra) { $1 })
    }

    /// Four classes of 4 × 4 bits, each with other rows or columns that are on; a tenth of the bits are turned round.
    private func split(_ count: Int, seed: UInt32) throws -> DataSplit {
        var bytes: [UInt8] = []
        for i in 0..<count {
            for p in 0..<16 {
                let isOn = [p / 4 < 2, p / 4 >= 2, p % 4 < 2, p % 2 == 0][i % 4]
                let isTurned = Threefry.block(key: (seed, 0), counter: (UInt32(i), UInt32(p))).0 % 10 == 0
                bytes.append(isOn != isTurned ? 255 : 0)
            }
        }
        return try DataSplit(
            dtype: .uint8, exampleShape: [16], bytes: bytes, count: count,
            labels: Labels(values: (0..<count).map { Int32($0 % 4) }, classNames: ["a", "b", "c", "d"]))
    }

    private func trainer(_ model: any Model, _ settings: Hyperparameters, epochs: Int = 10) throws -> Trainer {
        try Trainer(
            model: model, optimizer: SupervisedNetwork.classifier.suitedOptimizer(0.1),
            data: DataSet(name: "bits", train: split(200, seed: 1), test: split(100, seed: 2)),
            session: Session(backend: SIMDBackend(configuration: BackendConfiguration()), seed: 1),
            configuration: TrainingConfiguration(epochs: epochs, batchSize: 20, seed: 1))
    }

    /// A layer that only lends its codes.
    private struct Lent: Layer {
        let layer: any Layer
        func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
            var own = Pass.evaluation
            return layer(x, &own).stopGradient()
        }
    }

    @Test func phasesFollowOneAnotherOnTheSameVariables() throws {
        let settings = try settings()
        let trainer = try trainer(SupervisedNetwork.classifier.build(domain, settings), settings)
        // Two layers of three epochs, two of all together, ten of fine-tuning, of ten batches each.
        #expect(trainer.epochCount == 18)
        var values: [[[Float]]] = []
        func note() throws {
            let saved = try trainer.checkpoint().variables
            values.append(
                try ["dbm.0.weight", "dbm.1.weight", "head.weight"].map { name in
                    try #require(saved[name]?.floats)
                })
        }
        try note()
        for steps in [30, 30, 20, 100] {
            for _ in 0..<steps { try trainer.trainStep() }
            try note()
        }
        #expect(trainer.step == 180 && trainer.epoch == 18)
        let moved = (1..<values.count).map { turn in
            (0..<3).map { values[turn][$0] != values[turn - 1][$0] }
        }
        #expect(moved == [[true, false, false], [false, true, false], [true, true, false], [true, true, true]])
    }

    /// Three units at the top have not much room for what nobody asked of them.
    @Test func fineTuningTellsMoreThanAHeadOnTheSameMachine() throws {
        let settings = try settings([
            "pretraining-epochs": "30", "pretraining-rate": "0.2", "joint-epochs": "10", "joint-rate": "0.02",
        ])
        func crossEntropy(_ wrap: (any Layer) -> any Layer) throws -> Float {
            let (machine, phases) = try LayerStart.dbm.deepMachine(
                domain, network: Architecture(hidden: [10, 3], activation: .sigmoid), settings)
            let model = SupervisedNetwork(
                encoder: Network("encoder", input: [16], wrap(MeanFieldNetwork(machine))), head: .softmax(classes: 4),
                pretraining: phases)
            let trainer = try trainer(model, settings, epochs: 30)
            while trainer.epoch < trainer.epochCount { try trainer.trainStep() }
            return try #require(try trainer.evaluate().first { $0.name == "cross_entropy" }).value
        }
        let (tuned, head) = (try crossEntropy { $0 }, try crossEntropy { Lent(layer: $0) })
        #expect(tuned < head * 0.8, "\(tuned) \(head)")
    }

    @Test func startsThatDoNotFitAreRefused() throws {
        func message(_ extra: [String: String]) throws -> String {
            try #require(throws: StrataError.self) {
                _ = try SupervisedNetwork.classifier.build(domain, settings(extra))
            }.message
        }
        #expect(try message(["hidden": "10"]).contains("two hidden layers at least"))
        #expect(try message(["activation": "relu"]).contains("start dbm: its layers are binary units"))
        #expect(try message(["normalization": "batch"]).contains("leave normalization out"))
        // What has a decoder begins as a stack.
        let other = try #require(throws: StrataError.self) {
            _ = try Hyperparameters(Autoencoder.deep.hyperparameters, ["start": "dbm"])
        }
        #expect(other.message.contains("dbm"))
    }
}
