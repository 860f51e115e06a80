import StrataBackend
import StrataCompiler
import StrataGraph
import StrataNN
import StrataTraining
import Testing

@testable import StrataModels

/// Codes of several levels.
@Suite struct LadderAutoencoderTests {
    private let network = Architecture(hidden: [4], activation: .tanh, initialization: .standard)

    private func read(_ tensors: [Tensor], _ session: Session, step: Int32 = 1) throws -> [[Double]] {
        let function = try session.prepare(Graph(outputs: tensors.enumerated().map { ("\($0)", $1) }))
        if function.inputNames.contains(Session.keyName) { try function.write(Session.keyName, [7, step]) }
        try function.run()
        return try tensors.indices.map { try function.read("\($0)").map(Double.init) }
    }

    private func gaussian(_ mean: Float, _ variance: Double) -> DiagonalGaussian {
        DiagonalGaussian(mean: .constant(mean, [1, 1]), logVariance: .constant(Float(logarithm(variance)), [1, 1]))
    }

    /// Of N(1, 1) and N(3, 1/3): precisions 1 and 3, so N(2.5, 1/4). KL(N(1, 4) ‖ N(3, 2)) = ½ (2 + 2 + log ½ − 1).
    @Test func productsAndDivergencesOfGaussians() throws {
        let product = gaussian(1, 1).product(gaussian(3, 1.0 / 3))
        let found = try read(
            [product.mean, product.logVariance, gaussian(1, 4).divergence(from: gaussian(3, 2))],
            SmallMachine.session())
        for (value, exact) in zip(found, [2.5, logarithm(0.25), 0.5 * (3 - logarithm(2))]) {
            #expect(abs(value[0] - exact) < 1e-5)
        }
        // Where one is far wider, the other stays; nothing overflows.
        let narrow = gaussian(2, 1e-30).product(gaussian(-5, 1e30))
        #expect(try read([narrow.mean], SmallMachine.session())[0] == [2])
    }

    /// A single level is the variational autoencoder of the same weights, draw by draw.
    @Test func aSingleLevelIsTheVariationalAutoencoder() throws {
        let ladder = LadderAutoencoder(shape: [5], network: network, latent: [2])
        let plain = VariationalAutoencoder(shape: [5], network: network, latent: 2)
        #expect(Set(ladder.variables.map(\.name)) == Set(plain.variables.map(\.name)))
        let session = try SmallMachine.session()
        try SmallMachine.scatter(plain.variables, in: session)
        let batch = Batch(examples: .literal([0, 1, 1, 0, 1, 1, 1, 0, 0, 0.5] as [Float], [2, 5]))
        for draws in [1, 3] {
            let weights = [ladder, plain].map { (model: any ImportanceSampledModel) in
                model.logWeights(batch, draws: draws, key: SmallMachine.key)
            }
            let found = try read(weights + [ladder.encode(batch.examples), plain.encode(batch.examples)], session)
            #expect(found[0].count == 2 * draws)
            for (a, b) in zip(found[0] + found[2], found[1] + found[3]) { #expect(abs(a - b) < 1e-4 * abs(b)) }
        }
    }

    /// Weights of importance average to the probability of an example; those of all examples add up to 1.
    @Test(arguments: [[2], [2, 1], [3, 2, 1]]) func probabilitiesAddUpToOne(_ latent: [Int]) throws {
        let model = LadderAutoencoder(shape: [3], network: network, latent: latent, hidden: 3)
        let session = try SmallMachine.session()
        try session.create(model.variables)
        let batch = Batch(examples: .literal(SmallMachine.allStates(3), [8, 3]))
        let draws = 20_000
        let logWeights = model.logWeights(batch, draws: draws, key: SmallMachine.key)
        let weights = logWeights.exponential()
        let found = try read([weights.mean([0]), (weights.squared().mean([0]))], session)
        let sum = found[0].reduce(0, +)
        let error = (zip(found[1], found[0]).reduce(0) { $0 + $1.0 - $1.1 * $1.1 } / Double(draws)).squareRoot()
        #expect(abs(sum - 1) < 5 * error + 1e-4 && error < 0.1, "\(sum) ± \(error)")
    }

    /// The bound is the mean of the weights of single draws, and its divergence that of the levels together.
    @Test func theBoundIsThatOfItsWeights() throws {
        let model = LadderAutoencoder(shape: [3], network: network, latent: [2, 1], hidden: 3)
        let session = try SmallMachine.session()
        try SmallMachine.scatter(model.variables, in: session)
        let batch = Batch(
            examples: .literal((0..<4000).flatMap { _ in [1, 0, 1] as [Float] }, [4000, 3]))
        let metrics = model.evaluation(batch, key: SmallMachine.key)
        let names = metrics.map(\.name)
        #expect(
            names == [
                "elbo", "reconstruction_log_likelihood", "kl_divergence", "kl_divergence_1", "kl_divergence_2",
            ])
        let found = try read(
            metrics.map(\.mean) + [model.logWeights(batch, draws: 1, key: SmallMachine.key).mean()], session
        ).map { $0[0] }
        #expect(abs(found[0] - found[5]) < 0.1 * abs(found[0]), "\(found)")
        #expect(abs(found[3] + found[4] - found[2]) < 1e-3 * found[2] && found[3] > 0 && found[4] > 0, "\(found)")
    }

    /// A code leads back to the example's latent variables, and standard normal codes to samples of both kinds.
    @Test func stripesAreLearned() throws {
        let description = LadderAutoencoder.description
        let model = try description.build(
            Stripes.dataSet().spec,
            Hyperparameters(description.hyperparameters, ["hidden": "12", "latent": "3,2", "between": "8"]))
        let session = try SmallMachine.session()
        let trainer = try Trainer(
            model: model, optimizer: .adam(0.01), data: Stripes.dataSet(), session: session,
            configuration: TrainingConfiguration(epochs: 60, batchSize: 20, seed: 1))
        while try trainer.nextEvent() != nil {}
        let predictor = try Predictor(model, features: 36, session: session)
        let (codes, size) = try predictor.encode(Stripes.dataSet().test.values(0..<6))
        #expect(size == 5)
        let restored = try predictor.decode(codes)
        for row in 0..<6 {
            #expect(Stripes.isOfRows(restored[36 * row..<36 * row + 36]) == row.isMultiple(of: 2))
        }
        let samples = try predictor.sample(40, seed: 2)
        let rows = (0..<40).filter { Stripes.isOfRows(samples[36 * $0..<36 * $0 + 36]) }.count
        #expect(rows > 5 && rows < 35, "\(rows)")
    }
}
