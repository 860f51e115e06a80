import Foundation
import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataSIMD
import StrataTraining
import Testing

@testable import StrataEvaluation
@testable import StrataModels

/// Training weighted by the density of the code.
@Suite struct DebiasingTests {
    /// The weights of batches of codes one after the other, and what follows the last.
    private func weights(_ density: any CodeDensity, _ batches: [[Float]], latent: Int, ending: Set<Int> = []) throws
        -> [[Float]]
    {
        let session = try SmallMachine.session()
        return try batches.enumerated().map { place, codes in
            let rows = Tensor.input("codes", [codes.count / latent, latent])
            let (values, updates) = density.weights(of: rows)
            let step = try session.prepare(
                Graph(outputs: [("weights", values)], updates: updates.map { ($0.variable, $0.value) }))
            try step.write("codes", codes)
            try step.run()
            if ending.contains(place) {
                try session.prepare(Graph(outputs: [], updates: density.epochEnd.map { ($0.variable, $0.value) })).run()
            }
            return try step.read("weights")
        }
    }

    /// Bins are .3 wide. After an epoch of three codes of four in one bin and one in another: 1 / (20 · (.75 + α)) and
    /// 1 / (20 · (.25 + α)), and where there was none 1 / (20 α); of two dimensions the product.
    @Test func histograms() throws {
        let epoch: [Float] = [0.05, 0.1, 0.2, 1.5]
        let found = try weights(
            HistogramCodeDensity(latent: 1, smoothing: 0.05), [epoch, [0.25, 1.6, -9], epoch], latent: 1, ending: [0])
        let uniform = Float(1 / (20 * (0.05 + 0.05)))
        for value in found[0] { #expect(abs(value - uniform) < 1e-6) }
        for (value, share) in zip(found[1], [0.75, 0.25, 0]) {
            #expect(abs(Double(value) * 20 * (share + 0.05) - 1) < 1e-5, "\(found[1])")
        }
        // The epoch goes on with the same density.
        #expect(found[2][0] == found[1][0])
        let both = try weights(
            HistogramCodeDensity(latent: 2, smoothing: 0.05), [[0.05, 1, 0.1, 1, 0.2, 2, 1.5, 2], [0.1, 2]], latent: 2,
            ending: [0])
        #expect(abs(Double(both[1][0]) * 400 * (0.75 + 0.05) * (0.5 + 0.05) - 1) < 1e-5)
    }

    /// Of 1,024 codes a tenth lie far from the others, and each of these has about nine times less density.
    @Test func kernels() throws {
        let codes = (0..<1024).map { $0 % 10 == 0 ? Float(2.5) : -1.5 }
        let alone = codes.count { $0 > 0 }
        let found = try weights(
            KernelCodeDensity(latent: 1, smoothing: 0), [codes, [2.5, -1.5, -1.5, 0.5]], latent: 1)
        #expect(found[0].allSatisfy { $0 == 1 })
        let ratio = Double(found[1][0] / found[1][1])
        #expect(abs(ratio - Double(1024 - alone) / Double(alone)) < 0.01, "\(ratio)")
        #expect(found[1][1] == found[1][2] && found[1][3] > found[1][0])
        // Smoothing bounds weights: none is more than 1 / α.
        let smooth = try weights(
            KernelCodeDensity(latent: 1, smoothing: 0.5), [codes, [2.5, -1.5, -1.5, 30]], latent: 1)
        #expect(abs(smooth[1][3] - 2) < 1e-5 && smooth[1][0] < 2)
        // A batch is larger than the codes that are kept, or smaller.
        let more = try weights(
            KernelCodeDensity(latent: 1, smoothing: 0), [codes + codes, [0], [2.5, -1.5]], latent: 1)
        #expect(abs(Double(more[2][0] / more[2][1]) - ratio) < 0.1)
    }

    @Test func weightsHaveAMeanOfOne() throws {
        let session = try SmallMachine.session()
        let normalized = NormalizedWeights()
        let (values, updates) = normalized(.input("weights", [2]))
        let step = try session.prepare(
            Graph(outputs: [("weights", values)], updates: updates.map { ($0.variable, $0.value) }))
        func next(_ weights: [Float]) throws -> [Float] {
            try step.write("weights", weights)
            try step.run()
            return try step.read("weights")
        }
        #expect(try next([1, 3]) == [0.5, 1.5])
        // Four of mean 4 so far.
        #expect(try next([4, 8]) == [1, 2])
    }

    private func contestant(_ settings: [String: String] = [:], steps: Int = 30) throws -> Contestant {
        let description = try Zoo.builtIn["debiasing-vae"]
        let all = settings.merging(["hidden": "16", "latent": "2"]) { own, _ in own }
        return Contestant(description, try Hyperparameters(description.hyperparameters, all), steps: steps)
    }

    /// What is kept of codes goes with the checkpoint.
    @Test(arguments: ["kernel", "histogram"])
    func trainingGoesOnBitForBit(_ density: String) throws {
        let data = try Stripes.dataSet()
        let model = try contestant(["density": density]).description.build(
            data.spec, contestant(["density": density]).settings)
        func trainer() throws -> Trainer {
            try Trainer(
                model: model, optimizer: .adam(), data: data, session: SmallMachine.session(),
                configuration: TrainingConfiguration(epochs: 60, batchSize: 16))
        }
        let whole = try trainer()
        // 17 epochs fill the 1,024 codes.
        for _ in 0..<75 { try whole.trainStep() }
        let halfway = try whole.checkpoint()
        for _ in 0..<10 { try whole.trainStep() }
        let resumed = try trainer()
        try resumed.restore(halfway)
        for _ in 0..<10 { try resumed.trainStep() }
        #expect(try whole.checkpoint().variables == resumed.checkpoint().variables)
        #expect(halfway.variables.keys.contains { $0.hasPrefix("density.") })
    }

    @Test func groupsInPairs() throws {
        let stripes = try Stripes.dataSet()
        let data = try RareGroup(share: 0.2).dataSet(of: stripes)
        var outcomes: [DebiasingExperiment.Outcome] = []
        func run(_ experiment: DebiasingExperiment, on data: DataSet) throws {
            outcomes = []
            try experiment.run(on: data, backend: SIMDBackend(configuration: BackendConfiguration())) {
                outcomes.append($0)
                return outcomes.count < 5
            }
        }
        try run(DebiasingExperiment(contestant(["smoothing": "0.2"], steps: 120), seeds: [0, 1]), on: data)
        #expect(outcomes.map(\.group) == ["common", "rare", "all", "common", "rare"])
        #expect(outcomes.map(\.examples) == [30, 30, 60, 30, 30])
        #expect(outcomes.allSatisfy { $0.plain > 0.9 && $0.debiased > 0.9 }, "\(outcomes)")
        let summary = DebiasingExperiment.summaries(of: outcomes)
        #expect(summary.map(\.group) == ["common", "rare", "all"] && summary[2].gain.margin == nil)
        let classifier = try Zoo.builtIn["classifier"]
        let plain = Contestant(classifier, try Hyperparameters(classifier.hyperparameters, [:]), steps: 1)
        let failures: [(DebiasingExperiment, DataSet, StrataError.Kind)] = [
            (DebiasingExperiment(plain), data, .unsupported), (try DebiasingExperiment(contestant()), stripes, .usage),
            (try DebiasingExperiment(contestant(), group: "example"), data, .usage),
            (try DebiasingExperiment(contestant(steps: 0)), data, .usage),
        ]
        for (experiment, data, kind) in failures {
            let error = #expect(throws: StrataError.self) { try run(experiment, on: data) }
            #expect(error?.kind == kind)
        }
    }
}
