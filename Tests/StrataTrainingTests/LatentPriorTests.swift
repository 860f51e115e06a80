import StrataBackend
import StrataCompiler
import StrataGraph
import StrataNN
import StrataReference
import Testing

@testable import StrataModels

/// Priors of codes: densities, divergences and draws.
@Suite struct LatentPriorTests {
    private let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 5)
    private let key = RandomKey(.input("key", [2], dtype: .int32))

    private func values(_ tensor: Tensor) throws -> [Double] {
        let function = try session.prepare(Graph(outputs: [("y", tensor)]))
        if function.inputNames.contains("key") { try function.write("key", [7, 1] as [Int32]) }
        try function.run()
        return try function.read("y").map(Double.init)
    }

    private func mixture(_ logits: [Float], _ means: [Float], _ logVariances: [Float]) -> GaussianMixtureDensity {
        let shape: Shape = [logits.count, means.count / logits.count]
        return GaussianMixtureDensity(
            logits: .literal(logits, [logits.count]),
            components: DiagonalGaussian(mean: .literal(means, shape), logVariance: .literal(logVariances, shape)))
    }

    @Test func mixturesHaveAnIntegralOfOne() throws {
        let grid = (-600..<600).map { Float($0) / 50 }
        let density = mixture([0, 1, -1], [-2, 0.5, 3], [0, -1, 0.5])
        let found = try values(density.logDensity(.literal(grid, [grid.count, 1])))
        let mass = found.reduce(0) { $0 + exponential($1) } / 50
        #expect(abs(mass - 1) < 1e-4, "\(mass)")
        // At 0.5 the second component, of weight e / (1 + e + 1/e), has its peak.
        let weights = [1, exponential(1), exponential(-1)]
        let parts = zip(weights, [(-2.0, 1.0), (0.5, exponential(-1)), (3.0, exponential(0.5))]).map { weight, own in
            weight * exponential(-0.5 * (0.5 - own.0) * (0.5 - own.0) / own.1) / (2 * Double.pi * own.1).squareRoot()
        }
        let exact = logarithm(parts.reduce(0, +) / weights.reduce(0, +))
        #expect(abs(found[625] - exact) < 1e-5, "\(found[625]) \(exact)")
    }

    /// A mixture of one standard Gaussian is the standard normal prior, and its draws give the closed form in the mean.
    @Test func oneComponentIsTheNormalPrior() throws {
        let rows = 20_000
        let posterior = DiagonalGaussian(
            mean: Tensor.literal([0.5, -1] as [Float], [2]).broadcast(to: [rows, 2], axes: [1]),
            logVariance: Tensor.literal([-1, 0.5] as [Float], [2]).broadcast(to: [rows, 2], axes: [1]))
        let codes = posterior.draw(key.normal([rows, 2]))
        let one = mixture([0.3], [0, 0], [0, 0])
        let (a, b) = (try values(one.logDensity(codes)), try values(StandardNormal(latent: 2).logDensity(codes)))
        for (a, b) in zip(a, b) { #expect(abs(a - b) < 1e-4) }
        let closed = try values(StandardNormal(latent: 2).divergence(from: posterior, at: codes))
        #expect(abs(closed[0] - 0.5 * (0.25 + exponential(-1) + 1 - 1)) < 1e-5)
        #expect(abs(closed[1] - 0.5 * (1 + exponential(0.5) - 0.5 - 1)) < 1e-5)
        let drawn = try values(one.divergence(from: posterior, at: codes))
        #expect(drawn.count == rows)
        #expect(abs(drawn.reduce(0, +) / Double(rows) - (closed[0] + closed[1])) < 0.03)
    }

    @Test func drawsAreOfTheMixture() throws {
        let density = mixture([logits(0.2), logits(0.8)], [-3, 0, 3, 1], [-4, -2, -2, -6])
        let draws = try values(density.draws(10_000, key: key))
        let rows = (0..<10_000).map { (draws[2 * $0], draws[2 * $0 + 1]) }
        let second = rows.filter { $0.0 > 0 }
        #expect(abs(Double(second.count) / 10_000 - 0.8) < 0.02)
        func moments(_ numbers: [Double]) -> (Double, Double) {
            let mean = numbers.reduce(0, +) / Double(numbers.count)
            return (mean, numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count))
        }
        let (mean, variance) = moments(second.map(\.0))
        #expect(abs(mean - 3) < 0.02 && abs(variance - exponential(-2)) < 0.01, "\(mean) \(variance)")
        let (other, spread) = moments(rows.filter { $0.0 < 0 }.map(\.1))
        #expect(abs(other) < 0.03 && abs(spread - exponential(-2)) < 0.02, "\(other) \(spread)")
    }

    private func logits(_ probability: Double) -> Float { Float(logarithm(probability)) }

    /// The VampPrior is the mean of what the encoder makes of its pseudo-inputs, which lie in the domain.
    @Test func vampPriorsGoThroughTheEncoder() throws {
        let prior = VampPrior(features: 4, components: 3, domain: .bits(hint: ""))
        let model = VariationalAutoencoder(features: 4, hidden: [5], latent: 2, prior: prior)
        let inputs = try values(prior.pseudoInputs)
        #expect(inputs.count == 12 && inputs.allSatisfy { $0 > 0 && $0 < 1 } && Set(inputs).count == 12)
        func posterior(_ x: Tensor) -> DiagonalGaussian {
            var pass = Pass.evaluation
            return model.posterior(x, condition: nil, &pass)
        }
        let posteriors = posterior(prior.pseudoInputs)
        let (means, logVariances) = (try values(posteriors.mean), try values(posteriors.logVariance))
        let z = [0.3, -0.7]
        let density = prior.density(posterior)
        let found = try values(density.logDensity(.literal(z.map(Float.init), [1, 2])))[0]
        let parts = (0..<3).map { component -> Double in
            exponential(
                (0..<2).reduce(0.0) { sum, axis in
                    let (mean, logVariance) = (means[2 * component + axis], logVariances[2 * component + axis])
                    let distance = (z[axis] - mean) * (z[axis] - mean) * exponential(-logVariance)
                    return sum - 0.5 * (distance + logVariance + logarithm(2 * Double.pi))
                })
        }
        #expect(abs(found - logarithm(parts.reduce(0, +) / 3)) < 1e-5)
        #expect(model.variables.contains { $0.name == "prior.pseudo_inputs" })
    }
}
