import StrataBackend

extension DType {
    /// The element at a position, widened to `Float`; an int32 beyond 2²⁴ rounds to the nearest.
    @inline(__always)
    func load(_ base: UnsafeMutableRawPointer, _ position: Int) -> Float {
        switch self {
        case .float32: base.load(fromByteOffset: position &* 4, as: Float.self)
        case .int32: Float(base.load(fromByteOffset: position &* 4, as: Int32.self))
        case .uint8: Float(base.load(fromByteOffset: position, as: UInt8.self))
        }
    }

    /// Narrows a value and stores it: whole types cut off the fraction and saturate, and take `NaN` as 0.
    @inline(__always)
    func store(_ value: Float, _ base: UnsafeMutableRawPointer, _ position: Int) {
        switch self {
        case .float32: base.storeBytes(of: value, toByteOffset: position &* 4, as: Float.self)
        case .int32: base.storeBytes(of: saturating(value), toByteOffset: position &* 4, as: Int32.self)
        case .uint8: base.storeBytes(of: saturating(value), toByteOffset: position, as: UInt8.self)
        }
    }
}

@inline(__always)
private func saturating<Whole: FixedWidthInteger>(_ value: Float) -> Whole {
    if value.isNaN { return 0 }
    if value <= Float(Whole.min) { return .min }
    // Float(Int32.max) is 2³¹, one more than the type holds: hence ≥.
    if value >= Float(Whole.max) { return .max }
    return Whole(value)
}
