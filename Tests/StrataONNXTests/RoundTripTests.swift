#if ONNX
import Foundation
import StrataBLAS
import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels
import StrataNN
import StrataONNX
import StrataOpenCL
import StrataReference
import StrataRuns
import StrataSIMD
import StrataTraining
import Testing

/// Models of the zoo, written as models of ONNX and read again.
@Suite struct RoundTripTests {
    private static let backends: [any Backend.Type] = {
        var all: [any Backend.Type] = [ReferenceBackend.self, SIMDBackend.self]
        #if BLAS
        all.append(BLASBackend.self)
        #endif
        #if OpenCL
        all.append(OpenCLBackend.self)
        #endif
        return all.filter { if case .available = $0.probe() { true } else { false } }
    }()

    /// A run of an untrained model of 8 × 8 images in 3 classes, in a folder of its own.
    private struct Fixture {
        let folder: String
        let run: Run

        init(_ model: String, _ settings: [String: String]) throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent("strata-onnx-\(UUID())").path
            let description = try Zoo.builtIn[model]
            let configuration = RunConfiguration(
                model: model, settings: try Hyperparameters(description.hyperparameters, settings).typed,
                exampleShape: [8, 8], classes: 3, batchSize: 8, optimizer: nil, backend: "simd")
            let variables = try configuration.model().variables
            let session = try Session(backend: SIMDBackend(configuration: .init()), seed: 3)
                .session(sharing: variables)
            let folder = try RunFolder(creating: self.folder, replacing: false)
            try folder.write(configuration)
            try Checkpoint(session: session, variables: variables.map(\.name)).write(folder.checkpoint)
            run = try Run(self.folder)
        }

        func remove() { try? FileManager.default.removeItem(atPath: folder) }

        /// A model of ONNX that was written, as a model with its weights.
        func imported(_ ability: String, opset: Int, outputs: String = "codes") throws -> (any Model, ONNXNetwork) {
            let file = "\(folder)/\(ability).onnx"
            _ = try run.writeONNX(to: file, abilities: [ability], opset: opset)
            let network = try ONNXNetwork(path: file)
            var settings = network.settings
            settings["outputs"] = outputs
            let description = ImportedNetworks.description
            let spec = DataSpec(features: network.exampleShape.product, classes: 3, shape: network.exampleShape)
            return (try description.build(spec, Hyperparameters(description.hyperparameters, settings)), network)
        }
    }

    private static func numbers(_ count: Int) -> [Float] { (0..<count).map { Float($0 * 37 % 101) / 101 } }

    private static let models: [(model: String, settings: [String: String])] = [
        ("vae", ["hidden": "20", "latent": "4"]),
        ("vae", ["network": "conv", "channels": "3,4", "latent": "4"]),
        ("vae", ["network": "lstm", "units": "5", "latent": "3"]),
        ("autoencoder", ["network": "transformer", "patch": "4", "patch-width": "8", "code": "4"]),
        ("classifier", ["network": "conv", "channels": "3,4", "normalization": "batch"]),
        ("classifier", ["network": "residual", "channels": "3,4", "normalization": "layer"]),
        ("rbm", ["hidden": "7"]),
    ]

    /// What a file gives is what the model gives, on every backend, with every operator set that is written.
    @Test(arguments: models.indices) func aFileGivesWhatItsModelGives(number: Int) throws {
        let (name, settings) = Self.models[number]
        let fixture = try Fixture(name, settings)
        defer { fixture.remove() }
        for (opset, type) in zip([17, 18, 21, 22], Self.backends) {
            let backend = try type.init(configuration: .init())
            let own = try fixture.run.predictor(on: backend)
            // Another number of rows than graphs were traced for.
            let examples = Self.numbers(5 * 64)
            func check(_ ability: String, _ input: [Float], _ expected: [Float]) throws {
                let (model, network) = try fixture.imported(ability, opset: opset)
                let features = network.exampleShape.product
                let predictor = try Predictor(
                    model, features: features, session: Session(backend: backend), weights: network.weights)
                let found = try predictor.encode(input).codes
                #expect(found.count == expected.count)
                let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
                #expect(worst <= 1e-6, "\(type.identifier) \(ability) of \(name): \(worst)")
            }
            let (codes, size) = try own.encode(examples)
            try check("encode", examples, codes)
            if own.model is any DecodingModel {
                let codes = Self.numbers(5 * size).map { $0 - 0.5 }
                try check("decode", codes, own.decode(codes))
                try check("reconstruct", examples, own.reconstruct(examples))
            }
            if own.model is any ClassifyingModel {
                try check("classify", examples, own.classScores(of: examples).scores)
            }
        }
    }

    /// Samples are a function of the noise that the file asks for.
    @Test func samplesFollowFromTheirNoise() throws {
        let fixture = try Fixture(
            "gan", ["network": "conv", "channels": "4,3", "noise": "6", "normalization": "batch"])
        defer { fixture.remove() }
        let backend = try SIMDBackend(configuration: .init())
        let predictor = try fixture.run.predictor(on: backend)
        let model = try #require(predictor.model as? any SamplingModel)
        let key = RandomKey(.input(Session.keyName, [2], dtype: .int32)).named("sampling")
        var graph = try Graph(outputs: [("examples", model.sampling(5, key: key).examples)])
        let draw = try #require(graph.nodes.firstIndex { if case .random = $0.op { true } else { false } })
        graph.outputs.append(Graph.Result(name: "noise", node: draw))
        let session = Session(backend: backend)
        let function = try session.prepare(graph)
        try fixture.run.checkpoint.restore(predictor.model.variables.map(\.name), in: session)
        try function.write(Session.keyName, [7, 0] as [Int32])
        try function.run()
        let (noise, expected) = (try function.read("noise"), try function.read("examples"))
        let (sampler, network) = try fixture.imported("sample", opset: 17)
        let found = try Predictor(
            sampler, features: 6, session: Session(backend: backend), weights: network.weights
        ).encode(noise).codes
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-6 } && found.count == expected.count)
        #expect(Set(expected).count > 10)
    }

    /// Gradients go through an imported graph as through the model that it is of, and running averages have none.
    @Test func gradientsGoThroughAnImportedGraph() throws {
        let fixture = try Fixture(
            "classifier", ["network": "conv", "channels": "3,4", "normalization": "batch"])
        defer { fixture.remove() }
        let (model, network) = try fixture.imported("classify", opset: 17, outputs: "logits")
        let backend = try SIMDBackend(configuration: .init())
        func gradients(_ model: any Model, _ names: [String], _ weights: Checkpoint) throws -> [[Float]] {
            let classifier = try #require(model as? any ClassifyingModel)
            let variables = try names.map { name in try #require(model.variables.first { $0.name == name }) }
            let logits = classifier.classLogits(.input("rows", [5, 64]))
            let found = gradient(of: logits.squared().sum(), withRespectTo: variables.map(\.tensor))
            let session = Session(backend: backend)
            let function = try session.prepare(Graph(outputs: zip(names, found).map { ($0, $1) }))
            try weights.restore(model.variables.map(\.name), in: session)
            try function.write("rows", Self.numbers(5 * 64))
            try function.run()
            return try names.map { try function.read($0) }
        }
        let own = fixture.run.model.variables.map(\.name).filter { !$0.contains("running") }
        let names = own.filter { network.weights.variables["graph.\($0)"] != nil }
        #expect(names == own && own.count > 4)
        let expected = try gradients(fixture.run.model, names, fixture.run.checkpoint)
        let found = try gradients(model, names.map { "graph.\($0)" }, network.weights)
        for (name, (a, b)) in zip(names, zip(expected, found)) {
            let scale = a.map(abs).max() ?? 0
            #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * max(scale, 1e-3) }, "\(name)")
        }
        #expect(expected.flatMap { $0 }.contains { $0 != 0 })
    }

    @Test func whatCannotBeWrittenIsRefusedInOneLine() throws {
        let fixture = try Fixture("rbm", ["hidden": "7"])
        defer { fixture.remove() }
        let path = "\(fixture.folder)/out"
        #expect { _ = try fixture.run.writeONNX(to: path, abilities: ["sample"]) } throws: {
            "\($0)".contains("chain") && !"\($0)".contains(".swift")
        }
        #expect { _ = try fixture.run.writeONNX(to: path, abilities: ["classify"]) } throws: {
            "\($0)".contains("no such ability")
        }
        #expect { _ = try fixture.run.writeONNX(to: path, abilities: ["dream"]) } throws: {
            "\($0)".contains("unknown ability")
        }
        #expect { _ = try fixture.run.writeONNX(to: path, opset: 23) } throws: { "\($0)".contains("17 to 22") }
        #expect { _ = try fixture.run.writeONNX(to: "\(path).onnx") } throws: { "\($0)".contains("one ability") }
        // The others are written.
        let notes = try fixture.run.writeONNX(to: path)
        #expect(notes.contains { $0.hasPrefix("sample:") && $0.contains("not written") })
        #expect(FileManager.default.fileExists(atPath: "\(path)/encode.onnx"))
    }
}
#endif
