/// The element type of a buffer.
///
/// Arithmetic is always single precision: a kernel widens what it loads to `Float` and narrows what it stores.
/// The other types are storage: images stay the bytes they came as, and indices and random keys stay whole numbers.
public enum DType: UInt8, Sendable, Hashable, CaseIterable {
    /// Single precision (IEEE 754 binary32), the type of all arithmetic.
    case float32
    /// Signed whole numbers: indices, labels, and random keys. A float stored as one is truncated and saturates.
    case int32
    /// Whole numbers from 0 to 255: the bytes of images. A float stored as one is truncated and saturates.
    case uint8

    /// Bytes an element takes.
    public var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .uint8: 1
        }
    }

    /// The name in reports and in checkpoints' messages: `float32`, `int32` or `uint8`.
    public var name: String { "\(self)" }
}
