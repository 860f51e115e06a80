import StrataBackend
import StrataData

#if ONNX
import Foundation
import SwiftProtobuf
#endif

extension ONNXModel {
    /// The model in a file, with arrays that lie in files beside it.
    ///
    /// Throws `file` where a file cannot be read, `data` where it is damaged or contradicts itself, `unsupported` for what
    /// nothing here can hold (and for any file in a build without the trait `ONNX`).
    public init(path: String) throws {
        do {
            try self.init(
                bytes: FileBytes.read(path),
                folder: path.contains("/")
                    ? path.split(separator: "/", omittingEmptySubsequences: false)
                        .dropLast().joined(separator: "/") + "/" : ".")
        } catch let error as StrataError {
            throw error.message.hasPrefix(path) ? error : StrataError(error.kind, "\(path): \(error.message)")
        }
    }

    /// The model that the bytes of a file hold; arrays in other files are looked for in `folder`.
    package init(bytes: [UInt8], folder: String? = nil) throws {
        #if ONNX
        let proto: Onnx_ModelProto
        do { proto = try Onnx_ModelProto(serializedBytes: bytes) } catch {
            throw StrataError(.data, "is not an ONNX model, or is damaged (\(reason(of: error)))")
        }
        let reader = ProtoReader(external: ExternalData(folder: folder))
        guard proto.hasGraph else { throw StrataError(.data, "is not an ONNX model: it has no graph") }
        self.init(opsets: try reader.opsets(proto.opsetImport), graph: try reader.graph(proto.graph))
        irVersion = Int(proto.irVersion)
        producer = proto.producerName
        metadata = Dictionary(proto.metadataProps.map { ($0.key, $0.value) }) { first, _ in first }
        for function in proto.functions {
            let key = ONNXFunction.Key(domain: function.domain, name: function.name)
            guard functions[key] == nil else { throw StrataError(.data, "two functions are named '\(function.name)'") }
            functions[key] = ONNXFunction(
                inputs: function.input, outputs: function.output, nodes: try function.node.map(reader.node),
                opsets: try reader.opsets(function.opsetImport),
                defaults: try reader.attributes(function.attributeProto, of: "function '\(function.name)'"))
        }
        #else
        throw ONNXModel.leftOut
        #endif
    }

    #if !ONNX
    static let leftOut = StrataError(.unsupported, "ONNX needs a build with the trait ONNX (on by default)")
    #endif
}

/// An array, or a sequence of them, as the standard's tests keep them: one message a file.
package indirect enum ONNXExample: Sendable {
    case tensor(ONNXTensor)
    case sequence([ONNXExample])
    case none

    /// The example in a file, of the type that the model's graph says.
    package init(path: String, type: ONNXValueType) throws {
        #if ONNX
        do {
            let bytes = try FileBytes.read(path)
            let reader = ProtoReader(external: ExternalData(folder: nil))
            switch type {
            case .tensor, .unknown: self = .tensor(try reader.tensor(Onnx_TensorProto(serializedBytes: bytes)))
            case .sequence: self = try reader.sequence(Onnx_SequenceProto(serializedBytes: bytes))
            case .optional: self = try reader.optional(Onnx_OptionalProto(serializedBytes: bytes))
            }
        } catch let error as StrataError {
            throw StrataError(error.kind, "\(path): \(error.message)")
        } catch {
            throw StrataError(.data, "\(path): is damaged (\(reason(of: error)))")
        }
        #else
        throw ONNXModel.leftOut
        #endif
    }
}

#if ONNX
private func reason(of error: any Error) -> String {
    switch error as? BinaryDecodingError {
    case .truncated: "it ends too early"
    case .messageDepthLimit: "it is nested too deeply"
    case .invalidUTF8: "a name in it is no text"
    default: "it is no such message"
    }
}

/// From messages to values, each of them checked.
struct ProtoReader {
    var external: ExternalData

    func opsets(_ protos: [Onnx_OperatorSetIdProto]) throws -> [String: Int] {
        var result: [String: Int] = [:]
        for proto in protos {
            let domain = proto.domain == "ai.onnx" ? "" : proto.domain
            guard result.updateValue(Int(proto.version), forKey: domain) == nil else {
                throw StrataError(.data, "it has two versions of the operator set '\(domain)'")
            }
        }
        return result
    }

    func graph(_ proto: Onnx_GraphProto) throws -> ONNXGraph {
        var graph = ONNXGraph()
        graph.name = proto.name
        guard proto.sparseInitializer.isEmpty else {
            throw StrataError(.unsupported, "graph '\(proto.name)' has sparse arrays; convert them to dense ones")
        }
        graph.initializers = try proto.initializer.map { ($0.name, try tensor($0)) }
        graph.inputs = proto.input.map { ONNXValueInfo($0.name, valueType($0.type)) }
        graph.outputs = proto.output.map { ONNXValueInfo($0.name, valueType($0.type)) }
        graph.nodes = try proto.node.map(node)
        return graph
    }

    func node(_ proto: Onnx_NodeProto) throws -> ONNXNode {
        var node = ONNXNode(proto.opType, proto.input, proto.output)
        node.name = proto.name
        node.domain = proto.domain == "ai.onnx" ? "" : proto.domain
        node.attributes = try attributes(proto.attribute, of: node.title)
        return node
    }

    func attributes(_ protos: [Onnx_AttributeProto], of owner: String) throws -> [String: ONNXAttribute] {
        var result: [String: ONNXAttribute] = [:]
        for proto in protos {
            guard result.updateValue(try attribute(proto), forKey: proto.name) == nil else {
                throw StrataError(.data, "\(owner) has two attributes '\(proto.name)'")
            }
        }
        return result
    }

    private func attribute(_ proto: Onnx_AttributeProto) throws -> ONNXAttribute {
        if !proto.refAttrName.isEmpty { return .reference(proto.refAttrName) }
        switch proto.type {
        case .float: return .float(proto.f)
        case .int: return .integer(Int(proto.i))
        case .string: return .string(String(decoding: proto.s, as: UTF8.self))
        case .tensor: return .tensor(try tensor(proto.t))
        case .graph: return .graph(try graph(proto.g))
        case .floats: return .floats(proto.floats)
        case .ints: return .integers(proto.ints.map(Int.init))
        case .strings: return .strings(proto.strings.map { String(decoding: $0, as: UTF8.self) })
        case .typeProto: return .type(valueType(proto.tp))
        default: return .other("\(proto.type)")
        }
    }

    func valueType(_ proto: Onnx_TypeProto) -> ONNXValueType {
        switch proto.value {
        case .tensorType(let tensor):
            guard let type = ElementType(rawValue: Int(tensor.elemType)) else { return .unknown }
            let dimensions = tensor.shape.dim.map { dimension -> ONNXValueType.Dimension in
                switch dimension.value {
                case .dimValue(let extent): .extent(Int(extent))
                case .dimParam(let name): .named(name)
                case nil: .named("")
                }
            }
            return .tensor(type, tensor.hasShape ? dimensions : nil)
        case .sequenceType(let sequence): return .sequence(valueType(sequence.elemType))
        case .optionalType(let optional): return .optional(valueType(optional.elemType))
        default: return .unknown
        }
    }

    func sequence(_ proto: Onnx_SequenceProto) throws -> ONNXExample {
        switch proto.elemType {
        case Int32(Onnx_SequenceProto.DataType.tensor.rawValue):
            .sequence(try proto.tensorValues.map { .tensor(try tensor($0)) })
        case Int32(Onnx_SequenceProto.DataType.sequence.rawValue):
            .sequence(try proto.sequenceValues.map(sequence))
        case Int32(Onnx_SequenceProto.DataType.optional.rawValue):
            .sequence(try proto.optionalValues.map(optional))
        case 0: .sequence([])
        default: throw StrataError(.unsupported, "a sequence of maps or sparse arrays")
        }
    }

    func optional(_ proto: Onnx_OptionalProto) throws -> ONNXExample {
        if proto.hasTensorValue { return .tensor(try tensor(proto.tensorValue)) }
        if proto.hasSequenceValue { return try sequence(proto.sequenceValue) }
        if proto.hasOptionalValue { return try optional(proto.optionalValue) }
        return .none
    }

    // MARK: Arrays

    func tensor(_ proto: Onnx_TensorProto) throws -> ONNXTensor {
        func refusal(_ kind: StrataError.Kind, _ what: String) -> StrataError {
            StrataError(kind, "array '\(proto.name)': \(what)")
        }
        guard let type = ElementType(rawValue: Int(proto.dataType)) else {
            throw refusal(.data, "its element type \(proto.dataType) does not exist")
        }
        guard !proto.hasSegment else { throw refusal(.unsupported, "is a segment of another") }
        let shape = Shape(proto.dims.map(Int.init))
        guard shape.isPossible else { throw refusal(.data, "no array is \(shape)") }
        let count = shape.elementCount
        func expect(_ found: Int) throws {
            guard found == count else { throw refusal(.data, "\(found) elements for \(shape)") }
        }
        if proto.dataLocation == .external || proto.hasRawData {
            guard let width = type.byteCount, type.carrier != .none else {
                throw refusal(.unsupported, "its elements are \(type), which no array here can hold")
            }
            let isExternal = proto.dataLocation == .external
            let bytes =
                isExternal
                ? try external.bytes(
                    Dictionary(proto.externalData.map { ($0.key, $0.value) }) { first, _ in first }, of: proto.name)
                : [UInt8](proto.rawData)
            guard bytes.count == count.saturatingMultiplied(by: width) else {
                throw refusal(.data, "\(bytes.count) bytes for \(type) \(shape)")
            }
            return ONNXTensor(type, shape, ElementBytes.elements(bytes, type))
        }
        switch type {
        case .float32:
            try expect(proto.floatData.count)
            return ONNXTensor(type, shape, .floats(proto.floatData))
        case .float64:
            try expect(proto.doubleData.count)
            return ONNXTensor(type, shape, .floats(proto.doubleData.map(Float.init)))
        case .int64:
            try expect(proto.int64Data.count)
            return ONNXTensor(type, shape, .integers(proto.int64Data.map(Int.init)))
        case .uint32:
            try expect(proto.uint64Data.count)
            return ONNXTensor(type, shape, .integers(proto.uint64Data.map { Int(truncatingIfNeeded: $0) }))
        case .uint8, .int8, .uint16, .int16, .int32, .bool:
            try expect(proto.int32Data.count)
            let values = proto.int32Data.map(Int.init)
            return ONNXTensor(type, shape, .integers(type == .bool ? values.map { $0 == 0 ? 0 : 1 } : values))
        case .float16, .bfloat16:
            try expect(proto.int32Data.count)
            let bits = proto.int32Data.map { UInt16(truncatingIfNeeded: $0) }
            return ONNXTensor(type, shape, .floats(bits.map { ElementBytes.float($0, type) }))
        case .string:
            try expect(proto.stringData.count)
            return ONNXTensor(type, shape, .strings(proto.stringData.map { String(decoding: $0, as: UTF8.self) }))
        default:
            throw refusal(.unsupported, "its elements are \(type), which no array here can hold")
        }
    }
}
#endif
