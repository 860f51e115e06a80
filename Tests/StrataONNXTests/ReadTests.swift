#if ONNX
import Foundation
import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels
import StrataNN
import StrataONNX
import StrataReference
import StrataTraining
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

/// What would be computed wrongly is refused, or said.
@Suite struct PrecisionTests {
    private func model(_ node: ONNXNode, _ type: ElementType, _ constant: ONNXTensor) -> ONNXModel {
        var model = ONNXModel.of([node], inputs: [], outputs: ["y"], initializers: [("c", constant)])
        model.graph.inputs = [ONNXValueInfo("x", .tensor(type, [.extent(2)]))]
        model.graph.outputs = [ONNXValueInfo("y", .tensor(type, nil))]
        return model
    }

    @Test func wholeNumbersBeyondSinglePrecisionAreRefused() throws {
        let sum = ONNXNode("Add", ["x", "c"], ["y"])
        #expect { try ONNXImport(model(sum, .int64, ONNXTensor([16_777_217], [1]))) } throws: {
            "\($0)".contains("16777217") && "\($0)".contains("2²⁴")
        }
        let sound = try ONNXImport(model(sum, .int64, ONNXTensor([16_777_216], [1])))
        #expect(sound.notes.count == 1 && sound.notes[0].contains("2²⁴"))
        // Of what is known, nothing is rounded.
        let known = ONNXModel.of(
            [ONNXNode("Add", ["c", "c"], ["y"])], inputs: [], outputs: ["y"],
            initializers: [("c", ONNXTensor([1 << 40], [1]))])
        guard case .array(let operand) = try ONNXImport(known).outputs[0].value else { return }
        #expect(operand.host?.integers == [1 << 41])
    }

    @Test func doublePrecisionIsSaid() throws {
        let constant = ONNXTensor(.float64, [1], .floats([1]))
        let notes = try ONNXImport(model(ONNXNode("Add", ["x", "c"], ["y"]), .float64, constant)).notes
        #expect(notes.count == 1 && notes[0].contains("float64"))
        #expect(try ONNXImport(ONNXModel.small).notes.isEmpty)
    }
}

/// Operator set 6, which says by attributes what is broadcast.
@Suite struct FormerVersionTests {
    private func first(_ op: String, _ attributes: [String: ONNXAttribute], _ second: ONNXTensor) throws -> [Float] {
        let model = ONNXModel.of(
            [ONNXNode(op, ["x", "c"], ["y"], attributes)], inputs: [("x", [2, 3, 2])], outputs: ["y"], opset: 6,
            initializers: [("c", second)])
        let graph = try ONNXImport(model)
        guard case .array(let operand) = graph.outputs[0].value else { return [] }
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()))
        let function = try session.prepare(Graph(outputs: [("y", operand.tensor())]))
        try function.write("x", (0..<12).map { Float($0) - 6 })
        try function.run()
        return try Array(function.read("y").prefix(6))
    }

    @Test func anAxisSaysWhereTheSecondArgumentStands() throws {
        let column = ONNXTensor([10, 20, 30] as [Float], [3])
        #expect(
            try first("Add", ["broadcast": .integer(1), "axis": .integer(1)], column) == [4, 5, 16, 17, 28, 29])
        let row = ONNXTensor([10, 20] as [Float], [2])
        #expect(try first("Add", ["broadcast": .integer(1)], row) == [4, 15, 6, 17, 8, 19])
        #expect(throws: StrataError.self) { try first("Add", [:], row) }
        #expect(throws: StrataError.self) { try first("Add", ["broadcast": .integer(1), "axis": .integer(2)], column) }
    }

    @Test func slopesAreOfChannels() throws {
        #expect(try first("PRelu", [:], ONNXTensor([1, 2, 3] as [Float], [3])) == [-6, -5, -8, -6, -6, -3])
    }
}

/// Networks of other programs, cut out of their files.
@Suite struct ImportTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID()).onnx").path

    private func network(_ model: ONNXModel, output: String? = nil, shape: [Int]? = nil) throws -> ONNXNetwork {
        try Data(model.bytes()).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try ONNXNetwork(path: path, output: output, shape: shape)
    }

    private let weight = ("w", ONNXTensor([1, 2, 3, 4, 5, 6] as [Float], [3, 2]))

    @Test func oneArrayOfRowsGoesIn() throws {
        let product = ONNXNode("MatMul", ["x", "w"], ["y"])
        let found = try network(.of([product], inputs: [("x", [1, 3])], outputs: ["y"], initializers: [weight]))
        #expect(found.width == 2 && found.exampleShape == [3] && Array(found.weights.variables.keys) == ["graph.w"])
        let two = ONNXModel.of(
            [ONNXNode("Add", ["x", "z"], ["y"])], inputs: [("x", [1, 3]), ("z", [1, 3])], outputs: ["y"])
        #expect { try network(two) } throws: { "\($0)".contains("z float32 [1, 3]") }
        let one = ONNXModel.of([product], inputs: [("x", [1, 3])], outputs: ["y"], initializers: [weight])
        #expect { try network(one, output: "q") } throws: { "\($0)".contains("unknown output 'q'") }
    }

    /// An output that mixes the rows is no network.
    @Test func anOutputHasARowForEach() throws {
        let sum = ONNXNode("ReduceSum", ["x"], ["y"], ["keepdims": .integer(0)])
        #expect { try network(.of([sum], inputs: [("x", [1, 3])], outputs: ["y"])) } throws: {
            "\($0)".contains("expected a row for each")
        }
    }

    /// Steps of a sequence are no batch, though there is a row for each.
    @Test func rowsDoNotDependOnEachOther() throws {
        let sum = ONNXNode("CumSum", ["x", "axis"], ["y"])
        func predictor(axis: Int) throws -> Predictor {
            let model = ONNXModel.of(
                [sum], inputs: [("x", [1, 3])], outputs: ["y"], initializers: [("axis", ONNXTensor([axis], []))])
            let found = try network(model)
            let description = ImportedNetworks.description
            return try Predictor(
                description.build(
                    DataSpec(features: 3), Hyperparameters(description.hyperparameters, found.settings)), features: 3,
                session: Session(backend: ReferenceBackend(configuration: BackendConfiguration())))
        }
        try ONNXNetwork.checkRows(predictor(axis: 1))
        #expect { try ONNXNetwork.checkRows(predictor(axis: 0)) } throws: { "\($0)".contains("is no batch") }
    }

    /// Scales that shapes follow from, and single numbers, are no weights.
    @Test func whatShapesDependOnIsNoWeight() throws {
        let resize = ONNXNode("Resize", ["x", "", "scales"], ["r"])
        let scaled = ONNXNode("Mul", ["r", "half"], ["y"])
        let model = ONNXModel.of(
            [resize, scaled], inputs: [("x", [1, 1, 2, 2])], outputs: ["y"],
            initializers: [
                ("scales", ONNXTensor([1, 1, 2, 2] as [Float], [4])), ("half", ONNXTensor([0.5] as [Float], [])),
            ])
        let found = try network(model)
        #expect(found.width == 16 && found.weights.variables.isEmpty)
    }

    @Test func axesInAnotherOrderAreRefused() throws {
        let model = ONNXModel.of(
            [ONNXNode("Flatten", ["x"], ["y"])], inputs: [("x", [1, 4, 4, 3])], outputs: ["y"])
        let found = try network(model)
        let description = ImportedNetworks.description
        let settings = try Hyperparameters(description.hyperparameters, found.settings)
        #expect { _ = try description.build(DataSpec(features: 48, shape: [3, 4, 4]), settings) } throws: {
            "\($0)".contains("another order")
        }
        _ = try description.build(DataSpec(features: 48, shape: [48]), settings)
        #expect { _ = try description.build(DataSpec(features: 47), settings) } throws: {
            "\($0)".contains("[4, 4, 3]")
        }
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
        // SHA-1 of the whole file, as another program has it.
        let right = "d19aac06af2d06fdddbbf8f9647ce886250295cb"
        _ = try read(sound.merging(["checksum": right]) { $1 })
        let sum = "0fbc0a2c2f8a0a3ae5e0d2ad9b1c9a1d4d9a7a55"
        let refused: [[String: String]] = [
            ["location": "../weights.bin"], ["location": "/etc/passwd"], ["location": "inner/../inner/weights.bin"],
            ["location": "link.bin", "offset": "4"], ["location": "door/weights.bin", "offset": "4"], [:],
            ["location": "inner/weights.bin", "offset": "-1"], ["location": "inner/weights.bin", "offset": "5"],
            ["location": "inner/weights.bin", "offset": "4", "length": "9223372036854775807"],
            ["location": "inner"], ["location": "absent"], sound.merging(["length": "4"]) { $1 },
            sound.merging(["checksum": sum]) { first, _ in first },
        ]
        for entries in refused {
            #expect(throws: StrataError.self, "\(entries)") { try read(entries) }
        }
    }
}
#endif
