import StrataKernelInterface

/// Computes one block of a product and runs the epilogue on it, rows by rows while they are in cache.
///
/// An element is summed in pieces of `summedBlock`, each in order, wherever its block begins and whoever computes it:
/// how the result is cut into blocks changes no bit.
@Sendable func contract(_ plan: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
    let plan = plan.assumingMemoryBound(to: ContractPlan.self).pointee
    let tileRows = microRows
    let rowBlocks = (plan.rows + plan.blockRows - 1) / plan.blockRows
    let columnBlocks = (plan.columns + plan.blockColumns - 1) / plan.blockColumns
    let place = BlockPlace(task, rowBlocks: rowBlocks, columnBlocks: columnBlocks, isSymmetric: plan.isSymmetric)
    let (batch, rowBlock, columnBlock) = (place.batch, place.row, place.column)
    let firstRow = rowBlock * plan.blockRows, rows = min(plan.blockRows, plan.rows - firstRow)
    let firstColumn = columnBlock * plan.blockColumns, columns = min(plan.blockColumns, plan.columns - firstColumn)
    let lhs = plan.lhs.base + batch * plan.lhs.batch + firstRow * plan.lhs.kept
    let rhs = plan.rhs.base + batch * plan.rhs.batch + firstColumn * plan.rhs.kept

    let packedLhs = (scratch + plan.packedLhs).assumingMemoryBound(to: Float.self)
    let packedRhs = (scratch + plan.packedRhs).assumingMemoryBound(to: Float.self)
    let block = (scratch + plan.block).assumingMemoryBound(to: Float.self)
    let regions = (scratch + plan.regions).assumingMemoryBound(to: Region.self)
    let stride = (columns + V.scalarCount - 1) / V.scalarCount * V.scalarCount
    let interpreter = Interpreter(plan.epilogue, scratch: scratch)
    interpreter.index[0] = batch
    // On the diagonal of a symmetric product every tile below has its like above.
    let isOnDiagonal = plan.isSymmetric && rowBlock == columnBlock

    if plan.isThin {
        multiplyThin(plan, lhs, rhs, rows: rows, columns: columns, x: packedLhs, into: block, stride: stride)
        return finish(interpreter, firstRow, rows, firstColumn, columns, block, stride)
    }
    if plan.summed == 0 {
        block.update(repeating: 0, count: rows * stride)
        return finish(interpreter, firstRow, rows, firstColumn, columns, block, stride)
    }
    var first = 0
    while first < plan.summed {
        let summed = min(plan.summedBlock, plan.summed - first)
        let isLast = first + summed == plan.summed
        var panel = packedRhs
        for column in Swift.stride(from: 0, to: columns, by: microColumns) {
            let width = min(microColumns, stride - column)
            packPanel(
                rhs + column * plan.rhs.kept + first * plan.rhs.summed, lineStride: plan.rhs.kept,
                summedStride: plan.rhs.summed, lines: min(width, columns - column), summed: summed, width: width,
                into: panel)
            panel += width * summed
        }
        // First the next rows of lhs are fetched, then what a strip's epilogue needs, then, all the while, the next piece of
        // rhs, or what this thread's next product begins with.
        regions[plan.aheadCount + 1] =
            isLast
            ? plan.following[task]
            : plan.rhs.region(
                from: rhs + (first + summed) * plan.rhs.summed, kept: columns,
                summed: min(plan.summedBlock, plan.summed - first - summed))
        // Rows that wait for the epilogue, from `waiting` on.
        var (row, waiting) = (0, 0)
        while row < rows {
            let count = stripRows(of: rows - row)
            let isAcross = packRows(
                lhs + row * plan.lhs.kept + first * plan.lhs.summed, rowStride: plan.lhs.kept,
                summedStride: plan.lhs.summed, rows: count, summed: summed, into: packedLhs)
            let out = block + (plan.keepsBlock ? row : row - waiting) * stride
            let firstTile = isOnDiagonal ? row / microColumns * microColumns : 0
            regions[0] = plan.lhs.region(
                from: lhs + (row + count) * plan.lhs.kept + first * plan.lhs.summed,
                kept: min(tileRows, rows - row - count), summed: summed)
            for number in 0..<plan.aheadCount {
                let operand = plan.aheadForms + number
                let address =
                    operand.pointee.base + batch * operand.pointee.outer[0]
                    + (firstRow + row) * operand.pointee.row + firstColumn * 4
                regions[1 + number] = Region(
                    address: address, stride: operand.pointee.row, rows: isLast ? count : 0, bytes: columns * 4)
            }
            var fetches = Fetches(regions, count: plan.aheadCount + 2, lines: summed / depthsPerFetch)
            multiply(
                packedLhs, isAcross: isAcross, packedRhs + firstTile * summed, rows: count, columns: stride - firstTile,
                summed: summed, into: out + firstTile, stride: stride, isFirst: first == 0, ahead: &fetches)
            let done = row + count
            if isLast {
                for line in row..<done {
                    for i in 0..<firstTile { block[line &* stride &+ i] = block[i &* stride &+ line] }
                }
            }
            if isLast, done - waiting >= plan.finishedRows || done == rows {
                finish(
                    interpreter, firstRow + waiting, done - waiting, firstColumn, columns,
                    block + (plan.keepsBlock ? waiting : 0) * stride, stride)
                waiting = done
            }
            row = done
        }
        first += summed
    }
    guard plan.isSymmetric, !isOnDiagonal else { return }
    let turned = (scratch + plan.turned).assumingMemoryBound(to: Float.self)
    let turnedStride = (rows + V.scalarCount - 1) / V.scalarCount * V.scalarCount
    for column in Swift.stride(from: 0, to: columns, by: plan.finishedRows) {
        let count = min(plan.finishedRows, columns - column)
        for row in 0..<rows {
            for line in 0..<count { turned[line &* turnedStride &+ row] = block[row &* stride &+ column &+ line] }
        }
        finish(interpreter, firstColumn + column, count, firstRow, rows, turned, turnedStride)
    }
}

/// Rows of the next strip: as many as the micro-kernel takes, but for the last two strips, of which neither is so small that
/// its sums wait for one another.
private func stripRows(of left: Int) -> Int {
    left > microRows && left < microRows + 4 ? (left + 1) / 2 : min(left, microRows)
}

/// Runs the epilogue over rows of a block, in tiles of the epilogue's space. The index in its outer dimensions is set.
func finish(
    _ interpreter: Interpreter, _ firstRow: Int, _ rows: Int, _ firstColumn: Int, _ columns: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int
) {
    let space = interpreter.tape.pointee.space
    var tile = Tile(index: interpreter.index, outerCount: space.outerCount)
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
