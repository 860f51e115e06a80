import StrataBackend
import StrataCompiler
import StrataGraph
import StrataReference
import Testing

@testable import StrataModels

/// Bounds on log p(x) and what training descends on, where both are known in closed form.
@Suite struct VariationalBoundTests {
    private let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 3)

    private func values(_ tensors: [Tensor]) throws -> [[Double]] {
        let function = try session.prepare(Graph(outputs: tensors.enumerated().map { ("\($0)", $1) }))
        if function.inputNames.contains("key") { try function.write("key", [7, 1] as [Int32]) }
        try function.run()
        return try tensors.indices.map { try function.read("\($0)").map(Double.init) }
    }

    private func values(_ tensor: Tensor) throws -> [Double] { try values([tensor])[0] }

    // MARK: The importance-weighted bound

    /// z ~ N(0, 1), x given z ~ N(z, 1), proposals from N(0, 1), x = 1: log p(x | z).
    private static func logWeight(_ z: Double) -> Float {
        Float(-0.5 * (logarithm(2 * Double.pi) + (1 - z) * (1 - z)))
    }

    /// One draw and two, by quadrature.
    @Test func oneDrawAndTwo() throws {
        let nodes = (-60...60).map { Double($0) / 10 }
        let masses = nodes.map { exponential(-0.5 * $0 * $0) / (2 * Double.pi).squareRoot() * 0.1 }
        let one = try values(
            VariationalBound.importanceWeighted(.literal(nodes.map(Self.logWeight), [1, nodes.count])))
        #expect(abs(zip(one, masses).reduce(0) { $0 + $1.0 * $1.1 } - -1.91894) < 2e-5)
        let pairs = nodes.flatMap { first in nodes.map { (first, $0) } }
        let weights = pairs.map { Self.logWeight($0.0) } + pairs.map { Self.logWeight($0.1) }
        let two = try values(VariationalBound.importanceWeighted(.literal(weights, [2, pairs.count])))
        let mean = zip(two, masses.flatMap { first in masses.map { first * $0 } }).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(mean - -1.65347) < 2e-5, "\(mean)")
    }

    /// More draws, at the points of a lattice (Korobov 1959), which fill the cube of their probabilities evenly.
    @Test(arguments: [(5, -1.55725), (10, -1.53492), (50, -1.51913)])
    func moreDraws(_ draws: Int, _ bound: Double) throws {
        let points = 2003
        let quantiles = (0..<points).map { Self.logWeight(normalQuantile((Double($0) + 0.5) / Double(points))) }
        var (weights, factor): ([Float], Int) = ([], 1)
        let generator = (0..<37).reduce(1) { power, _ in power * 5 % points }
        for draw in 0..<draws {
            weights += (0..<points).map { quantiles[($0 * factor + draw * 777) % points] }
            factor = factor * generator % points
        }
        let found = try values(VariationalBound.importanceWeighted(.literal(weights, [draws, points])))
        let mean = found.reduce(0, +) / Double(points)
        #expect(abs(mean - bound) < 2e-4, "\(mean)")
    }

    // MARK: Objectives

    /// Divergences of two dimensions for three examples, of means 1 and 0.1.
    private func bound(_ divergences: Tensor) -> VariationalBound {
        VariationalBound(
            draws: 1, posterior: DiagonalGaussian(mean: .constant(0, [3, 2]), logVariance: .constant(0, [3, 2])),
            prior: StandardNormal(latent: 2), drawn: .constant(0, [3, 2]), codes: .constant(0, [3, 2]),
            reconstructions: .literal([-5, -6, -7] as [Float], [3]), divergences: divergences,
            logWeights: .constant(0, [1, 3]))
    }
    private let divergences = Tensor.literal([0.5, 0.1, 1, 0.2, 1.5, 0] as [Float], [3, 2])

    private func loss(_ objective: VariationalObjective, step: Float, _ divergences: Tensor) throws -> Double {
        try values(objective.loss(bound(divergences), step: .constant(step)).mean)[0]
    }

    @Test func betaRisesLinearly() throws {
        #expect(abs(try loss(VariationalObjective(), step: 1, divergences) - 7.1) < 1e-5)
        #expect(abs(try loss(VariationalObjective(beta: 4), step: 1, divergences) - 10.4) < 1e-5)
        let warm = VariationalObjective(beta: 4, warmup: 10)
        for (step, factor) in [(1, 0.4), (5, 2), (10, 4), (11, 4), (1000, 4)] as [(Float, Double)] {
            #expect(abs(try loss(warm, step: step, divergences) - (6 + 1.1 * factor)) < 1e-5, "\(step)")
        }
    }

    @Test func freeBitsAreFreeOnTheirOwn() throws {
        // Dimension 1 costs its mean of 1, the other the 0.3 that it has free; with β both cost twice.
        #expect(abs(try loss(VariationalObjective(freeBits: 0.3), step: 1, divergences) - 7.3) < 1e-5)
        #expect(abs(try loss(VariationalObjective(beta: 2, freeBits: 0.3), step: 1, divergences) - 8.6) < 1e-5)
        // A whole code has so many times its dimensions.
        let whole = divergences.sum([1], keepingAxes: true)
        #expect(abs(try loss(VariationalObjective(freeBits: 0.3), step: 1, whole) - 7.1) < 1e-5)
        #expect(abs(try loss(VariationalObjective(freeBits: 0.7), step: 1, whole) - 7.4) < 1e-5)

        let variable = StateVariable(
            "divergences", [3, 2], initializer: .values(try Literal([0.5, 0.1, 1, 0.2, 1.5, 0] as [Float], [3, 2])))
        let loss = VariationalObjective(freeBits: 0.3).loss(bound(variable.tensor), step: .constant(1)).mean
        let slope = try values(gradient(of: loss, withRespectTo: [variable.tensor])[0])
        for (found, expected) in zip(slope, [1.0 / 3, 0, 1.0 / 3, 0, 1.0 / 3, 0]) {
            #expect(abs(found - expected) < 1e-6)
        }
    }

    // MARK: Doubly reparameterized gradients

    /// q(z) = N(m, exp(v)) and p(x, z) = N(z; 0, 1) N(x; w z, 1) for many examples at once.
    private struct Toy {
        let mean = StateVariable("m", [], initializer: .constant(0.3))
        let logVariance = StateVariable("v", [], initializer: .constant(-0.4))
        let weight = StateVariable("w", [], initializer: .constant(0.8))
        let draws: Int
        let examples: Int

        func bound(x: Float, holding: Bool, key: RandomKey) -> VariationalBound {
            let rows = draws * examples
            let posterior = DiagonalGaussian(
                mean: mean.tensor.broadcast(to: [rows, 1], axes: []),
                logVariance: logVariance.tensor.broadcast(to: [rows, 1], axes: []))
            let drawn = posterior.draw(key.normal([rows, 1]))
            let (codes, proposal) = holding ? (drawn.stopGradient(), posterior.stopped) : (drawn, posterior)
            let decoder = DiagonalGaussian(mean: codes * weight.tensor, logVariance: .constant(0, [rows, 1]))
            let reconstructions = decoder.logDensity(.constant(x, [rows, 1]))
            let logWeights =
                reconstructions + StandardNormal(latent: 1).logDensity(codes) - proposal.logDensity(codes)
            return VariationalBound(
                draws: draws, posterior: posterior, prior: StandardNormal(latent: 1), drawn: drawn, codes: codes,
                reconstructions: reconstructions,
                divergences: .constant(0, [rows, 1]), logWeights: logWeights.reshape([draws, examples]))
        }
    }

    private let key = RandomKey(.input("key", [2], dtype: .int32))

    private func slopes(_ toy: Toy, x: Float, _ gradient: VariationalObjective.GradientEstimator) -> [Tensor] {
        let objective = VariationalObjective(draws: max(toy.draws, 2), gradient: gradient)
        let bound = toy.bound(x: x, holding: gradient == .doublyReparameterized, key: key)
        return StrataGraph.gradient(
            of: objective.loss(bound, step: .constant(1)).mean,
            withRespectTo: [toy.weight, toy.mean, toy.logVariance].map(\.tensor))
    }

    /// On the same draws the decoder has the same gradient; the encoder's agrees in the mean, at less variance.
    @Test func bothEstimatorsHaveOneExpectation() throws {
        let toy = Toy(draws: 4, examples: 20_000)
        let found = try values(slopes(toy, x: 1.5, .standard) + slopes(toy, x: 1.5, .doublyReparameterized))
        #expect(abs(found[0][0] - found[3][0]) < 1e-5)
        #expect(abs(found[1][0] - found[4][0]) < 0.01, "\(found)")
        #expect(abs(found[2][0] - found[5][0]) < 0.01, "\(found)")
        #expect(abs(found[4][0]) > 0.05 && abs(found[5][0]) > 0.02, "\(found)")
    }

    /// With the exact posterior all weights are equal, and nothing is left of the noise.
    @Test func nothingPullsAtTheExactPosterior() throws {
        let toy = Toy(draws: 3, examples: 5)
        // w = 0.8: precision 1 + w², mean w x / (1 + w²).
        try session.create([toy.mean, toy.logVariance, toy.weight])
        for (variable, value) in [(toy.mean, Float(0.8 * 1.5 / 1.64)), (toy.logVariance, Float(-logarithm(1.64)))] {
            try [value].withUnsafeBytes { try session.writeVariable(variable.name, $0) }
        }
        let found = try values(slopes(toy, x: 1.5, .standard) + slopes(toy, x: 1.5, .doublyReparameterized))
        #expect(abs(found[4][0]) < 1e-5 && abs(found[5][0]) < 1e-5, "\(found)")
        #expect(abs(found[1][0]) > 1e-3 || abs(found[2][0]) > 1e-3, "\(found)")
        let bound = try values(toy.bound(x: 1.5, holding: false, key: key).importanceWeighted)
        let exact = -0.5 * (logarithm(2 * Double.pi * 1.64) + 1.5 * 1.5 / 1.64)
        for value in bound { #expect(abs(value - exact) < 1e-5) }
    }
}
