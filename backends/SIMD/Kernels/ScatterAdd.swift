import StrataKernelInterface

/// Adds up the updates of a task's rows and columns of the target, in the order of the indices.
@Sendable func scatterAdd(_ plan: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
    let plan = plan.assumingMemoryBound(to: ScatterAddPlan.self).pointee
    let columnTasks = (plan.width + plan.columnsPerTask - 1) / plan.columnsPerTask
    let (rowTask, columnTask) = task.quotientAndRemainder(dividingBy: columnTasks)
    let firstRow = rowTask * plan.rowsPerTask, lastRow = min(firstRow + plan.rowsPerTask, plan.rows)
    let column = columnTask * plan.columnsPerTask, columns = min(plan.columnsPerTask, plan.width - column)
    for row in firstRow..<(plan.accumulates ? firstRow : lastRow) {
        (plan.target + row * plan.width + column).update(repeating: 0, count: columns)
    }
    let top = Int32(truncatingIfNeeded: plan.rows - 1)
    for i in 0..<plan.count {
        let row = Int(max(0, min(plan.indices[i], top)))
        guard row >= firstRow, row < lastRow else { continue }
        let target = plan.target + row * plan.width + column
        let update = plan.updates + i * plan.width + column
        for c in 0..<columns { target[c] += update[c] }
    }
}
