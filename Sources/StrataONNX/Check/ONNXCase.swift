public import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph

/// A model with examples of what it gives, as the standard's own tests come: a folder with `model.onnx` and folders
/// `test_data_set_0`, … of `input_0.pb`, … and `output_0.pb`, ….
public struct ONNXCase: Sendable {
    /// The folders that lead to it: `node/test_abs`.
    public let name: String
    let path: String

    /// What became of a case.
    public enum Outcome: Sendable, Hashable {
        case passed
        /// Nothing was left for the backend: all outputs follow from shapes, or from inputs that shapes depend on.
        case known
        case failed(String)
        case leftOut(String)
    }

    /// All cases in a folder and the folders within, in the order of their names. Throws `file` where there are none.
    public static func all(in folder: String) throws -> [ONNXCase] {
        #if !ONNX
        throw ONNXModel.leftOut
        #else
        var cases: [ONNXCase] = []
        func look(_ path: String, _ name: String, depth: Int) throws {
            if FileBytes.kind("\(path)/model.onnx") == .file {
                cases.append(ONNXCase(name: name, path: path))
            } else if depth < 3 {
                for inner in try FileBytes.names(inFolder: path) where FileBytes.kind("\(path)/\(inner)") == .folder {
                    try look("\(path)/\(inner)", name.isEmpty ? inner : "\(name)/\(inner)", depth: depth + 1)
                }
            }
        }
        try look(folder, "", depth: 0)
        guard !cases.isEmpty else {
            throw StrataError(
                .file, "\(folder): has no tests of ONNX; unzip the Python package onnx and name its backend/test/data")
        }
        return cases
        #endif
    }

    /// Builds the model, runs it on a backend for every example, and compares.
    public func run(on backend: any Backend) -> Outcome {
        do {
            let model: ONNXModel
            do { model = try ONNXModel(path: "\(path)/model.onnx") } catch let error as StrataError {
                if let reason = ONNXLeftOut.reason(name, error) { return .leftOut(reason) }
                throw error
            }
            if let reason = ONNXLeftOut.reason(name, model) { return .leftOut(reason) }
            let sets = try FileBytes.names(inFolder: path).filter { $0.hasPrefix("test_data_set_") }
            guard !sets.isEmpty else { return .failed("there are no examples") }
            var isKnown = true
            for set in sets {
                let result = try ONNXExamples(folder: "\(path)/\(set)", model, Tolerance(path)).run(model, on: backend)
                if let difference = result.difference { return .failed(difference) }
                isKnown = isKnown && result.isKnown
            }
            return isKnown ? .known : .passed
        } catch let unknown as UnknownAtImport {
            return .failed("\(unknown.place): depends on \(unknown.inputs.sorted().joined(separator: ", "))")
        } catch { return .failed("\(error)") }
    }
}

/// How far a result may be from what is expected: the numbers of the standard's own runner, unless a case has its own.
struct Tolerance {
    var relative: Float = 1e-3
    var absolute: Float = 1e-7

    init(_ folder: String) {
        // {"rtol": 0.001, "atol": 1e-07}
        guard let bytes = try? FileBytes.read("\(folder)/data.json") else { return }
        let words = String(decoding: bytes, as: UTF8.self).split { "{}\":, \n".contains($0) }.map(String.init)
        for (name, value) in zip(words, words.dropFirst()) {
            if name == "rtol", let value = Float(value) { relative = value }
            if name == "atol", let value = Float(value) { absolute = value }
        }
    }

    func admits(_ found: Float, _ expected: Float) -> Bool {
        if found == expected || (found.isNaN && expected.isNaN) { return true }
        return abs(found - expected) <= absolute + relative * abs(expected)
    }
}

/// One set of inputs with their outputs.
private struct ONNXExamples {
    var inputs: [(name: String, example: ONNXExample)]
    var outputs: [ONNXExample]
    var tolerance: Tolerance

    init(folder: String, _ model: ONNXModel, _ tolerance: Tolerance) throws {
        self.tolerance = tolerance
        let names = try FileBytes.names(inFolder: folder)
        let count = names.count { $0.hasPrefix("input_") && $0.hasSuffix(".pb") }
        // Old models list their arrays among the inputs too.
        let initialized = Set(model.graph.initializers.map(\.name))
        let open = model.graph.inputs.filter { !initialized.contains($0.name) }
        let places = model.graph.inputs.count == count ? model.graph.inputs : open
        guard places.count >= count else {
            throw StrataError(.data, "\(folder): has \(count) inputs for \(places.count)")
        }
        inputs = try (0..<count).map { number in
            (places[number].name, try ONNXExample(path: "\(folder)/input_\(number).pb", type: places[number].type))
        }
        outputs = try model.graph.outputs.enumerated().map { number, output in
            try ONNXExample(path: "\(folder)/output_\(number).pb", type: output.type)
        }
    }

    func run(_ model: ONNXModel, on backend: any Backend) throws -> (difference: String?, isKnown: Bool) {
        var options = ONNXImport.Options()
        options.examples = Dictionary(inputs.map { ($0.name, $0.example) }) { first, _ in first }
        let graph = try built(model, &options)
        var results: [(String, Tensor)] = []
        for (number, output) in graph.outputs.enumerated() { try gather(output.value, "\(number)", &results) }
        var read: [String: ONNXTensor.Elements] = [:]
        if !results.isEmpty {
            let session = Session(backend: backend)
            let function = try session.prepare(Graph(outputs: results))
            for (name, tensor) in leaves(options.examples) where function.inputNames.contains(name) {
                switch tensor.elements {
                case .integers(let values) where tensor.type != .bool:
                    try function.write(name, values.map { Int32(clamping: $0) })
                default: try function.write(name, tensor.floats)
                }
            }
            try function.run()
            for (name, tensor) in results {
                read[name] =
                    tensor.dtype == .int32
                    ? .integers(try function.read(name, as: Int32.self).map(Int.init))
                    : .floats(try function.read(name, as: Float.self))
            }
        }
        for (number, output) in graph.outputs.enumerated() {
            if let difference = difference(output.value, outputs[number], "\(number)", read) {
                return ("\(output.name): \(difference)", false)
            }
        }
        return (nil, results.isEmpty)
    }

    /// The graph, with those inputs built in that its shapes depend on.
    private func built(_ model: ONNXModel, _ options: inout ONNXImport.Options) throws -> ONNXImport {
        while true {
            do { return try ONNXImport(model, options) } catch let unknown as UnknownAtImport {
                let before = options.fixed.count
                for (name, example) in inputs
                where unknown.inputs.contains(where: { $0 == name || $0.hasPrefix("\(name).") }) {
                    options.fixed[name] = example
                }
                guard options.fixed.count > before else { throw unknown }
            }
        }
    }

    private func leaves(_ examples: [String: ONNXExample]) -> [(String, ONNXTensor)] {
        func leaves(_ name: String, _ example: ONNXExample) -> [(String, ONNXTensor)] {
            switch example {
            case .tensor(let tensor): [(name, tensor)]
            case .sequence(let parts): parts.enumerated().flatMap { leaves("\(name).\($0.offset)", $0.element) }
            case .none: []
            }
        }
        return examples.flatMap { leaves($0.key, $0.value) }
    }

    /// The arrays that a run gives, those within sequences by their place.
    private func gather(_ value: Value, _ name: String, _ results: inout [(String, Tensor)]) throws {
        switch value {
        case .array(let operand): if operand.host == nil { results.append((name, try operand.tensor())) }
        case .sequence(let parts):
            for (number, part) in parts.enumerated() { try gather(part, "\(name).\(number)", &results) }
        case .none: break
        }
    }

    private func difference(
        _ value: Value, _ expected: ONNXExample, _ name: String, _ read: [String: ONNXTensor.Elements]
    ) -> String? {
        switch (value, expected) {
        case (.sequence(let parts), .sequence(let others)):
            guard parts.count == others.count else { return "\(parts.count) arrays, expected \(others.count)" }
            for (number, part) in parts.enumerated() {
                if let found = difference(part, others[number], "\(name).\(number)", read) {
                    return "[\(number)]: \(found)"
                }
            }
            return nil
        case (.none, .none): return nil
        case (.array(let operand), .tensor(let tensor)):
            guard operand.shape == tensor.shape else { return "\(operand.shape), expected \(tensor.shape)" }
            guard operand.type == tensor.type else { return "\(operand.type), expected \(tensor.type)" }
            guard let elements = operand.host?.elements ?? read[name] else { return "was not computed" }
            return difference(elements, tensor)
        default: return "is of another kind than expected"
        }
    }

    private func difference(_ found: ONNXTensor.Elements, _ expected: ONNXTensor) -> String? {
        func text(_ place: Int, _ found: String, _ expected: String) -> String {
            "element \(place) is \(found), expected \(expected)"
        }
        switch (found, expected.elements) {
        case (.integers(let a), .integers(let b)):
            return a.indices.first { a[$0] != b[$0] }.map { text($0, "\(a[$0])", "\(b[$0])") }
        case (.strings(let a), .strings(let b)):
            return a.indices.first { a[$0] != b[$0] }.map { text($0, a[$0], b[$0]) }
        case (.floats(let a), _):
            let b = expected.floats
            return a.indices.first { !tolerance.admits(a[$0], b[$0]) }.map { text($0, "\(a[$0])", "\(b[$0])") }
        default: return "is of another kind than expected"
        }
    }
}
