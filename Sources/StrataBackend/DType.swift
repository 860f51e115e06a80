/// The element type of a buffer.
///
/// Arithmetic is always single precision: a kernel widens what it loads to `Float` and narrows what it stores.
/// The other types are storage: images stay the bytes they came as, and indices and random keys stay whole numbers.
public enum DType: UInt8, Sendable, Hashable, CaseIterable {
    case float32, int32, uint8

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
