#if OpenCL
/// The hash function of FIPS 180-4.
enum SHA256 {
    static let byteCount = 32

    static func hash(_ message: [UInt8]) -> [UInt8] {
        // The message, a one bit, zeros, and its length in bits fill whole blocks of 64 bytes.
        var bytes = message + [0x80]
        bytes += [UInt8](repeating: 0, count: (120 - bytes.count % 64) % 64)
        let bits = UInt64(message.count) * 8
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }

        var state = initialState
        var schedule = [UInt32](repeating: 0, count: 64)
        for block in stride(from: 0, to: bytes.count, by: 64) {
            for i in 0..<16 {
                schedule[i] = (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[block + 4 * i + $1]) }
            }
            for i in 16..<64 {
                let a = schedule[i - 15]
                let b = schedule[i - 2]
                let s0 = a.rotated(7) ^ a.rotated(18) ^ a >> 3
                let s1 = b.rotated(17) ^ b.rotated(19) ^ b >> 10
                schedule[i] = schedule[i - 16] &+ s0 &+ schedule[i - 7] &+ s1
            }
            var v = state
            for i in 0..<64 {
                let s1 = v[4].rotated(6) ^ v[4].rotated(11) ^ v[4].rotated(25)
                let choice = v[4] & v[5] ^ ~v[4] & v[6]
                let t1 = v[7] &+ s1 &+ choice &+ constants[i] &+ schedule[i]
                let s0 = v[0].rotated(2) ^ v[0].rotated(13) ^ v[0].rotated(22)
                let majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2]
                v = [t1 &+ s0 &+ majority, v[0], v[1], v[2], v[3] &+ t1, v[4], v[5], v[6]]
            }
            state = zip(state, v).map { $0 &+ $1 }
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) } }
    }

    private static let primes = (2...311).filter { n in !(2..<n).contains { $0 * $0 <= n && n % $0 == 0 } }
    /// The first 32 bits of the fractions of the square roots of the first 8 primes.
    private static let initialState = primes.prefix(8).map { fraction(Double($0).squareRoot()) }
    /// The same of the cube roots of the first 64.
    private static let constants = primes.prefix(64).map { fraction(cubeRoot(Double($0))) }

    private static func fraction(_ x: Double) -> UInt32 { UInt32((x - x.rounded(.down)) * 0x1p32) }

    /// Newton's method, from above, where it converges monotonically.
    private static func cubeRoot(_ x: Double) -> Double {
        (0..<64).reduce(x) { root, _ in root - (root - x / (root * root)) / 3 }
    }
}

extension UInt32 {
    fileprivate func rotated(_ distance: UInt32) -> UInt32 { self >> distance | self << (32 - distance) }
}
#endif
