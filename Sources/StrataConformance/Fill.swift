import StrataBackend

/// What an input holds. Random numbers are drawn by Threefry from a stream, so a case is the same on every run.
public enum Fill: Sendable, Hashable {
    /// Numbers evenly between two.
    case uniform(Float, Float)
    /// Whole numbers evenly from the first to the last, both included.
    case whole(Int32, Int32)
    /// These numbers, over and over.
    case floats([Float])
    /// These whole numbers, over and over, kept exactly.
    case words([Int32])

    /// The bytes of so many elements.
    func bytes(_ dtype: DType, count: Int, stream: UInt32) -> [UInt8] {
        let key = Threefry.streamKey(seed: 0x5eed, step: 0, stream: stream)
        func random(_ i: Int) -> UInt32 { Threefry.block(key: key, counter: (UInt32(truncatingIfNeeded: i), 0)).0 }
        var bytes = [UInt8](repeating: 0, count: count * dtype.byteCount)
        bytes.withUnsafeMutableBytes { bytes in
            for i in 0..<count {
                let value: Float
                let word: Int32
                switch self {
                case .uniform(let low, let high):
                    value = low + (high - low) * Threefry.uniform(random(i))
                    word = Int32(value)
                case .whole(let first, let last):
                    word = first + Int32(random(i) % UInt32(last - first + 1))
                    value = Float(word)
                case .floats(let numbers):
                    value = numbers[i % numbers.count]
                    word = dtype == .float32 ? 0 : Int32(value)
                case .words(let numbers):
                    word = numbers[i % numbers.count]
                    value = Float(word)
                }
                switch dtype {
                case .float32: bytes.storeBytes(of: value, toByteOffset: 4 * i, as: Float.self)
                case .int32: bytes.storeBytes(of: word, toByteOffset: 4 * i, as: Int32.self)
                case .uint8: bytes.storeBytes(of: UInt8(truncatingIfNeeded: word), toByteOffset: i, as: UInt8.self)
                }
            }
        }
        return bytes
    }

    /// Numbers at which functions go wrong: zeros of both signs, halves, the ends of integers, overflow, infinities
    /// and `NaN`.
    static let edges: [Float] = [
        0, -0.0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 1e-3, -1e-3, 88, -88, 100, -100, 4_194_305.5, -4_194_305.5,
        8_388_609, -8_388_609, 1e10, -1e10, 1e30, -1e30, .infinity, -.infinity, .nan,
    ]
}
