// Combines the elements of each part of each output, lanes along a reduced dimension. The work items of a group and
// their lanes take turns; what they got is folded in a tree.
//
//     output 0   ├─ item 0 ─┼─ item 1 ─┼─ item 2 ─┼─ …   fold ▶ ▪
//     output 1   ├──────────┼──────────┼──────────┼─ …   fold ▶ ▪
//
// A long reduction is cut into parts of SPAN items, whose results a second kernel combines. Where the cuts are depends
// on the sizes alone, so that the result does not depend on who runs what.
kernel void NAME(PARAMETERS)
{
#if GROUP > 1
    local float shared[GROUP];
#endif
    // splice: keys
    const INDEX worker = get_local_id(0), start = (INDEX)get_group_id(0) * CHUNK;
    for (INDEX output = start; output < min(start + CHUNK, (INDEX)(OUTPUTS)); ++output) {
        // splice: kept coordinates
        const INDEX first = (PART) * (SPAN), last = min(first + SPAN, (INDEX)(ITEMS));
        F total = (F)(IDENTITY);
        for (INDEX item = first + worker; item < last; item += GROUP) {
            // splice: reduced coordinates
            // splice: prologue
#if LANES > 1
            total = COMBINE(total, select((F)(IDENTITY), VALUE, LANE < (int)lanes));
#else
            total = COMBINE(total, VALUE);
#endif
        }

#if LANES > 1
        float each[LANES];
        PASTE(vstore, LANES)(total, 0, each);
        for (uint reach = LANES / 2; reach > 0; reach /= 2)
            for (uint lane = 0; lane < reach; ++lane) each[lane] = COMBINE_1(each[lane], each[lane + reach]);
        float accumulator = each[0];
#else
        float accumulator = total;
#endif
#if GROUP > 1
        shared[worker] = accumulator;
        for (uint reach = GROUP / 2; reach > 0; reach /= 2) {
            barrier(CLK_LOCAL_MEM_FENCE);
            if (worker < reach) shared[worker] = COMBINE_1(shared[worker], shared[worker + reach]);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        accumulator = shared[0];
        barrier(CLK_LOCAL_MEM_FENCE);
        if (worker > 0) continue;
#endif
        // splice: epilogue
    }
}
