import StrataBackend
import StrataModels
import StrataNN
import StrataSIMD
import Testing

@testable import StrataEvaluation

/// What samples are worth to a classifier.
@Suite struct AugmentationTests {
    private func contestant(
        _ name: String, _ settings: [String: String], steps: Int = 40
    ) throws -> Contestant {
        let description = try Zoo.builtIn[name]
        return .init(description, try Hyperparameters(description.hyperparameters, settings), steps: steps)
    }

    private func outcomes(
        sampler: [String: String] = ["conditional": "true", "hidden": "8", "latent": "2"], labels: Int = 6,
        copies: Int = 2, seeds: [UInt32] = [0, 1]
    ) throws -> [AugmentationExperiment.Outcome] {
        let experiment = AugmentationExperiment(
            sampler: try contestant("vae", sampler), classifier: try contestant("classifier", ["hidden": "8"]),
            labels: labels, copies: copies, seeds: seeds)
        var outcomes: [AugmentationExperiment.Outcome] = []
        try experiment.run(on: Stripes.dataSet(), backend: SIMDBackend(configuration: BackendConfiguration())) {
            outcomes.append($0)
            return outcomes.count < 3
        }
        return outcomes
    }

    @Test func eachSeedHasAPair() throws {
        let found = try outcomes()
        #expect(found.map(\.seed) == [0, 1])
        // Rows are easily told from columns, even by so few examples.
        #expect(found.allSatisfy { $0.alone > 0.6 && $0.augmented > 0.6 }, "\(found)")
        #expect(try outcomes() == found)
        // It stops where it is told to.
        #expect(try outcomes(seeds: [0, 1, 2, 3, 4]).count == 3)
    }

    @Test func whatCannotBeIsTold() throws {
        func kind(_ body: @autoclosure () throws -> Any) throws -> StrataError.Kind {
            try #require(throws: StrataError.self) { _ = try body() }.kind
        }
        #expect(try kind(outcomes(sampler: ["hidden": "8"])) == .unsupported)
        #expect(try kind(outcomes(labels: 0)) == .usage)
        #expect(try kind(outcomes(copies: 0)) == .usage)
    }

    /// Differences .1, .2 and .3: a standard error of .0577, and 4.303 of it to either side.
    @Test func intervalsAreOfPairs() throws {
        let means = AugmentationExperiment.means(of: [
            .init(seed: 0, alone: 0.5, augmented: 0.6), .init(seed: 1, alone: 0.2, augmented: 0.4),
            .init(seed: 2, alone: 0.4, augmented: 0.7),
        ])
        let margin = try #require(means.gain.margin)
        #expect(abs(means.gain.value - 0.2) < 1e-12 && abs(margin - 0.2484) < 1e-4)
        #expect(abs(means.alone.value - 1.1 / 3) < 1e-12)
        #expect(MeanOverSeeds([0.5]).margin == nil)
        for (freedom, quantile) in [(1, 12.706), (10, 2.228), (11, 2.201), (20, 2.086), (100, 1.984), (10_000, 1.960)] {
            #expect(abs(StudentT.quantile(freedom: freedom) - quantile) < 6e-4, "\(freedom)")
        }
    }
}
