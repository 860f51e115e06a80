// A matrix product on a processor with vector registers. A work group is one work item, and owns one block:
//
//                       ◀───────── COLUMNS ─────────▶
//                      ┌─────────┬─────────┬─────────┐
//            DEPTH     │ panel 0 │ panel 1 │    …    │  a slice of rhs, VECTORS × LANES columns to a panel,
//                      └─────────┴─────────┴─────────┘  each packed side by side; all stay in the second-level cache
//        ┌────────────┐┌─────────┬─────────┬─────────┐ ▲
//        │  strip 0   ││  tile   │  tile   │         │ │ ROWS
//        ├────────────┤├─────────┼─────────┼─────────┤ ▼
//        │  strip 1   ││         │         │         │   BLOCK rows; the last few go in strips of TAIL,
//        └────────────┘└─────────┴─────────┴─────────┘   and the last panel may be but one vector wide
//
// A strip of lhs is packed too, and meets one panel after the other; a tile is in registers meanwhile. Tiles of all but
// the last slice wait in `sums`; after the last slice the epilogue takes each while it is in cache. What it will read is
// fetched while the tile is summed: row by row, as all at once would fill the queue that cache misses wait in.
//
// An element is summed in the order of k, whatever block it is in. BLOCK and COLUMNS are chosen for each shape, as is
// SLICE, the depth of a slice; room is for PANELS panels of DEPTH, and for SUMS vectors of results.
//
// Rows and columns are the product's m and n, or the other way round where n is too short to fill a vector.

#ifndef ROWS
#define ROWS 12
#endif
#ifndef TAIL
#define TAIL 4
#endif
#ifndef VECTORS
#define VECTORS 2
#endif
#ifndef DEPTH
#define DEPTH 256
#endif
#ifndef PANELS
#define PANELS 8
#endif
#ifndef SUMS
#define SUMS 4096
#endif
#define WIDTH (VECTORS * LANES)

// Where element (i, k) of a strip is. Rows that lie along k are copied as they are, in lines whose distance is not a
// power of two, as all would compete for one set of the cache; others with the elements of each k side by side.
#if LHS_UNIT
#define SIDE ((ROWS + LANES - 1) / LANES)
#define STRIP_ROW 1
#define STRIP_DEPTH ROWS
#else
#define STRIP_ROW (DEPTH + LANES)
#define STRIP_DEPTH 1
#endif

// Adds the product of a strip and a panel to `height` × `vectors` vectors at `tile`.
#define ADD(height, vectors) \
    { \
        F sum[height][vectors]; \
        UNROLL for (INDEX i = 0; i < height; ++i) \
            UNROLL for (INDEX v = 0; v < vectors; ++v) \
                sum[i][v] = slice > 0 ? tile[i * VECTORS + v] : (F)(0.0f); \
        const INDEX span = depth / height + 1; \
        for (INDEX begin = 0, fetched = 0; begin < depth; begin += span, ++fetched) { \
            if (last) { \
                const INDEX this_row = row + r + min(fetched, count - 1); \
                FETCH \
            } \
            if (far && p == 0) { FETCH_NEXT } \
            const INDEX end = min(begin + span, depth); \
            for (INDEX k = begin; k < end; ++k) { \
                F side[vectors]; \
                UNROLL for (INDEX v = 0; v < vectors; ++v) side[v] = panel[k * VECTORS + v]; \
                UNROLL for (INDEX i = 0; i < height; ++i) { \
                    const F x = (F)(strip[i * STRIP_ROW + k * STRIP_DEPTH]); \
                    UNROLL for (INDEX v = 0; v < vectors; ++v) \
                        sum[i][v] = PASTE(fused_, LANES)(x, side[v], sum[i][v]); \
                } \
            } \
        } \
        UNROLL for (INDEX i = 0; i < height; ++i) \
            UNROLL for (INDEX v = 0; v < vectors; ++v) tile[i * VECTORS + v] = sum[i][v]; \
    }
#define UNROLL _Pragma("unroll")
// A row of the next strip: worth it (4 % at 1024³) where lhs is more than the second level of cache holds anyway.
#if LHS_LINES
#define FETCH_NEXT \
    for (INDEX k = 0; k < depth; k += LANES) __builtin_prefetch(from + ((ROWS + fetched) * LHS_ROW + k));
#else
#define FETCH_NEXT
#endif
#define FETCH_ROW(address) UNROLL for (INDEX v = 0; v < VECTORS; ++v) __builtin_prefetch((address) + v * LANES);

kernel void NAME(PARAMETERS)
{
    local F panels[PANELS * DEPTH * VECTORS];
    local F sums[SUMS];
    local float strip[ROWS * (DEPTH + LANES) + LANES];
    // splice: keys
    const INDEX group = get_group_id(0), down = group / (ACROSS);
    const INDEX column = group % (ACROSS) * (COLUMNS), row = down % (DOWN) * (BLOCK), batch = down / (DOWN);
    const INDEX columns = min((INDEX)(COLUMNS), N - column), rows = min((INDEX)(BLOCK), M - row);
    global const float *lhs = LHS + (batch * LHS_BATCH + row * LHS_ROW);
    global const float *rhs = RHS + (batch * RHS_BATCH + column * RHS_COLUMN);
    const bool far = (float)M * (float)K > 262144.0f;
    const INDEX panel_count = (columns + WIDTH - 1) / WIDTH;

    for (INDEX slice = 0; slice == 0 || slice < K; slice += SLICE) {
        const INDEX depth = min((INDEX)(SLICE), K - slice);
        const bool last = slice + SLICE >= K;

        for (INDEX c = 0; c < panel_count * WIDTH; c += LANES) {
            global const float *from = rhs + c * RHS_COLUMN;
            local F *to = panels + (c / WIDTH * (depth * VECTORS) + c % WIDTH / LANES);
            if (c >= columns) {
                for (INDEX k = 0; k < depth; ++k) to[k * VECTORS] = (F)(0.0f);
                continue;
            }
            // Lanes past the edge take what lies there, and are not stored.
            const INDEX edge = min((INDEX)LANES, columns - c) - 1;
#if RHS_UNIT
            for (INDEX k = 0; k < depth; ++k) to[k * VECTORS] = PASTE(vload, LANES)(0, from + k * RHS_DEPTH);
#elif RHS_TURNED
            // Each column lies along k: LANES of them are read as rows and turned round in registers.
            for (INDEX k = 0; k < depth; k += LANES) {
                F square[LANES];
                UNROLL for (INDEX i = 0; i < LANES; ++i)
                    square[i] = PASTE(vload, LANES)(0, from + (k + min(i, edge) * RHS_COLUMN));
                PASTE(transpose_, LANES)(square);
                if (k + LANES <= depth) {
                    UNROLL for (INDEX i = 0; i < LANES; ++i) to[(k + i) * VECTORS] = square[i];
                } else {
                    UNROLL for (INDEX i = 0; i < LANES; ++i) if (k + i < depth) to[(k + i) * VECTORS] = square[i];
                }
            }
#else
            local float *each = (local float *)to;
            for (INDEX k = 0; k < depth; ++k)
                for (INDEX i = 0; i <= edge; ++i) each[k * WIDTH + i] = from[k * RHS_DEPTH + i * RHS_COLUMN];
#endif
        }

        for (INDEX r = 0, height; r < rows; r += height) {
            height = rows - r > ROWS - TAIL ? ROWS : TAIL;
            const INDEX count = min(height, rows - r);
            global const float *from = lhs + r * LHS_ROW;
#if LHS_UNIT
            // What is past the last row of a strip is overwritten by the next k.
            for (INDEX k = 0; k < depth; ++k)
                UNROLL for (INDEX i = 0; i < SIDE; ++i)
                    PASTE(vstore, LANES)(PASTE(vload, LANES)(i, from + k * LHS_DEPTH), i, strip + k * STRIP_DEPTH);
#else
            for (INDEX i = 0; i < count; ++i) {
                local float *to = strip + i * STRIP_ROW;
#if LHS_LINES
                for (INDEX k = 0; k < depth; k += LANES)
                    PASTE(vstore, LANES)(PASTE(vload, LANES)(0, from + (i * LHS_ROW + k)), 0, to + k);
#else
                for (INDEX k = 0; k < depth; ++k) to[k] = from[i * LHS_ROW + k * LHS_DEPTH];
#endif
            }
#endif
            for (INDEX p = 0; p < panel_count; ++p) {
                local const F *panel = panels + p * (depth * VECTORS);
                local F *tile = sums + (K > SLICE ? (r * panel_count + p * height) * VECTORS : 0);
                const INDEX this_column = column + p * WIDTH;
                const INDEX across = min((INDEX)WIDTH, columns - p * WIDTH);
                if (height == ROWS) {
                    if (across > LANES) ADD(ROWS, VECTORS) else ADD(ROWS, 1)
                } else {
                    if (across > LANES) ADD(TAIL, VECTORS) else ADD(TAIL, 1)
                }
                if (!last) continue;
                for (INDEX i = 0; i < count; ++i) {
                    for (INDEX c = 0; c < across; c += LANES) {
                        const uint lanes = min((INDEX)LANES, across - c);
                        const F accumulator = tile[i * VECTORS + c / LANES];
                        const INDEX this_row = row + r + i, this_column = column + p * WIDTH + c;
                        // splice: epilogue
                    }
                }
            }
        }
        lhs += SLICE * LHS_DEPTH;
        rhs += SLICE * RHS_DEPTH;
    }
}

#undef ROWS
#undef TAIL
#undef VECTORS
#undef DEPTH
#undef PANELS
#undef SUMS
#undef WIDTH
#undef SIDE
#undef STRIP_ROW
#undef STRIP_DEPTH
#undef ADD
#undef UNROLL
#undef FETCH_ROW
#undef FETCH_NEXT
