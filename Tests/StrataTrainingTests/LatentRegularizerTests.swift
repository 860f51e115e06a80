import StrataBackend
import StrataCompiler
import StrataGraph
import StrataSIMD
import Testing

@testable import StrataModels

/// What keeps latent dimensions independent, where it is known in closed form.
@Suite struct LatentRegularizerTests {
    private let key = SmallMachine.key

    private func values(_ tensors: [Tensor], step: Int32 = 1) throws -> [[Double]] {
        let session = try SmallMachine.session()
        let function = try session.prepare(Graph(outputs: tensors.enumerated().map { ("\($0)", $1) }))
        if function.inputNames.contains(Session.keyName) { try function.write(Session.keyName, [7, step]) }
        try function.run()
        return try tensors.indices.map { try function.read("\($0)").map(Double.init) }
    }

    private func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }

    /// Posteriors whose aggregate is Gaussian with unit variances and a correlation, or nearly, of so many examples.
    private func correlated(_ rho: Float, count: Int, variance: Float = 0.05) -> DiagonalGaussian {
        let noise = key.named("means").normal([count, 2])
        // Means of covariance [[1 − s², ρ], [ρ, 1 − s²]].
        let (along, across) = ((1 - variance + rho).squareRoot(), (1 - variance - rho).squareRoot())
        let (a, b) = (noise.slice(0..<1, axis: 1) * along, noise.slice(1..<2, axis: 1) * across)
        let mean = Tensor.concatenate([a + b, a - b], axis: 1) * Float(0.5).squareRoot()
        return DiagonalGaussian(mean: mean, logVariance: .constant(Float(logarithm(Double(variance))), [count, 2]))
    }

    private func aggregate(
        _ posterior: DiagonalGaussian, examples: Int, estimator: AggregatePosterior.Estimator = .stratified
    ) -> (aggregate: AggregatePosterior, codes: Tensor) {
        let codes = posterior.draw(key.named("codes").normal(posterior.mean.shape))
        return (AggregatePosterior(posterior, at: codes, examples: examples, estimator: estimator), codes)
    }

    /// `I(x; z) + KL(q(z) ‖ Π q(z_j)) + Σ KL(q(z_j) ‖ p(z_j)) = E log q(z | x) − log p(z)`, whatever the estimator.
    @Test(arguments: AggregatePosterior.Estimator.allCases)
    func thePartsAddUpToTheDivergence(_ estimator: AggregatePosterior.Estimator) throws {
        let posterior = correlated(0.6, count: 40)
        let (aggregate, codes) = aggregate(posterior, examples: 1000, estimator: estimator)
        let prior = StandardNormal(latent: 2)
        let parts =
            aggregate.mutualInformation + aggregate.totalCorrelation
            + aggregate.dimensionDivergence(from: prior, at: codes)
        let found = try values([parts, posterior.logDensity(codes) - prior.logDensity(codes)])
        for (sum, whole) in zip(found[0], found[1]) { #expect(abs(sum - whole) < 1e-4) }
    }

    /// −½ log(1 − ρ²) of a Gaussian, from all examples at once.
    @Test(arguments: [(0.9, 0.83037), (0.5, 0.14384), (0, 0)])
    func theTotalCorrelationOfAGaussian(_ rho: Float, _ exact: Double) throws {
        let (aggregate, _) = aggregate(correlated(rho, count: 1500), examples: 1500)
        let found = mean(try values([aggregate.totalCorrelation])[0])
        #expect(abs(found - exact) < 0.04, "\(found)")
    }

    /// Batches of few of the examples say the same, as the estimate of a density is unbiased and its weights add up to 1.
    @Test func batchesStandForAllExamples() throws {
        for (rho, exact) in [(0, 0), (0.9, 0.83037)] as [(Float, Double)] {
            let found = try (1...4).map { step -> Double in
                let (aggregate, _) = aggregate(correlated(rho, count: 300, variance: 0.09), examples: 100_000)
                return mean(try values([aggregate.totalCorrelation], step: Int32(step))[0])
            }
            #expect(abs(mean(found) - exact) < 0.1, "\(rho): \(found)")
        }
    }

    /// Two examples of three: by hand, q̂(z) = 1/3 q(z | own) + 2/3 q(z | other); weighted, 1/6 of each.
    @Test func theWeightsOfExamples() throws {
        for (batch, examples) in [(1, 1), (1, 9), (2, 3), (5, 5), (4, 100)] {
            let weights = try values([
                AggregatePosterior.Estimator.stratified.logWeights(batch, of: examples),
                AggregatePosterior.Estimator.weighted.logWeights(batch, of: examples),
            ])
            for row in 0..<batch {
                let own = exponential(weights[0][row * batch + row])
                let sum = (0..<batch).reduce(0) { $0 + exponential(weights[0][row * batch + $1]) }
                #expect(abs(own - 1 / Double(max(examples, 2))) < 1e-6)
                if batch > 1 { #expect(abs(sum - 1) < 1e-5) }
            }
            for weight in weights[1] {
                #expect(abs(exponential(weight) - 1 / Double(batch * max(examples, 2))) < 1e-6)
            }
        }
        let posterior = DiagonalGaussian(
            mean: .literal([0, 1] as [Float], [2, 1]), logVariance: .literal([0, 0] as [Float], [2, 1]))
        let codes = Tensor.literal([0.5, -1] as [Float], [2, 1])
        let found = try values([
            AggregatePosterior(posterior, at: codes, examples: 3).mutualInformation,
            AggregatePosterior(posterior, at: codes, examples: 3, estimator: .weighted).mutualInformation,
        ])
        // Densities but for a factor that cancels: of 0.5 both e^(−1/8), of −1 e^(−2) under its own and e^(−1/2).
        let own = -logarithm(1.0 / 3 + 2.0 / 3 * exponential(1.5))
        #expect(abs(found[0][0]) < 1e-5 && abs(found[0][1] - own) < 1e-5, "\(found)")
        let weighted = [-logarithm(1.0 / 3), -logarithm((1 + exponential(1.5)) / 6)]
        for (a, b) in zip(found[1], weighted) { #expect(abs(a - b) < 1e-5, "\(found)") }
    }

    /// Each dimension keeps its numbers, and the dimensions part.
    @Test func shufflingKeepsMarginals() throws {
        let column = (0..<50).map(Float.init)
        let table = Tensor.literal(column.flatMap { [$0, $0, $0] }, [50, 3])
        let found = try values([table.shuffledColumns(key)])[0]
        let columns = (0..<3).map { place in (0..<50).map { found[3 * $0 + place] } }
        for shuffled in columns { #expect(shuffled.sorted() == column.map(Double.init)) }
        #expect(columns[0] != columns[1] && columns[1] != columns[2] && columns[0] != column.map(Double.init))
    }

    /// A discriminator that knows the density ratio of a Gaussian gives its total correlation, and the penalty's weight.
    @Test func theDensityRatioLearnsTheTotalCorrelation() throws {
        let penalty = DensityRatioPenalty(latent: 2, weight: 4, hidden: [32])
        let session = try SmallMachine.session()
        try session.create(penalty.discriminator.variables)
        let posterior = correlated(0.9, count: 500, variance: 0.05)
        let prior = StandardNormal(latent: 2)
        let move = try #require(
            penalty.moves { _, context in posterior.draw(context.key.named("new").normal([500, 2])).stopGradient() }
                .first)
        #expect(move.optimizer != nil && move.parameters.map(\.name) == penalty.discriminator.parameters.map(\.name))
        let objective = move.objective(
            Batch(examples: .constant(0, [500, 1])), StepContext(key: key, step: .constant(1)))
        let loss = try #require(objective.loss).mean
        let slopes = gradient(of: loss, withRespectTo: move.parameters.map(\.tensor))
        // Full of faith in its gradient: the optimizer's own rate takes thousands of steps.
        let step = try session.prepare(
            Graph(outputs: [], updates: zip(move.parameters, slopes).map { ($0, $0.tensor - $1 * 0.5) }))
        for number in 1...1500 {
            try step.write(Session.keyName, [7, Int32(number)] as [Int32])
            try step.run()
        }
        let codes = posterior.draw(key.named("codes").normal([500, 2]))
        let (value, metrics) = penalty.penalty(posterior, at: codes, prior: prior)
        let function = try session.prepare(
            Graph(outputs: [("value", value), ("ratio", metrics[0].mean)]))
        try function.write(Session.keyName, [7, 9999] as [Int32])
        try function.run()
        let (weighted, ratio) = (try function.read("value")[0], try function.read("ratio")[0])
        #expect(metrics[0].name == "total_correlation" && abs(weighted - 4 * ratio) < 1e-4)
        #expect(abs(ratio - 0.83037) < 0.15, "\(ratio)")
    }

    /// Means (1, 2), (−1, −2), (3, 0), (−3, 0): covariances 5, 2 and 1 between, by hand; variances 0.5 and 2 besides.
    @Test func momentsByHand() throws {
        let posterior = DiagonalGaussian(
            mean: .literal([1, 2, -1, -2, 3, 0, -3, 0] as [Float], [4, 2]),
            logVariance: Tensor.literal([Float(logarithm(0.5)), Float(logarithm(2))], [2]).broadcast(
                to: [4, 2], axes: [1]))
        func penalty(_ codes: MomentPenalty.Codes) throws -> [Double] {
            let (value, metrics) = MomentPenalty(codes, weight: 10, diagonalWeight: 3).penalty(
                posterior, at: posterior.mean, prior: StandardNormal(latent: 2))
            return try values([value] + metrics.map(\.mean)).map { $0[0] }
        }
        let (means, draws) = (try penalty(.means), try penalty(.draws))
        for (found, exact) in zip(means, [10 * 2 + 3 * 17, 2, 17] as [Double]) {
            #expect(abs(found - exact) < 1e-4, "\(means)")
        }
        let excess = 4.5 * 4.5 + 9.0
        for (found, exact) in zip(draws, [10 * 2 + 3 * excess, 2, excess] as [Double]) {
            #expect(abs(found - exact) < 1e-4, "\(draws)")
        }
    }
}
