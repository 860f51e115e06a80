// How lanes come from memory and go there, for elements of type T. Read once for each T and width.
//
//     load     p[0] p[1] p[2] …            neighbours
//     gather   p[0] p[s] p[2s] …           a stride
//     pick     p[s·i[0]] p[s·i[1]] …       rows looked up in a table, clamped
//     spread   p[0] p[0] p[0] …            one element for all lanes
//
// Of the LANES lanes the first `lanes` are real; what the others load means nothing, and they are never stored. Every
// buffer has LANES floats to spare, so that neighbours can be loaded at the very edge.

#define M(name) PASTE(PASTE(name##_, T), PASTE(_, LANES))

#if LANES == 1
INLINE float M(load)(global const T *p) { return *p; }
INLINE void M(store)(global T *p, float value, uint lanes) { *p = PASTE(narrow_, PASTE(T, _1))(value); }

#else
INLINE F M(gather)(global const T *p, long stride, uint lanes)
{
    T each[LANES];
    for (uint lane = 0; lane < LANES; ++lane) each[lane] = p[min(lane, lanes - 1) * stride];
    return FLOATS(PASTE(vload, LANES)(0, each));
}

INLINE F M(load)(global const T *p) { return FLOATS(PASTE(vload, LANES)(0, p)); }

INLINE F M(pick)(global const T *p, long stride, global const int *index, int last, uint lanes)
{
    T each[LANES];
    for (uint lane = 0; lane < LANES; ++lane) each[lane] = p[row_at(index + min(lane, lanes - 1), last) * stride];
    return FLOATS(PASTE(vload, LANES)(0, each));
}

INLINE F M(spread)(global const T *p) { return (F)((float)*p); }

INLINE void M(scatter)(global T *p, long stride, F value, uint lanes)
{
    T each[LANES];
    PASTE(vstore, LANES)(PASTE(narrow_, PASTE(T, PASTE(_, LANES)))(value), 0, each);
    // Left to itself the compiler takes a tenth of a second to make the edge of a row fast.
#pragma clang loop vectorize(disable) unroll(disable)
    for (uint lane = 0; lane < lanes; ++lane) p[lane * stride] = each[lane];
}

INLINE void M(store)(global T *p, F value, uint lanes)
{
    if (lanes == LANES) PASTE(vstore, LANES)(PASTE(narrow_, PASTE(T, PASTE(_, LANES)))(value), 0, p);
    else M(scatter)(p, 1, value, lanes);
}
#endif

#undef M
