import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataTraining
import Testing

@testable import StrataEvaluation
@testable import StrataModels

/// Annealing of a linear Gaussian decoder, whose likelihood is known in closed form.
@Suite struct LatentAnnealingTests {
    /// x = W z + μ + noise of variance 1/4, with eight features and orthogonal columns of W, whose squares are 4 and 1.
    private enum Linear {
        static let columns: [[Float]] = [
            [1, -1, 1, -1, 0, 0, 0, 0], [0, 0, 0, 0, 0.5, 0.5, -0.5, 0.5],
        ]
        static let weight = (0..<8).flatMap { feature in columns.map { $0[feature] } }
        static let mean = (0..<8).map { Float($0) / 4 - 1 }
        static let variance = 0.25

        /// log p(x) of the marginal Gaussian.
        static func logLikelihood(_ x: some Sequence<Float>) -> Double {
            let centred = zip(x, mean).map { Double($0 - $1) }
            var (distance, logDeterminant) = (centred.reduce(0) { $0 + $1 * $1 } / variance, 8 * logarithm(variance))
            for column in columns.map({ $0.map(Double.init) }) {
                let square = column.reduce(0) { $0 + $1 * $1 }
                let along = zip(column, centred).reduce(0) { $0 + $1.0 * $1.1 }
                distance -= along * along / (variance * (variance + square))
                logDeterminant += logarithm(1 + square / variance)
            }
            return -0.5 * (distance + logDeterminant + 8 * logarithm(2 * Double.pi))
        }

        static func split(_ count: Int) throws -> DataSplit {
            var draws = Draws(seed: 5, stream: 1)
            var numbers: [Float] = []
            for _ in 0..<count {
                let code = columns.map { _ in draws.normal() }
                for feature in 0..<8 {
                    let signal = zip(columns, code).reduce(0) { $0 + Double($1.0[feature]) * $1.1 }
                    numbers.append(mean[feature] + Float(signal + draws.normal() * 0.5))
                }
            }
            return try DataSplit(
                dtype: .float32, exampleShape: [8], bytes: numbers.withUnsafeBytes(Array.init), count: count)
        }
    }

    /// The model with the decoder of `Linear`, and an encoder that knows nothing: its posterior is N(0, 1).
    private func predictor() throws -> (Predictor, VariationalAutoencoder, Session) {
        let model = VariationalAutoencoder(
            features: 8, hidden: [], latent: 2, likelihood: GaussianDecoder(.fixed, standardDeviation: 0.5))
        let session = try SmallMachine.session()
        try session.create(model.variables)
        for (name, values) in [
            ("decoder.0.weight", Linear.weight), ("decoder.0.bias", Linear.mean),
            ("mean.weight", [Float](repeating: 0, count: 16)), ("mean.bias", [0, 0]),
            ("log_variance.weight", [Float](repeating: 0, count: 16)), ("log_variance.bias", [0, 0]),
        ] { try values.withUnsafeBytes { try session.writeVariable(name, $0) } }
        return (try Predictor(model, features: 8, session: session), model, session)
    }

    private func annealer(_ model: VariationalAutoencoder, _ session: Session, steps: Int) throws -> LatentAnnealer {
        try LatentAnnealer(
            model, session: session, temperatures: LatentAnnealing(steps: steps).temperatures, chains: 8,
            transition: HamiltonianTransition(leapfrogs: 3), seed: 3)
    }

    /// The bounds on examples of the model's own lie on either side of their likelihood, near it with many temperatures and
    /// apart with few.
    @Test func bothBoundsMeetAtTheLikelihood() throws {
        let (_, model, session) = try predictor()
        func bounds(steps: Int) throws -> (below: Double, above: Double, error: Double) {
            let annealer = try annealer(model, session, steps: steps)
            let like = LatentAnnealer.Examples(values: [], count: 60, labels: nil)
            let (examples, codes) = try #require(try annealer.simulated(like: like))
            let exact = (0..<60).map { Linear.logLikelihood(examples.values[8 * $0..<8 * $0 + 8]) }
            let (below, above) = (try annealer.forward(examples), try annealer.reverse(examples, from: codes))
            let error = below.reduce(0) { $0 + $1.standardError * $1.standardError }.squareRoot() / 60
            func mean(_ found: [LogMean]) -> Double { zip(found, exact).reduce(0) { $0 + $1.0.value - $1.1 } / 60 }
            return (mean(below), mean(above), error)
        }
        let rough = try bounds(steps: 4)
        #expect(rough.below < -0.05 && rough.above > 0.05, "\(rough)")
        let fine = try bounds(steps: 150)
        #expect(abs(fine.below) < 4 * fine.error && fine.error < 0.04 && fine.below < 0.05, "\(fine)")
        #expect(fine.above > -0.05 && fine.above < 0.15, "\(fine)")
        #expect(fine.above - fine.below < 0.2 * (rough.above - rough.below), "\(rough) \(fine)")
    }

    @Test func theIntervalHoldsTheLikelihoodOfAllExamples() throws {
        let (predictor, _, _) = try predictor()
        let split = try Linear.split(100)
        let values = try split.values(0..<100)
        let exact = (0..<100).reduce(0) { $0 + Linear.logLikelihood(values[8 * $1..<8 * $1 + 8]) } / 100
        // All examples, and a part of them beside importance sampling from a poor posterior.
        for examples in [100, 60] {
            var annealing = LatentAnnealing(steps: 100, chains: 8, examples: examples)
            annealing.leapfrogs = 3
            let found = try #require(
                try annealing.evaluate(predictor, of: split, seed: 2, sampling: ImportanceSampling(samples: 100)))
            let estimate = found.logLikelihood
            #expect(estimate.lower < exact && exact < estimate.upper, "\(estimate) \(exact)")
            #expect(estimate.upper - estimate.lower < 0.8 && abs(estimate.value - exact) < 0.2, "\(estimate) \(exact)")
            #expect(estimate.certainty == .stochasticLowerBound && found.examples == examples)
            #expect(found.acceptance > 0.5 && found.acceptance < 0.9, "\(found.acceptance)")
            let simulated = try #require(found.simulated)
            #expect(simulated.gap > -0.05 && simulated.gap < 0.4, "\(simulated)")
            #expect(simulated.upper.certainty == .stochasticUpperBound)
        }
    }

    /// Untrained, of every decoder and prior: finite, and the bounds in their order but for the draws.
    @Test(arguments: 0..<7)
    func everyDecoderAndPriorIsAnnealed(_ kind: Int) throws {
        let decoders: [any DecoderDistribution] = [
            BernoulliDecoder(), BernoulliDecoder(drawsBits: true), GaussianDecoder(.learned),
            GaussianDecoder(.predicted),
            LogisticDecoder(levels: 5), CategoricalDecoder(levels: 5), BernoulliDecoder(),
        ]
        let prior: any LatentPrior =
            kind == 6 ? VampPrior(features: 8, components: 3) : MixturePrior(latent: 2, components: 3)
        let model = VariationalAutoencoder(
            features: 8, hidden: [5], latent: 2, likelihood: decoders[kind], prior: prior)
        let session = try SmallMachine.session()
        let predictor = try Predictor(model, features: 8, session: session)
        let values = (0..<64).map { Float($0 * 7 % 5) / 4 }
        let split = try DataSplit(
            dtype: .float32, exampleShape: [8], bytes: values.withUnsafeBytes(Array.init), count: 8)
        var annealing = LatentAnnealing(steps: 20, chains: 2, examples: 6)
        annealing.leapfrogs = 2
        let found = try #require(
            try annealing.evaluate(predictor, of: split, seed: 1, sampling: ImportanceSampling(samples: 3)))
        #expect(found.logLikelihood.value.isFinite && found.acceptance > 0.05 && found.acceptance <= 1)
        let simulated = try #require(found.simulated)
        #expect(simulated.gap > -4 * simulated.standardError - 0.05, "\(simulated)")
    }

    /// A transition leaves the normal distribution as it is, and takes about all of its short steps.
    @Test func aTransitionKeepsItsDensity() throws {
        let codes = StateVariable("codes", [4000, 1], initializer: .normal(mean: 1, standardDeviation: 2))
        let session = try SmallMachine.session()
        func moments(_ step: Float) throws -> (mean: Double, variance: Double, acceptance: Double) {
            let (next, acceptance) = HamiltonianTransition(leapfrogs: 5)(
                from: codes.tensor, stepSizes: .constant(step, [4000, 1]), key: SmallMachine.key
            ) { (($0 - 1).squared() * -0.125).sum([1]) }
            let function = try session.prepare(
                Graph(outputs: [("z", next.mean()), ("s", (next - 1).squared().mean()), ("a", acceptance.mean())]))
            try function.write(Session.keyName, [1, 2] as [Int32])
            try function.run()
            return (
                Double(try function.read("z")[0]), Double(try function.read("s")[0]), Double(try function.read("a")[0])
            )
        }
        let (short, long) = (try moments(0.2), try moments(3.2))
        #expect(short.acceptance > 0.995 && long.acceptance > 0.3 && long.acceptance < 0.95, "\(short) \(long)")
        for found in [short, long] {
            #expect(abs(found.mean - 1) < 0.12 && abs(found.variance - 4) < 0.3, "\(found)")
        }
    }

    @Test func sigmoidTemperaturesGoFromZeroToOne() {
        let path = LatentAnnealing(steps: 10).temperatures
        #expect(path.count == 11 && path[0] == 0 && path[10] == 1)
        #expect(zip(path, path.dropFirst()).allSatisfy { $0 < $1 } && abs(path[5] - 0.5) < 1e-6)
        #expect(path[1] - path[0] < 0.05 && path[6] - path[5] > 0.15)
    }

    @Test func numbersThatCannotBeAreRefused() throws {
        let (predictor, _, _) = try predictor()
        for annealing in [
            LatentAnnealing(steps: 1), LatentAnnealing(chains: 1), LatentAnnealing(examples: 1),
            LatentAnnealing(steps: 2_000_000),
        ] {
            let error = try #require(throws: StrataError.self) {
                try annealing.evaluate(predictor, of: Linear.split(3), seed: 0)
            }
            #expect(error.kind == .usage)
        }
    }

    /// Draws of each decoder have the mean that it tells, and the likelihood of a draw is that of its distribution.
    @Test func decodersDrawWhatTheyTell() throws {
        let output = Tensor.literal([0.3, -0.4] as [Float], [1, 2]).broadcast(to: [20_000, 2], axes: [0, 1])
        let decoders: [any DecoderDistribution] = [
            BernoulliDecoder(), GaussianDecoder(.fixed, standardDeviation: 0.3),
            LogisticDecoder(levels: 11, scale: 0.1),
        ]
        let session = try SmallMachine.session()
        for decoder in decoders {
            let drawn = try #require(decoder.draw(output, SmallMachine.key))
            let function = try session.prepare(
                Graph(outputs: [("drawn", drawn.mean([0])), ("told", decoder.mean(output).mean([0]))]))
            try function.write(Session.keyName, [1, 2] as [Int32])
            try function.run()
            for (drawn, told) in zip(try function.read("drawn"), try function.read("told")) {
                #expect(abs(drawn - told) < 0.015, "\(decoder) \(drawn) \(told)")
            }
        }
        // A level with probability ¾ and another with ¼: logits by levels, then features.
        let logits = Tensor.literal([Float(logarithm(3)), 0, -30] as [Float], [1, 3])
            .broadcast(to: [20_000, 3], axes: [0, 1])
        let drawn = try #require(CategoricalDecoder(levels: 3).draw(logits, SmallMachine.key))
        let function = try session.prepare(Graph(outputs: [("mean", drawn.mean())]))
        try function.write(Session.keyName, [1, 2] as [Int32])
        try function.run()
        #expect(abs(try function.read("mean")[0] - 0.125) < 0.005)
    }
}
