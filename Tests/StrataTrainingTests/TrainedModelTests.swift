import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataGraph
import StrataModels
import StrataNN
import StrataReference
import StrataTraining
import Testing

@Suite struct TrainedModelTests {
    private func session() -> Session { Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 4) }

    @Test func codesGoThereAndBack() throws {
        let model = VariationalAutoencoder(features: 9, hidden: [7], latent: 2)
        let trained = try TrainedModel(model, features: 9, session: session())
        let x = (0..<27).map { Float($0 % 5) / 5 }
        let (codes, size) = try trained.encode(x)
        #expect(size == 2 && codes.count == 6)
        #expect(try trained.reconstruct(x) == trained.decode(codes))
        #expect(try trained.decode(codes).allSatisfy { $0 > 0 && $0 < 1 })
        let way = try trained.interpolate(from: Array(x[..<9]), to: Array(x[9..<18]), steps: 3)
        let start = try trained.decode(Array(codes[..<2]))
        #expect(way.count == 27 && Array(way[..<9]) == start)
    }

    @Test func samplesDependOnTheSeed() throws {
        for model in [
            VariationalAutoencoder(features: 9, hidden: [7], latent: 2) as any Model,
            RestrictedBoltzmannMachine(features: 9, hidden: 4),
            GenerativeAdversarialNetwork(features: 9, noise: 3, generator: [5], discriminator: [5]),
        ] {
            let trained = try TrainedModel(model, features: 9, session: session())
            let first = try trained.sample(4, seed: 1)
            #expect(first.count == 36)
            let second = try trained.sample(4, seed: 2)
            #expect(first != second)
        }
    }

    @Test func anAutoencoderSamplesCodesLikeThoseItGives() throws {
        let model = Autoencoder(features: 9, hidden: [7], code: 2)
        let trained = try TrainedModel(model, features: 9, session: session())
        #expect(throws: StrataError.self) { try trained.sample(4) }
        let x = (0..<90).map { Float($0 % 7) / 7 }
        #expect(try trained.sample(4, codesLike: x).count == 36)
    }

    @Test func whatAModelCannotDoItSays() throws {
        let gan = GenerativeAdversarialNetwork(features: 9, noise: 3, generator: [5], discriminator: [5])
        let trained = try TrainedModel(gan, features: 9, session: session())
        let error = try #require(throws: StrataError.self) { try trained.encode([Float](repeating: 0, count: 9)) }
        #expect(error.kind == .unsupported)
        let vae = try TrainedModel(
            VariationalAutoencoder(features: 9, hidden: [7], latent: 2), features: 9, session: session())
        #expect(throws: StrataError.self) { try vae.encode([1, 2, 3]) }
    }

    /// All 2⁶ · 2⁹ states of a tiny machine, by hand.
    @Test func logZAndFreeEnergyAreExact() throws {
        let (features, hidden) = (6, 5)
        let model = RestrictedBoltzmannMachine(features: features, hidden: hidden)
        let session = session()
        _ = try TrainedModel(model, features: features, session: session)
        let w = (0..<features * hidden).map { Float(($0 * 7) % 11) * 0.2 - 1 }
        let b = (0..<features).map { Float($0) * 0.3 - 0.8 }, c = (0..<hidden).map { 0.5 - Float($0) * 0.25 }
        for (name, values) in [("rbm.weight", w), ("rbm.visible_bias", b), ("rbm.hidden_bias", c)] {
            _ = try session.prepare(Graph(outputs: [], updates: model.variables.map { ($0, $0.tensor) }))
            try values.withUnsafeBytes { try session.writeVariable(name, $0) }
        }
        func energy(_ v: Int, _ h: Int) -> Double {
            var sum = 0.0
            for i in 0..<features where v >> i & 1 == 1 {
                sum -= Double(b[i])
                for j in 0..<hidden where h >> j & 1 == 1 { sum -= Double(w[j * features + i]) }
            }
            for j in 0..<hidden where h >> j & 1 == 1 { sum -= Double(c[j]) }
            return sum
        }
        let states = (0..<1 << features).map { v in (0..<1 << hidden).reduce(0.0) { $0 + exponential(-energy(v, $1)) } }
        let bytes = (0..<1 << features).flatMap { v in (0..<features).map { UInt8(v >> $0 & 1) * 255 } }
        let split = try DataSplit(dtype: .uint8, exampleShape: [features], bytes: bytes, count: 1 << features)
        let result = try #require(try EnergyEvaluation(model, session: session)?.evaluate(split, seed: 0))
        #expect(abs(try #require(result.logPartition).value - logarithm(states.reduce(0, +))) < 1e-4)
        for (energy, weight) in zip(result.firstFreeEnergies, states) {
            #expect(abs(Double(energy) + logarithm(weight)) < 1e-4)
        }
    }

    @Test func tooManyHiddenUnitsToEnumerateIsAnError() {
        #expect(throws: StrataError.self) { try RestrictedBoltzmannMachine(features: 4, hidden: 26).logPartition() }
    }
}
