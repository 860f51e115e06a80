import StrataBackend
import StrataKernelInterface

extension Planner {
    mutating func plan(_ scatter: ScatterAdd) throws {
        let (target, indices, updates) = (scatter.target, scatter.indices, scatter.updates)
        let rows = target.shape.first ?? 1
        let width = target.shape.dropFirst().reduce(1, *)
        let count = indices.shape.elementCount
        guard updates.shape.elementCount == count * width else {
            throw StrataError(.shape, "updates \(updates.shape) do not fit \(count) indices of rows of \(width)")
        }
        guard rows * width > 0 else { return }
        // A task goes through all indices, so it should find a good share of them its own. Onto what is there already,
        // rows are often named very unevenly, as words in a text are: then the columns are divided, two cache lines
        // each.
        let (rowsPerTask, columnsPerTask) =
            scatter.accumulates
            ? (rows, 32) : ((rows + count) * width > 1 << 16 ? max(64, divideUp(rows, by: 8)) : rows, 1024)
        let plan = ScatterAddPlan(
            target: try slots.array(target.slot, offset: target.offset, count: rows * width, of: Float.self),
            indices: UnsafePointer(try slots.array(indices.slot, offset: indices.offset, count: count, of: Int32.self)),
            updates: UnsafePointer(
                try slots.array(updates.slot, offset: updates.offset, count: count * width, of: Float.self)),
            rows: rows, width: width, count: count, rowsPerTask: rowsPerTask, columnsPerTask: columnsPerTask,
            accumulates: scatter.accumulates)
        add(
            kernels.scatterAdd, plan,
            count: divideUp(rows, by: plan.rowsPerTask) * divideUp(width, by: plan.columnsPerTask), scratchBytes: 0)
    }
}
