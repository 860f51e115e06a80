// A matrix product on a GPU. A work group owns one tile of the result:
//
//                      TILE
//                  ┌──────────┐
//         DEPTH    │ rhs slice│ in local memory
//                  └──────────┘
//     ┌───────────┐┌──────────┐
//     │ lhs slice ││ · · · ·  │ each of a team's SIDE × SIDE work items sums WORK × WORK elements in registers; they
//     │  in local ││          │ lie SIDE apart, so that neighbours read neighbouring words of the slices and store
//     │  memory   ││ · · · ·  │ neighbouring elements
//     └───────────┘└──────────┘
//         DEPTH        TILE = SIDE × WORK
//
// Where tiles are few and small, TEAMS of items share one: team t takes rows t, t + TEAMS, … of each slice, and what the
// teams have is summed in local memory. A slice is fetched to registers while the one before is summed. It is loaded in the
// order in which its operand lies in memory (…_UNIT tells), so that loads coalesce.
//
// LHS_ROW(r), LHS_DEPTH(k), RHS_DEPTH(k) and RHS_COLUMN(c) say how far an element is from the first: a multiple of a
// stride, or what a table has. A batch may take one PART of the sum, which begins at a multiple of SPAN.

#ifndef SIDE
#define SIDE 8
#endif
#ifndef WORK
#define WORK 4
#endif
#ifndef TEAMS
#define TEAMS 4
#endif
#ifndef DEPTH
#define DEPTH 64
#endif
#define TILE (SIDE * WORK)
#define TEAM (SIDE * SIDE)
#define GROUP (TEAM * TEAMS)
#define PITCH (TILE + 1)
// Elements of a slice that a work item loads; which is number i of them, along the tile and along k.
#define LOADS (TILE * DEPTH / GROUP)
#if LHS_UNIT
#define LHS_ALONG(i) ((worker + (i) * GROUP) % TILE)
#define LHS_DOWN(i) ((worker + (i) * GROUP) / TILE)
#else
#define LHS_ALONG(i) ((worker + (i) * GROUP) / DEPTH)
#define LHS_DOWN(i) ((worker + (i) * GROUP) % DEPTH)
#endif
#if RHS_UNIT
#define RHS_ALONG(i) ((worker + (i) * GROUP) % TILE)
#define RHS_DOWN(i) ((worker + (i) * GROUP) / TILE)
#else
#define RHS_ALONG(i) ((worker + (i) * GROUP) / DEPTH)
#define RHS_DOWN(i) ((worker + (i) * GROUP) % DEPTH)
#endif
#if TEAMS > 1 && TEAMS * TILE > 2 * DEPTH
#define SHARED (TEAMS * TILE * PITCH)
#else
#define SHARED (2 * DEPTH * PITCH)
#endif
#define UNROLL _Pragma("unroll")
#define FETCH(slice) \
    UNROLL for (INDEX i = 0; i < LOADS; ++i) { \
        const INDEX kl = (slice) + LHS_DOWN(i), kr = (slice) + RHS_DOWN(i); \
        left_next[i] = kl < end ? lhs[lhs_row[i] + LHS_DEPTH(kl)] : 0.0f; \
        right_next[i] = kr < end ? rhs[RHS_DEPTH(kr) + rhs_column[i]] : 0.0f; \
    }

kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void NAME(PARAMETERS)
{
    local float shared[SHARED];
    local float *left = shared, *right = shared + DEPTH * PITCH;
    // splice: keys
    const INDEX group = get_group_id(0), down = group / (ACROSS);
    const INDEX column = group % (ACROSS) * TILE, row = down % (DOWN) * TILE, batch = down / (DOWN);
    const INDEX worker = get_local_id(0), team = worker / TEAM;
    const INDEX x = worker % SIDE, y = worker % TEAM / SIDE;
    // splice: batch
    const INDEX first = (PART) * (SPAN), end = min(first + SPAN, (INDEX)(K));
    global const float *lhs = LHS;
    global const float *rhs = RHS;

    // Rows and columns past the edge are read as the last one, and not stored.
    INDEX lhs_row[LOADS], rhs_column[LOADS];
    UNROLL for (INDEX i = 0; i < LOADS; ++i) {
        const INDEX r = min(row + LHS_ALONG(i), (INDEX)(M) - 1), c = min(column + RHS_ALONG(i), (INDEX)(N) - 1);
        lhs_row[i] = LHS_ROW(r);
        rhs_column[i] = RHS_COLUMN(c);
    }
    float left_next[LOADS], right_next[LOADS], sums[WORK][WORK];
    UNROLL for (INDEX i = 0; i < WORK; ++i)
        UNROLL for (INDEX j = 0; j < WORK; ++j) sums[i][j] = 0.0f;

    FETCH(first)
    for (INDEX slice = first; slice < end; slice += DEPTH) {
        UNROLL for (INDEX i = 0; i < LOADS; ++i) {
            left[LHS_DOWN(i) * PITCH + LHS_ALONG(i)] = left_next[i];
            right[RHS_DOWN(i) * PITCH + RHS_ALONG(i)] = right_next[i];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        FETCH(slice + DEPTH)
#pragma unroll 4
        for (INDEX k = team; k < DEPTH; k += TEAMS) {
            local const float *l = left + k * PITCH + y, *r = right + k * PITCH + x;
            float across[WORK];
            UNROLL for (INDEX j = 0; j < WORK; ++j) across[j] = r[j * SIDE];
            UNROLL for (INDEX i = 0; i < WORK; ++i) {
                const float a = l[i * SIDE];
                UNROLL for (INDEX j = 0; j < WORK; ++j) sums[i][j] = fused_1(a, across[j], sums[i][j]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    const uint lanes = 1;
#if TEAMS > 1
    UNROLL for (INDEX i = 0; i < WORK; ++i)
        UNROLL for (INDEX j = 0; j < WORK; ++j)
            shared[(team * TILE + y + i * SIDE) * PITCH + x + j * SIDE] = sums[i][j];
    barrier(CLK_LOCAL_MEM_FENCE);
    UNROLL for (INDEX e = worker; e < TILE * TILE; e += GROUP) {
        const INDEX this_row = row + e / TILE, this_column = column + e % TILE;
        if (this_row < M && this_column < N) {
            float accumulator = 0.0f;
            UNROLL for (INDEX t = 0; t < TEAMS; ++t) accumulator += shared[(t * TILE + e / TILE) * PITCH + e % TILE];
            // splice: epilogue
        }
    }
#else
    UNROLL for (INDEX i = 0; i < WORK; ++i) {
        UNROLL for (INDEX j = 0; j < WORK; ++j) {
            const INDEX this_row = row + y + i * SIDE, this_column = column + x + j * SIDE;
            if (this_row < M && this_column < N) {
                const float accumulator = sums[i][j];
                // splice: epilogue
            }
        }
    }
#endif
}

#undef SIDE
#undef WORK
#undef TEAMS
#undef DEPTH
#undef TILE
#undef TEAM
#undef GROUP
#undef PITCH
#undef LOADS
#undef LHS_ALONG
#undef LHS_DOWN
#undef RHS_ALONG
#undef RHS_DOWN
#undef SHARED
#undef UNROLL
#undef FETCH
