// A matrix product on a processor with vector registers. A work group is one work item, and owns one block:
//
//                    ◀── COLUMNS ──▶   = VECTORS × LANES
//                   ┌───────────────┐
//         DEPTH     │     panel     │  a slice of rhs, packed side by side, in cache
//                   └───────────────┘
//        ┌─────────┐┌───────────────┐ ▲
//  ROWS ▶│   lhs   ││     sums      │ BLOCK rows; a tile of ROWS × VECTORS vectors at a time is in registers
//        │         ││               │ while a slice is added; the epilogue runs when the last one has been
//        └─────────┘└───────────────┘ ▼
//
// Rows and columns are the product's m and n, or the other way round where n is too short to fill a vector.

#ifndef ROWS
#define ROWS 8
#endif
#ifndef VECTORS
#define VECTORS 2
#endif
#ifndef DEPTH
#define DEPTH 256
#endif
#ifndef BLOCK
#define BLOCK 64
#endif
#define COLUMNS (VECTORS * LANES)

kernel void NAME(PARAMETERS)
{
    local float panel[DEPTH * COLUMNS];
    local float sums[BLOCK * COLUMNS];
    // splice: keys
    const INDEX group = get_group_id(0), down = group / (ACROSS);
    const INDEX column = group % (ACROSS) * COLUMNS, row = down % (DOWN) * BLOCK, batch = down / (DOWN);
    const INDEX columns = min((INDEX)COLUMNS, N - column), rows = min((INDEX)BLOCK, M - row);
    global const float *lhs = LHS + (batch * LHS_BATCH + row * LHS_ROW);
    global const float *rhs = RHS + (batch * RHS_BATCH + column * RHS_COLUMN);

    // Vectors wholly past the edge; lanes past it take what lies there, and are not stored.
    for (INDEX c = (columns + LANES - 1) / LANES * LANES; c < COLUMNS; c += LANES)
        for (INDEX k = 0; k < DEPTH; ++k) PASTE(vstore, LANES)((F)(0.0f), 0, panel + (k * COLUMNS + c));

    for (INDEX slice = 0; slice == 0 || slice < K; slice += DEPTH) {
        const INDEX depth = min((INDEX)DEPTH, K - slice);

        for (INDEX c = 0; c < columns; c += LANES) {
            const INDEX last = min((INDEX)LANES, columns - c) - 1;
            global const float *from = rhs + c * RHS_COLUMN;
            local float *to = panel + c;
#if RHS_UNIT
            for (INDEX k = 0; k < depth; ++k)
                PASTE(vstore, LANES)(PASTE(vload, LANES)(0, from + k * RHS_DEPTH), 0, to + k * COLUMNS);
#elif RHS_TURNED
            // Each column lies along k: LANES of them are read as rows and turned round in registers.
            for (INDEX k = 0; k < depth; k += LANES) {
                F square[LANES];
#pragma unroll
                for (INDEX i = 0; i < LANES; ++i)
                    square[i] = PASTE(vload, LANES)(0, from + (k + min(i, last) * RHS_COLUMN));
                PASTE(transpose_, LANES)(square);
#pragma unroll
                for (INDEX i = 0; i < LANES; ++i)
                    if (k + i < depth) PASTE(vstore, LANES)(square[i], 0, to + (k + i) * COLUMNS);
            }
#else
            for (INDEX k = 0; k < depth; ++k)
                for (INDEX i = 0; i <= last; ++i) to[k * COLUMNS + i] = from[k * RHS_DEPTH + i * RHS_COLUMN];
#endif
        }

        for (INDEX r = 0; r < rows; r += ROWS) {
            global const float *from[ROWS];
            F tile[ROWS][VECTORS];
#pragma unroll
            for (INDEX i = 0; i < ROWS; ++i) {
                from[i] = lhs + min(r + i, rows - 1) * LHS_ROW;
#pragma unroll
                for (uint v = 0; v < VECTORS; ++v) tile[i][v] = (F)(0.0f);
            }
            for (INDEX k = 0; k < depth; ++k) {
                F side[VECTORS];
#pragma unroll
                for (uint v = 0; v < VECTORS; ++v) side[v] = PASTE(vload, LANES)(0, panel + (k * COLUMNS + v * LANES));
#pragma unroll
                for (INDEX i = 0; i < ROWS; ++i) {
                    const F x = (F)(from[i][k * LHS_DEPTH]);
#pragma unroll
                    for (uint v = 0; v < VECTORS; ++v) tile[i][v] = PASTE(fused_, LANES)(x, side[v], tile[i][v]);
                }
            }
#pragma unroll
            for (INDEX i = 0; i < ROWS; ++i) {
#pragma unroll
                for (uint v = 0; v < VECTORS; ++v) {
                    local float *sum = sums + ((r + i) * COLUMNS + v * LANES);
                    if (slice > 0) tile[i][v] += PASTE(vload, LANES)(0, sum);
                    PASTE(vstore, LANES)(tile[i][v], 0, sum);
                }
            }
        }
        lhs += DEPTH * LHS_DEPTH;
        rhs += DEPTH * RHS_DEPTH;
    }

    for (INDEX r = 0; r < rows; ++r) {
        for (INDEX c = 0; c < columns; c += LANES) {
            const uint lanes = min((INDEX)LANES, columns - c);
            const F accumulator = PASTE(vload, LANES)(0, sums + (r * COLUMNS + c));
            const INDEX this_row = row + r, this_column = column + c;
            // splice: epilogue
        }
    }
}

#undef ROWS
#undef VECTORS
#undef DEPTH
#undef BLOCK
#undef COLUMNS
