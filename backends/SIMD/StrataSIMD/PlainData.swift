import StrataKernelInterface

/// A form as the kernels read it.
func affine(_ form: Form, _ axes: Axes, _ memory: PlanMemory) -> Affine {
    let outerCount = axes.rank - 2
    return Affine(
        base: form.base, outer: memory.copy(Array(form.strides.prefix(outerCount))), row: form.strides[outerCount],
        column: form.strides[outerCount + 1], table: form.lookup?.table,
        lastRow: Int32(truncatingIfNeeded: form.lookup?.lastRow ?? 0), lookup: form.lookup?.dimension ?? -1)
}

func space(_ axes: Axes, _ tiling: Tiling, _ memory: PlanMemory) -> Space {
    let outerCount = axes.rank - 2
    return Space(
        outerCount: outerCount, outer: memory.copy(Array(axes.extents.prefix(outerCount))),
        rows: axes.extents[outerCount], columns: axes.extents[outerCount + 1], tileRows: tiling.rows,
        tileColumns: tiling.columns, pitch: tiling.pitch)
}
