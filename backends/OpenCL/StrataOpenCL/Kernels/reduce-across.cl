// Combines the elements of each part of each output, lanes along a kept dimension. Nothing is to be folded: a work item
// owns a strip of up to STRIP vectors of outputs, and goes through the reduced elements row by row.
//
//       ├── work item 0 ──┼── work item 1 ──┼ …
//       │ vector │ vector │                 │      The strip's totals stay in cache, and memory is read
//       │ ─────────────▶  │ ─────────────▶  │      along rows, which is what prefetchers like.
//       │ ─────────────▶  │ ─────────────▶  │
//       ▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪
//
// A long reduction is cut into parts of SPAN items, whose results a second kernel combines. Where the cuts are depends
// on the sizes alone, so that the result does not depend on who runs what.
//
// A GPU has many more work items than a short row of outputs: there TEAMS of them share GROUP / TEAMS outputs, take turns at
// the reduced elements, and fold what they have in a tree.
kernel void NAME(PARAMETERS)
{
    // splice: keys
#if TEAMS > 1
    local float shared[GROUP];
    const INDEX worker = get_local_id(0), team = worker / (GROUP / TEAMS), vector = 0;
    const INDEX own = (INDEX)get_group_id(0) * (GROUP / TEAMS) + worker % (GROUP / TEAMS);
    const INDEX output = min(own, (INDEX)(OUTPUTS) - 1);
    // splice: kept coordinates
    // splice: lanes
    const INDEX first = (PART) * (SPAN), last = min(first + SPAN, (INDEX)(ITEMS));
    float total = IDENTITY;
#pragma unroll 4
    for (INDEX item = first + team; item < last; item += TEAMS) {
        // splice: reduced coordinates
        // splice: prologue
        total = COMBINE(total, VALUE);
    }
    shared[worker] = total;
    for (INDEX reach = TEAMS / 2; reach > 0; reach /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (team < reach) shared[worker] = COMBINE(shared[worker], shared[worker + reach * (GROUP / TEAMS)]);
    }
    if (team == 0 && own == output) {
        const float accumulator = shared[worker];
        // splice: epilogue
    }
#else
    FOR_ITEMS(output, OUTPUTS) {
        // splice: kept coordinates
        const INDEX first = (PART) * (SPAN), last = min(first + SPAN, (INDEX)(ITEMS));
        F totals[STRIP];
        for (INDEX vector = 0; vector < vectors; ++vector) totals[vector] = (F)(IDENTITY);
        for (INDEX item = first; item < last; ++item) {
            // splice: reduced coordinates
            for (INDEX vector = 0; vector < vectors; ++vector) {
                // splice: lanes
                // splice: prologue
                totals[vector] = COMBINE(totals[vector], VALUE);
            }
        }
        for (INDEX vector = 0; vector < vectors; ++vector) {
            const F accumulator = totals[vector];
            // splice: lanes
            // splice: epilogue
        }
    }
#endif
}
