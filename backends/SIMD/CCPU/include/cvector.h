#ifndef STRATA_CVECTOR_H
#define STRATA_CVECTOR_H

// What Swift's vectors cannot say. All of it is inlined into the kernels, and so compiled for their instruction set.

/// Asks for a cache line that will be needed soon; any address will do.
static inline __attribute__((always_inline)) void strata_prefetch(const void *address) {
    __builtin_prefetch(address, 0, 2);
}

typedef float strata_float4 __attribute__((ext_vector_type(4), aligned(4)));

#if defined(__AVX512F__)
typedef float strata_floats __attribute__((ext_vector_type(16), aligned(4)));
#define STRATA_LANES(a, b, c, d) \
    a, b, c, d, (a) + 4, (b) + 4, (c) + 4, (d) + 4, (a) + 8, (b) + 8, (c) + 8, (d) + 8, (a) + 12, (b) + 12, (c) + 12, (d) + 12
#define STRATA_B 16
#elif defined(__AVX2__)
typedef float strata_floats __attribute__((ext_vector_type(8), aligned(4)));
#define STRATA_LANES(a, b, c, d) a, b, c, d, (a) + 4, (b) + 4, (c) + 4, (d) + 4
#define STRATA_B 8
#else
typedef strata_float4 strata_floats;
#define STRATA_LANES(a, b, c, d) a, b, c, d
#define STRATA_B 4
#endif

/// A vector as Swift knows it.
typedef float strata_vector __attribute__((ext_vector_type(STRATA_B)));

/// Four floats of each fourth line, side by side.
static inline __attribute__((always_inline)) strata_floats strata_join(const float *p, long stride) {
#define STRATA_AT(i) (*(const strata_float4 *)(p + 4 * (i) * stride))
#if defined(__AVX512F__)
    return __builtin_shufflevector(
        __builtin_shufflevector(STRATA_AT(0), STRATA_AT(1), 0, 1, 2, 3, 4, 5, 6, 7),
        __builtin_shufflevector(STRATA_AT(2), STRATA_AT(3), 0, 1, 2, 3, 4, 5, 6, 7), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
        11, 12, 13, 14, 15);
#elif defined(__AVX2__)
    return __builtin_shufflevector(STRATA_AT(0), STRATA_AT(1), 0, 1, 2, 3, 4, 5, 6, 7);
#else
    return STRATA_AT(0);
#endif
#undef STRATA_AT
}

/// Transposes four columns of as many lines as a vector is long: `target` gets four vectors, `width` floats apart.
static inline __attribute__((always_inline)) void strata_transpose(
    const float *source, long stride, float *target, long width) {
    strata_floats a = strata_join(source, stride), b = strata_join(source + stride, stride);
    strata_floats c = strata_join(source + 2 * stride, stride), d = strata_join(source + 3 * stride, stride);
    strata_floats e = __builtin_shufflevector(a, b, STRATA_LANES(0, STRATA_B, 1, STRATA_B + 1));
    strata_floats f = __builtin_shufflevector(a, b, STRATA_LANES(2, STRATA_B + 2, 3, STRATA_B + 3));
    strata_floats g = __builtin_shufflevector(c, d, STRATA_LANES(0, STRATA_B, 1, STRATA_B + 1));
    strata_floats h = __builtin_shufflevector(c, d, STRATA_LANES(2, STRATA_B + 2, 3, STRATA_B + 3));
    *(strata_floats *)target = __builtin_shufflevector(e, g, STRATA_LANES(0, 1, STRATA_B, STRATA_B + 1));
    *(strata_floats *)(target + width) = __builtin_shufflevector(e, g, STRATA_LANES(2, 3, STRATA_B + 2, STRATA_B + 3));
    *(strata_floats *)(target + 2 * width) = __builtin_shufflevector(f, h, STRATA_LANES(0, 1, STRATA_B, STRATA_B + 1));
    *(strata_floats *)(target + 3 * width) = __builtin_shufflevector(f, h, STRATA_LANES(2, 3, STRATA_B + 2, STRATA_B + 3));
}

/// Writes past the caches, to a multiple of a vector's size. Other threads see it after `strata_stream_end`.
static inline __attribute__((always_inline)) void strata_stream(float *target, const float *source, long vectors) {
    typedef float aligned __attribute__((ext_vector_type(STRATA_B)));
    for (long i = 0; i < vectors; i++)
        __builtin_nontemporal_store((aligned)((const strata_floats *)source)[i], (aligned *)target + i);
}

static inline __attribute__((always_inline)) void strata_stream_end(void) {
#if defined(__x86_64__)
    __builtin_ia32_sfence();
#endif
}

#if defined(__FMA__)
/// `a += x·left` and `b += x·right` for the element `x` at an address. In one piece, since compilers like to load the
/// elements of all rows before they multiply with the first, and then have no registers left for the sums. Where the
/// sums stay in memory (in a build for a sanitizer), Swift aligns them to 16 bytes, whatever their size.
static inline __attribute__((always_inline)) void strata_add_products(
    const float *x, strata_vector left, strata_vector right, void *a, void *b) {
    strata_vector all, first = *(strata_floats *)a, second = *(strata_floats *)b;
    __asm__("vbroadcastss %3, %0\n\tvfmadd231ps %4, %0, %1\n\tvfmadd231ps %5, %0, %2"
            : "=&v"(all), "+v"(first), "+v"(second)
            : "m"(*x), "v"(left), "v"(right));
    *(strata_floats *)a = first;
    *(strata_floats *)b = second;
}
#endif

/// `a < b ? a : b` and `a > b ? a : b` in an instruction each; `b` where one is `NaN`.
static inline __attribute__((always_inline)) strata_vector strata_lesser(strata_vector a, strata_vector b) {
    return a < b ? a : b;
}

static inline __attribute__((always_inline)) strata_vector strata_greater(strata_vector a, strata_vector b) {
    return a > b ? a : b;
}

/// The sum of all lanes, in double precision: halves onto halves, which takes the logarithm of as many steps.
static inline __attribute__((always_inline)) double strata_sum(strata_vector x) {
    typedef double strata_doubles __attribute__((ext_vector_type(STRATA_B)));
    strata_doubles sums = __builtin_convertvector(x, strata_doubles);
#if STRATA_B == 16
    typedef double strata_double8 __attribute__((ext_vector_type(8)));
    strata_double8 eighths = sums.lo + sums.hi;
    return ((eighths.s0 + eighths.s4) + (eighths.s2 + eighths.s6)) + ((eighths.s1 + eighths.s5) + (eighths.s3 + eighths.s7));
#elif STRATA_B == 8
    return ((sums.s0 + sums.s4) + (sums.s2 + sums.s6)) + ((sums.s1 + sums.s5) + (sums.s3 + sums.s7));
#else
    return (sums.x + sums.z) + (sums.y + sums.w);
#endif
}

/// The least lane; `NaN` if one is.
static inline __attribute__((always_inline)) float strata_least(strata_vector x) {
#define STRATA_LESSER(a, b) ((((a) < (b)) | ((a) != (a))) ? (a) : (b))
#if STRATA_B == 16
    typedef float strata_half __attribute__((ext_vector_type(8)));
    strata_half half = STRATA_LESSER(x.lo, x.hi);
#else
#define half x
#endif
#if STRATA_B >= 8
    strata_float4 four = STRATA_LESSER((strata_float4)half.lo, (strata_float4)half.hi);
#else
    strata_float4 four = x;
#endif
    typedef float strata_float2 __attribute__((ext_vector_type(2)));
    strata_float2 two = STRATA_LESSER((strata_float2)four.lo, (strata_float2)four.hi);
    return STRATA_LESSER(two.x, two.y);
#undef half
#undef STRATA_LESSER
}

/// `a < b ? x : y`: a comparison and a blend, where Swift's masks take a detour through whole numbers.
static inline __attribute__((always_inline)) strata_vector strata_if_less(
    strata_vector a, strata_vector b, strata_vector x, strata_vector y) {
    return a < b ? x : y;
}

#if defined(__AVX512F__)
/// `x·2ⁿ` for whole `n`, rounded once.
static inline __attribute__((always_inline)) strata_vector strata_scale(strata_vector x, strata_vector n) {
    return __builtin_ia32_scalefps512_mask(x, n, x, (unsigned short)-1, 4);
}
#endif

#undef STRATA_LANES
#undef STRATA_B

#endif
