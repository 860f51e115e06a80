import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataGraph
import StrataModels
import StrataNN
import StrataReference
import StrataSIMD
import StrataTraining
import Testing

@Suite struct PredictorTests {
    private func session() -> Session {
        Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 4)
    }

    @Test func codesGoThereAndBack() throws {
        let model = VariationalAutoencoder(features: 9, hidden: [7], latent: 2)
        let predictor = try Predictor(model, features: 9, session: session())
        let x = (0..<27).map { Float($0 % 5) / 5 }
        let (codes, size) = try predictor.encode(x)
        #expect(size == 2 && codes.count == 6)
        #expect(try predictor.reconstruct(x) == predictor.decode(codes))
        #expect(try predictor.decode(codes).allSatisfy { $0 > 0 && $0 < 1 })
        let way = try predictor.interpolate(from: Array(x[..<9]), to: Array(x[9..<18]), steps: 3)
        let start = try predictor.decode(Array(codes[..<2]))
        #expect(way.count == 27 && Array(way[..<9]) == start)
    }

    /// All of the zoo, as small as their settings allow: with what is drawn before the first step of a chain, and after.
    @Test(arguments: Zoo.builtIn.models.map(\.name))
    func samplesDependOnTheSeedAlone(_ name: String) throws {
        let description = try Zoo.builtIn[name]
        var typed: [String: String] = [:]
        for setting in description.hyperparameters {
            if setting.choices.contains("mlp") { typed[setting.name] = "mlp" }
            // So narrow a network of rectified units may be dead.
            if setting.choices.contains("tanh") { typed[setting.name] = "tanh" }
            if setting.isOfSampling, case .integer = setting.standard { typed[setting.name] = "3" }
            if setting.name == "mask-patch" { typed[setting.name] = "4" }
            if setting.name == "held-out" { typed[setting.name] = "0" }
            guard setting.name == "hidden" else { continue }
            if case .integer = setting.standard { typed["hidden"] = "3" } else { typed["hidden"] = "3,3" }
        }
        let settings = try Hyperparameters(description.hyperparameters, typed)
        var images = DataSpec(features: 64, classes: 2, targets: 2, shape: [8, 8])
        images.columns.append(ColumnSpec(ColumnName.domain, dtype: .int32, meaning: .classes(JoinedDomains.names)))
        images.attributes = try ClassAttributes(names: ["a", "b"], values: [1, 0, 0, 1], unseen: [1])
        // What learns from tokens alone gets as many of these.
        let tokens = ColumnSpec(ColumnName.example, dtype: .int32, shape: [64], meaning: .tokens(vocabulary: 9))
        let model =
            try (try? description.build(images, settings))
            ?? (try? description.build(images, settings, upon: description.anyNetworks(64)))
            ?? description.build(DataSpec(columns: [tokens]), settings)
        // Untrained, a deep belief net of several layers makes the same of all.
        guard model is any SamplingModel, name != "dbn" else { return }
        let predictor = try Predictor(model, features: 64, session: session())
        let first = try predictor.sample(4, seed: 1)
        #expect(first.count == 256)
        #expect(try predictor.sample(4, seed: 1) == first)
        #expect(try predictor.sample(4, seed: 2) != first)
    }

    /// Batches have draws of their own, and progress between them.
    @Test func manySamplesAreDrawnInBatches() throws {
        let flow = FlowMatching(
            features: 2, network: Sequential([Dense(4), ConditionalBias(), Dense(2)]), sampler: .init(.euler, steps: 2))
        let predictor = try Predictor(flow, features: 2, session: session())
        var told: [Int] = []
        let samples = try predictor.sample(1100, seed: 1) { told.append($0) }
        #expect(samples.count == 2200 && told == [500, 1000, 1100])
        #expect(Array(samples[..<1000]) == (try predictor.sample(500, seed: 1)))
        #expect(samples[..<1000] != samples[1000..<2000])
    }

    /// Each call has a Markov chain of its own, which starts where the seed says.
    @Test func samplesOfAChainDependOnNothingElse() throws {
        let predictor = try Predictor(
            RestrictedBoltzmannMachine(features: 9, hidden: 4), features: 9, session: session())
        let first = try predictor.sample(4, seed: 1)
        #expect(try predictor.sample(6, seed: 1).count == 54)
        #expect(try predictor.sample(4, seed: 1) == first)
        #expect(throws: StrataError.self) { try predictor.sample(-1) }
    }

    @Test func rowsDoNotDependOnTheirNumber() throws {
        let predictor = try Predictor(
            VariationalAutoencoder(features: 9, hidden: [7], latent: 2), features: 9, session: session())
        let x = (0..<9 * 700).map { Float($0 % 11) / 11 }
        let codes = try predictor.encode(x).codes
        #expect(codes.count == 1400)
        for count in [1, 2, 33, 512, 513] {
            let some = try predictor.encode(Array(x.suffix(9 * count))).codes
            let isClose = zip(some, codes.suffix(2 * count)).allSatisfy { abs($0 - $1) < 1e-6 }
            #expect(some.count == 2 * count && isClose, "\(count) rows")
        }
        #expect(try predictor.encode([]).codes.isEmpty)
    }

    /// What eight tasks at once get is what they would get one after the other, bit for bit.
    @Test(arguments: [ReferenceBackend.self, SIMDBackend.self] as [any Backend.Type])
    func eightTasksGetWhatOneWould(_ type: any Backend.Type) async throws {
        let backend = try type.init(configuration: BackendConfiguration(threads: 2))
        let models: [any Model] = [
            VariationalAutoencoder(features: 9, hidden: [7], latent: 2),
            RestrictedBoltzmannMachine(features: 9, hidden: 4),
        ]
        let split = try DataSplit(
            dtype: .uint8, exampleShape: [9], bytes: (0..<9 * 40).map { UInt8($0 % 2 * 255) }, count: 40)
        for model in models {
            let predictor = try Predictor(model, features: 9, session: Session(backend: backend, seed: 4))
            @Sendable func results(_ task: Int) throws -> [[Float]] {
                let x = (0..<9 * (3 + 7 * task)).map { Float(($0 + task) % 13) / 13 }
                return [
                    try predictor.encode(x).codes, try predictor.sample(3 + task, seed: UInt32(task)),
                    try predictor.evaluate(split, seed: UInt32(task)).map(\.value),
                ]
            }
            let alone = try (0..<8).map(results)
            let together = try await withThrowingTaskGroup(of: (Int, [[Float]]).self) { group in
                for task in 0..<8 { group.addTask { (task, try results(task)) } }
                return try await group.reduce(into: [[[Float]]](repeating: [], count: 8)) { $0[$1.0] = $1.1 }
            }
            #expect(alone == together)
        }
    }

    @Test func anAutoencoderSamplesCodesLikeThoseItGives() throws {
        let model = Autoencoder(features: 9, hidden: [7], code: 2)
        let predictor = try Predictor(model, features: 9, session: session())
        #expect(throws: StrataError.self) { try predictor.sample(4) }
        let x = (0..<90).map { Float($0 % 7) / 7 }
        #expect(try predictor.sample(4, codesLike: x).count == 36)
    }

    @Test func whatAModelCannotDoItSays() throws {
        let gan = GenerativeAdversarialNetwork(features: 9, noise: 3, generator: [5], discriminator: [5])
        let predictor = try Predictor(gan, features: 9, session: session())
        let error = try #require(throws: StrataError.self) { try predictor.encode([Float](repeating: 0, count: 9)) }
        #expect(error.kind == .unsupported)
        let vae = try Predictor(
            VariationalAutoencoder(features: 9, hidden: [7], latent: 2), features: 9, session: session())
        #expect(throws: StrataError.self) { try vae.encode([1, 2, 3]) }
    }

    /// All 2⁶ · 2⁹ states of a tiny machine, by hand.
    @Test func logZAndFreeEnergyAreExact() throws {
        let (features, hidden) = (6, 5)
        let model = RestrictedBoltzmannMachine(features: features, hidden: hidden)
        let session = session()
        let predictor = try Predictor(model, features: features, session: session)
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
        let result = try #require(try EnergyEvaluation(predictor)?.evaluate(split, seed: 0))
        #expect(abs(try #require(result.logPartition).value - logarithm(states.reduce(0, +))) < 1e-4)
        for (energy, weight) in zip(result.firstFreeEnergies, states) {
            #expect(abs(Double(energy) + logarithm(weight)) < 1e-4)
        }
    }

    @Test func tooManyHiddenUnitsToEnumerateIsAnError() {
        #expect(throws: StrataError.self) { try RestrictedBoltzmannMachine(features: 4, hidden: 26).logPartition() }
    }

    /// Tokens that are given as floats reach a model as whole numbers, which an embedding takes and nothing else.
    @Test func tokensReachTheEncoder() throws {
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)
        let predictor = try Predictor(TokenEncoder(), features: 3, session: session)
        let (codes, size) = try predictor.encode([0, 4, 2, 4, 4, 0])
        #expect(size == 6 && codes.count == 12)
        #expect(codes[2..<4] == codes[6..<8] && codes[0..<2] == codes[10..<12] && codes[0..<2] != codes[2..<4])
        #expect(throws: StrataError.self) { try predictor.receptiveFields(at: [0, 1, 2], count: 2) }
    }

    private struct TokenEncoder: EncodingModel, TokenModel {
        private let network = Network("table", input: [3], type: .int32, Embedding(5, width: 2))
        var takesTokens: Bool { true }
        var phases: [TrainingPhase] { [] }
        var criterion: Criterion { .minimize("loss") }
        var variables: [StateVariable] { network.variables }
        func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [] }
        func encode(_ examples: Tensor) -> Tensor { network(examples).flattened() }
    }
}
