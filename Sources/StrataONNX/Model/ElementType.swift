/// The element types of ONNX, by their numbers in files.
package enum ElementType: Int, Sendable, Hashable, CaseIterable {
    case float32 = 1
    case uint8, int8, uint16, int16, int32, int64, string, bool, float16, float64, uint32, uint64, complex64, complex128
    case bfloat16, float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz, uint4, int4, float4e2m1, float8e8m0
    case uint2, int2

    /// What stands for the elements in a graph.
    enum Carrier { case float, integer, boolean, none }

    /// Floats of any width are computed in single precision, whole numbers are kept as int32 (computed with as floats,
    /// exact to 2²⁴), truth values are 0 and 1. The rest has nothing that stands for it.
    var carrier: Carrier {
        switch self {
        case .float32, .float16, .float64, .bfloat16: .float
        case .uint8, .int8, .uint16, .int16, .int32, .int64, .uint32: .integer
        case .bool: .boolean
        default: .none
        }
    }

    var isFloat: Bool { carrier == .float }
    var isInteger: Bool { carrier == .integer }

    /// Bytes of an element among raw data; `nil` where several share a byte, or where there is no fixed size.
    var byteCount: Int? {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .float32, .int32, .uint32: 4
        case .int64, .float64, .uint64: 8
        default: nil
        }
    }

    /// Whether arithmetic on whole numbers leaves the type soon: 8 or 16 bits.
    var isNarrow: Bool { [.uint8, .int8, .uint16, .int16].contains(self) }

    /// The numbers that a whole-number type has; `nil` for others.
    var range: ClosedRange<Int>? {
        switch self {
        case .uint8: 0...255
        case .int8: -128...127
        case .uint16: 0...65_535
        case .int16: -32_768...32_767
        case .int32: Int(Int32.min)...Int(Int32.max)
        case .uint32: 0...Int(UInt32.max)
        case .int64: Int.min...Int.max
        default: nil
        }
    }
}
