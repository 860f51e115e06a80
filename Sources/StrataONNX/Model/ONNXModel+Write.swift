import StrataBackend

#if ONNX
import Foundation
import SwiftProtobuf
#endif

extension ONNXModel {
    /// The model as a file holds it. Throws `unsupported` for elements that have no bytes here, and in a build without the
    /// trait `ONNX`.
    package func bytes() throws -> [UInt8] {
        #if ONNX
        var proto = Onnx_ModelProto()
        proto.irVersion = Int64(irVersion)
        proto.producerName = producer
        proto.opsetImport = opsets.sorted { $0.key < $1.key }.map { domain, version in
            var opset = Onnx_OperatorSetIdProto()
            if !domain.isEmpty { opset.domain = domain }
            opset.version = Int64(version)
            return opset
        }
        proto.metadataProps = metadata.sorted { $0.key < $1.key }.map { key, value in
            var entry = Onnx_StringStringEntryProto()
            (entry.key, entry.value) = (key, value)
            return entry
        }
        proto.graph = try graph.proto
        return [UInt8](try proto.serializedData())
        #else
        throw ONNXModel.leftOut
        #endif
    }
}

#if ONNX
extension ONNXGraph {
    fileprivate var proto: Onnx_GraphProto {
        get throws {
            var proto = Onnx_GraphProto()
            proto.name = name
            proto.node = try nodes.map { try $0.proto }
            proto.initializer = try initializers.map { try $0.tensor.proto(named: $0.name) }
            proto.input = inputs.map(\.proto)
            proto.output = outputs.map(\.proto)
            return proto
        }
    }
}

extension ONNXNode {
    fileprivate var proto: Onnx_NodeProto {
        get throws {
            var proto = Onnx_NodeProto()
            (proto.opType, proto.input, proto.output) = (op, inputs, outputs)
            if !name.isEmpty { proto.name = name }
            if !domain.isEmpty { proto.domain = domain }
            proto.attribute = try attributes.sorted { $0.key < $1.key }.map { try $0.value.proto(named: $0.key) }
            return proto
        }
    }
}

extension ONNXAttribute {
    fileprivate func proto(named name: String) throws -> Onnx_AttributeProto {
        var proto = Onnx_AttributeProto()
        proto.name = name
        switch self {
        case .float(let value): (proto.type, proto.f) = (.float, value)
        case .integer(let value): (proto.type, proto.i) = (.int, Int64(value))
        case .string(let value): (proto.type, proto.s) = (.string, Data(value.utf8))
        case .tensor(let value): (proto.type, proto.t) = (.tensor, try value.proto(named: ""))
        case .graph(let value): (proto.type, proto.g) = (.graph, try value.proto)
        case .floats(let values): (proto.type, proto.floats) = (.floats, values)
        case .integers(let values): (proto.type, proto.ints) = (.ints, values.map(Int64.init))
        case .strings(let values): (proto.type, proto.strings) = (.strings, values.map { Data($0.utf8) })
        case .type(let value): (proto.type, proto.tp) = (.typeProto, value.proto)
        case .reference(let other): proto.refAttrName = other
        case .other(let kind): throw StrataError(.unsupported, "attribute '\(name)' is of the kind \(kind)")
        }
        return proto
    }
}

extension ONNXValueInfo {
    fileprivate var proto: Onnx_ValueInfoProto {
        var proto = Onnx_ValueInfoProto()
        proto.name = name
        proto.type = type.proto
        return proto
    }
}

extension ONNXValueType {
    fileprivate var proto: Onnx_TypeProto {
        var proto = Onnx_TypeProto()
        switch self {
        case .tensor(let element, let dimensions):
            proto.tensorType.elemType = Int32(element.rawValue)
            guard let dimensions else { break }
            proto.tensorType.shape.dim = dimensions.map { dimension in
                var proto = Onnx_TensorShapeProto.Dimension()
                switch dimension {
                case .extent(let extent): proto.dimValue = Int64(extent)
                case .named(let name): proto.dimParam = name
                }
                return proto
            }
            if dimensions.isEmpty { proto.tensorType.shape = Onnx_TensorShapeProto() }
        case .sequence(let element): proto.sequenceType.elemType = element.proto
        case .optional(let element): proto.optionalType.elemType = element.proto
        case .unknown: break
        }
        return proto
    }
}

extension ONNXTensor {
    fileprivate func proto(named name: String) throws -> Onnx_TensorProto {
        var proto = Onnx_TensorProto()
        if !name.isEmpty { proto.name = name }
        proto.dataType = Int32(type.rawValue)
        proto.dims = shape.map(Int64.init)
        switch (type, elements) {
        case (.float32, .floats(let values)): proto.rawData = raw(values.map(\.bitPattern))
        case (.int64, .integers(let values)): proto.rawData = raw(values.map(Int64.init))
        case (.int32, .integers(let values)): proto.rawData = raw(values.map { Int32(truncatingIfNeeded: $0) })
        case (.bool, .integers(let values)), (.uint8, .integers(let values)):
            proto.rawData = raw(values.map { UInt8(truncatingIfNeeded: $0) })
        case (.string, .strings(let values)): proto.stringData = values.map { Data($0.utf8) }
        default: throw StrataError(.unsupported, "array '\(name)' is \(type), which is not written here")
        }
        return proto
    }

    private func raw<Element: FixedWidthInteger>(_ values: [Element]) -> Data {
        values.map(\.littleEndian).withUnsafeBytes { Data($0) }
    }
}
#endif
