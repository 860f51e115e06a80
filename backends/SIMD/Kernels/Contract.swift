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
        // One call of the micro-kernel fetches as many lines of each row of something as it has depths for.
        let fetchedShift = Int.bitWidth - 1 - max(1, summed / tileRows).leadingZeroBitCount
        let fetchedPart = 64 << fetchedShift
        var panel = packedRhs
        for column in Swift.stride(from: 0, to: columns, by: microColumns) {
            let width = min(microColumns, stride - column)
            packPanel(
                rhs + column * plan.rhs.kept + first * plan.rhs.summed, lineStride: plan.rhs.kept,
                summedStride: plan.rhs.summed, lines: min(width, columns - column), summed: summed, width: width,
                into: panel)
            panel += width * summed
        }
        // The next piece of rhs, or what this thread's next product begins with, which is fetched bit by bit.
        let next =
            isLast
            ? plan.following[task]
            : plan.rhs.region(
                from: rhs + (first + summed) * plan.rhs.summed, kept: columns,
                summed: min(plan.summedBlock, plan.summed - first - summed))
        var (nextRow, nextByte) = (0, 0)
        // Rows that wait for the epilogue, from `waiting` on.
        var waiting = 0
        for row in Swift.stride(from: 0, to: rows, by: tileRows) {
            let count = min(tileRows, rows - row)
            let isAcross = packRows(
                lhs + row * plan.lhs.kept + first * plan.lhs.summed, rowStride: plan.lhs.kept,
                summedStride: plan.lhs.summed, rows: count, summed: summed, into: packedLhs)
            let out = block + (plan.keepsBlock ? row : row - waiting) * stride
            let operandParts = (columns * 4 + fetchedPart - 1) / fetchedPart
            let operandFetches = isLast ? plan.aheadCount * operandParts : 0
            let firstTile = isOnDiagonal ? row / microColumns * microColumns : 0
            panel = packedRhs + firstTile * summed
            var call = 0
            for column in Swift.stride(from: firstTile, to: columns, by: microColumns) {
                let isWide = stride - column >= microColumns
                // First the next rows of lhs, then what this strip's epilogue needs, then the next piece of rhs.
                var ahead = Ahead(address: Int(bitPattern: packedLhs))
                if call == 0 {
                    if row + tileRows < rows {
                        let nextLhs = lhs + (row + tileRows) * plan.lhs.kept + first * plan.lhs.summed
                        ahead.address = Int(bitPattern: nextLhs)
                        ahead.rows = isAcross ? tileRows : summed
                        ahead.stride = (isAcross ? plan.lhs.kept : plan.lhs.summed) * 4
                        ahead.shift = isAcross ? fetchedShift : 0
                    }
                } else if call <= operandFetches {
                    let (form, part) = (call - 1).quotientAndRemainder(dividingBy: operandParts)
                    let operand = plan.aheadForms + form
                    ahead = Ahead(
                        address: operand.pointee.base + batch * operand.pointee.outer[0]
                            + (firstRow + row) * operand.pointee.row + firstColumn * 4 + part * fetchedPart,
                        stride: operand.pointee.row, rows: count, shift: fetchedShift)
                } else if nextRow < next.rows {
                    ahead = Ahead(
                        address: next.address + nextRow * next.stride + nextByte, stride: next.stride,
                        rows: next.rows - nextRow, shift: fetchedShift)
                    nextByte += fetchedPart
                    if nextByte >= next.bytes {
                        nextByte = 0
                        nextRow += summed >> fetchedShift
                    }
                }
                call += 1
                multiply(
                    packedLhs, isAcross: isAcross, panel, rows: count, isWide: isWide, summed: summed,
                    into: out + column, stride: stride, isFirst: first == 0, ahead: ahead)
                panel += (isWide ? microColumns : V.scalarCount) * summed
            }
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
