import Foundation
import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataReference
import StrataTraining
import Testing

/// A network of every layer kind, whose weights cross to PyTorch and back: Tests/Fixtures/pytorch/sequential.py has the
/// same network.
@Suite(.serialized) struct PyTorchTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/pytorch").standardized
    /// PyTorch, where `Benchmarks/peers/setup.sh` has set it up.
    private static let python = folder.appendingPathComponent("../../../Benchmarks/peers/.venv/bin/python").standardized
    static let hasPyTorch = FileManager.default.isExecutableFile(atPath: python.path)

    private static let network = Network(
        "model", input: [6], type: .int32,
        Sequential([
            Embedding(11, width: 8), Attention(heads: 2, isCausal: true), Normalization(.layer),
            LSTM(4, layers: 2, isBidirectional: true), GRU(8), Flatten(),
            Reshape([3, 4, 4]), Convolution(8), Activation.relu, Normalization(.batch),
            Residual(
                Sequential([Convolution(8, groups: 2), Activation.softplus]), shortcut: Convolution(8, size: 1),
                activation: .leakyReLU),
            Upsample(2), Normalization(.group(4)), Pooling.maximum(size: 3, stride: 1),
            TransposedConvolution(6, size: 4, stride: 2, padding: 1), Normalization(.instance),
            Pooling.average(size: 2), Dropout(0.5), Convolution(4, stride: 2, padding: 2, dilation: 2),
            Residual(
                Sequential([Convolution(7, size: 1), Pooling.globalAverage, Flatten()]),
                shortcut: Sequential([Flatten(), Dense(7, hasBias: false)]), activation: .leakyReLU),
            Block(Dense(10), normalization: Normalization(.batch), activation: .tanh, dropout: 0.3),
            Dense(5), Activation.sigmoid,
            Affine(
                weight: StateVariable("model.23.weight", [5, 5], initializer: .normal(mean: 0, standardDeviation: 1)),
                bias: StateVariable("model.23.bias", [5], initializer: .zeros)),
            Repeat(3), GRU(3, layers: 2, isBidirectional: true, returns: .last),
        ]))

    private static func outputs(_ tokens: [Int32], in session: Session) throws -> [Float] {
        let x = Tensor.input("tokens", [tokens.count / 6, 6], dtype: .int32)
        let function = try session.prepare(Graph(outputs: [("y", network(x))]))
        try function.write("tokens", tokens)
        try function.run()
        return try function.read("y")
    }

    private static func values<Element: BitwiseCopyable>(_ name: String, of file: Checkpoint) throws -> [Element] {
        try #require(file.variables[name]).bytes.withUnsafeBytes { Array($0.bindMemory(to: Element.self)) }
    }

    @Test(arguments: BackendConformanceTests.backends.map { $0.identifier })
    func weightsOfPyTorchGiveItsOutputs(identifier: String) throws {
        let type = try #require(BackendConformanceTests.backends.first { $0.identifier == identifier })
        guard case .available = type.probe() else {
            print("skipped: \(identifier) is unavailable")
            return
        }
        let file = try Checkpoint(path: Self.folder.appendingPathComponent("sequential.safetensors").path)
        let session = Session(backend: try type.init(configuration: BackendConfiguration(threads: 2)))
        try session.create(Self.network.variables)
        try file.restore(Self.network.variables.map(\.name), in: session)
        let expected: [Float] = try Self.values("output", of: file)
        let found = try Self.outputs(Self.values("tokens", of: file), in: session)
        #expect(found.count == expected.count)
        let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference < 1e-5, "\(difference)")
        // Every array of the file but PyTorch's counters of batches is one of ours.
        let others = Set(file.variables.keys).subtracting(Self.network.variables.map(\.name))
        #expect(others.filter { !$0.hasSuffix("num_batches_tracked") } == Set(["tokens", "output"]))
    }

    @Test(.enabled(if: hasPyTorch, "PyTorch is not set up: Benchmarks/peers/setup.sh"))
    func ourWeightsGiveOurOutputsInPyTorch() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID()).safetensors").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let session = Session(backend: ReferenceBackend(configuration: .init()), seed: 3)
        try session.create(Self.network.variables)
        var checkpoint = try Checkpoint(session: session, variables: Self.network.variables.map(\.name))
        let tokens = (0..<24).map { Int32($0 * 7 % 11) }
        let outputs = try Self.outputs(tokens, in: session)
        checkpoint.variables["tokens"] = try tokens.withUnsafeBytes {
            try StoredArray(dtype: .int32, shape: [4, 6], bytes: Array($0))
        }
        checkpoint.variables["output"] = try outputs.withUnsafeBytes {
            try StoredArray(dtype: .float32, shape: [4, 6], bytes: Array($0))
        }
        try checkpoint.write(path)
        let process = Process()
        process.executableURL = Self.python
        process.arguments = [Self.folder.appendingPathComponent("sequential.py").path, "check", path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
