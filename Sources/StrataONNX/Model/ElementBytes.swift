/// Elements from their bytes, the lowest first.
enum ElementBytes {
    /// There must be whole elements, of a type that has a size.
    static func elements(_ bytes: [UInt8], _ type: ElementType) -> ONNXTensor.Elements {
        switch type {
        case .float32: .floats(values(bytes, UInt32.self).map(Float.init(bitPattern:)))
        case .float64: .floats(values(bytes, UInt64.self).map { Float(Double(bitPattern: $0)) })
        case .float16, .bfloat16: .floats(values(bytes, UInt16.self).map { float($0, type) })
        case .int64: .integers(values(bytes, Int64.self).map(Int.init))
        case .int32: .integers(values(bytes, Int32.self).map(Int.init))
        case .uint32: .integers(values(bytes, UInt32.self).map(Int.init))
        case .int16: .integers(values(bytes, Int16.self).map(Int.init))
        case .uint16: .integers(values(bytes, UInt16.self).map(Int.init))
        case .int8: .integers(bytes.map { Int(Int8(bitPattern: $0)) })
        case .bool: .integers(bytes.map { $0 == 0 ? 0 : 1 })
        default: .integers(bytes.map(Int.init))
        }
    }

    /// A number of half precision, or of single precision cut to 16 bits.
    static func float(_ bits: UInt16, _ type: ElementType) -> Float {
        if type == .bfloat16 { return Float(bitPattern: UInt32(bits) << 16) }
        let (exponent, fraction) = (Int(bits >> 10 & 31), Float(bits & 1023))
        let magnitude: Float =
            switch exponent {
            case 0: fraction * 0x1p-24
            case 31: fraction == 0 ? .infinity : .nan
            default: Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
            }
        return bits >> 15 == 0 ? magnitude : -magnitude
    }

    private static func values<Element: FixedWidthInteger>(_ bytes: [UInt8], _: Element.Type) -> [Element] {
        bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / MemoryLayout<Element>.size).map {
                Element(
                    littleEndian: bytes.loadUnaligned(
                        fromByteOffset: $0 * MemoryLayout<Element>.size, as: Element.self))
            }
        }
    }
}
