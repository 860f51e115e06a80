import StrataBackend

extension Column {
    /// The least and the greatest stored number, and the first row that has one that is not finite.
    struct Extremes {
        var least = Float.infinity
        var greatest = -Float.infinity
        var firstNotFinite: Int?

        /// The range of the numbers times `scale`; `nil` where there are none.
        func range(scale: Float) -> ClosedRange<Float>? {
            guard least <= greatest else { return nil }
            return min(least * scale, greatest * scale)...max(least * scale, greatest * scale)
        }
    }

    /// Looks at every row once, whatever memory there is; in any order where nobody asks which row came first.
    func extremes(anyOrder: Bool = false) throws -> Extremes {
        var found = Extremes()
        try forEachPiece(anyOrder: anyOrder) { rows, bytes in
            switch spec.dtype {
            case .uint8:
                var (least, greatest) = (UInt8.max, UInt8.min)
                for byte in bytes { (least, greatest) = (min(least, byte), max(greatest, byte)) }
                guard !bytes.isEmpty else { return }
                (found.least, found.greatest) = (min(found.least, Float(least)), max(found.greatest, Float(greatest)))
            case .int32:
                for position in 0..<bytes.count / 4 {
                    let value = Float(bytes.loadUnaligned(fromByteOffset: 4 * position, as: Int32.self))
                    (found.least, found.greatest) = (min(found.least, value), max(found.greatest, value))
                }
            case .float32:
                let width = spec.shape.elementCount
                for position in 0..<bytes.count / 4 {
                    let value = bytes.loadUnaligned(fromByteOffset: 4 * position, as: Float.self)
                    if value.isFinite {
                        if value < found.least { found.least = value }
                        if value > found.greatest { found.greatest = value }
                    } else if found.firstNotFinite == nil {
                        found.firstNotFinite = rows.lowerBound + position / width
                    }
                }
            }
        }
        return found
    }
}
