public import StrataBackend

/// A dense array in host memory, as files give it and take it.
public struct StoredArray: Hashable, Sendable {
    /// The type of an element as it lies in `bytes`, which may differ from that in the file it was read from.
    public let dtype: DType
    /// The extents, of which the last runs fastest; [] for a single number.
    public let shape: Shape
    /// The elements in row-major order, in the machine's byte order, without gaps.
    public let bytes: [UInt8]

    /// Throws `shape` where the bytes are not what dtype and shape ask for.
    public init(dtype: DType, shape: Shape, bytes: [UInt8]) throws {
        guard shape.byteCount(elementBytes: dtype.byteCount) == bytes.count else {
            throw StrataError(.shape, "\(bytes.count) bytes do not make a \(dtype.name) array of shape \(shape)")
        }
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
    }

    /// A float32 array of values in row-major order. Throws `shape` where there are not as many as `shape` asks for.
    public init(_ values: [Float], shape: Shape) throws {
        try self.init(dtype: .float32, shape: shape, bytes: values.withUnsafeBytes(Array.init))
    }

    /// An int32 array of values in row-major order. Throws `shape` where there are not as many as `shape` asks for.
    public init(_ values: [Int32], shape: Shape) throws {
        try self.init(dtype: .int32, shape: shape, bytes: values.withUnsafeBytes(Array.init))
    }

    /// The elements as they are; bytes are not scaled.
    public var floats: [Float] {
        switch dtype {
        case .float32: elements()
        case .int32: (elements() as [Int32]).map(Float.init)
        case .uint8: bytes.map(Float.init)
        }
    }

    /// The elements as whole numbers. Throws `data` where one is a fraction or out of an int32's range.
    public func int32s() throws -> [Int32] {
        switch dtype {
        case .int32: return elements()
        case .uint8: return bytes.map(Int32.init)
        case .float32:
            return try (elements() as [Float]).map {
                guard let whole = Int32(exactly: $0) else { throw StrataError(.data, "\($0) is not a whole number") }
                return whole
            }
        }
    }

    private func elements<T: BitwiseCopyable>() -> [T] {
        let count = bytes.count / MemoryLayout<T>.stride
        return [T](unsafeUninitializedCapacity: count) { buffer, initialized in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            initialized = count
        }
    }
}

extension Shape {
    /// Bytes that such an array takes, or `nil` for a negative extent or a number that no `Int` holds. Headers of
    /// files can say anything: compare this with the bytes at hand before taking memory.
    package func byteCount(elementBytes: Int) -> Int? {
        var count = elementBytes
        for extent in extents {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            count = product
        }
        return count
    }
}
