import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataReference
import StrataTraining
import Testing

@testable import StrataModels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Losses and penalties of adversarial games by their closed forms.
@Suite struct AdversarialTests {
    private let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)
    private let key = RandomKey(Tensor.constant(7, [2]).cast(to: .int32))

    private func values(_ tensors: [Tensor], _ inputs: [String: [Float]] = [:]) throws -> [[Float]] {
        let function = try session.prepare(Graph(outputs: tensors.enumerated().map { ("\($0)", $1) }))
        for (name, values) in inputs { try function.write(name, values) }
        try function.run()
        return try tensors.indices.map { try function.read("\($0)") }
    }

    // MARK: Losses

    /// Each loss at single outputs r and f, written out.
    @Test func lossesAreTheirFormulas() throws {
        let (r, f): (Double, Double) = (0.3, -1.2)
        func softplus(_ x: Double) -> Double { log(1 + exp(x)) }
        let expected: [AdversarialLoss.Name: (Double, Double)] = [
            .minimax: (softplus(-r) + softplus(f), -softplus(f)),
            .nonSaturating: (softplus(-r) + softplus(f), softplus(-f)),
            .leastSquares: (((r - 1) * (r - 1) + f * f) / 2, (f - 1) * (f - 1) / 2),
            .wasserstein: (f - r, -f),
            .hinge: (1 - r, -f),
            .relativistic: (softplus(f - r), softplus(r - f)),
        ]
        let (real, fake) = (Tensor.constant(Float(r), [3, 1]), Tensor.constant(Float(f), [3, 1]))
        for name in AdversarialLoss.Name.allCases {
            let found = try values([name.loss.discriminator(real, fake), name.loss.generator(fake) { real }])
            let wanted = try #require(expected[name])
            #expect(abs(Double(found[0][0]) - wanted.0) < 1e-6, "\(name) \(found)")
            #expect(abs(Double(found[1][0]) - wanted.1) < 1e-6, "\(name) \(found)")
        }
    }

    /// The loss of the best discriminator of N(0, 1) from N(m, 1): the log loss is 2 log 2 less twice the Jensen–Shannon
    /// divergence, of an output of log p/q; the hinge loss is 2 less twice the total variation, of an output of ±1.
    @Test(
        arguments: [
            (0, 1.38629, 2), (1, 1.16345, 1.23415), (2, 0.71263, 0.63462), (4, 0.12085, 0.09100),
        ] as [(Double, Double, Double)])
    func lossesOfTheBestDiscriminator(_ m: Double, _ logarithmic: Double, _ hinge: Double) throws {
        let normal = quantiles(4000)
        func outputs(_ shift: Double, _ function: (Double) -> Double) -> Tensor {
            .literal(normal.map { Float(function($0 + shift)) }, [4000, 1])
        }
        func ratio(_ x: Double) -> Double { m * m / 2 - m * x }
        func side(_ x: Double) -> Double { m == 0 ? 0 : ratio(x) < 0 ? -1 : 1 }
        let found = try values([
            AdversarialLoss.Name.nonSaturating.loss.discriminator(outputs(0, ratio), outputs(m, ratio)),
            AdversarialLoss.Name.minimax.loss.discriminator(outputs(0, ratio), outputs(m, ratio)),
            AdversarialLoss.Name.hinge.loss.discriminator(outputs(0, side), outputs(m, side)),
        ])
        #expect(abs(Double(found[0][0]) - logarithmic) < 2e-4 && found[0] == found[1], "\(found)")
        #expect(abs(Double(found[2][0]) - hinge) < 6e-4, "\(found)")
    }

    /// The middles of so many equally probable parts of a standard normal distribution.
    private func quantiles(_ count: Int) -> [Double] {
        (0..<count).map { place in
            let p = (Double(place) + 0.5) / Double(count)
            var (low, high) = (-8.0, 8.0)
            for _ in 0..<50 {
                let middle = (low + high) / 2
                if erfc(-middle / 2.0.squareRoot()) / 2 < p { low = middle } else { high = middle }
            }
            return (low + high) / 2
        }
    }

    /// A generator that has settled on the examples, and a discriminator that says nothing.
    @Test func whatALossSaysOfATie() throws {
        let zero = Tensor.constant(0, [4, 1])
        let relativistic = AdversarialLoss.Name.relativistic.loss
        let found = try values([relativistic.discriminator(zero, zero), relativistic.generator(zero) { zero }])
        #expect(abs(Double(found[0][0]) - log(2)) < 1e-6 && found[0] == found[1])
        let half = Tensor.constant(0.5, [4, 1])
        #expect(try values([AdversarialLoss.Name.leastSquares.loss.discriminator(half, half)])[0][0] == 0.25)
    }

    // MARK: Penalties

    /// What the penalties are of a linear discriminator w·x: its gradient is w everywhere.
    @Test func penaltiesOfALinearDiscriminator() throws {
        let w = Tensor.literal([3, 4] as [Float], [2, 1])
        func judged(_ name: String) -> Judged {
            let x = key.named(name).normal([5, 2])
            return Judged(inputs: x, outputs: x.dot(w))
        }
        func penalty(_ penalties: GradientPenalties) throws -> Float {
            let found = penalties(real: judged("a"), fake: judged("b"), key: key) { $0.dot(w) }
            return try values([try #require(found)])[0][0]
        }
        #expect(abs(try penalty(GradientPenalties(interpolated: 10)) - 160) < 1e-3)
        #expect(abs(try penalty(GradientPenalties(real: 0.5)) - 6.25) < 1e-5)
        #expect(abs(try penalty(GradientPenalties(fake: 2)) - 25) < 1e-5)
        #expect(abs(try penalty(GradientPenalties(interpolated: 1, real: 1, fake: 1)) - 41) < 1e-4)
        #expect(GradientPenalties()(real: judged("a"), fake: judged("b"), key: key) { $0 } == nil)
    }

    /// D(x) = |x|²/2 has the gradient x: R1 is half the mean square of examples, R2 that of samples.
    @Test func penaltiesAreTakenAtExamplesAndAtSamples() throws {
        func judged(_ x: Tensor) -> Judged { Judged(inputs: x, outputs: half(x)) }
        func half(_ x: Tensor) -> Tensor { x.squared().sum([1], keepingAxes: true) * 0.5 }
        let (real, fake) = (Tensor.constant(2, [3, 1]), Tensor.constant(5, [3, 1]))
        func penalty(_ penalties: GradientPenalties) throws -> Float {
            let found = penalties(real: judged(real), fake: judged(fake), key: key, judge: half)
            return try values([try #require(found)])[0][0]
        }
        #expect(try penalty(GradientPenalties(real: 1)) == 2)
        #expect(try penalty(GradientPenalties(fake: 1)) == 12.5)
        // Between 2 and 5 the gradient is, less 1, from 1 to 4.
        let between = try penalty(GradientPenalties(interpolated: 1))
        #expect(between > 1 && between < 16)
    }

    /// A gradient of 0, where a norm has none, leaves a penalty that can be differentiated.
    @Test func aFlatDiscriminatorCanBePenalized() throws {
        let w = Tensor.input("w", [2, 1])
        let x = key.normal([4, 2])
        let judged = Judged(inputs: x, outputs: x.dot(w))
        let penalty = try #require(
            GradientPenalties(interpolated: 10, real: 1, fake: 1)(real: judged, fake: judged, key: key) { $0.dot(w) })
        let found = try values(gradient(of: penalty, withRespectTo: [w]) + [penalty], ["w": [0, 0]])
        #expect(found[0].allSatisfy { $0.isFinite } && abs(found[1][0] - 10) < 1e-3, "\(found)")
    }

    /// Between examples at d and samples at 0 the objective of a linear critic of slope w is w d − λ (w − 1)², greatest at
    /// a slope of 1 + d / (2 λ).
    @Test(arguments: [(1, 10, 1.05, 1.025), (2, 4, 1.25, 2.25)] as [(Float, Float, Float, Float)])
    func aLinearCriticUnderAGradientPenalty(_ d: Float, _ weight: Float, _ slope: Float, _ best: Float) throws {
        let w = Tensor.input("w", [1, 1])
        func judged(_ at: Float) -> Judged {
            let x = Tensor.constant(at, [6, 1])
            return Judged(inputs: x, outputs: x.dot(w))
        }
        let (real, fake) = (judged(d), judged(0))
        let penalty = GradientPenalties(interpolated: weight)(real: real, fake: fake, key: key) { $0.dot(w) }
        let loss =
            AdversarialLoss.Name.wasserstein.loss.discriminator(real.outputs, fake.outputs) + (try #require(penalty))
        let found = try values([loss] + gradient(of: loss, withRespectTo: [w]), ["w": [slope]])
        #expect(abs(found[0][0] + best) < 1e-5 && abs(found[1][0]) < 1e-5, "\(found)")
    }

    // MARK: The Dirac game

    /// The generator at θ, the discriminator ψ x, examples at 0, under R1: near the balance of (0, 0) the players' descent
    /// is linear, with the eigenvalues of Mescheder et al. (2018).
    @Test(
        arguments: [
            (0, (0, 0.5), (0, -0.5)), (0.5, (-0.25, 0.4330127), (-0.25, -0.4330127)), (1, (-0.5, 0), (-0.5, 0)),
            (2, (-0.1339746, 0), (-1.8660254, 0)),
        ] as [(Float, (Double, Double), (Double, Double))])
    func eigenvaluesOfTheDiracGame(
        _ gamma: Float, _ first: (re: Double, im: Double), _ second: (re: Double, im: Double)
    ) throws {
        let (theta, psi) = (Tensor.input("θ", [1, 1]), Tensor.input("ψ", [1, 1]))
        let real = Tensor.constant(0, [1, 1])
        let judged = [real, theta].map { Judged(inputs: $0, outputs: $0.dot(psi)) }
        for name in [AdversarialLoss.Name.minimax, .nonSaturating] {
            var loss = name.loss.discriminator(judged[0].outputs, judged[1].outputs)
            let penalty = GradientPenalties(real: gamma)(real: judged[0], fake: judged[1], key: key) { $0.dot(psi) }
            if let penalty { loss = loss + penalty }
            let answer = name.loss.generator(judged[1].outputs) { judged[0].outputs }
            let moves = [
                -gradient(of: answer, withRespectTo: [theta])[0], -gradient(of: loss, withRespectTo: [psi])[0],
            ]
            let rows = moves.flatMap { gradient(of: $0.reshape([]), withRespectTo: [theta, psi]) }
            let j = try values(rows, ["θ": [0], "ψ": [0]]).map { Double($0[0]) }
            let (trace, determinant) = (j[0] + j[3], j[0] * j[3] - j[1] * j[2])
            #expect(abs(trace - (first.re + second.re)) < 1e-6, "\(name) \(j)")
            #expect(abs(determinant - (first.re * second.re - first.im * second.im)) < 1e-6, "\(name) \(j)")
        }
    }

    // MARK: Spectral norms

    /// diag(3, 4, ½) turned: after some turns of power iteration the weight is divided by 4.
    @Test func weightsAreDividedByTheirGreatestSingularValue() throws {
        struct Weighted: Layer {
            func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
                let w = pass.weight("weight", [3, 3], .zeros)
                return x.dotTransposed(w) + pass.parameter("scale", [3], .constant(2))
            }
        }
        let (c, s) = (Float(0.6), Float(0.8))
        let matrix: [Float] = [3 * c, -4 * s, 0, 3 * s, 4 * c, 0, 0, 0, 0.5]
        let network = Network("d", input: [3], SpectralNormalization(Weighted()))
        #expect(network.parameters.map(\.name) == ["d.weight", "d.scale"])
        #expect(network.buffers.map(\.name) == ["d.weight_u"] && !network.mixesExamples)
        var u = Tensor.literal([1, 1, 1] as [Float], [3])
        for _ in 0..<40 {
            var pass = Pass.training(key)
            _ = network(.identity(3), &pass)
            u = pass.updates[0].value.substituting(["d.weight": .literal(matrix, [3, 3]), "d.weight_u": u])
        }
        let rows = network(.identity(3)).substituting(["d.weight": .literal(matrix, [3, 3]), "d.weight_u": u])
        let found = try values([rows - StateVariable("d.scale", [3], initializer: .constant(2)).tensor])[0]
        for (place, value) in found.enumerated() {
            let expected = matrix[place % 3 * 3 + place / 3] / 4
            #expect(abs(value - expected) < 1e-5, "\(place) \(value) \(expected)")
        }
    }

    /// The gradient of `W / σ` is (G − (G·W/σ) u vᵀ) / σ, of a filter too: against differences.
    @Test func gradientsGoThroughTheSpectralNorm() throws {
        let network = Network(
            "d", input: [2, 3, 3], Sequential([SpectralNormalization(Convolution(2, size: 2)), Flatten(), Dense(1)]))
        let x = key.normal([3, 2, 3, 3])
        let weight = try #require(network.parameters.first { $0.name == "d.0.weight" })
        let input = Tensor.input("w", weight.type.shape)
        // Converged, so that u and v are singular vectors, whose change changes nothing of first order.
        var u = Tensor.literal([1, 0.5] as [Float], [2])
        for _ in 0..<60 {
            var pass = Pass.training(key)
            _ = network(x, &pass)
            u = pass.updates[0].value.substituting(["d.0.weight": input, "d.0.weight_u": u])
        }
        let constant = u.stopGradient()
        let loss = network(x).squared().sum().substituting(["d.0.weight": input, "d.0.weight_u": constant])
        let function = try session.prepare(
            Graph(outputs: [("loss", loss), ("g", gradient(of: loss, withRespectTo: [input])[0])]))
        let start = (0..<16).map { Float(sin(Double($0) * 1.7)) }
        func run(_ w: [Float]) throws -> (loss: Float, gradient: [Float]) {
            try function.write("w", w)
            try function.run()
            return (try function.read("loss")[0], try function.read("g"))
        }
        let g = try run(start).gradient
        for place in [0, 5, 11] {
            var (up, down) = (start, start)
            up[place] += 0.01
            down[place] -= 0.01
            let difference = (try run(up).loss - run(down).loss) / 0.02
            #expect(abs(difference - g[place]) < 0.01 * (1 + abs(difference)), "\(difference) \(g[place])")
        }
    }
}
