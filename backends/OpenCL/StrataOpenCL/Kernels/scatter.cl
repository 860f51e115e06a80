// Adds rows of updates to the rows that indices name; in the order of the updates, whoever runs it.
//
//                 columns: LANES a work item
//               ┌──────┬──────┬──────┐
//     BLOCK     │ item │ item │ item │   each item owns its part of the target: it clears it, unless
//     rows each ├──────┼──────┼──────┤   ACCUMULATES, then goes through all indices and adds those
//               │      │      │      │   updates that fall in its rows
//
kernel void NAME(PARAMETERS)
{
    FOR_ITEMS(item, ITEMS) {
        const INDEX column = item % (VECTORS) * LANES, first = item / (VECTORS) * (BLOCK);
        const INDEX last = min(first + BLOCK, (INDEX)(ROWS)) - 1;
        const uint lanes = min((INDEX)LANES, WIDTH - column);
        if (!ACCUMULATES)
            for (INDEX row = first; row <= last; ++row)
                PASTE(store_float_, LANES)(TARGET + (row * WIDTH + column), (F)(0.0f), lanes);
        for (INDEX i = 0; i < COUNT; ++i) {
            const INDEX row = row_at(INDICES + i, (int)(ROWS - 1));
            if (row < first || row > last) continue;
            global float *p = TARGET + (row * WIDTH + column);
            const F sum = PASTE(load_float_, LANES)(p) + PASTE(load_float_, LANES)(UPDATES + (i * WIDTH + column));
            PASTE(store_float_, LANES)(p, sum, lanes);
        }
    }
}
