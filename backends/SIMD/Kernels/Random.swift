import StrataKernelInterface

/// Draws a tile of random words: `Threefry.block` at counters `(counters[i], 0)`, a vector of blocks at a time. The
/// second words replace the counters, the first go to `first`, both turned into uniform numbers on [0, 1).
///
/// The key is that of stream `stream` at `key`, the seed and the step.
func uniforms(
    _ first: UnsafeMutableRawPointer, _ counters: UnsafeMutableRawPointer, key: UnsafePointer<Int32>, stream: UInt32,
    count: Int
) {
    let base = Keys(U(repeating: UInt32(bitPattern: key[0])), U(repeating: UInt32(bitPattern: key[1])))
    let streamKey = threefry(base, U(repeating: stream))
    let keys = Keys(streamKey.0, streamKey.1)
    for i in 0..<count {
        let place = i &* MemoryLayout<U>.size
        let words = threefry(keys, counters.loadUnaligned(fromByteOffset: place, as: U.self))
        first.storeBytes(of: uniform(words.0), toByteOffset: place, as: V.self)
        counters.storeBytes(of: uniform(words.1), toByteOffset: place, as: V.self)
    }
}

/// The number on [0, 1) that the upper 24 bits of a word stand for, without a conversion: 23 of them are the fraction
/// of a number on [1, 2), and the last is added as 0 or 2⁻²⁴.
@inline(__always) private func uniform(_ word: U) -> V {
    let fraction = unsafeBitCast(word &>> 9 | U(repeating: 0x3F80_0000), to: V.self) - 1
    let last = (U() &- (word &>> 8 & 1)) & U(repeating: 0x3380_0000)
    return fraction + unsafeBitCast(last, to: V.self)
}

private struct Keys {
    let k0: U, k1: U, k2: U

    @inline(__always) init(_ k0: U, _ k1: U) {
        self.k0 = k0
        self.k1 = k1
        self.k2 = k0 ^ k1 ^ U(repeating: 0x1BD1_1BDA)
    }
}

@inline(__always) private func threefry(_ keys: Keys, _ counter: U) -> (U, U) {
    var x0 = counter &+ keys.k0
    var x1 = keys.k1

    @inline(__always) func round(_ rotation: UInt32) {
        x0 = x0 &+ x1
        x1 = (x1 &<< rotation | x1 &>> (32 &- rotation)) ^ x0
    }
    @inline(__always) func evenRounds() { round(13); round(15); round(26); round(6) }
    @inline(__always) func oddRounds() { round(17); round(29); round(16); round(24) }
    @inline(__always) func inject(_ a: U, _ b: U, _ count: UInt32) {
        x0 = x0 &+ a
        x1 = x1 &+ b &+ count
    }

    evenRounds(); inject(keys.k1, keys.k2, 1)
    oddRounds(); inject(keys.k2, keys.k0, 2)
    evenRounds(); inject(keys.k0, keys.k1, 3)
    oddRounds(); inject(keys.k1, keys.k2, 4)
    evenRounds(); inject(keys.k2, keys.k0, 5)
    return (x0, x1)
}
