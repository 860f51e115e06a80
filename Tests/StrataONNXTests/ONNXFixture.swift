#if ONNX
import StrataONNX
import SwiftProtobuf

/// Files that no writer here makes, for tests.
enum ONNXFixture {
    /// A model with one array of floats, which lies where `entries` say.
    static func external(_ entries: [String: String], shape: [Int]) throws -> [UInt8] {
        var tensor = Onnx_TensorProto()
        (tensor.name, tensor.dataType, tensor.dims) = ("w", 1, shape.map(Int64.init))
        tensor.dataLocation = .external
        tensor.externalData = entries.map { key, value in
            var entry = Onnx_StringStringEntryProto()
            (entry.key, entry.value) = (key, value)
            return entry
        }
        var proto = Onnx_ModelProto()
        proto.graph.initializer = [tensor]
        return try proto.serializedBytes()
    }
}
#endif
