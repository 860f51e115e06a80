import StrataKernelInterface

/// Draws a tile of random words: `Threefry.block` at counters `(counters[i], 0)`, several vectors of blocks at a time.
/// The first words go to `first`, turned into uniform numbers on [0, 1). If `bothWords`, the second ones replace the
/// counters likewise.
///
/// The key is that of stream `stream` at `key`, the seed and the step.
func uniforms(
    _ first: UnsafeMutableRawPointer, _ counters: UnsafeMutableRawPointer, key: UnsafePointer<Int32>, stream: UInt32,
    bothWords: Bool, count: Int
) {
    let (s0, s1) = threefry(
        U(repeating: UInt32(bitPattern: key[0])), U(repeating: UInt32(bitPattern: key[1])), U(repeating: stream))
    let (k0, k1) = (U(repeating: s0[0]), U(repeating: s1[0]))
    var i = 0
    // Each round waits for the one before: four blocks side by side keep the vector units busy. (One at a time takes
    // 1.9 times as long.)
    while i + 4 <= count {
        let a = threefry(k0, k1, at(counters, i), at(counters, i + 1), at(counters, i + 2), at(counters, i + 3))
        put(uniform(a.0), first, i)
        put(uniform(a.2), first, i + 1)
        put(uniform(a.4), first, i + 2)
        put(uniform(a.6), first, i + 3)
        if bothWords {
            put(uniform(a.1), counters, i)
            put(uniform(a.3), counters, i + 1)
            put(uniform(a.5), counters, i + 2)
            put(uniform(a.7), counters, i + 3)
        }
        i += 4
    }
    while i < count {
        let a = threefry(k0, k1, at(counters, i))
        put(uniform(a.0), first, i)
        if bothWords { put(uniform(a.1), counters, i) }
        i += 1
    }
}

@inline(__always) private func at(_ p: UnsafeRawPointer, _ i: Int) -> U {
    p.loadUnaligned(fromByteOffset: i &* MemoryLayout<U>.size, as: U.self)
}

@inline(__always) private func put(_ x: V, _ p: UnsafeMutableRawPointer, _ i: Int) {
    p.storeBytes(of: x, toByteOffset: i &* MemoryLayout<U>.size, as: V.self)
}

/// The number on [0, 1) that the upper 24 bits of a word stand for, without a conversion: 23 of them are the fraction
/// of a number on [1, 2), and the last is added as 0 or 2⁻²⁴.
@inline(__always) private func uniform(_ word: U) -> V {
    let fraction = unsafeBitCast(word &>> 9 | U(repeating: 0x3F80_0000), to: V.self) - 1
    let last = (U() &- (word &>> 8 & 1)) & U(repeating: 0x3380_0000)
    return fraction + unsafeBitCast(last, to: V.self)
}

@inline(__always) private func round(_ x0: inout U, _ x1: inout U, _ rotation: UInt32) {
    x0 = x0 &+ x1
    x1 = (x1 &<< rotation | x1 &>> (32 &- rotation)) ^ x0
}

@inline(__always) private func threefry(_ k0: U, _ k1: U, _ counter: U) -> (U, U) {
    let k2 = k0 ^ k1 ^ U(repeating: 0x1BD1_1BDA)
    var x0 = counter &+ k0
    var x1 = k1

    @inline(__always) func rounds(_ r0: UInt32, _ r1: UInt32, _ r2: UInt32, _ r3: UInt32, _ a: U, _ b: U, _ n: UInt32) {
        round(&x0, &x1, r0)
        round(&x0, &x1, r1)
        round(&x0, &x1, r2)
        round(&x0, &x1, r3)
        x0 = x0 &+ a
        x1 = x1 &+ (b &+ n)
    }
    rounds(13, 15, 26, 6, k1, k2, 1)
    rounds(17, 29, 16, 24, k2, k0, 2)
    rounds(13, 15, 26, 6, k0, k1, 3)
    rounds(17, 29, 16, 24, k1, k2, 4)
    rounds(13, 15, 26, 6, k2, k0, 5)
    return (x0, x1)
}

/// Four blocks, word by word.
@inline(__always) private func threefry(
    _ k0: U, _ k1: U, _ c: U, _ d: U, _ e: U, _ f: U
) -> (U, U, U, U, U, U, U, U) {
    let k2 = k0 ^ k1 ^ U(repeating: 0x1BD1_1BDA)
    var (c0, d0, e0, f0) = (c &+ k0, d &+ k0, e &+ k0, f &+ k0)
    var (c1, d1, e1, f1) = (k1, k1, k1, k1)

    @inline(__always) func round4(_ rotation: UInt32) {
        round(&c0, &c1, rotation)
        round(&d0, &d1, rotation)
        round(&e0, &e1, rotation)
        round(&f0, &f1, rotation)
    }
    @inline(__always) func rounds(_ r0: UInt32, _ r1: UInt32, _ r2: UInt32, _ r3: UInt32, _ a: U, _ b: U, _ n: UInt32) {
        round4(r0)
        round4(r1)
        round4(r2)
        round4(r3)
        let b = b &+ n
        c0 = c0 &+ a
        d0 = d0 &+ a
        e0 = e0 &+ a
        f0 = f0 &+ a
        c1 = c1 &+ b
        d1 = d1 &+ b
        e1 = e1 &+ b
        f1 = f1 &+ b
    }
    rounds(13, 15, 26, 6, k1, k2, 1)
    rounds(17, 29, 16, 24, k2, k0, 2)
    rounds(13, 15, 26, 6, k0, k1, 3)
    rounds(17, 29, 16, 24, k1, k2, 4)
    rounds(13, 15, 26, 6, k2, k0, 5)
    return (c0, c1, d0, d1, e0, e1, f0, f1)
}
