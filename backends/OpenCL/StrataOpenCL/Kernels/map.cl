// An expression at every index of an iteration space. An item is LANES neighbours along one dimension:
//
//     ┌────────┬────────┬────────┬───┐
//     │ item 0 │ item 1 │ item 2 │ 3 │   the last of a row has fewer lanes
//     ├────────┼────────┼────────┼───┤
//     │ item 4 │   …    │        │   │
//
kernel void NAME(PARAMETERS)
{
    // splice: keys
    FOR_ITEMS(item, ITEMS) {
        // splice: coordinates
        // splice: expression
    }
}
