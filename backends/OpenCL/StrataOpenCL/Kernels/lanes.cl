// The functions of a fused expression, on LANES neighbouring elements at once.
//
//     F v = vector of LANES floats          element:  i   i+1  i+2  …  i+LANES−1
//                                           lane:     0    1    2   …    LANES−1
//
// The file is read once with LANES 1 and, for a processor with vector registers, once more with their width. Each
// function is named after its case in `Unary` or `Binary` with the width behind it: tanh_1, tanh_16.
//
// Why not leave it to the compiler to run work items in lanes: PoCL 3.1 does so for arithmetic, but calls log, erf and
// their like once for each element (log 7.6 ns an element against 0.6 in vectors of 16, erf 17.7 against 1.4).

#undef WIDE
#undef FLOATS
#undef INTS
#undef LANE
#undef BITS
#undef FLOAT
#undef MAD
#undef SIGN
#undef SHIFT
#undef LOG_TWO_HIGH
#undef LOG_TWO_LOW
#if LANES == 1
#define WIDE(type) type
#define FLOATS(x) convert_float(x)
#define INTS(x) convert_int(x)
#define LANE 0
#else
#define WIDE(type) PASTE(type, LANES)
#define FLOATS(x) PASTE(convert_float, LANES)(x)
#define INTS(x) PASTE(convert_int, LANES)(x)
#if LANES == 4
#define LANE ((int4)(0, 1, 2, 3))
#define DEAL_LOW 0, 4, 1, 5
#define DEAL_HIGH 2, 6, 3, 7
#elif LANES == 8
#define LANE ((int8)(0, 1, 2, 3, 4, 5, 6, 7))
#define DEAL_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define DEAL_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LANE ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#define DEAL_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define DEAL_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#endif
#endif
#define F WIDE(float)
#define I WIDE(int)
#define U WIDE(uint)
#define L(name) PASTE(name##_, LANES)

// 1 where the condition holds, else 0. Relations give 1 on scalars and −1 on vectors; select takes both.
INLINE F L(truth)(I condition) { return select((F)(0.0f), (F)(1.0f), condition); }
INLINE F L(choose)(F condition, F first, F second) { return select(second, first, condition != (F)(0.0f)); }

// a b + c, rounded once where the hardware can. Not fma(), which is slow where it cannot, and which PoCL writes out
// element by element for the compiler to put together again.
INLINE F L(fused)(F a, F b, F c)
{
#pragma OPENCL FP_CONTRACT ON
    return a * b + c;
}

#if LANES > 1
// The functions that epilogues are full of. PoCL's are good to half an ulp or so, which they pay for with numbers in
// two parts: they cost two to four times as much. These are good to a few ulp: minimax polynomials for what remains
// after the exact leading terms.
#define BITS(x) PASTE(as_int, LANES)(x)
#define FLOAT(x) PASTE(as_float, LANES)(x)
#define MAD(a, b, c) L(fused)((F)(a), (F)(b), (F)(c))
#define SIGN ((I)(INT_MIN))
// A float below 2²² plus this is rounded to a whole number, which stands in the low bits.
#define SHIFT 0x1.8p23f
// log 2 in two parts; multiples of the first are exact.
#define LOG_TWO_HIGH 0x1.63p-1f
#define LOG_TWO_LOW -0x1.bd0106p-13f

INLINE F L(power_of_two)(I n) { return FLOAT((n + 127) << 23); }

// e^r − 1 with x = n log 2 + r, |r| ≤ ½ log 2 (Cody and Waite 1980).
INLINE F L(expansion)(F x, I *n)
{
    const F shifted = MAD(x, 0x1.715476p0f, SHIFT), whole = shifted - SHIFT;
    const F r = MAD(whole, -LOG_TWO_LOW, MAD(whole, -LOG_TWO_HIGH, x));
    F p = MAD(r, 0x1.6d9902p-10f, 0x1.122808p-7f);
    p = MAD(p, r, 0x1.555488p-5f);
    p = MAD(p, r, 0x1.5554bp-3f);
    p = MAD(p, r, 0.5f);
    *n = BITS(shifted) - BITS((F)(SHIFT));
    return MAD(r * r, p, r);
}

INLINE F L(exponential)(F x)
{
    const F low = select(x, (F)(-104.0f), x < (F)(-104.0f));
    I n;
    const F y = L(expansion)(select(low, (F)(89.0f), x > (F)(89.0f)), &n);
    // Two factors, as 2¹²⁸ and 2⁻¹⁵⁰ are not floats.
    const I part = n >> 1;
    return (y + 1.0f) * L(power_of_two)(part) * L(power_of_two)(n - part);
}

INLINE F L(exponentialMinusOne)(F x)
{
    const F low = select(x, (F)(-40.0f), x < (F)(-40.0f));
    I n;
    const F y = L(expansion)(select(low, (F)(89.0f), x > (F)(89.0f)), &n);
    // 2ⁿ (e^r − 1) + (2ⁿ − 1), halved on the way as 2¹²⁸ is not a float.
    const F scale = L(power_of_two)(n - 1);
    return 2.0f * MAD(scale, y, scale - 0.5f);
}

INLINE F L(logarithm)(F x)
{
    const I tiny = x < (F)(0x1p-126f);
    const F y = select(x, x * 0x1p23f, tiny);
    // y = 2ᵏ m with √½ ≤ m < √2
    const I k = (BITS(y) - 0x3F3504F3) >> 23;
    const F f = FLOAT(BITS(y) - (k << 23)) - 1.0f;
    const F e = FLOATS(k) - select((F)(0.0f), (F)(23.0f), tiny);
    F p = MAD(f, -0x1.41f42p-4f, 0x1.07e76ep-3f);
    p = MAD(p, f, -0x1.0ce92p-3f);
    p = MAD(p, f, 0x1.226ba4p-3f);
    p = MAD(p, f, -0x1.54777cp-3f);
    p = MAD(p, f, 0x1.99a5acp-3f);
    p = MAD(p, f, -0x1.000224p-2f);
    p = MAD(p, f, 0x1.55554ap-2f);
    const F tail = MAD(f * f, MAD(f, p, -0.5f), e * LOG_TWO_LOW);
    F result = MAD(e, LOG_TWO_HIGH, f + tail);
    result = select(x, result, x < (F)(INFINITY));
    result = select(result, (F)(NAN), x < (F)(0.0f));
    return select(result, (F)(-INFINITY), x == (F)(0.0f));
}

INLINE F L(logarithmOnePlus)(F x)
{
    const F u = x + 1.0f;
    // What the sum lost, to first order; there is nothing to add at 0 and infinity.
    const F lost = (x - (u - 1.0f)) / u;
    return L(logarithm)(u) + select((F)(0.0f), lost, fabs(lost) < (F)(INFINITY));
}

INLINE F L(tanh)(F x)
{
    const F a = fabs(x), t = L(exponentialMinusOne)(2.0f * select(a, (F)(10.0f), a > (F)(10.0f)));
    return FLOAT(BITS(t / (t + 2.0f)) | (BITS(x) & SIGN));
}

// e^−|x| cannot overflow, and small results keep their digits.
INLINE F L(sigmoid)(F x)
{
    const F e = L(exponential)(-fabs(x));
    return select((F)(1.0f), e, x < (F)(0.0f)) / (1.0f + e);
}
#else
INLINE F L(exponential)(F x) { return exp(x); }
INLINE F L(exponentialMinusOne)(F x) { return expm1(x); }
INLINE F L(logarithm)(F x) { return log(x); }
INLINE F L(logarithmOnePlus)(F x) { return log1p(x); }
INLINE F L(tanh)(F x) { return tanh(x); }
INLINE F L(sigmoid)(F x) { return 1.0f / (1.0f + exp(-x)); }
#endif

INLINE F L(add)(F a, F b) { return a + b; }
INLINE F L(subtract)(F a, F b) { return a - b; }
INLINE F L(multiply)(F a, F b) { return a * b; }
INLINE F L(divide)(F a, F b) { return a / b; }
// fmax and fmin would drop a NaN. A NaN on the left survives because no comparison with it holds.
INLINE F L(maximum)(F a, F b) { return select(a, b, (a < b) | (b != b)); }
INLINE F L(minimum)(F a, F b) { return select(a, b, (b < a) | (b != b)); }
INLINE F L(power)(F a, F b) { return pow(a, b); }
INLINE F L(less)(F a, F b) { return L(truth)(a < b); }
INLINE F L(lessOrEqual)(F a, F b) { return L(truth)(a <= b); }
INLINE F L(equal)(F a, F b) { return L(truth)(a == b); }
INLINE F L(notEqual)(F a, F b) { return L(truth)(a != b); }

INLINE F L(negate)(F x) { return -x; }
INLINE F L(absolute)(F x) { return fabs(x); }
INLINE F L(sign)(F x) { return select(L(truth)(x > (F)(0.0f)) - L(truth)(x < (F)(0.0f)), x, x != x); }
INLINE F L(floor)(F x) { return floor(x); }
INLINE F L(round)(F x) { return rint(x); }
INLINE F L(squareRoot)(F x) { return sqrt(x); }
INLINE F L(reciprocal)(F x) { return 1.0f / x; }
INLINE F L(sine)(F x) { return sin(x); }
INLINE F L(cosine)(F x) { return cos(x); }
INLINE F L(relu)(F x) { return select(x, (F)(0.0f), x < (F)(0.0f)); }
INLINE F L(softplus)(F x) { return L(relu)(x) + L(logarithmOnePlus)(L(exponential)(-fabs(x))); }
INLINE F L(errorFunction)(F x) { return erf(x); }
INLINE F L(isFinite)(F x) { return L(truth)(fabs(x) < (F)(INFINITY)); }

// Whole numbers first, first + step, … as floats.
INLINE F L(iota_int)(int first, int step) { return FLOATS(first + LANE * step); }
INLINE F L(iota_long)(long first, long step)
{
#if LANES == 1
    return first;
#else
    return FLOATS(first + PASTE(convert_long, LANES)(LANE) * step);
#endif
}

// The counters of neighbouring draws.
#if LANES > 1
INLINE U L(counters)(uint first, uint step) { return first + PASTE(convert_uint, LANES)(LANE) * step; }
#endif

// What a store does: toward zero, to the nearest number there is, and NaN becomes 0. The clamped float is at most
// 2³¹ − 128, the last one that an int holds.
INLINE F L(narrow_float)(F x) { return x; }
INLINE I L(narrow_int)(F x)
{
    const F number = select(x, (F)(0.0f), x != x);
    const I whole = INTS(clamp(number, (F)(-0x1p31f), (F)(0x1.fffffep30f)));
    return select(whole, (I)(INT_MAX), number >= (F)(0x1p31f));
}
INLINE WIDE(uchar) L(narrow_uchar)(F x)
{
    const F number = select(x, (F)(0.0f), x != x);
#if LANES == 1
    return convert_uchar(clamp(number, 0.0f, 255.0f));
#else
    return PASTE(convert_uchar, LANES)(clamp(number, (F)(0.0f), (F)(255.0f)));
#endif
}

// The combiners of reductions, with what an empty one gives.
#define IDENTITY_sum 0.0f
#define IDENTITY_maximum (-INFINITY)
#define IDENTITY_minimum INFINITY
INLINE F L(sum)(F a, F b) { return a + b; }

#if LANES > 1
// Turns LANES vectors, the rows of a square, into its columns. Each of the log₂ LANES rounds deals the upper half of
// the rows in between the lower half, as one shuffles cards. The builtin is Clang's, which every compiler of OpenCL
// for processors is; the language's own shuffles cost a tenth of a second more to compile.
INLINE void L(transpose)(F *square)
{
#pragma unroll
    for (uint round = 1; round < LANES; round *= 2) {
        F dealt[LANES];
#pragma unroll
        for (uint i = 0; i < LANES / 2; ++i) {
            dealt[2 * i] = __builtin_shufflevector(square[i], square[i + LANES / 2], DEAL_LOW);
            dealt[2 * i + 1] = __builtin_shufflevector(square[i], square[i + LANES / 2], DEAL_HIGH);
        }
#pragma unroll
        for (uint i = 0; i < LANES; ++i) square[i] = dealt[i];
    }
}
#endif

// Threefry2x32-20 (Salmon, Moraes, Dror and Shaw, SC 2011) of the counters (c, 0).
typedef struct { U first, second; } L(words);
INLINE L(words) L(threefry)(uint2 key, U counter)
{
    const uint third = key.x ^ key.y ^ 0x1BD11BDAu;
    U x = counter + key.x, y = (U)(key.y);
#define ROUND(distance) x += y; y = rotate(y, (U)(distance)) ^ x;
#define EVEN ROUND(13) ROUND(15) ROUND(26) ROUND(6)
#define ODD ROUND(17) ROUND(29) ROUND(16) ROUND(24)
#define INJECT(a, b, count) x += (a); y += (b) + count##u;
    EVEN INJECT(key.y, third, 1)
    ODD INJECT(third, key.x, 2)
    EVEN INJECT(key.x, key.y, 3)
    ODD INJECT(key.y, third, 4)
    EVEN INJECT(third, key.x, 5)
#undef ROUND
#undef EVEN
#undef ODD
#undef INJECT
    L(words) result = {x, y};
    return result;
}

// The upper 24 bits, which an int holds too, and ints become floats in one instruction everywhere.
INLINE F L(unit)(U word) { return FLOATS(INTS(word >> 8)) * 0x1p-24f; }
INLINE F L(uniform)(uint2 key, U counter) { return L(unit)(L(threefry)(key, counter).first); }

// sqrt(−2 log(1 − u)) cos(2πv), Box and Muller (1958). cos(2πv) = sin(2πt) with t = |v − ½| − ¼, which is exact and
// at most ¼ in size: a short odd polynomial (Taylor's, to the 13th power) is then good to an ulp or two.
INLINE F L(normal)(uint2 key, U counter)
{
    const L(words) words = L(threefry)(key, counter);
    const F radius = sqrt(-2.0f * L(logarithm)(1.0f - L(unit)(words.first)));
    const F x = (fabs(L(unit)(words.second) - 0.5f) - 0.25f) * 6.2831853071795865f;
    const F s = x * x;
    F sine = s * (1.0f / 6227020800.0f) - (1.0f / 39916800.0f);
    sine = sine * s + (1.0f / 362880.0f);
    sine = sine * s - (1.0f / 5040.0f);
    sine = sine * s + (1.0f / 120.0f);
    sine = sine * s - (1.0f / 6.0f);
    return radius * (x + x * s * sine);
}

#if LANES == 1
// The key of a stream, from the seed and the step in memory.
INLINE uint2 stream_key(global const int *seed, uint stream)
{
    const words_1 words = threefry_1((uint2)(seed[0], seed[1]), stream);
    return (uint2)(words.first, words.second);
}
#endif
