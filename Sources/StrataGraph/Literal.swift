public import StrataBackend

/// A constant array: its type, and its elements' bytes, which all that mention it share.
///
/// ```
/// let mask = try Literal([1, 0, 0, 1], [2, 2])
/// let table = Tensor.literal([0, 2, 1] as [Int32], [3])
/// ```
///
/// Two literals are equal when types and bytes are. A hash of the bytes is computed once, so that a graph with large
/// literals is as quick to look up as any other.
public final class Literal: Hashable, Sendable {
    /// The shape and element type, which say how `bytes` are read.
    public let type: TensorType
    /// The elements in row-major order, as they lie on the device.
    public let bytes: [UInt8]
    private let digest: UInt64

    /// Float32 elements in row-major order. Throws `shape` unless there are as many as `shape` has.
    public convenience init(_ values: [Float], _ shape: Shape) throws {
        try self.init(elements: values, shape, .float32)
    }
    /// Int32 elements in row-major order. Throws `shape` unless there are as many as `shape` has.
    public convenience init(_ values: [Int32], _ shape: Shape) throws { try self.init(elements: values, shape, .int32) }
    /// Uint8 elements in row-major order. Throws `shape` unless there are as many as `shape` has.
    public convenience init(_ values: [UInt8], _ shape: Shape) throws { try self.init(elements: values, shape, .uint8) }

    private init<Element: BitwiseCopyable>(elements: [Element], _ shape: Shape, _ dtype: DType) throws {
        type = TensorType(shape, dtype)
        guard shape.isPossible, elements.count == shape.elementCount else {
            throw StrataError(.shape, "literal: \(elements.count) values for \(type)")
        }
        bytes = elements.withUnsafeBytes(Array.init)
        // FNV-1a (Fowler, Noll and Vo 1991).
        digest = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    public static func == (a: Literal, b: Literal) -> Bool {
        a === b || (a.digest == b.digest && a.type == b.type && a.bytes == b.bytes)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(digest)
    }

    /// The float that all elements are, bit for bit; `nil` where they differ, are none, or are of another type.
    package var uniformValue: Float? {
        guard type.dtype == .float32 else { return nil }
        return bytes.withUnsafeBytes { bytes in
            guard bytes.count > 0 else { return nil }
            let bits = bytes.bindMemory(to: UInt32.self)
            return bits.allSatisfy { $0 == bits[0] } ? Float(bitPattern: bits[0]) : nil
        }
    }
}

extension Tensor {
    /// An array of constants, to the gradient too.
    public static func literal(_ literal: Literal, file: String = #fileID, line: Int = #line) -> Tensor {
        Tensor(op: .literal(literal), [], location: SourceLocation(file: file, line: line))
    }

    /// Float32 constants in row-major order.
    public static func literal(
        _ values: [Float], _ shape: Shape, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        made(file, line) { try Literal(values, shape) }
    }

    /// Int32 constants in row-major order: indices of a `gather`, for one.
    public static func literal(
        _ values: [Int32], _ shape: Shape, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        made(file, line) { try Literal(values, shape) }
    }

    /// Uint8 constants in row-major order.
    public static func literal(
        _ values: [UInt8], _ shape: Shape, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        made(file, line) { try Literal(values, shape) }
    }

    private static func made(_ file: String, _ line: Int, _ make: () throws -> Literal) -> Tensor {
        do { return literal(try make(), file: file, line: line) } catch {
            return .invalid("\(error)", file: file, line: line)
        }
    }
}
