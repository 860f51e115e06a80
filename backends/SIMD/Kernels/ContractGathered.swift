import StrataKernelInterface

/// Computes one block of a product over groups of dimensions and runs the epilogue on it, rows by rows while they are in
/// cache.
///
/// An element is summed in pieces of `summedBlock`, each in order, wherever its block begins and whoever computes it.
@Sendable func contractGathered(_ plan: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
    let plan = plan.assumingMemoryBound(to: GatheredContractPlan.self).pointee
    let tileRows = microRows
    let rowBlocks = (plan.rows + plan.blockRows - 1) / plan.blockRows
    let columnBlocks = (plan.columns + plan.blockColumns - 1) / plan.blockColumns
    let place = BlockPlace(task, rowBlocks: rowBlocks, columnBlocks: columnBlocks, isSymmetric: false)
    let firstRow = place.row * plan.blockRows, rows = min(plan.blockRows, plan.rows - firstRow)
    let firstColumn = place.column * plan.blockColumns, columns = min(plan.blockColumns, plan.columns - firstColumn)
    let lhs = plan.lhs.base + plan.lhs.batch[place.batch]
    let rhs = plan.rhs.base + plan.rhs.batch[place.batch]

    let packedRhs = (scratch + plan.packedRhs).assumingMemoryBound(to: Float.self)
    let block = (scratch + plan.block).assumingMemoryBound(to: Float.self)
    let stride = (columns + V.scalarCount - 1) / V.scalarCount * V.scalarCount
    let interpreter = Interpreter(plan.epilogue, scratch: scratch)
    interpreter.tape.pointee.space.decode(
        place.batch, dimensions: 0, plan.batchDimensions, into: interpreter.index)

    if plan.summed == 0 {
        block.update(repeating: 0, count: rows * stride)
        return finishRuns(plan, interpreter, firstRow, rows, firstColumn, columns, block, stride)
    }
    var first = 0
    while first < plan.summed {
        let summed = min(plan.summedBlock, plan.summed - first)
        let isLast = first + summed == plan.summed
        var panel = packedRhs
        var column = 0
        while column < columns {
            let width = min(microColumns, stride - column)
            packPanelGathered(
                rhs, plan.rhs, firstLine: firstColumn + column, lines: min(width, columns - column), first: first,
                summed: summed, width: width, into: panel)
            panel += width * summed
            column += width
        }
        // Several rows of tiles meet a panel while it is in the first level of cache.
        var row = 0
        while row < rows {
            let count = min(plan.finishedRows, rows - row)
            let out = block + (plan.keepsBlock ? row * stride : 0)
            panel = packedRhs
            column = 0
            while column < columns {
                let isWide = stride - column >= microColumns
                var strip = 0
                while strip < count {
                    multiplyGathered(
                        lhs, plan.lhs.kept + (firstRow + row + strip), plan.lhs.summed + first, panel,
                        rows: min(tileRows, count - strip), isWide: isWide, summed: summed,
                        into: out + strip * stride + column, stride: stride, isFirst: first == 0)
                    strip += tileRows
                }
                let width = isWide ? microColumns : V.scalarCount
                panel += width * summed
                column += width
            }
            if isLast { finishRuns(plan, interpreter, firstRow + row, count, firstColumn, columns, out, stride) }
            row += count
        }
        first += summed
    }
}

/// Runs the epilogue over rows of a block, those of one run after the other.
private func finishRuns(
    _ plan: borrowing GatheredContractPlan, _ interpreter: Interpreter, _ firstRow: Int, _ rows: Int,
    _ firstColumn: Int, _ columns: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int
) {
    let space = interpreter.tape.pointee.space
    var done = 0
    while done < rows {
        let (run, place) = (firstRow + done).quotientAndRemainder(dividingBy: plan.run)
        let count = min(plan.run - place, rows - done)
        space.decode(run, dimensions: plan.batchDimensions, space.outerCount, into: interpreter.index)
        finish(interpreter, place, count, firstColumn, columns, block + done * stride, stride)
        done += count
    }
}
