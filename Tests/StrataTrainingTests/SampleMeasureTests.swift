import StrataBackend
import StrataData
import StrataLinearAlgebra
import StrataModels
import StrataReference
import StrataSIMD
import StrataTraining
import Testing

@testable import StrataEvaluation

@Suite struct SampleMeasureTests {
    private let backend = ReferenceBackend(configuration: BackendConfiguration())

    /// Normal numbers, the same on any machine.
    private func normal(_ count: Int, _ width: Int, seed: UInt32, scale: Double = 1, shift: Double = 0) throws -> Codes
    {
        let values = (0..<count * width).map { place -> Float in
            let words = Threefry.block(key: (seed, 9), counter: (UInt32(place), 0))
            let radius = (-2 * logarithm(1 - Double(Threefry.uniform(words.0)))).squareRoot()
            return Float(radius * cosineOf(2 * .pi * Double(Threefry.uniform(words.1))) * scale + shift)
        }
        return try Codes(values, width: width)
    }

    /// Of diagonal covariances the trace is Σ (σ − σ')², of any two that commute; and for a covariance with correlation
    /// ρ against none: 2 + 2 − 2 (√(1 + ρ) + √(1 − ρ)).
    @Test func traceOfCovariances() {
        let a = Matrix(rows: 2, columns: 2, elements: [4, 0, 0, 9])
        let b = Matrix(rows: 2, columns: 2, elements: [1, 0, 0, 16])
        #expect(abs(FrechetDistance.trace(a, b) - 2) < 1e-12)
        let c = Matrix(rows: 2, columns: 2, elements: [1, 0.6, 0.6, 1])
        let one = Matrix(rows: 2, columns: 2, elements: [1, 0, 0, 1])
        let expected = 4 - 2 * (1.6.squareRoot() + 0.4.squareRoot())
        #expect(abs(FrechetDistance.trace(c, one) - expected) < 1e-12)
        #expect(abs(FrechetDistance.trace(one, c) - expected) < 1e-12)
        // Two that do not commute: the root of [4 0; 0 9] [1 .6; .6 1] has the trace √(tr + 2 √det).
        let cross = (13 + 2 * (36 * 0.64).squareRoot()).squareRoot()
        #expect(abs(FrechetDistance.trace(a, c) - (13 + 2 - 2 * cross)) < 1e-12)
    }

    /// What the sets' own moments say, wherever they lie.
    @Test(arguments: [0.0, 1e4]) func frechetDistanceIsThatOfTheMoments(_ offset: Double) throws {
        let values: [Float] = [-1, -2, 1, 2, -1, 2, 1, -2]
        func moved(_ by: Double) throws -> Codes { try Codes(values.map { Float(Double($0) + offset + by) }, width: 2) }
        // The same covariance, each number 3 further.
        let distance = try FrechetDistance.between(moved(0), moved(3), backend: backend)
        #expect(abs(distance - 18) < 1e-5, "\(distance)")
        // Means 0, variances 4/3 and 16/3 against four times as much: (σ − 2 σ)².
        let doubled = try Codes(values.map { Float(Double($0) * 2 + offset) }, width: 2)
        let spread = try FrechetDistance.between(moved(0), doubled, backend: backend)
        #expect(abs(spread - 20.0 / 3) < 1e-5, "\(spread)")
    }

    /// Two points against two, by hand: kernel (x y + 1)³ of one number.
    @Test func kernelDistanceByHand() throws {
        let x = try Codes([0, 1], width: 1)
        let y = try Codes([1, 2], width: 1)
        let found = try KernelDistance(x, y, subsets: 3, size: 2, backend: backend)
        // k(0, 1) = 1, k(1, 2) = 27, and between: k(0, ·) = 1 twice, k(1, 1) = 8, k(1, 2) = 27.
        #expect(abs(found.mean - (1 + 27 - 2 * 37.0 / 4)) < 1e-4, "\(found)")
        #expect(found.standardDeviation == nil)
    }

    @Test func kernelDistanceOfEqualDistributionsIsAboutZero() throws {
        let (a, b) = (try normal(400, 4, seed: 1), try normal(400, 4, seed: 2))
        let same = try KernelDistance(a, b, subsets: 10, size: 100, backend: backend)
        let other = try KernelDistance(a, normal(400, 4, seed: 2, shift: 1), subsets: 10, size: 100, backend: backend)
        #expect(abs(same.mean) < 3 * (same.standardDeviation ?? 0) && other.mean > 0.5, "\(same) \(other)")
    }

    /// Equal distributions have a density of 1, and with k of 5 among a thousand each a coverage of .96898, with k of 3
    /// among 1,000 and 500 one of .70430.
    @Test(arguments: [(5, 1000, 0.96898), (3, 500, 0.70430)])
    func neighbourhoodsOfEqualDistributions(_ k: Int, _ samples: Int, _ coverage: Double) throws {
        let backend = try SIMDBackend(configuration: BackendConfiguration())
        let found = try Neighbourhoods(
            real: normal(1000, 8, seed: 1), samples: normal(samples, 8, seed: 2), neighbours: k, backend: backend)
        #expect(abs(found.coverage - coverage) < 0.04, "\(found)")
        #expect(abs(found.density - 1) < 0.1, "\(found)")
    }

    /// Samples of one of two far clusters: real, and half of what there is.
    @Test func neighbourhoodsOfHalfOfWhatThereIs() throws {
        let (left, right) = (try normal(60, 2, seed: 1), try normal(60, 2, seed: 2, shift: 100))
        let real = try Codes(left.values + right.values, width: 2)
        let found = try Neighbourhoods(real: real, samples: left, backend: backend)
        #expect(found.precision == 1 && found.coverage == 0.5 && found.recall == 0.5 && found.density > 0.9, "\(found)")
        let far = try Neighbourhoods(real: real, samples: normal(60, 2, seed: 3, shift: -500), backend: backend)
        #expect(far == far && far.precision == 0 && far.recall == 0 && far.density == 0 && far.coverage == 0)
    }

    /// Each example is within a neighbourhood of its own, also of a radius of 0, and wherever they all lie.
    @Test(arguments: [0.0, 1e4]) func neighbourhoodsOfTheSameExamples(_ offset: Double) throws {
        let once = try normal(20, 3, seed: 4, shift: offset)
        let codes = try Codes([[Float]](repeating: once.values, count: 4).flatMap { $0 }, width: 3)
        let found = try Neighbourhoods(real: codes, samples: codes, neighbours: 3, backend: backend)
        #expect(found.precision == 1 && found.recall == 1 && found.coverage == 1, "\(found)")
        // Four copies of each lie in the neighbourhoods, all of radius 0, of four.
        #expect(abs(found.density - 4.0 / 3) < 1e-9, "\(found)")
    }

    /// A generator of one of two equal modes, and of one of ten.
    @Test func curveOfModesThatAreLeftOut() {
        func scores(_ modes: Int) -> (Double, Double) {
            let real = [Double](repeating: 1 / Double(modes), count: modes)
            let curve = PrecisionRecallDistribution(real: real, samples: [1] + [Double](repeating: 0, count: modes - 1))
            return (curve.score(8), curve.score(1 / 8))
        }
        let (two, ten) = (scores(2), scores(10))
        #expect(abs(two.0 - 0.5039) < 5e-4 && abs(two.1 - 0.9848) < 5e-4, "\(two)")
        #expect(abs(ten.0 - 0.1014) < 5e-4 && abs(ten.1 - 0.8775) < 5e-4, "\(ten)")
        let same = PrecisionRecallDistribution(real: [0.25, 0.75], samples: [0.25, 0.75])
        #expect(same.score(8) > 0.999 && same.score(1 / 8) > 0.999)
    }

    /// Within three standard deviations of the centre are 1 − exp(−9/2) of true samples in the plane, 98.889 %.
    @Test(arguments: PlanarMixture.allCases) func trueSamplesCoverTheModes(_ mixture: PlanarMixture) throws {
        let data = try mixture.dataSet(train: 20_000, test: 0)
        let found = try ModeCoverage(Codes(examples: data.train), mixture.modes)
        #expect(found.covered == mixture.modes.count && found.modes == found.covered)
        // Four standard errors.
        let share = try #require(found.highQuality)
        #expect(abs(share - 0.98889) < 4 * (0.98889 * 0.01111 / 20_000).squareRoot(), "\(found)")
        #expect(abs(found.divergence) < 1e-9, "\(found)")
    }

    /// Three modes on a line, by hand.
    @Test func modesAreCountedByHand() throws {
        let modes = GaussianModes(centres: [0, 10, 20], width: 1, standardDeviation: 1)
        // Two at the first mode and one of its far samples, one just within and one just beyond the second.
        let found = try ModeCoverage(Codes([0, -2.9, 4, 13, 13.5], width: 1), modes)
        let share = try #require(found.highQuality)
        #expect(found.covered == 2 && abs(share - 0.6) < 1e-12)
        let expected = 0.6 * logarithm(0.6 * 3) + 0.4 * logarithm(0.4 * 3)
        #expect(abs(found.divergence - expected) < 1e-9, "\(found)")
        let collapsed = try ModeCoverage(Codes([0, 0, 0], width: 1), modes)
        #expect(collapsed.covered == 1 && abs(collapsed.divergence - logarithm(3)) < 1e-9)
        // A mode whose only samples are far is not covered.
        #expect(try ModeCoverage(Codes([0, 25], width: 1), modes).covered == 1)
        #expect(throws: StrataError.self) { try ModeCoverage(Codes([0, 1], width: 2), modes) }
        #expect(throws: StrataError.self) { try ModeCoverage(Codes([], width: 1), modes) }
        #expect(collapsed.measures.map(\.name) == ["modes_covered", "high_quality_samples", "mode_divergence"])
    }

    /// Draws that are as even as they can be have a divergence: 999 / 52,000 in the mean, for 26,000 of 1,000 modes.
    @Test func evenDrawsHaveADivergence() throws {
        let found = try (0..<8).map { try ModeCoverage.uniform(26_000, among: 1000, seed: $0) }
        #expect(found.allSatisfy { $0.covered == 1000 && abs($0.divergence - 0.0192) < 4 * 0.0009 }, "\(found)")
        let mean = found.reduce(0) { $0 + $1.divergence } / 8
        #expect(abs(mean - 0.0192) < 0.0009, "\(mean)")
        #expect(try ModeCoverage.uniform(5, among: 1, seed: 0).divergence == 0)
        #expect(throws: StrataError.self) { try ModeCoverage.uniform(0, among: 3, seed: 0) }
        #expect(throws: StrataError.self) { try ModeCoverage([0, 3], among: 3) }
    }

    /// A classifier of two numbers that takes the place of the greater: samples of four are of one of four modes.
    @Test func aClassifierTellsModes() throws {
        let model = SupervisedNetwork(features: 2, hidden: [], head: .softmax(classes: 2))
        let session = try SmallMachine.session()
        try session.create(model.variables)
        for (name, values) in [("head.weight", [1, 0, 0, 1]), ("head.bias", [0, 0])] as [(String, [Float])] {
            try values.withUnsafeBytes { try session.writeVariable(name, $0) }
        }
        let classifier = try Predictor(model, features: 2, session: session)
        #expect(try classifier.classes(of: [1, 0, 0, 1, 3, 2]).classes == [0, 1, 0])
        let samples: [Float] = [1, 0, 1, 0, 1, 0, 2, 1, 0, 1, 1, 0]
        let found = try ModeCoverage(samples, width: 4, by: classifier)
        #expect(found.modes == 4 && found.covered == 2 && found.highQuality == nil)
        let expected = 2.0 / 3 * logarithm(8.0 / 3) + 1.0 / 3 * logarithm(4.0 / 3)
        #expect(abs(found.divergence - expected) < 1e-9, "\(found)")
        #expect(found.measures.map(\.name) == ["modes_covered", "mode_divergence"])
        #expect(try ModeCoverage(samples, width: 2, by: classifier).modes == 2)
        #expect(throws: StrataError.self) { try ModeCoverage(samples, width: 3, by: classifier) }
        #expect(throws: StrataError.self) { try ModeCoverage([], width: 4, by: classifier) }
        let regressor = SupervisedNetwork(features: 2, hidden: [], head: .regression(targets: 2))
        let other = try Predictor(regressor, features: 2, session: SmallMachine.session())
        #expect(throws: StrataError.self) { try ModeCoverage(samples, width: 4, by: other) }
    }

    @Test func whatCannotBeComparedIsTold() throws {
        let (a, b) = (try normal(30, 2, seed: 1), try normal(30, 3, seed: 2))
        #expect(throws: StrataError.self) { try FrechetDistance.between(a, b, backend: backend) }
        #expect(throws: StrataError.self) { try KernelDistance(a, b, backend: backend) }
        #expect(throws: StrataError.self) { try Neighbourhoods(real: a, samples: b, backend: backend) }
        #expect(throws: StrataError.self) { try Neighbourhoods(real: a, samples: a, neighbours: 30, backend: backend) }
        #expect(throws: StrataError.self) {
            try SampleMeasures.all(real: a, samples: normal(20, 2, seed: 3), backend: backend)
        }
        let all = try SampleMeasures.all(real: a, samples: normal(40, 2, seed: 3), backend: backend)
        #expect(
            all.count == 8 && all.allSatisfy { $0.value.isFinite && $0.standardError == nil }, "too few for an error")
    }

    /// Of a mean, the jackknife's is the standard error that everybody knows.
    @Test func standardErrorOfAMean() {
        let values = [1.0, 4, 4, 7, 9]
        let others = values.map { (25 - $0) / 4 }
        let variance = values.reduce(0) { $0 + ($1 - 5) * ($1 - 5) } / 4
        #expect(abs(SampleMeasures.standardError(of: others) - (variance / 5).squareRoot()) < 1e-12)
    }

    /// A tenth more than the mean of nine others: about as far off as it says.
    @Test func measuresTellHowFarTheyMayBeOff() throws {
        let backend = try SIMDBackend(configuration: BackendConfiguration())
        let found = try (UInt32(1)...12).map { seed in
            try SampleMeasures.all(
                real: normal(200, 4, seed: 2 * seed), samples: normal(200, 4, seed: 2 * seed + 1, shift: 0.5),
                backend: backend)
        }
        for (place, measure) in found[0].enumerated() where !measure.name.hasPrefix("prd") {
            let values = found.map { $0[place].value }
            let mean = values.reduce(0, +) / 12
            let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 11).squareRoot()
            let told = found.compactMap { $0[place].standardError }.reduce(0, +) / 12
            #expect(told > deviation / 3 && told < deviation * 3, "\(measure.name): \(deviation), told \(told)")
        }
    }
}
