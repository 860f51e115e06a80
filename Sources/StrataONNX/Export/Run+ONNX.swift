import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels
public import StrataRuns
import StrataTraining

extension Run {
    /// Writes the model as models of ONNX, one for each ability (`encode.onnx`, `decode.onnx`, …), for batches of any size.
    ///
    /// Examples are as the model takes them, in the shape of the data; noise that an ability draws is an input, whose
    /// distribution the file's metadata tell. Returns what a user should know, a line each.
    ///
    /// Throws `usage` for a name that is no ability or an operator set that is not written, `unsupported` where the model
    /// lacks one that was asked for or none can be written, and `file` with the system's reason.
    ///
    /// - `path`: A folder; or a file, `….onnx`, for one ability.
    /// - `abilities`: Their names (`ModelAbility.all`); all that the model has where there are none.
    /// - `opset`: The version of the standard's operator set, 17 to 22.
    public func writeONNX(
        to path: String, abilities: [String] = [], opset: Int = 17, weights: Weights = .last
    ) throws -> [String] {
        #if !ONNX
        throw ONNXModel.leftOut
        #else
        let all = ModelAbility.all
        if let stray = abilities.first(where: { name in !all.contains { $0.name == name } }) {
            throw StrataError.unknown("ability", stray, among: all.map(\.name))
        }
        let isFile = path.hasSuffix(".onnx")
        guard !isFile || abilities.count == 1 else {
            throw StrataError(parameter: "out", path, "a file holds one ability; name a folder, or the ability")
        }
        let (checkpoint, key) = (
            try self.weights(weights), RandomKey(.input(Session.keyName, [2], dtype: .int32)).named("sampling")
        )
        var notes: [String] = []
        var written: [(name: String, bytes: [UInt8])] = []
        for ability in all where abilities.isEmpty || abilities.contains(ability.name) {
            do {
                guard let model = try exported(ability, key, checkpoint, opset: opset) else {
                    if abilities.isEmpty { continue }
                    throw StrataError(.unsupported, "\(configuration.model) has no such ability")
                }
                let inputs = model.graph.inputs.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
                let outputs = model.graph.outputs.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
                notes.append("\(ability.name): \(inputs) → \(outputs)")
                written.append((ability.name, try model.bytes()))
            } catch let error as StrataError where error.parameter == nil {
                let told = "\(ability.name): \(error.message)"
                // What the model or ONNX cannot express is no failure of the others.
                guard abilities.isEmpty, [.unsupported, .shape].contains(error.kind) else {
                    throw StrataError(error.kind, told)
                }
                notes.append("\(told) (not written)")
            }
        }
        guard !written.isEmpty else {
            let reasons = notes.isEmpty ? "" : ": \(notes.joined(separator: "; "))"
            throw StrataError(.unsupported, "\(configuration.model) has no ability that can be written\(reasons)")
        }
        if isFile {
            try AtomicFile.write(path, written[0].bytes)
        } else {
            try RunFolder.makeFolders(path)
            for (name, bytes) in written { try AtomicFile.write("\(path)/\(name).onnx", bytes) }
        }
        return notes
        #endif
    }

    /// An ability as a model of ONNX; `nil` where the model lacks it.
    private func exported(
        _ ability: ModelAbility, _ key: RandomKey, _ checkpoint: Checkpoint, opset: Int
    ) throws -> ONNXModel? {
        let spec = configuration.spec
        guard try ability.graph(of: model, for: spec, rows: 2, key: key) != nil else { return nil }
        let pair = try GraphExport.Pair { rows in
            try ability.graph(of: model, for: spec, rows: rows, key: key)?.map { ($0.name, $0.value) } ?? []
        }
        var result = try GraphExport.model(pair, named: "\(configuration.model) \(ability.name)", opset: opset) {
            variable in
            guard let array = checkpoint.variables[variable.name] else {
                throw StrataError(.unsupported, "'\(variable.name)' is no weight of the model, but a state of a chain")
            }
            return try ONNXTensor(array)
        }
        result.metadata["strata.model"] = configuration.model
        result.metadata["strata.ability"] = ability.name
        if let facts = configuration.facts {
            result.metadata["strata.scale"] = "\(facts.scale)"
            result.metadata["strata.range"] = "\(facts.scaledRange.lowerBound) \(facts.scaledRange.upperBound)"
            if let names = facts.classNames, ability.name == "classify" {
                result.metadata["strata.classes"] = names.joined(separator: "\n")
            }
        }
        return result
    }
}

extension ONNXTensor {
    /// An array of a checkpoint.
    init(_ array: StoredArray) throws {
        let type = array.dtype.elementType
        self.init(type, array.shape, ElementBytes.elements(array.bytes, type))
    }
}

extension ONNXValueType: CustomStringConvertible {
    /// `float32 [batch, 784]`
    package var description: String {
        switch self {
        case .tensor(let type, let dimensions):
            guard let dimensions else { return "\(type)" }
            let extents = dimensions.map { dimension in
                switch dimension {
                case .extent(let extent): "\(extent)"
                case .named(let name): name.isEmpty ? "?" : name
                }
            }
            return "\(type) [\(extents.joined(separator: ", "))]"
        case .sequence(let element): return "a sequence of \(element)"
        case .optional(let wrapped): return "an optional \(wrapped)"
        case .unknown: return "of an unknown type"
        }
    }
}
