import StrataBackend
import StrataData
import StrataNN
import StrataTraining
import Testing

@testable import StrataModels

/// An autoencoder whose decoder plays an adversarial game.
@Suite struct VariationalGANTests {
    /// Each part has a move of its own.
    @Test func everyParameterMovesOnce() throws {
        let model = VariationalGAN(shape: [6, 6], network: Architecture(.conv, channels: [4]), latent: 2)
        guard case .moves(let moves) = model.phases[0].step else { return #expect(Bool(false)) }
        let moved = moves.flatMap { $0.parameters.map(\.name) }
        #expect(moved.count == Set(moved).count && Set(moved) == Set(model.variables.map(\.name)))
        #expect(moves.count == 3 && moves[2].parameters.allSatisfy { !$0.name.hasPrefix("generator") })
    }

    @Test func stripesAreReconstructedAndDrawn() throws {
        let description = VariationalGAN.description
        let data = try Stripes.dataSet()
        let model = try description.build(
            data.spec,
            Hyperparameters(description.hyperparameters, ["hidden": "24", "latent": "2", "reconstruction": "1"]))
        let session = try SmallMachine.session()
        let trainer = try Trainer(
            model: model, optimizer: Optimizer(Adam(beta1: 0.5), learningRate: 0.003), data: data, session: session,
            configuration: TrainingConfiguration(epochs: 150, batchSize: 20, seed: 1))
        var last: [MetricValue] = []
        while let event = try trainer.nextEvent() { if case .epoch(let report) = event { last = report.test } }
        let predictor = try Predictor(model, features: 36, session: session)
        let restored = try predictor.reconstruct(data.test.values(0..<6))
        for row in 0..<6 {
            #expect(Stripes.isOfRows(restored[36 * row..<36 * row + 36]) == row.isMultiple(of: 2), "\(last)")
        }
        let samples = try predictor.sample(40, seed: 2)
        let rows = (0..<40).filter { Stripes.isOfRows(samples[36 * $0..<36 * $0 + 36]) }.count
        #expect(rows > 4 && rows < 36, "\(rows) \(last)")
    }
}
