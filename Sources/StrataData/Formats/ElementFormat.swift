import StrataBackend

/// How a file writes one element, and as which dtype it is kept.
///
/// Bytes stay bytes. Every other whole number is kept as int32 and must fit it; every other number as float32, and
/// truth values as 0 and 1 in float32.
enum ElementFormat: CaseIterable {
    case uint8, int8, int16, int32, int64, bool, float16, bfloat16, float32, float64

    var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .int16, .float16, .bfloat16: 2
        case .int32, .float32: 4
        case .int64, .float64: 8
        }
    }

    var dtype: DType {
        switch self {
        case .uint8: .uint8
        case .int8, .int16, .int32, .int64: .int32
        case .bool, .float16, .bfloat16, .float32, .float64: .float32
        }
    }

    /// Whether elements of a file are kept as they are written, in the machine's byte order.
    func isKept(bigEndian: Bool) -> Bool {
        self == .uint8 || (self == .float32 || self == .int32) && bigEndian == (1.bigEndian == 1)
    }

    /// Whole elements from a file's bytes to the bytes of a `StoredArray`. Throws `data` naming `path` where an
    /// int64 does not fit.
    func decode(_ bytes: some Collection<UInt8>, bigEndian: Bool, path: String) throws -> [UInt8] {
        if isKept(bigEndian: bigEndian) { return Array(bytes) }
        return switch self {
        case .uint8: Array(bytes)
        case .int8: convert(bytes, bigEndian) { Int32(Int8(bitPattern: $0)) }
        case .int16: convert(bytes, bigEndian) { Int32(Int16(bitPattern: $0)) }
        case .int32: convert(bytes, bigEndian) { (word: UInt32) in word }
        case .bool: convert(bytes, bigEndian) { (byte: UInt8) in byte == 0 ? Float(0) : 1 }
        case .float16: convert(bytes, bigEndian) { Float(Float16(bitPattern: $0)) }
        case .bfloat16: convert(bytes, bigEndian) { (half: UInt16) in UInt32(half) << 16 }
        case .float32: convert(bytes, bigEndian) { (word: UInt32) in word }
        case .float64: convert(bytes, bigEndian) { Float(Double(bitPattern: $0)) }
        case .int64:
            try convert(bytes, bigEndian) { (word: UInt64) in
                let value = Int64(bitPattern: word)
                guard let kept = Int32(exactly: value) else {
                    throw StrataError(.data, "\(path): \(value) does not fit int32, as which whole numbers are kept")
                }
                return kept
            }
        }
    }

    private func convert<Written: FixedWidthInteger & BitwiseCopyable, Kept: BitwiseCopyable>(
        _ bytes: some Collection<UInt8>, _ bigEndian: Bool, _ keep: (Written) throws -> Kept
    ) rethrows -> [UInt8] {
        let bytes = Array(bytes)
        let count = bytes.count / MemoryLayout<Written>.size
        let size = MemoryLayout<Kept>.size
        return try bytes.withUnsafeBytes { source in
            try [UInt8](unsafeUninitializedCapacity: count * size) { target, initialized in
                let target = UnsafeMutableRawBufferPointer(target)
                for i in 0..<count {
                    let raw = source.loadUnaligned(fromByteOffset: i * MemoryLayout<Written>.size, as: Written.self)
                    let value = try keep(bigEndian ? Written(bigEndian: raw) : Written(littleEndian: raw))
                    target.storeBytes(of: value, toByteOffset: i * size, as: Kept.self)
                }
                initialized = count * size
            }
        }
    }
}
