// A matrix product on a GPU. A work group of SIDE × SIDE work items owns one tile of the result:
//
//                      TILE
//                  ┌──────────┐
//         DEPTH    │ rhs slice│ in local memory
//                  └──────────┘
//     ┌───────────┐┌──────────┐
//     │ lhs slice ││ · · · ·  │ each work item sums WORK × WORK elements in registers; they lie SIDE apart,
//     │  in local ││          │ so that neighbours read neighbouring words of the slices and store
//     │  memory   ││ · · · ·  │ neighbouring elements
//     └───────────┘└──────────┘
//         DEPTH        TILE = SIDE × WORK
//
// A slice is loaded in the order in which its operand lies in memory (…_UNIT tells), so that loads coalesce.

#ifndef SIDE
#define SIDE 16
#endif
#ifndef WORK
#define WORK 4
#endif
#ifndef DEPTH
#define DEPTH 16
#endif
#define TILE (SIDE * WORK)
#define GROUP (SIDE * SIDE)

kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void NAME(PARAMETERS)
{
    local float left[DEPTH][TILE + 1];
    local float right[DEPTH][TILE + 1];
    // splice: keys
    const INDEX group = get_group_id(0), down = group / (ACROSS);
    const INDEX column = group % (ACROSS) * TILE, row = down % (DOWN) * TILE, batch = down / (DOWN);
    const INDEX worker = get_local_id(0), x = worker % SIDE, y = worker / SIDE;
    global const float *lhs = LHS + batch * LHS_BATCH;
    global const float *rhs = RHS + batch * RHS_BATCH;

    float sums[WORK][WORK];
#pragma unroll
    for (uint i = 0; i < WORK; ++i)
#pragma unroll
        for (uint j = 0; j < WORK; ++j) sums[i][j] = 0.0f;

    for (INDEX slice = 0; slice < K; slice += DEPTH) {
        for (INDEX e = worker; e < TILE * DEPTH; e += GROUP) {
#if LHS_UNIT
            const INDEX r = e % TILE, k = e / TILE;
#else
            const INDEX r = e / DEPTH, k = e % DEPTH;
#endif
            const bool inside = row + r < M && slice + k < K;
            left[k][r] = inside ? lhs[(row + r) * LHS_ROW + (slice + k) * LHS_DEPTH] : 0.0f;
        }
        for (INDEX e = worker; e < TILE * DEPTH; e += GROUP) {
#if RHS_UNIT
            const INDEX c = e % TILE, k = e / TILE;
#else
            const INDEX c = e / DEPTH, k = e % DEPTH;
#endif
            const bool inside = column + c < N && slice + k < K;
            right[k][c] = inside ? rhs[(slice + k) * RHS_DEPTH + (column + c) * RHS_COLUMN] : 0.0f;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < DEPTH; ++k) {
            float down[WORK], across[WORK];
#pragma unroll
            for (uint i = 0; i < WORK; ++i) down[i] = left[k][y + i * SIDE];
#pragma unroll
            for (uint j = 0; j < WORK; ++j) across[j] = right[k][x + j * SIDE];
#pragma unroll
            for (uint i = 0; i < WORK; ++i)
#pragma unroll
                for (uint j = 0; j < WORK; ++j) sums[i][j] = fused_1(down[i], across[j], sums[i][j]);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }

#pragma unroll
    for (uint i = 0; i < WORK; ++i) {
#pragma unroll
        for (uint j = 0; j < WORK; ++j) {
            const INDEX this_row = row + y + i * SIDE, this_column = column + x + j * SIDE;
            if (this_row < M && this_column < N) {
                const float accumulator = sums[i][j];
                const uint lanes = 1;
                // splice: epilogue
            }
        }
    }
}

#undef SIDE
#undef WORK
#undef DEPTH
#undef TILE
#undef GROUP
