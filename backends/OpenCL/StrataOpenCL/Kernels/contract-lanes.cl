// A matrix product on a processor with vector registers. A work group is one work item, and owns one block:
//
//                       ◀───────── COLUMNS ─────────▶
//                      ┌─────────┬─────────┬─────────┐
//            DEPTH     │ panel 0 │ panel 1 │    …    │  a slice of rhs, VECTORS × LANES columns to a panel,
//                      └─────────┴─────────┴─────────┘  each packed side by side; all stay in the second-level cache
//        ┌────────────┐┌─────────┬─────────┬─────────┐ ▲
//        │  strip 0   ││  tile   │  tile   │         │ │ ROWS
//        ├────────────┤├─────────┼─────────┼─────────┤ ▼
//        │  strip 1   ││         │         │         │   BLOCK rows; the last strip and the last panel are summed as
//        └────────────┘└─────────┴─────────┴─────────┘   if they were whole, which saves a third of compiling the kernel
//
// A strip of lhs is packed too, and meets one panel after the other; a tile is in registers meanwhile. Tiles of all but
// the last slice wait in `sums`; after the last slice the epilogue takes each while it is in cache. What it will read is
// fetched while the tile is summed: row by row, as all at once would fill the queue that cache misses wait in.
//
// An element is summed in the order of k, whatever block it is in. BLOCK and COLUMNS are chosen for each shape, as is
// SLICE, the depth of a slice; room is for PANELS panels of DEPTH, and for SUMS vectors of results.
//
// Rows and columns are the product's m and n, or the other way round where that fills vectors better or reads memory
// more evenly. LHS_ROW(r), LHS_DEPTH(k), RHS_DEPTH(k) and RHS_COLUMN(c) say how far an element is from the first: a
// multiple of a stride, or what a table has. A batch may take one PART of the sum, which begins at a multiple of SPAN.

#ifndef ROWS
#define ROWS 12
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

#define UNROLL _Pragma("unroll")
// A row of the next strip: worth it (4 % at 1024³) where lhs is more than the second level of cache holds anyway.
#if LHS_LINES && LHS_EVEN
#define FETCH_NEXT \
    for (INDEX k = 0; k < depth; k += LANES) \
        __builtin_prefetch(lhs + (LHS_ROW(row + r + ROWS + fetched) + LHS_DEPTH(slice + k)));
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
    // splice: batch
    const INDEX first = (PART) * (SPAN), end = min(first + SPAN, (INDEX)(K));
    global const float *lhs = LHS;
    global const float *rhs = RHS;
    const bool far = (float)M * (float)K > 262144.0f, whole = end - first <= SLICE;
    const INDEX panel_count = (columns + WIDTH - 1) / WIDTH;

    for (INDEX slice = first; slice == first || slice < end; slice += SLICE) {
        const INDEX depth = min((INDEX)(SLICE), end - slice);
        const bool last = slice + SLICE >= end;

        for (INDEX c = 0; c < panel_count * WIDTH; c += LANES) {
            local F *to = panels + (c / WIDTH * (depth * VECTORS) + c % WIDTH / LANES);
            if (c >= columns) {
                for (INDEX k = 0; k < depth; ++k) to[k * VECTORS] = (F)(0.0f);
                continue;
            }
            // Lanes past the edge take what lies there, and are not stored.
            const INDEX edge = min((INDEX)LANES, columns - c) - 1;
#if RHS_UNIT
            global const float *from = rhs + RHS_COLUMN(column + c);
            for (INDEX k = 0; k < depth; ++k) to[k * VECTORS] = PASTE(vload, LANES)(0, from + RHS_DEPTH(slice + k));
#elif RHS_TURNED
            // Each column lies along k: LANES of them are read as rows and turned round in registers.
            for (INDEX k = 0; k < depth; k += LANES) {
                global const float *from = rhs + RHS_DEPTH(slice + k);
                F square[LANES];
                UNROLL for (INDEX i = 0; i < LANES; ++i)
                    square[i] = PASTE(vload, LANES)(0, from + RHS_COLUMN(column + c + min(i, edge)));
                PASTE(transpose_, LANES)(square);
                if (k + LANES <= depth) {
                    UNROLL for (INDEX i = 0; i < LANES; ++i) to[(k + i) * VECTORS] = square[i];
                } else {
                    UNROLL for (INDEX i = 0; i < LANES; ++i) if (k + i < depth) to[(k + i) * VECTORS] = square[i];
                }
            }
#else
            local float *each = (local float *)to;
            for (INDEX k = 0; k < depth; ++k) {
                global const float *from = rhs + RHS_DEPTH(slice + k);
                for (INDEX i = 0; i <= edge; ++i) each[k * WIDTH + i] = from[RHS_COLUMN(column + c + i)];
            }
#endif
        }

        for (INDEX r = 0; r < rows; r += ROWS) {
            const INDEX count = min((INDEX)ROWS, rows - r);
#if LHS_UNIT
#if !LHS_EVEN
            // A strip that leaves a run of rows side by side.
            if ((row + r) % LHS_RUN + count > LHS_RUN) {
                for (INDEX k = 0; k < depth; ++k) {
                    global const float *from = lhs + LHS_DEPTH(slice + k);
                    for (INDEX i = 0; i < count; ++i) strip[k * STRIP_DEPTH + i] = from[LHS_ROW(row + r + i)];
                }
            } else
#endif
            {
                // What is past the last row of a strip is overwritten by the next k.
                global const float *from = lhs + LHS_ROW(row + r);
                for (INDEX k = 0; k < depth; ++k)
                    UNROLL for (INDEX i = 0; i < SIDE; ++i)
                        PASTE(vstore, LANES)(
                            PASTE(vload, LANES)(i, from + LHS_DEPTH(slice + k)), i, strip + k * STRIP_DEPTH);
            }
#else
            for (INDEX i = 0; i < count; ++i) {
                global const float *from = lhs + LHS_ROW(row + r + i);
                local float *to = strip + i * STRIP_ROW;
#if LHS_LINES
                for (INDEX k = 0; k < depth; k += LANES)
                    PASTE(vstore, LANES)(PASTE(vload, LANES)(0, from + LHS_DEPTH(slice + k)), 0, to + k);
#else
                for (INDEX k = 0; k < depth; ++k) to[k] = from[LHS_DEPTH(slice + k)];
#endif
            }
#endif
            for (INDEX p = 0; p < panel_count; ++p) {
                local const F *panel = panels + p * (depth * VECTORS);
                local F *tile = sums + (whole ? 0 : (r * panel_count + p * ROWS) * VECTORS);
                const INDEX this_column = column + p * WIDTH;
                const INDEX across = min((INDEX)WIDTH, columns - p * WIDTH);
                F sum[ROWS][VECTORS];
                UNROLL for (INDEX i = 0; i < ROWS; ++i)
                    UNROLL for (INDEX v = 0; v < VECTORS; ++v)
                        sum[i][v] = slice > first ? tile[i * VECTORS + v] : (F)(0.0f);
                const INDEX span = depth / ROWS + 1;
                for (INDEX begin = 0, fetched = 0; begin < depth; begin += span, ++fetched) {
                    if (last) {
                        const INDEX this_row = row + r + min(fetched, count - 1);
                        FETCH
                    }
                    if (far && p == 0) { FETCH_NEXT }
                    for (INDEX k = begin; k < min(begin + span, depth); ++k) {
                        F side[VECTORS];
                        UNROLL for (INDEX v = 0; v < VECTORS; ++v) side[v] = panel[k * VECTORS + v];
                        UNROLL for (INDEX i = 0; i < ROWS; ++i) {
                            const F x = (F)(strip[i * STRIP_ROW + k * STRIP_DEPTH]);
                            UNROLL for (INDEX v = 0; v < VECTORS; ++v)
                                sum[i][v] = PASTE(fused_, LANES)(x, side[v], sum[i][v]);
                        }
                    }
                }
                UNROLL for (INDEX i = 0; i < ROWS; ++i)
                    UNROLL for (INDEX v = 0; v < VECTORS; ++v) tile[i * VECTORS + v] = sum[i][v];
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
    }
}

#undef ROWS
#undef VECTORS
#undef DEPTH
#undef PANELS
#undef SUMS
#undef WIDTH
#undef SIDE
#undef STRIP_ROW
#undef STRIP_DEPTH
#undef UNROLL
#undef FETCH_ROW
#undef FETCH_NEXT
