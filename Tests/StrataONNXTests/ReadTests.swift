import Foundation
import StrataBackend
import StrataCompiler
import StrataGraph
import StrataONNX
import StrataReference
import Testing

@Suite struct ReadTests {
    /// The outputs of a model on the oracle.
    private func outputs(_ model: ONNXModel, _ inputs: [String: [Float]]) throws -> [Float] {
        let graph = try ONNXImport(model)
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()))
        guard case .array(let operand) = graph.outputs[0].value else { return [] }
        let function = try session.prepare(Graph(outputs: [("y", operand.tensor())]))
        for (name, values) in inputs { try function.write(name, values) }
        try function.run()
        return try function.read("y")
    }

    @Test func aFileGivesWhatTheModelGives() throws {
        let x: [Float] = [0.1, 0.2, -0.1, 0.3, 0, -0.2]
        let direct = try outputs(.small, ["x": x])
        #expect(try outputs(ONNXModel(bytes: ONNXModel.small.bytes()), ["x": x]) == direct)
        // tanh(½ x Wᵀ + b), three times.
        let first = 3 * tanhf(0.5 * (0.1 * 1 + 0.2 * 2 - 0.1 * 3) + 0.5)
        #expect(abs(direct[0] - first) < 1e-6)
    }

    /// Whatever a damaged file says, reading and building it ends, in a graph or in one line.
    @Test func aDamagedFileIsRefusedInOneLine() throws {
        let bytes = try ONNXModel.small.bytes()
        var refused = 0
        func attempt(_ bytes: [UInt8]) {
            do { _ = try ONNXImport(ONNXModel(bytes: bytes)) } catch let error as StrataError {
                refused += 1
                #expect(!error.message.contains("\n") && !error.message.isEmpty)
            } catch { #expect(error is UnknownAtImport) }
        }
        for count in bytes.indices { attempt(Array(bytes.prefix(count))) }
        #expect(refused > bytes.count * 9 / 10)
        for place in bytes.indices {
            for change: UInt8 in [0x01, 0x80, 0xFF] {
                var damaged = bytes
                damaged[place] ^= change
                attempt(damaged)
            }
        }
    }

    @Test func deepNestingIsRefused() throws {
        var graph = ONNXGraph()
        graph.nodes = [ONNXNode("Identity", ["x"], ["y"])]
        for _ in 0..<200 {
            var outer = ONNXGraph()
            outer.nodes = [ONNXNode("If", ["c"], ["y"], ["then_branch": .graph(graph)])]
            graph = outer
        }
        let bytes = try ONNXModel(opsets: ["": 17], graph: graph).bytes()
        #expect(throws: StrataError.self) { try ONNXModel(bytes: bytes) }
    }

    @Test func aLoopWithoutEndIsRefused() throws {
        var model = ONNXModel.small
        model.graph.initializers[2].tensor = ONNXTensor([1 << 40], [])
        #expect { try ONNXImport(model) } throws: { "\($0)".contains("32,768") }
    }

    @Test func versionsThatAreNotKnownAreRefused() throws {
        for version in [5, 28, -1] {
            var model = ONNXModel.small
            model.opsets = ["": version]
            #expect { try ONNXImport(model) } throws: { "\($0)".contains("operator set \(version)") }
        }
    }

    @Test func aShapeThatDependsOnAnInputSaysWhich() throws {
        let model = ONNXModel.of(
            [ONNXNode("NonZero", ["x"], ["y"])], inputs: [("x", [3])], outputs: ["y"])
        #expect { try ONNXImport(model) } throws: { ($0 as? UnknownAtImport)?.inputs == ["x"] }
    }
}

@Suite struct ExternalDataTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("strata-onnx-\(UUID())").path

    /// A model whose array lies in another file, as its description says.
    private func read(_ entries: [String: String]) throws -> ONNXModel {
        try ONNXModel(bytes: ONNXFixture.external(entries, shape: [2]), folder: folder)
    }

    @Test func onlyFilesBeneathTheModelAreOpened() throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: "\(folder)/inner", withIntermediateDirectories: true)
        defer { try? manager.removeItem(atPath: folder) }
        // 1 and 2, after 4 bytes of something else.
        let bytes: [UInt8] = [9, 9, 9, 9, 0, 0, 128, 63, 0, 0, 0, 64]
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/inner/weights.bin"))
        try manager.createSymbolicLink(atPath: "\(folder)/link.bin", withDestinationPath: "\(folder)/inner/weights.bin")
        try manager.createSymbolicLink(atPath: "\(folder)/door", withDestinationPath: "\(folder)/inner")
        let sound = ["location": "inner/weights.bin", "offset": "4", "length": "8"]
        let model = try read(sound)
        #expect(model.graph.initializers[0].tensor == ONNXTensor([1, 2] as [Float], [2]))
        let sum = "0fbc0a2c2f8a0a3ae5e0d2ad9b1c9a1d4d9a7a55"
        let refused: [[String: String]] = [
            ["location": "../weights.bin"], ["location": "/etc/passwd"], ["location": "inner/../inner/weights.bin"],
            ["location": "link.bin", "offset": "4"], ["location": "door/weights.bin", "offset": "4"], [:],
            ["location": "inner/weights.bin", "offset": "-1"], ["location": "inner/weights.bin", "offset": "5"],
            ["location": "inner/weights.bin", "offset": "4", "length": "9223372036854775807"],
            ["location": "inner"], ["location": "absent"], sound.merging(["checksum": sum]) { first, _ in first },
        ]
        for entries in refused {
            #expect(throws: StrataError.self, "\(entries)") { try read(entries) }
        }
    }
}
