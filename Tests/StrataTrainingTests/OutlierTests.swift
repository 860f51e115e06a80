import Foundation
import StrataBackend
import StrataData
import StrataGraph
import StrataModels
import StrataNN
import StrataTraining
import Testing

@testable import StrataEvaluation

/// Scores that tell outliers, and how well they do.
@Suite struct OutlierTests {
    /// p(z) = N(0, 1), p(x | z) = N(z, 1), and a posterior that has learned nothing: N(0, 1) whatever the example.
    private struct Ignorant: GaussianPosteriorModel, LikelihoodModel {
        var variables: [StateVariable] { [] }
        var criterion: Criterion { .maximize("elbo") }
        var phases: [TrainingPhase] { [] }
        var latentDimensions: Int { 1 }
        var logLikelihood: LogLikelihood? { LogLikelihood("elbo", .lowerBound) }

        /// E log p(x | z) with z standard normal; the divergence is 0.
        func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
            [Metric("elbo", ((batch.examples.squared().sum([1]) + 1) + Float(log(2 * Double.pi))) * -0.5)]
        }
        func posterior(_ batch: Batch) -> DiagonalGaussian {
            DiagonalGaussian(mean: batch.examples * 0, logVariance: batch.examples * 0)
        }
        func priorCodes(_ count: Int, key: RandomKey) -> Tensor { key.normal([count, 1]) }
        func logPrior(_ codes: Tensor) -> Tensor { density(codes) }
        func logLikelihood(_ batch: Batch, given codes: Tensor) -> Tensor {
            let draws = codes.shape[0] / batch.count
            let rows = batch.examples.broadcast(to: [draws, batch.count, 1], axes: [1, 2]).reshape(codes.shape)
            return density(rows - codes)
        }
        func examples(given codes: Tensor, labels: Tensor?, key: RandomKey) -> Tensor? { nil }
        func logWeights(_ batch: Batch, draws: Int, key: RandomKey) -> Tensor {
            let codes = key.normal([draws * batch.count, 1])
            return logLikelihood(batch, given: codes).reshape([draws, batch.count])
        }
        private func density(_ values: Tensor) -> Tensor {
            (values.squared() + Float(log(2 * Double.pi))).sum([1]) * -0.5
        }
    }

    private func detection(_ model: any Model, _ known: [Float], width: Int) throws -> OutlierDetection {
        let split = try DataSplit(
            dtype: .float32, exampleShape: [width], bytes: known.withUnsafeBytes(Array.init),
            count: known.count / width)
        return try OutlierDetection(
            Predictor(model, features: width, session: SmallMachine.session()), known: split)
    }

    /// The best posterior is N(x/2, ½), whose bound is log N(x; 0, 2): the regret is x²/4 + ½ − ½ log 2.
    @Test func theRegretOfAnIgnorantPosterior() throws {
        let predictor = try Predictor(Ignorant(), features: 1, session: SmallMachine.session())
        let examples: [Float] = [0, 0.5, -1, 3]
        let regrets = try LikelihoodRegret(steps: 300, draws: 2000)(predictor, examples, seed: 3)
        for (x, regret) in zip(examples, regrets) {
            let exact = Double(x * x) / 4 + 0.5 - 0.5 * log(2.0)
            #expect(abs(regret - exact) < 0.06 + 0.05 * exact, "\(x) \(regret) \(exact)")
        }
        #expect(try LikelihoodRegret(steps: 300, draws: 2000)(predictor, examples, seed: 3) == regrets)
        #expect(throws: StrataError.self) { try LikelihoodRegret(steps: 0)(predictor, examples) }
    }

    @Test func likelihoodsAndWhatFollowsFromThem() throws {
        let known: [Float] = [1, -1, 1, -1]
        let detection = try detection(Ignorant(), known, width: 1)
        detection.background = detection.predictor
        let found = try detection.scores(of: [[0, 2]])[0]
        func values(_ name: String) -> [Double] { found.first { $0.name == name }?.values ?? [] }
        // −ELBO = ½ (x² + 1 + log 2π).
        let bound = [0.0, 2].map { 0.5 * ($0 * $0 + 1 + log(2 * Double.pi)) }
        for (a, b) in zip(values("negative_log_likelihood"), bound) { #expect(abs(a - b) < 1e-5) }
        // Those of training are of x² = 1.
        for (a, b) in zip(values("typicality"), [0.5, 1.5]) { #expect(abs(a - b) < 1e-5) }
        for value in values("likelihood_ratio") { #expect(abs(value) < 1e-6) }
        // Importance sampling from the prior is tighter, and log N(x; 0, 2) the limit.
        for (a, (x, b)) in zip(values("negative_importance_weighted_bound"), zip([0.0, 2], bound)) {
            #expect(a < b && a > 0.5 * log(4 * Double.pi) + x * x / 4 - 0.7)
        }
        // Numbers are no images, and the model has neither a code nor classes.
        #expect(Set(found.map(\.name)).isDisjoint(with: ["compressed_size", "mahalanobis", "energy", "free_energy"]))
        for (a, b) in zip(values("brightness"), [0.0, 2]) { #expect(a == b) }
        let failures: [([String], StrataError.Kind)] = [(["mahalanobis"], .unsupported), (["brightnes"], .usage)]
        for (names, kind) in failures {
            let error = #expect(throws: StrataError.self) { try detection.scores(of: [[0]], names) }
            #expect(error?.kind == kind)
        }
    }

    /// Of 9 pairs an outlier wins 5 and ties 4, by hand.
    @Test func separationOfTies() throws {
        let found = try #require(RankedSeparation(inliers: [1, 2, 3], outliers: [2, 3, 4]))
        #expect(abs(found.area - 7.0 / 9) < 1e-12)
        // ½, 5/6 and 1 are the shares of inliers below each outlier, and of outliers above each inlier: variance 7/108.
        #expect(abs(found.standardError - (7.0 / 108 / 3 * 2).squareRoot()) < 1e-12)
        // Thresholds 4, 3 and 2 find one more each, with precisions 1, 2/3 and 3/5.
        #expect(abs(found.averagePrecision - (1 + 2.0 / 3 + 0.6) / 3) < 1e-12)
        // All inliers have to be accepted, and 4 alone is above them.
        #expect(abs(found.missed - 2.0 / 3) < 1e-12)
        let perfect = try #require(RankedSeparation(inliers: [0, 1], outliers: [2, 3]))
        #expect(perfect.area == 1 && perfect.averagePrecision == 1 && perfect.missed == 0)
        #expect(try #require(RankedSeparation(inliers: [5, 5], outliers: [5])).area == 0.5)
        #expect(RankedSeparation(inliers: [], outliers: [1]) == nil)
        #expect(RankedSeparation(inliers: [.nan], outliers: [1]) == nil)
    }

    /// Of two normal distributions √2 apart the area is Φ(1) = .8413, and the interval holds it about as often as it says.
    @Test func intervalsHoldTheArea() throws {
        var (held, mean) = (0, 0.0)
        for round in 0..<100 {
            var draws = Draws(seed: UInt32(round), stream: 5)
            let inliers = (0..<60).map { _ in draws.normal() }
            let outliers = (0..<80).map { _ in draws.normal() + 2.0.squareRoot() }
            let found = try #require(RankedSeparation(inliers: inliers, outliers: outliers))
            if found.interval.contains(0.841345) { held += 1 }
            mean += found.area / 100
        }
        #expect(held >= 88 && abs(mean - 0.841345) < 0.01, "\(held) \(mean)")
    }

    @Test func distancesInTheCode() throws {
        var draws = Draws(seed: 1, stream: 6)
        // Standard deviations 3 and ½, and a number that never varies.
        let known = try Codes(
            (0..<4000).flatMap { _ in [Float(draws.normal() * 3), Float(draws.normal() / 2) + 1, 7] }, width: 3)
        let backend = try SmallMachine.session().backend
        let distance = try CodeDistance.mahalanobis(known, backend: backend)
        let found = try distance(Codes([0, 1, 7, 6, 1, 7, 0, 2, 7, 0, 1, 9], width: 3))
        for (value, exact) in zip(found, [0.0, 4, 4, 0]) { #expect(abs(value - exact) < 0.25, "\(found)") }
        let near = try CodeDistance.nearest(
            Codes([0, 0, 1, 0, 3, 0], width: 2), neighbours: 2, backend: backend)
        #expect(try near(Codes([0, 0, 3, 4], width: 2)) == [1, 20.0.squareRoot()])
    }

    @Test func scoresOfAClassifierAndAnAutoencoder() throws {
        let data = try Stripes.dataSet()
        let description = try Zoo.builtIn["classifier"]
        let contestant = Contestant(
            description, try Hyperparameters(description.hyperparameters, ["hidden": "8"]), steps: 60)
        let session = try SmallMachine.session()
        let trainer = try contestant.trained(on: data, session, 0)
        let features = data.exampleShape.elementCount
        let detection = try OutlierDetection(
            Predictor(trainer.model, features: features, session: session), known: data.train)
        let inliers = try data.test.values(0..<data.test.count)
        // Checkerboards are neither rows nor columns.
        var outliers: [Float] = []
        for row in 0..<20 {
            let light = 0.5 + Float(row) / 40
            for pixel in 0..<features { outliers.append((pixel + pixel / 6 + row) % 2 == 0 ? 0 : light) }
        }
        let outcomes = try detection.compare(inliers: inliers, outliers: outliers)
        #expect(
            outcomes.map(\.name) == [
                "energy", "uncertainty", "mahalanobis", "nearest_neighbours", "brightness", "brightness_typicality",
            ])
        #expect(outcomes.allSatisfy { (0...1).contains($0.separation.area) })
        let known = try #require(outcomes.first { $0.name == "nearest_neighbours" })
        #expect(known.separation.area > 0.8, "\(outcomes)")
        #expect(try detection.compare(inliers: inliers, outliers: outliers) == outcomes)
    }
}
