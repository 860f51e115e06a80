import StrataBackend
import StrataKernelInterface

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// The functions of a tape, over whole tiles. Errors are a few units in the last place at most. The polynomials are
// minimax fits of ours (Remez 1934) to what remains after the exact leading terms. `out` may be an argument's memory.

/// `out[i] = f(x[i])` for `count` vectors.
func apply(_ f: Unary, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, count: Int) {
    @inline(__always) func each(_ body: (V) -> V) {
        for i in 0..<count { store(body(load(x, i)), out, i) }
    }
    switch f {
    case .negate: each { float(bits($0) ^ sign) }
    case .absolute: each { magnitude($0) }
    case .sign: each { x in x.with(1, where: x .> 0).with(-1, where: x .< 0) }
    case .floor:
        each { x in
            let near = roundToEven(x)
            return near.with(near - 1, where: near .> x)
        }
    case .round: each { roundToEven($0) }
    case .exponential: each { exponential($0) }
    case .exponentialMinusOne: each { exponentialMinusOne($0) }
    case .logarithm: each { logarithm($0) }
    case .logarithmOnePlus: each { logarithmOnePlus($0) }
    case .squareRoot: squareRoot(out, x, count: count)
    case .reciprocal: each { 1 / $0 }
    case .sine: each { x in sine(x, turn: 0, orLarge: sinf) }
    case .cosine: each { x in sine(x, turn: 1, orLarge: cosf) }
    case .tanh: each { hyperbolicTangent($0) }
    case .sigmoid:
        each { x in
            // e^−|x| cannot overflow, and small results keep their digits.
            let e = exponential(float(bits(x) | sign))
            return V(repeating: 1).with(e, where: x .< 0) / (1 + e)
        }
    case .softplus:
        each { x in
            x.with(0, where: x .< 0) + logarithmOnePlus(exponential(float(bits(x) | sign)))
        }
    case .relu: each { x in x.with(0, where: x .< 0) }
    case .errorFunction: each { errorFunction($0) }
    case .isFinite: each { x in V().with(1, where: magnitude(x) .< .infinity) }
    }
}

/// `out[i] = f(a[i·stepA], b[i·stepB])` for `count` vectors.
func apply(
    _ f: Binary, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ stepA: Int, _ b: UnsafeRawPointer,
    _ stepB: Int, count: Int
) {
    @inline(__always) func each(_ body: (V, V) -> V) {
        for i in 0..<count { store(body(load(a, i &* stepA), load(b, i &* stepB)), out, i) }
    }
    @inline(__always) func test(_ body: (V, V) -> SIMDMask<I>) {
        each { V().with(1, where: body($0, $1)) }
    }
    switch f {
    case .add: each { $0 + $1 }
    case .subtract: each { $0 - $1 }
    case .multiply: each { $0 * $1 }
    case .divide: each { $0 / $1 }
    case .maximum: each { a, b in b.with(a, where: (a .> b) .| (a .!= a)) }
    case .minimum: each { a, b in b.with(a, where: (a .< b) .| (a .!= a)) }
    case .power:
        // The C library's is within an ulp and knows all the special cases; powers are rare in a training step.
        each { x, y in
            var z = V()
            for lane in 0..<V.scalarCount { z[lane] = powf(x[lane], y[lane]) }
            return z
        }
    case .less: test { $0 .< $1 }
    case .lessOrEqual: test { $0 .<= $1 }
    case .equal: test { $0 .== $1 }
    case .notEqual: test { $0 .!= $1 }
    }
}

/// `out[i] = condition[i·stepA] != 0 ? a[i·stepB] : b[i·stepC]` for `count` vectors.
func select(
    _ out: UnsafeMutableRawPointer, _ condition: UnsafeRawPointer, _ stepA: Int, _ a: UnsafeRawPointer, _ stepB: Int,
    _ b: UnsafeRawPointer, _ stepC: Int, count: Int
) {
    for i in 0..<count {
        let first = load(a, i &* stepB), second = load(b, i &* stepC)
        store(second.with(first, where: load(condition, i &* stepA) .!= 0), out, i)
    }
}

/// Box and Muller's transform of two tiles of uniform numbers on [0, 1); the result takes the place of `u`.
func normal(_ u: UnsafeMutableRawPointer, _ v: UnsafeRawPointer, count: Int) {
    for i in 0..<count { store(-2 * logarithm(1 - load(u, i)), u, i) }
    squareRoot(u, u, count: count)
    for i in 0..<count {
        // cos(2πv): quarters of a turn are counted off exactly, before π comes in.
        let shifted = mad(load(v, i), 4, roundingShift)
        let quarters = mad(load(v, i), 4, -(shifted - roundingShift))
        store(load(u, i) * sine(quarters * (Float.pi / 2), quadrant: bits(shifted) &+ 1), u, i)
    }
}

// MARK: Functions of a vector

@inline(__always) private func exponential(_ x: V) -> V {
    let (r, shifted) = reduceExponent(
        x.with(89, where: x .> 89).with(-104, where: x .< -104))
    // Two factors, as 2¹²⁸ and 2⁻¹⁵⁰ are not floats.
    let n = bits(shifted) &- bits(V(repeating: roundingShift))
    let half = n &>> 1
    return (expansion(r) + 1) * powerOfTwo(half) * powerOfTwo(n &- half)
}

@inline(__always) private func exponentialMinusOne(_ x: V) -> V {
    let (r, shifted) = reduceExponent(x.with(89, where: x .> 89).with(-40, where: x .< -40))
    // 2ⁿ·(e^r − 1) + (2ⁿ − 1), halved on the way as 2¹²⁸ is not a float.
    let scale = powerOfTwo(bits(shifted) &- bits(V(repeating: roundingShift + 1)))
    return 2 * mad(scale, expansion(r), scale - 0.5)
}

/// x = n·log 2 + r with |r| ≤ ½ log 2 (Cody and Waite 1980); n is still shifted by `roundingShift`.
@inline(__always) private func reduceExponent(_ x: V) -> (r: V, shifted: V) {
    let shifted = mad(x, 0x1.715476p0, roundingShift)
    let n = shifted - roundingShift
    return (mad(n, -logTwoLow, mad(n, -logTwoHigh, x)), shifted)
}

/// e^r − 1 for |r| ≤ ½ log 2.
@inline(__always) private func expansion(_ r: V) -> V {
    var p = mad(r, 0x1.6d9902p-10, 0x1.122808p-7)
    p = mad(p, r, 0x1.555488p-5)
    p = mad(p, r, 0x1.5554bp-3)
    p = mad(p, r, 0.5)
    return mad(r * r, p, r)
}

@inline(__always) private func logarithm(_ x: V) -> V {
    let isTiny = x .< 0x1p-126
    let y = x.with(x * 0x1p23, where: isTiny)
    // y = 2ᵏ·m with √½ ≤ m < √2
    let k = (bits(y) &- 0x3F35_04F3) &>> 23
    let f = float(bits(y) &- (k &<< 23)) - 1
    let shift = V(repeating: roundingShift).with(roundingShift + 23, where: isTiny)
    let e = float(k &+ bits(V(repeating: roundingShift))) - shift
    var p = mad(f, -0x1.41f42p-4, 0x1.07e76ep-3)
    p = mad(p, f, -0x1.0ce92p-3)
    p = mad(p, f, 0x1.226ba4p-3)
    p = mad(p, f, -0x1.54777cp-3)
    p = mad(p, f, 0x1.99a5acp-3)
    p = mad(p, f, -0x1.000224p-2)
    p = mad(p, f, 0x1.55554ap-2)
    let tail = mad(f * f, mad(f, p, -0.5), e * logTwoLow)
    return mad(e, logTwoHigh, f + tail)
        .with(x, where: .!(x .< .infinity))
        .with(.nan, where: x .< 0)
        .with(-.infinity, where: x .== 0)
}

@inline(__always) private func logarithmOnePlus(_ x: V) -> V {
    let u = x + 1
    // What the sum lost, to first order; there is nothing to add at 0 and infinity.
    let lost = (x - (u - 1)) / u
    return logarithm(u) + V().with(lost, where: magnitude(lost) .< .infinity)
}

@inline(__always) private func hyperbolicTangent(_ x: V) -> V {
    let a = magnitude(x)
    let t = exponentialMinusOne(2 * a.with(10, where: a .> 10))
    return float(bits(t / (t + 2)) | (bits(x) & sign))
}

@inline(__always) private func errorFunction(_ x: V) -> V {
    let m = magnitude(x)
    let a = m.with(3.95, where: m .> 3.95)
    let t = a * a
    var near = mad(t, 0x1.4ae4c2p-14, -0x1.a485e6p-11)
    near = mad(near, t, 0x1.5419f4p-8)
    near = mad(near, t, -0x1.b7fbb4p-6)
    near = mad(near, t, 0x1.ce2d2p-4)
    near = mad(near, t, -0x1.81273ep-2)
    near = mad(near, t, 0x1.20dd74p0)
    // −log erfc(a), which is smooth.
    var far = mad(a, 0x1.6c061cp-16, -0x1.ceea94p-12)
    far = mad(far, a, 0x1.1398dcp-8)
    far = mad(far, a, -0x1.9d0bcp-6)
    far = mad(far, a, 0x1.bc18c8p-4)
    far = mad(far, a, 0x1.4434f2p-1)
    far = mad(far, a, 0x1.212c2cp0)
    far = mad(far, a, -0x1.8b3d2ep-13)
    let y = (1 - exponential(-far)).with(near * a, where: a .< 1)
    return float(bits(y) | (bits(x) & sign))
}

/// The sine of x and `turn` quarters of a turn. The C library's function takes the angles beyond 2¹⁶, whose quadrant
/// a float cannot count.
@inline(__always) private func sine(_ x: V, turn: Int32, orLarge function: (Float) -> Float) -> V {
    let shifted = mad(x, 0x1.45f306p-1, roundingShift)
    let n = shifted - roundingShift
    // In double precision, with a first part of π/2 short enough that its multiples are exact.
    let low = D(x.lowHalf) - D(n.lowHalf) * 0x1.921fb544p0 - D(n.lowHalf) * 0x1.0b4611a6p-34
    let high = D(x.highHalf) - D(n.highHalf) * 0x1.921fb544p0 - D(n.highHalf) * 0x1.0b4611a6p-34
    var y = sine(V(lowHalf: .init(low), highHalf: .init(high)), quadrant: bits(shifted) &+ turn)
    let excess = bits(0x1p16 - magnitude(x))
    var signs: Int32 = 0
    for lane in 0..<V.scalarCount { signs |= excess[lane] }
    if signs < 0 {
        for lane in 0..<V.scalarCount where excess[lane] < 0 { y[lane] = function(x[lane]) }
    }
    return y
}

/// The sine of r and `quadrant` quarters of a turn, |r| ≤ π/4.
@inline(__always) private func sine(_ r: V, quadrant: I) -> V {
    let s = r * r
    var odd = mad(s, 0x1.6dbc3p-19, -0x1.a013a2p-13)
    odd = mad(odd, s, 0x1.11110ep-7)
    odd = mad(odd, s, -0x1.555556p-3)
    odd = mad(r * s, odd, r)
    var even = mad(s, 0x1.9bd6dep-16, -0x1.6c12dp-10)
    even = mad(even, s, 0x1.555554p-5)
    even = mad(s * s, even, mad(s, -0.5, 1))
    let y = odd.with(even, where: (quadrant & 1) .!= 0)
    return float(bits(y) ^ ((quadrant &<< 30) & sign))
}

/// Adding 2²³ leaves no bits for a fraction, and rounds halves to even. Floats from there on have none.
@inline(__always) private func roundToEven(_ x: V) -> V {
    let shift = float((bits(x) & sign) | bits(V(repeating: 0x1p23)))
    let near = float(bits((x + shift) - shift) | (bits(x) & sign))
    return x.with(near, where: magnitude(x) .< 0x1p23)
}

/// A loop over floats becomes the vector instruction; `SIMD.squareRoot()` becomes one lane after the other.
private func squareRoot(_ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, count: Int) {
    let x = x.assumingMemoryBound(to: Float.self), out = out.assumingMemoryBound(to: Float.self)
    for i in 0..<count &* V.scalarCount { out[i] = x[i].squareRoot() }
}

// MARK: Bits

/// A float below 2²² plus this is rounded to a whole number, which stands in the low bits.
private var roundingShift: Float { @inline(__always) get { 0x1.8p23 } }

/// log 2 in two parts; multiples of the first are exact.
private var logTwoHigh: Float { @inline(__always) get { 0x1.63p-1 } }
private var logTwoLow: Float { @inline(__always) get { -0x1.bd0106p-13 } }

private var sign: I { @inline(__always) get { I(repeating: .min) } }

@inline(__always) private func bits(_ x: V) -> I { unsafeBitCast(x, to: I.self) }
@inline(__always) private func float(_ x: I) -> V { unsafeBitCast(x, to: V.self) }
@inline(__always) private func magnitude(_ x: V) -> V { float(bits(x) & ~sign) }

extension V {
    /// `replacing(with:where:)`, which is a loop over lanes that can keep the inliner from its work, by bits.
    @inline(__always) fileprivate func with(_ other: V, where mask: SIMDMask<I>) -> V {
        let own = unsafeBitCast(self, to: I.self), others = unsafeBitCast(other, to: I.self)
        return unsafeBitCast(own ^ ((own ^ others) & unsafeBitCast(mask, to: I.self)), to: V.self)
    }
    @inline(__always) fileprivate func with(_ other: Float, where mask: SIMDMask<I>) -> V {
        with(V(repeating: other), where: mask)
    }
}

/// 2ⁿ for −126 ≤ n ≤ 127.
@inline(__always) private func powerOfTwo(_ n: I) -> V { float((n &+ 127) &<< 23) }

/// `a·b + c`, rounded once where the instruction set can: at the baseline that would be a call for each lane.
@inline(__always) private func mad(_ a: V, _ b: V, _ c: V) -> V {
    #if AVX512 || AVX2
    c.addingProduct(a, b)
    #else
    a * b + c
    #endif
}

@inline(__always) private func mad(_ a: V, _ b: V, _ c: Float) -> V { mad(a, b, V(repeating: c)) }
@inline(__always) private func mad(_ a: V, _ b: Float, _ c: V) -> V { mad(a, V(repeating: b), c) }
@inline(__always) private func mad(_ a: V, _ b: Float, _ c: Float) -> V {
    mad(a, V(repeating: b), V(repeating: c))
}

@inline(__always) private func load(_ p: UnsafeRawPointer, _ i: Int) -> V {
    p.loadUnaligned(fromByteOffset: i &* MemoryLayout<V>.size, as: V.self)
}

@inline(__always) private func store(_ x: V, _ p: UnsafeMutableRawPointer, _ i: Int) {
    p.storeBytes(of: x, toByteOffset: i &* MemoryLayout<V>.size, as: V.self)
}
