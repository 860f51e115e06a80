import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataModels
import StrataNN
import StrataReference
import StrataTraining
import Testing

@Suite struct LayeredModelTests {
    private func trained(_ model: any Model) throws -> Predictor {
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 3)
        return try Predictor(model, features: 9, session: session)
    }

    private static let models: [(model: any Model, names: [String], widths: [Int])] = [
        (Autoencoder(features: 9, hidden: [7, 5], code: 2), ["encoder.0", "encoder.1", "encoder.2"], [7, 5, 2]),
        (VariationalAutoencoder(features: 9, hidden: [7], latent: 2), ["encoder.0", "mean"], [7, 2]),
        (VariationalAutoencoder(features: 9, hidden: [], latent: 2), ["mean"], [2]),
        (
            SupervisedNetwork(
                features: 9, hidden: [7, 5], head: .softmax(classes: 3), normalization: Normalization(.layer)),
            ["encoder.0", "encoder.1"], [7, 5]
        ),
        (SupervisedNetwork(features: 9, hidden: [], head: .softmax(classes: 3)), ["code"], [9]),
        (
            MultiTaskNetwork(
                shape: [9], network: Architecture(hidden: [7, 5]), tasks: [LearningTask("label", .softmax(classes: 3))]),
            ["encoder.0", "encoder.1"], [7, 5]
        ),
        (DeepBeliefNetwork(features: 9, hidden: [7, 5]), ["dbn.0", "dbn.1"], [7, 5]),
        (
            DeepBoltzmannMachine(features: 9, hidden: [7, 5], pretraining: (1, .sgd(0.1))),
            ["dbm.0", "dbm.1"], [7, 5]
        ),
        (RestrictedBoltzmannMachine(features: 9, hidden: 4), ["code"], [4]),
    ]

    @Test func layersLeadUpToTheCode() throws {
        // More rows than go through a function at once.
        let x = uniformNumbers(501, 9, seed: 1)
        for (model, names, widths) in Self.models {
            let predictor = try trained(model)
            let layers = try predictor.layers(x)
            #expect(layers.map(\.name) == names && layers.map(\.width) == widths)
            #expect(layers.allSatisfy { $0.values.count == 501 * $0.width }, "\(names)")
            #expect(try layers.last?.values == predictor.encode(x).codes, "\(names)")
        }
    }

    @Test func eachLayerStandsOnTheOneBelow() throws {
        let x = uniformNumbers(4, 9, seed: 2)
        let model = Autoencoder(features: 9, hidden: [7], code: 2)
        let predictor = try trained(model)
        let layers = try predictor.layers(x)
        // The code anew, from the first layer's numbers and the weights.
        let weight = floats(try predictor.session.readVariable("encoder.1.weight"))
        let bias = floats(try predictor.session.readVariable("encoder.1.bias"))
        for row in 0..<4 {
            for unit in 0..<2 {
                let sum = (0..<7).reduce(bias[unit]) { $0 + layers[0].values[row * 7 + $1] * weight[unit * 7 + $1] }
                #expect(abs(sum - layers[1].values[row * 2 + unit]) < 1e-5)
            }
        }
    }

    private func floats(_ bytes: [UInt8]) -> [Float] { bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } }

    @Test func layersAsCodes() throws {
        let split = try DataSplit(
            dtype: .uint8, exampleShape: [3, 3], bytes: (0..<90).map { UInt8($0 * 7 % 256) }, count: 10)
        let layers = try Codes.layers(of: trained(VariationalAutoencoder(features: 9, hidden: [7], latent: 2)), split)
        #expect(layers.map(\.name) == ["encoder.0", "mean"] && layers.map(\.codes.width) == [7, 2])
        #expect(layers.allSatisfy { $0.codes.count == 10 })
        let gan = GenerativeAdversarialNetwork(features: 9, noise: 3, generator: [5], discriminator: [5])
        let error = try #require(throws: StrataError.self) { try Codes.layers(of: trained(gan), split) }
        #expect(error.kind == .unsupported)
        let none = try DataSplit(dtype: .uint8, exampleShape: [3, 3], bytes: [], count: 0)
        #expect(try #require(throws: StrataError.self) { try Codes.layers(of: trained(gan), none) }.kind == .data)
    }
}
