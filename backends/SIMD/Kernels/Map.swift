import CCPU
import StrataKernelInterface

/// Evaluates a run of tiles, row-major over the outer dimensions, the rows and the columns of the space.
@Sendable func map(_ plan: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
    let plan = plan.assumingMemoryBound(to: MapPlan.self)
    let tape = plan.pointee.tape
    let space = tape.pointee.space
    let interpreter = Interpreter(tape, scratch: scratch)
    let (rowTiles, columnTiles) = (space.rowTiles, space.columnTiles)
    let first = task * plan.pointee.tilesPerTask
    let last = min(first + plan.pointee.tilesPerTask, plan.pointee.tileCount)
    var tile = Tile(index: interpreter.index, outerCount: space.outerCount)
    for t in first..<last {
        let (rest, columnTile) = t.quotientAndRemainder(dividingBy: columnTiles)
        let (outer, rowTile) = rest.quotientAndRemainder(dividingBy: rowTiles)
        if t == first || columnTile == 0 && rowTile == 0 {
            space.decode(outer, dimensions: 0, space.outerCount, into: interpreter.index)
        }
        tile.row = rowTile * space.tileRows
        tile.column = columnTile * space.tileColumns
        tile.rows = min(space.tileRows, space.rows - tile.row)
        tile.columns = min(space.tileColumns, space.columns - tile.column)
        interpreter.evaluate(tile)
    }
    strata_stream_end()
}
