import StrataBackend
import StrataCompiler
import StrataGraph
import StrataReference
import Testing

@testable import StrataModels

/// Distributions of decoders against closed forms.
@Suite struct DecoderDistributionTests {
    private let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)

    private func values(_ tensor: Tensor) throws -> [Double] {
        let function = try session.prepare(Graph(outputs: [("y", tensor)]))
        try function.run()
        return try function.read("y").map(Double.init)
    }

    /// log p of single features, one a row.
    private func logLikelihoods(
        _ decoder: any DecoderDistribution, _ x: [Float], _ output: [Float]
    ) throws -> [Double] {
        let numbers = decoder.numbersPerFeature
        let rows = x.indices.flatMap { row in output.count == numbers ? output : [output[row]] }
        return try values(
            decoder.logLikelihood(of: .literal(x, [x.count, 1]), given: .literal(rows, [x.count, numbers])))
    }

    private let levels = (0..<256).map { Float($0) / 255 }

    /// The best logits of gray pixels leave their entropy, which no others do better.
    @Test func bernoulliHasTheEntropyForItsFloor() throws {
        let inner = Array(levels[1..<255])
        let logits = inner.map { Float(logarithm(Double($0) / (1 - Double($0)))) }
        let found = try logLikelihoods(BernoulliDecoder(), inner, logits)
        for (p, value) in zip(inner.map(Double.init), found) {
            #expect(abs(value - (p * logarithm(p) + (1 - p) * logarithm(1 - p))) < 1e-5)
        }
        for shift in [-0.5, 0.5] as [Float] {
            let others = try logLikelihoods(BernoulliDecoder(), inner, logits.map { $0 + shift })
            #expect(zip(others, found).allSatisfy { $0 < $1 })
        }
        #expect(try values(BernoulliDecoder().mean(.literal(logits, [1, 254])))[99] - Double(inner[99]) < 1e-6)
    }

    @Test func gaussiansAreDensities() throws {
        let (x, output): ([Float], [Float]) = ([0.2, 0.9, -3], [0.1, 1.5, -2])
        func density(_ place: Int, _ variance: Double) -> Double {
            let error = Double(x[place]) - Double(output[place])
            return -0.5 * (error * error / variance + logarithm(2 * Double.pi * variance))
        }
        let fixed = try logLikelihoods(GaussianDecoder(.fixed, standardDeviation: 0.5), x, output)
        let learned = try logLikelihoods(GaussianDecoder(.learned, standardDeviation: 0.5, floor: 0), x, output)
        for place in x.indices {
            #expect(abs(fixed[place] - density(place, 0.25)) < 1e-5)
            #expect(abs(learned[place] - density(place, 0.25)) < 1e-5)
        }
        // All means, then all logarithms of variances: those of the second example are swapped.
        let decoder = GaussianDecoder(.predicted, floor: 0.01)
        let both = Tensor.literal([0.1, 1.5, -2, -1, 0, 1] as [Float], [1, 6])
        let found = try values(decoder.logLikelihood(of: .literal(x, [1, 3]), given: both))[0]
        let expected = zip(x.indices, [-1.0, 0, 1]).reduce(0) { $0 + density($1.0, exponential($1.1) + 0.01) }
        #expect(abs(found - expected) < 1e-5)
        #expect(try values(decoder.mean(both)) == [0.1, 1.5, -2].map { Double(Float($0)) })
        #expect(!decoder.isDiscrete && decoder.domain == nil)
    }

    /// μ = 0.3, s = 0.05.
    @Test func theLogisticHasOpenTails() throws {
        let decoder = LogisticDecoder(levels: 256, scale: 0.05)
        let found = try logLikelihoods(decoder, levels, levels.map { _ in 0.3 })
        #expect(abs(found.reduce(0) { $0 + exponential($1) } - 1) < 1e-5)
        #expect(abs(found[128] - -6.61943) < 2e-5, "\(found[128])")
        #expect(abs(found[0] - -5.96336) < 2e-5, "\(found[0])")
        let mean = zip(levels, found).reduce(0) { $0 + Double($1.0) * exponential($1.1) }
        let told = try values(decoder.mean(.constant(0.3, [1, 1])))[0]
        #expect(abs(told - mean) < 1e-4, "\(told) \(mean)")
    }

    /// Far from the mean, and with a scale far below a step, where differences of sigmoids would be 0.
    @Test func theLogisticDoesNotUnderflow() throws {
        for (scale, output) in [(0.05, 12), (0.002, -0.4), (1e-9, 0.5)] as [(Float, Float)] {
            let found = try logLikelihoods(
                LogisticDecoder(levels: 256, scale: scale), levels, levels.map { _ in output })
            #expect(found.allSatisfy { $0.isFinite }, "\(scale)")
            let total = found.reduce(0) { $0 + exponential($1) }
            #expect(abs(total - 1) < 1e-3, "\(scale) \(total)")
        }
    }

    @Test func theCategoricalIsASoftmax() throws {
        let decoder = CategoricalDecoder(levels: 256)
        let logits = (0..<256).map { Float($0 * 7 % 31) / 10 }
        let total = logits.reduce(0) { $0 + exponential(Double($1)) }
        let found = try logLikelihoods(decoder, levels, logits)
        for (level, logit) in zip(found, logits) { #expect(abs(level - (Double(logit) - logarithm(total))) < 1e-5) }
        let mean = zip(levels, logits).reduce(0) { $0 + Double($1.0) * exponential(Double($1.1)) } / total
        #expect(abs(try values(decoder.mean(.literal(logits, [1, 256])))[0] - mean) < 1e-5)
        // Two features: all first logits come first.
        let two = CategoricalDecoder(levels: 2)
        let pair = try values(
            two.logLikelihood(
                of: .literal([1, 0] as [Float], [1, 2]), given: .literal([0, 3, 1, 0] as [Float], [1, 4])))[0]
        let first = 1 - logarithm(1 + exponential(1))
        let second = 3 - logarithm(1 + exponential(3))
        #expect(abs(pair - (first + second)) < 1e-5)
    }

    /// Each distribution has a gradient that differences confirm, to the output and to its own parameters.
    @Test(
        arguments: [
            BernoulliDecoder(), GaussianDecoder(.fixed), GaussianDecoder(.learned), GaussianDecoder(.predicted),
            LogisticDecoder(levels: 5, scale: 0.2), CategoricalDecoder(levels: 5),
        ] as [any DecoderDistribution])
    func gradientsAreThoseOfDifferences(_ decoder: any DecoderDistribution) throws {
        let width = 3 * decoder.numbersPerFeature
        let output = StateVariable(
            "output", [2, width], initializer: .uniform(low: -0.5, high: 0.5))
        let sources = [output] + decoder.parameters
        let x = Tensor.literal([0, 0.25, 1, 0.5, 0.75, 0] as [Float], [2, 3])
        let value = decoder.logLikelihood(of: x, given: output.tensor).sum()
        let slopes = gradient(of: value, withRespectTo: sources.map(\.tensor))
        let function = try session.prepare(
            Graph(outputs: [("value", value)] + slopes.enumerated().map { ("\($0)", $1) }))
        try function.run()
        let found = try sources.indices.map { try function.read("\($0)") }
        for (number, source) in sources.enumerated() {
            let start = try session.readVariable(source.name).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            func value(_ place: Int, _ shift: Float) throws -> Double {
                var moved = start
                moved[place] += shift
                try moved.withUnsafeBytes { try session.writeVariable(source.name, $0) }
                try function.run()
                return Double(try function.read("value")[0])
            }
            for place in start.indices {
                let h: Float = 2e-3
                let difference = (try value(place, h) - value(place, -h)) / Double(2 * h)
                try start.withUnsafeBytes { try session.writeVariable(source.name, $0) }
                #expect(
                    abs(difference - Double(found[number][place])) < 2e-2 * max(1, abs(difference)),
                    "\(source.name) \(place): \(difference) \(found[number][place])")
            }
        }
    }
}
