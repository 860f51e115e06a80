import CCPU
import StrataBackend
import StrataKernelInterface

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// The functions of a tape, over whole tiles. Errors are a few units in the last place at most. The polynomials are
// minimax fits of ours (Remez 1934) to what remains after the exact leading terms. `out` may be an argument's memory.
//
// The loops are written out, as the compiler inlines a closure only if it likes, and a vector that is handed to a
// function goes through memory.

/// `out[i] = f(x[i])` for `count` vectors.
func apply(_ f: Unary, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, count n: Int) {
    switch f {
    case .negate: for i in 0..<n { put(float(bits(at(x, i)) ^ sign), out, i) }
    case .absolute: for i in 0..<n { put(magnitude(at(x, i)), out, i) }
    case .sign: for i in 0..<n { put(signum(at(x, i)), out, i) }
    case .floor: for i in 0..<n { put(floor(at(x, i)), out, i) }
    case .round: for i in 0..<n { put(roundToEven(at(x, i)), out, i) }
    case .exponential: for i in 0..<n { put(exponential(at(x, i)), out, i) }
    case .exponentialMinusOne: for i in 0..<n { put(exponentialMinusOne(at(x, i)), out, i) }
    case .logarithm: for i in 0..<n { put(logarithm(at(x, i)), out, i) }
    case .logarithmOnePlus: for i in 0..<n { put(logarithmOnePlus(at(x, i)), out, i) }
    case .squareRoot: for i in 0..<n { put(squareRoot(at(x, i)), out, i) }
    case .reciprocal: for i in 0..<n { put(1 / at(x, i), out, i) }
    case .sine: for i in 0..<n { put(sine(at(x, i), turn: 0), out, i) }
    case .cosine: for i in 0..<n { put(sine(at(x, i), turn: 1), out, i) }
    case .tanh: for i in 0..<n { put(hyperbolicTangent(at(x, i)), out, i) }
    case .sigmoid: for i in 0..<n { put(sigmoid(at(x, i)), out, i) }
    case .softplus: for i in 0..<n { put(softplus(at(x, i)), out, i) }
    case .relu: for i in 0..<n { put(positivePart(at(x, i)), out, i) }
    case .errorFunction: for i in 0..<n { put(errorFunction(at(x, i)), out, i) }
    case .isFinite: for i in 0..<n { put(one(where: magnitude(at(x, i)) .< .infinity), out, i) }
    }
}

/// `out[i] = f(a[i·p], b[i·q])` for `count` vectors.
func apply(
    _ f: Binary, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ p: Int, _ b: UnsafeRawPointer, _ q: Int,
    count n: Int
) {
    switch f {
    case .multiply where q == 0:
        let y = at(b, 0)
        for i in 0..<n { put(at(a, i * p) * y, out, i) }
    case .multiply where p == 0:
        let x = at(a, 0)
        for i in 0..<n { put(x * at(b, i), out, i) }
    case .multiply where p == 1 && q == 1: for i in 0..<n { put(at(a, i) * at(b, i), out, i) }
    case .add where p == 1 && q == 1: for i in 0..<n { put(at(a, i) + at(b, i), out, i) }
    case .subtract where p == 1 && q == 1: for i in 0..<n { put(at(a, i) - at(b, i), out, i) }
    case .divide where p == 1 && q == 1: for i in 0..<n { put(at(a, i) / at(b, i), out, i) }
    case .add: for i in 0..<n { put(at(a, i * p) + at(b, i * q), out, i) }
    case .subtract: for i in 0..<n { put(at(a, i * p) - at(b, i * q), out, i) }
    case .multiply: for i in 0..<n { put(at(a, i * p) * at(b, i * q), out, i) }
    case .divide: for i in 0..<n { put(at(a, i * p) / at(b, i * q), out, i) }
    case .maximum: for i in 0..<n { put(greater(at(a, i * p), at(b, i * q)), out, i) }
    case .minimum: for i in 0..<n { put(lesser(at(a, i * p), at(b, i * q)), out, i) }
    case .power: for i in 0..<n { put(power(at(a, i * p), at(b, i * q)), out, i) }
    case .less: for i in 0..<n { put(one(where: at(a, i * p) .< at(b, i * q)), out, i) }
    case .lessOrEqual: for i in 0..<n { put(one(where: at(a, i * p) .<= at(b, i * q)), out, i) }
    case .equal: for i in 0..<n { put(one(where: at(a, i * p) .== at(b, i * q)), out, i) }
    case .notEqual: for i in 0..<n { put(one(where: at(a, i * p) .!= at(b, i * q)), out, i) }
    }
}

/// A fused instruction of `a[i·p]`, `b[i·q]`, `c[i·r]` and `d[i·s]`, `e` and `g` for `count` vectors.
func apply(
    _ f: Fused, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ p: Int, _ b: UnsafeRawPointer, _ q: Int,
    _ c: UnsafeRawPointer, _ r: Int, _ d: UnsafeRawPointer, _ s: Int, _ e: UnsafeRawPointer, _ g: UnsafeRawPointer,
    count n: Int
) {
    // Most often a factor is the same all over, and then maybe the summand too: fewer loads.
    switch (f, q == 0, r == 0) {
    case (.multiplyAdd, true, true):
        let (y, z) = (at(b, 0), at(c, 0))
        for i in 0..<n { put(mad(at(a, i * p), y, z), out, i) }
    case (.multiplyAdd, true, false):
        let y = at(b, 0)
        for i in 0..<n { put(mad(at(a, i * p), y, at(c, i)), out, i) }
    case (.multiplyAdd, false, _):
        for i in 0..<n { put(mad(at(a, i * p), at(b, i), at(c, i * r)), out, i) }
    case (.multiplySubtract, _, _):
        for i in 0..<n { put(mad(at(a, i * p), at(b, i * q), -at(c, i * r)), out, i) }
    case (.subtractProduct, _, _):
        for i in 0..<n { put(mad(-at(a, i * p), at(b, i * q), at(c, i * r)), out, i) }
    case (.weightedSum, _, _):
        let (y, z) = (at(b, 0), at(d, 0))
        for i in 0..<n { put(mad(at(a, i * p), y, at(c, i * r) * z), out, i) }
    case (.weightedSquareSum, _, _):
        let (y, z) = (at(b, 0), at(d, 0))
        for i in 0..<n { put(mad(at(a, i * p) * at(a, i * p), y, at(c, i * r) * z), out, i) }
    case (.rootMultiplyAdd, _, _):
        for i in 0..<n { put(mad(squareRoot(at(a, i * p)), at(b, i * q), at(c, i * r)), out, i) }
    case (.subtractQuotient, _, _):
        for i in 0..<n { put(at(a, i * p) - at(c, i * r) * at(d, i * s) / at(b, i * q), out, i) }
    case (.subtractQuotientOfRoot, _, _):
        let (x, y) = (at(e, 0), at(g, 0))
        for i in 0..<n {
            put(at(a, i * p) - at(c, i * r) * at(d, i * s) / mad(squareRoot(at(b, i * q)), x, y), out, i)
        }
    }
}

/// `out[i] = condition[i·p] != 0 ? a[i·q] : b[i·r]` for `count` vectors.
func select(
    _ out: UnsafeMutableRawPointer, _ condition: UnsafeRawPointer, _ p: Int, _ a: UnsafeRawPointer, _ q: Int,
    _ b: UnsafeRawPointer, _ r: Int, count n: Int
) {
    for i in 0..<n { put(at(b, i * r).with(at(a, i * q), where: at(condition, i * p) .!= 0), out, i) }
}

/// Box and Muller's transform of two tiles of uniform numbers on [0, 1); the result takes the place of `u`.
func normal(_ u: UnsafeMutableRawPointer, _ v: UnsafeRawPointer, count: Int) {
    for i in 0..<count {
        let radius = squareRoot(-2 * logarithm(1 - at(u, i)))
        // cos(2πv): quarters of a turn are counted off exactly, before π comes in.
        let shifted = mad(at(v, i), 4, roundingShift)
        let quarters = mad(at(v, i), 4, -(shifted - roundingShift))
        put(radius * sine(quarters * (Float.pi / 2), quadrant: bits(shifted) &+ 1), u, i)
    }
}

// MARK: Functions of a vector

@inline(__always) private func exponential(_ x: V) -> V { exponential(clamped: lesser(89, greater(-104, x))) }

/// The exponential of −104 ≤ x ≤ 89.
@inline(__always) private func exponential(clamped x: V) -> V {
    let (r, shifted) = reduceExponent(x)
    #if AVX512
    return strata_scale(expansion(r) + 1, shifted - roundingShift)
    #else
    // Two factors, as 2¹²⁸ and 2⁻¹⁵⁰ are not floats.
    let n = bits(shifted) &- bits(V(repeating: roundingShift))
    let half = n &>> 1
    return (expansion(r) + 1) * powerOfTwo(half) * powerOfTwo(n &- half)
    #endif
}

@inline(__always) private func exponentialMinusOne(_ x: V) -> V {
    let (r, shifted) = reduceExponent(lesser(89, greater(-40, x)))
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
    let least = V(repeating: 0x1p-126)
    let y = strata_if_less(x, least, x * 0x1p23, x)
    // y = 2ᵏ·m with √½ ≤ m < √2
    let k = (bits(y) &- 0x3F35_04F3) &>> 23
    let f = float(bits(y) &- (k &<< 23)) - 1
    let shift = strata_if_less(x, least, V(repeating: roundingShift + 23), V(repeating: roundingShift))
    let e = float(k &+ bits(V(repeating: roundingShift))) - shift
    let tail = mad(f * f, logarithmTail(f), e * logTwoLow)
    let z = strata_if_less(x, V(repeating: .infinity), mad(e, logTwoHigh, f + tail), x)
    // Of what is not above 0, that is 0 of either sign gives −∞, and the rest NaN.
    return strata_if_less(V(), x, z, strata_if_less(x, V(), V(repeating: .nan), x - .infinity))
}

/// (log(1 + f) − f) / f² for √½ ≤ 1 + f < √2.
@inline(__always) private func logarithmTail(_ f: V) -> V {
    var p = mad(f, -0x1.41f42p-4, 0x1.07e76ep-3)
    p = mad(p, f, -0x1.0ce92p-3)
    p = mad(p, f, 0x1.226ba4p-3)
    p = mad(p, f, -0x1.54777cp-3)
    p = mad(p, f, 0x1.99a5acp-3)
    p = mad(p, f, -0x1.000224p-2)
    p = mad(p, f, 0x1.55554ap-2)
    return mad(f, p, -0.5)
}

@inline(__always) private func logarithmOnePlus(_ x: V) -> V {
    let u = x + 1
    // What the sum lost, to first order; there is nothing to add at 0 and infinity.
    let lost = (x - (u - 1)) / u
    return logarithm(u) + V().with(lost, where: magnitude(lost) .< .infinity)
}

@inline(__always) private func hyperbolicTangent(_ x: V) -> V {
    // t = e^2|x| − 1, whose exponent is small enough that nothing needs halving.
    let a = lesser(10, magnitude(x))
    let (r, shifted) = reduceExponent(a + a)
    let scale = powerOfTwo(bits(shifted) &- bits(V(repeating: roundingShift)))
    let t = mad(scale, expansion(r), scale - 1)
    return float(bits(t / (t + 2)) | (bits(x) & sign))
}

/// e^−|x|, which cannot overflow.
@inline(__always) private func decay(_ x: V) -> V { exponential(clamped: greater(-104, float(bits(x) | sign))) }

@inline(__always) private func sigmoid(_ x: V) -> V {
    // Small results keep their digits.
    let e = decay(x)
    return strata_if_less(x, V(), e, V(repeating: 1)) / (1 + e)
}

@inline(__always) private func softplus(_ x: V) -> V {
    // log(1 + e) for 0 ≤ e ≤ 1: from √2 on, twice 1 + f = (1 + e) / 2; below, f is e itself and no digit is lost. So there
    // is neither a division nor an exponent to take out.
    let e = decay(x)
    let edge = V(repeating: 0x1.a8279ap-2)
    let f = strata_if_less(edge, e, mad(e, 0.5, -0.5), e)
    let high = strata_if_less(edge, e, V(repeating: logTwoHigh), V())
    let low = strata_if_less(edge, e, V(repeating: logTwoLow), V())
    let tail = mad(f * f, logarithmTail(f), low)
    return strata_greater(V(), x) + (high + (f + tail))
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
@inline(__always) private func sine(_ x: V, turn: Int32) -> V {
    let shifted = mad(x, 0x1.45f306p-1, roundingShift)
    let n = shifted - roundingShift
    // In double precision, with a first part of π/2 short enough that its multiples are exact.
    var r = V()
    for lane in 0..<V.scalarCount {
        r[lane] = Float(Double(x[lane]) - Double(n[lane]) * 0x1.921fb544p0 - Double(n[lane]) * 0x1.0b4611a6p-34)
    }
    var y = sine(r, quadrant: bits(shifted) &+ turn)
    let excess = bits(0x1p16 - magnitude(x))
    var signs: Int32 = 0
    for lane in 0..<V.scalarCount { signs |= excess[lane] }
    if signs < 0 {
        for lane in 0..<V.scalarCount where excess[lane] < 0 {
            y[lane] = turn == 0 ? sinf(x[lane]) : cosf(x[lane])
        }
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
    // By bits, as a comparison of whole numbers is a loop over lanes.
    let isEven = I() &- (quadrant & 1)
    let y = bits(odd) ^ ((bits(odd) ^ bits(even)) & isEven)
    return float(y ^ ((quadrant &<< 30) & sign))
}

/// The C library's power is within an ulp and knows all the special cases; powers are rare in a training step.
@inline(__always) private func power(_ x: V, _ y: V) -> V {
    var z = V()
    for lane in 0..<V.scalarCount { z[lane] = powf(x[lane], y[lane]) }
    return z
}

/// `x`, not a comparison's other side, where `x` is `NaN`.
@inline(__always) private func positivePart(_ x: V) -> V { strata_greater(V(), x) }
@inline(__always) private func signum(_ x: V) -> V { x.with(1, where: x .> 0).with(-1, where: x .< 0) }
/// The bound, or `x` if that is `NaN`.
@inline(__always) private func lesser(_ bound: Float, _ x: V) -> V { strata_lesser(V(repeating: bound), x) }
@inline(__always) private func greater(_ bound: Float, _ x: V) -> V { strata_greater(V(repeating: bound), x) }
@inline(__always) private func greater(_ a: V, _ b: V) -> V { b.with(a, where: (a .> b) .| (a .!= a)) }
@inline(__always) private func lesser(_ a: V, _ b: V) -> V { b.with(a, where: (a .< b) .| (a .!= a)) }
@inline(__always) private func one(where mask: SIMDMask<I>) -> V { V().with(1, where: mask) }

@inline(__always) private func floor(_ x: V) -> V {
    let near = roundToEven(x)
    return near.with(near - 1, where: near .> x)
}

/// Adding 2²³ leaves no bits for a fraction, and rounds halves to even. Floats from there on have none.
@inline(__always) private func roundToEven(_ x: V) -> V {
    let shift = float((bits(x) & sign) | bits(V(repeating: 0x1p23)))
    let near = float(bits((x + shift) - shift) | (bits(x) & sign))
    return x.with(near, where: magnitude(x) .< 0x1p23)
}

/// A loop over the lanes of a local vector becomes one instruction. (`SIMD.squareRoot()` becomes sixteen, and a loop over
/// the floats in memory does where its result takes the argument's place: five times slower.)
@inline(__always) private func squareRoot(_ x: V) -> V {
    var y = V()
    for lane in 0..<V.scalarCount { y[lane] = x[lane].squareRoot() }
    return y
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

@inline(__always) private func at(_ p: UnsafeRawPointer, _ i: Int) -> V {
    p.loadUnaligned(fromByteOffset: i * MemoryLayout<V>.size, as: V.self)
}

@inline(__always) private func put(_ x: V, _ p: UnsafeMutableRawPointer, _ i: Int) {
    p.storeBytes(of: x, toByteOffset: i * MemoryLayout<V>.size, as: V.self)
}
