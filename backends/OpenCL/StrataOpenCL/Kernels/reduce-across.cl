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
kernel void NAME(PARAMETERS)
{
    // splice: keys
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
}
