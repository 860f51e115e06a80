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
    private let domain = Domain(features: 16, classes: 4, examples: 200)

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
            model: model, optimizer: SupervisedNetwork.classifier.optimizer(0.1, settings),
            data: DataSet(name: "bits", train: split(200, seed: 1), test: split(100, seed: 2)),
            session: Session(backend: SIMDBackend(configuration: BackendConfiguration()), seed: 1),
            configuration: TrainingConfiguration(epochs: epochs, batchSize: 20, seed: 1))
    }

    /// A body that only lends its codes.
    private struct Frozen: NetworkBody {
        let body: any NetworkBody
        var parameters: [StateVariable] { [] }
        var variables: [StateVariable] { body.variables }
        func callAsFunction(_ x: Tensor) -> Tensor { body(x).stopGradient() }
        func activations(_ x: Tensor) -> [(name: String, activations: Tensor)] { body.activations(x) }
        func training(_ x: Tensor, _ key: RandomKey) -> (output: Tensor, updates: Updates) { (self(x), []) }
    }

    @Test func phasesFollowOneAnotherOnTheSameVariables() throws {
        let settings = try settings()
        let trainer = try trainer(SupervisedNetwork.classifier.build(domain, settings), settings)
        // Two layers of three epochs, two of all together, ten of fine-tuning, of ten batches each.
        #expect(trainer.epochCount == 18)
        var values: [[[Float]]] = []
        func note() throws {
            let saved = try trainer.checkpoint().variables
            values.append(try ["dbm.0.weight", "dbm.1.weight", "head.weight"].map { name in
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
        func crossEntropy(_ wrap: (any NetworkBody) -> any NetworkBody) throws -> Float {
            let (machine, phases) = try LayerStart.dbm.deepMachine(
                domain, hidden: [10, 3], activation: .sigmoid, settings)
            let model = SupervisedNetwork(
                body: wrap(MeanFieldNetwork(machine)), width: 3, head: .softmax(classes: 4), pretraining: phases)
            let trainer = try trainer(model, settings, epochs: 30)
            while trainer.epoch < trainer.epochCount { try trainer.trainStep() }
            return try #require(try trainer.evaluate().first { $0.name == "cross_entropy" }).value
        }
        let (tuned, head) = (try crossEntropy { $0 }, try crossEntropy { Frozen(body: $0) })
        #expect(tuned < head * 0.8, "\(tuned) \(head)")
    }

    @Test func startsThatDoNotFitAreRefused() throws {
        func message(_ extra: [String: String]) throws -> String {
            try #require(throws: StrataError.self) {
                _ = try SupervisedNetwork.classifier.build(domain, settings(extra))
            }.message
        }
        #expect(try message(["hidden": "10"]).contains("two hidden layers at least"))
        #expect(try message(["activation": "relu"]).contains("--start dbm: its layers are binary units"))
        #expect(try message(["normalization": "batch"]).contains("leave --start out"))
        // What has a decoder begins as a stack.
        let other = try #require(throws: StrataError.self) {
            _ = try Hyperparameters(Autoencoder.deep.hyperparameters, ["start": "dbm"])
        }
        #expect(other.message.contains("dbm"))
    }
}
