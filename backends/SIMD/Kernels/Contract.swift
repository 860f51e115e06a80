import StrataKernelInterface

/// Computes one block of a product and runs the epilogue on it, while it is in cache.
///
/// An element is summed in pieces of `summedBlock`, each in order, wherever its block begins and whoever computes it:
/// how the result is cut into blocks changes no bit.
@Sendable func contract(_ plan: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
    let plan = plan.assumingMemoryBound(to: ContractPlan.self).pointee
    let (tileRows, tileColumns) = (microRows, microColumns)
    let rowBlocks = (plan.rows + plan.blockRows - 1) / plan.blockRows
    let columnBlocks = (plan.columns + plan.blockColumns - 1) / plan.blockColumns
    let (rest, columnBlock) = task.quotientAndRemainder(dividingBy: columnBlocks)
    let (batch, rowBlock) = rest.quotientAndRemainder(dividingBy: rowBlocks)
    let firstRow = rowBlock * plan.blockRows, rows = min(plan.blockRows, plan.rows - firstRow)
    let firstColumn = columnBlock * plan.blockColumns, columns = min(plan.blockColumns, plan.columns - firstColumn)
    let lhs = plan.lhs.base + batch * plan.lhs.batch + firstRow * plan.lhs.kept
    let rhs = plan.rhs.base + batch * plan.rhs.batch + firstColumn * plan.rhs.kept

    let packedLhs = (scratch + plan.packedLhs).assumingMemoryBound(to: Float.self)
    let packedRhs = (scratch + plan.packedRhs).assumingMemoryBound(to: Float.self)
    let block = (scratch + plan.block).assumingMemoryBound(to: Float.self)
    let stride = (columns + tileColumns - 1) / tileColumns * tileColumns

    if plan.isThin {
        multiplyThin(plan, lhs, rhs, rows: rows, columns: columns, x: packedLhs, into: block, stride: stride)
        return finish(plan.epilogue, scratch, batch, firstRow, rows, firstColumn, columns, block, stride)
    }
    if plan.summed == 0 { block.update(repeating: 0, count: rows * stride) }
    var first = 0
    while first < plan.summed {
        let summed = min(plan.summedBlock, plan.summed - first)
        for row in Swift.stride(from: 0, to: rows, by: tileRows) {
            pack(
                lhs + row * plan.lhs.kept + first * plan.lhs.summed, lineStride: plan.lhs.kept,
                summedStride: plan.lhs.summed, lines: min(tileRows, rows - row), summed: summed, width: tileRows,
                into: packedLhs + row * summed)
        }
        for column in Swift.stride(from: 0, to: columns, by: tileColumns) {
            pack(
                rhs + column * plan.rhs.kept + first * plan.rhs.summed, lineStride: plan.rhs.kept,
                summedStride: plan.rhs.summed, lines: min(tileColumns, columns - column), summed: summed,
                width: tileColumns, into: packedRhs)
            for row in Swift.stride(from: 0, to: rows, by: tileRows) {
                multiply(
                    packedLhs + row * summed, packedRhs, summed: summed, into: block + row * stride + column,
                    stride: stride, isFirst: first == 0)
            }
        }
        first += summed
    }
    finish(plan.epilogue, scratch, batch, firstRow, rows, firstColumn, columns, block, stride)
}

/// Runs the epilogue over a block, in tiles of the epilogue's space.
private func finish(
    _ epilogue: UnsafePointer<Tape>, _ scratch: UnsafeMutableRawPointer, _ batch: Int, _ firstRow: Int, _ rows: Int,
    _ firstColumn: Int, _ columns: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int
) {
    let interpreter = Interpreter(epilogue, scratch: scratch)
    interpreter.index[0] = batch
    let space = epilogue.pointee.space
    var tile = Tile(index: interpreter.index, outerCount: 1)
    for row in Swift.stride(from: 0, to: rows, by: space.tileRows) {
        for column in Swift.stride(from: 0, to: columns, by: space.tileColumns) {
            tile.row = firstRow + row
            tile.column = firstColumn + column
            tile.rows = min(space.tileRows, rows - row)
            tile.columns = min(space.tileColumns, columns - column)
            interpreter.evaluate(
                tile, accumulator: block + row * stride + column, accumulatorStride: stride * 4)
        }
    }
}
