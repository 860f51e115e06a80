// Combines the elements of each part of each output. A long reduction is cut into parts, whose results a second kernel
// combines; where the cuts are depends on the sizes alone, so the result is the same however it is run.
//
//  ALONG 1: lanes run along a reduced dimension. One group an output and part;
//           its work items and their lanes take turns, and are folded in a tree.
//
//       output 0   ├─ item 0 ─┼─ item 1 ─┼─ item 2 ─┼─ …   fold ▶ ▪
//       output 1   ├──────────┼──────────┼──────────┼─ …   fold ▶ ▪
//
//  ALONG 0: lanes run along a kept dimension. One work item LANES outputs and a part;
//           nothing to fold.
//
//       ├ work item 0 ┼ work item 1 ┼ …
//       │  reduced    │             │
//       ▼  index 0…   ▼             ▼
//       ▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪
//
kernel void NAME(PARAMETERS)
{
    // splice: keys
#if ALONG && GROUP > 1
    local float shared[GROUP];
#endif
#if ALONG
    const uint worker = get_local_id(0);
    const INDEX start = (INDEX)get_group_id(0) * CHUNK;
    for (INDEX output = start; output < min(start + CHUNK, (INDEX)(OUTPUTS)); ++output) {
#else
    FOR_ITEMS(output, OUTPUTS) {
#endif
        // splice: kept coordinates
        const INDEX first = (PART) * (SPAN), last = min(first + SPAN, (INDEX)(ITEMS));
        F total = (F)(IDENTITY);
#if ALONG
        for (INDEX item = first + worker; item < last; item += GROUP) {
#else
        for (INDEX item = first; item < last; ++item) {
#endif
            // splice: reduced coordinates
            // splice: prologue
#if ALONG && LANES > 1
            total = COMBINE(total, select((F)(IDENTITY), VALUE, LANE < (int)lanes));
#else
            total = COMBINE(total, VALUE);
#endif
        }
#if ALONG
#if LANES > 1
        float each[LANES];
        PASTE(vstore, LANES)(total, 0, each);
        for (uint step = LANES / 2; step > 0; step /= 2)
            for (uint lane = 0; lane < step; ++lane) each[lane] = COMBINE_1(each[lane], each[lane + step]);
        float accumulator = each[0];
#else
        float accumulator = total;
#endif
#if GROUP > 1
        shared[worker] = accumulator;
        for (uint step = GROUP / 2; step > 0; step /= 2) {
            barrier(CLK_LOCAL_MEM_FENCE);
            if (worker < step) shared[worker] = COMBINE_1(shared[worker], shared[worker + step]);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        accumulator = shared[0];
        if (worker == 0)
#endif
        {
            // splice: epilogue
        }
#if GROUP > 1
        barrier(CLK_LOCAL_MEM_FENCE);
#endif
#else
        const F accumulator = total;
        // splice: epilogue
#endif
    }
}
