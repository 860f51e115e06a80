import StrataBackend
import StrataCompiler
import StrataData
import StrataModels
import StrataNN
import StrataReference
import StrataTraining
import Testing

/// Two kinds of striped picture with a little noise: enough for any model to learn something in a moment.
private func stripes(_ count: Int, seed: UInt32) throws -> DataSplit {
    var examples: [UInt8] = []
    var labels: [Int32] = []
    for i in 0..<count {
        let kind = Int(Threefry.block(key: (seed, 1), counter: (UInt32(i), 0)).0 % 2)
        labels.append(Int32(kind))
        for p in 0..<36 {
            let noise = UInt8(Threefry.block(key: (seed, 2), counter: (UInt32(i), UInt32(p))).0 % 40)
            let isOn = kind == 0 ? (p / 6) % 2 == 0 : (p % 6) % 2 == 0
            examples.append(isOn ? 255 - noise : noise)
        }
    }
    return try DataSplit(
        dtype: .uint8, exampleShape: [6, 6], bytes: examples, count: count,
        labels: Labels(values: labels, classNames: ["rows", "columns"]))
}

@Suite struct TrainerTests {
    let data: DataSet

    init() throws {
        data = try DataSet(name: "stripes", train: stripes(70, seed: 1), test: stripes(20, seed: 2))
    }

    @Test(arguments: Zoo.standard.models.map(\.name)) func everyModelTrains(name: String) throws {
        let description = try Zoo.standard[name]
        let small = ["hidden": name == "rbm" ? "8" : "12", "latent": "2", "code": "2", "noise": "4", "generator": "8", "discriminator": "8"]
        let settings = try Hyperparameters(
            description.hyperparameters,
            small.filter { key, _ in description.hyperparameters.contains { $0.name == key } })
        let model = try description.build(36, settings)
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)
        let trainer = try Trainer(
            model: model, optimizer: description.optimizer(0.01, settings), data: data, session: session,
            configuration: TrainingConfiguration(epochs: 30, batchSize: 16, seed: 1))
        var reports: [EpochReport] = []
        while let event = try trainer.nextEvent() {
            if case .epoch(let report) = event { reports.append(report) }
        }
        #expect(reports.count == 30)
        print(name, reports.first!.test, reports.last!.test, reports.last!.medianStepMilliseconds)
    }
}
