import StrataBackend
import StrataKernelInterface

extension Planner {
    /// Accumulates into a workspace, in chunks if the kept elements alone are too few to share out; combines the
    /// chunks; and maps the epilogue over what comes out.
    mutating func plan(_ reduce: Reduce) throws {
        guard !reduce.kept.contains(0) else { return }
        let keptCount = reduce.kept.reduce(1, *)
        let memory = memory
        var (prologue, reduced) = (reduce.prologue, reduce.reduced)
        guard !prologue.instructions.isEmpty else {
            throw StrataError(.shape, "the prologue of a reduction computes nothing")
        }
        if reduced.contains(0) {
            // The identity, combined once.
            prologue = Expression()
            _ = prologue.append(.constant(reduce.combiner.identity))
            reduced = [1]
        }
        let builder = try TapeBuilder(prologue, stores: [], over: reduce.kept + reduced, slots: slots)
        let target = try target(of: reduce.epilogue, reduce.stores, over: reduce.kept)
        var results = target ?? memory.workspace(floats: keptCount)
        let chunks = addReduction(builder, reduce.combiner, kept: reduce.kept, reduced: reduced) { chunks in
            if chunks > 1 { results = memory.workspace(floats: keptCount * chunks) }
            return results
        }
        if chunks > 1 {
            var partial = Expression()
            _ = partial.append(.accumulator)
            var builder = try TapeBuilder(partial, stores: [], over: reduce.kept + [chunks], slots: slots)
            var form = Form.dense(results, over: reduce.kept)
            form.strides.append(keptCount * 4)
            builder.readAccumulator(from: form)
            results = target ?? memory.workspace(floats: keptCount)
            addReduction(builder, reduce.combiner, kept: reduce.kept, reduced: [chunks]) { _ in results }
        }
        if target != nil { return }
        try addEpilogue(reduce.epilogue, reduce.stores, over: reduce.kept, results: results)
    }

    /// Adds the step that combines the last value of a tape. Gives the number of chunks, each of which has its results
    /// dense in the memory that `makeResults` gives for that number. At most 64; one where there are kept elements
    /// enough.
    @discardableResult
    private mutating func addReduction(
        _ builder: TapeBuilder, _ combiner: Reduce.Combiner, kept: [Int], reduced: [Int],
        makeResults: (Int) -> UnsafeMutableRawPointer
    ) -> Int {
        // The results take part in fitting the axes; where they lie is known when the chunks are.
        var builder = builder
        let placeholder = UnsafeMutableRawPointer(bitPattern: 64)!
        let result = builder.add(.dense(placeholder, over: kept, reduced: reduced.count))
        var axes = Axes(extents: kept, reduced: reduced, forms: builder.forms)
        axes.simplify()

        // A dimension of extent 1 is a poor one to go along.
        let column = axes.best { axes.extents[$0] > 1 } ?? axes.best()
        let reducesColumns = column.map { axes.isReduced[$0] } ?? true
        let keptDimensions = axes.extents.indices.filter { $0 != column && !axes.isReduced[$0] }
        let reducedDimensions = axes.extents.indices.filter { $0 != column && axes.isReduced[$0] }
        var (keptOuter, reducedOuter) = (keptDimensions, reducedDimensions)
        let row = reducesColumns ? keptDimensions.last : reducedDimensions.last
        let tiling = Tiling(
            columns: column.map { axes.extents[$0] } ?? 1, rowExtent: row.map { axes.extents[$0] } ?? 1,
            vectorWidth: kernels.vectorWidth)
        let hasRows = tiling.rows > 1
        if hasRows {
            if reducesColumns { keptOuter.removeLast() } else { reducedOuter.removeLast() }
        }
        let rows = hasRows ? [row].compactMap { $0 } : []
        axes.reorder(keptOuter + reducedOuter + rows + [column].compactMap { $0 })
        if column == nil { axes.insertOne(at: axes.rank) }
        if !hasRows { axes.insertOne(at: axes.rank - 1) }

        var encoder = TapeEncoder(builder, over: axes, tiling: tiling)
        let tape = encoder.encode(lastIsResult: true, memory: memory)
        let space = tape.pointee.space
        let outer = axes.extents.dropLast(2)
        let keptTiles =
            outer.prefix(keptOuter.count).reduce(1, *)
            * (reducesColumns ? space.rowTiles : space.columnTiles)
        let reducedTiles =
            outer.dropFirst(keptOuter.count).reduce(1, *)
            * (reducesColumns ? space.columnTiles : space.rowTiles)

        let cost = builder.tileCost + 60
        var (keptPerTask, reducedPerTask) = (keptTiles, reducedTiles)
        if keptTiles * reducedTiles * cost > 2 * Self.taskCost {
            if keptTiles >= 16 {
                keptPerTask = max(1, Self.taskCost / (reducedTiles * cost))
            } else {
                keptPerTask = 1
                reducedPerTask = max(divideUp(Self.taskCost, by: cost), divideUp(reducedTiles, by: 64))
            }
        }
        let chunks = divideUp(reducedTiles, by: reducedPerTask)
        var form = axes.forms[result]
        form.base += Int(bitPattern: makeResults(chunks)) - Int(bitPattern: placeholder)
        let accumulators = tape.pointee.scratchBytes
        add(
            kernels.reduce,
            ReducePlan(
                tape: tape, combiner: combiner, reducesColumns: reducesColumns, keptOuterCount: keptOuter.count,
                keptTiles: keptTiles, keptTilesPerTask: keptPerTask, reducedTiles: reducedTiles,
                reducedTilesPerTask: reducedPerTask, result: memory.copy(affine(form, axes, memory)),
                chunkStride: kept.reduce(1, *) * 4, accumulators: accumulators),
            count: divideUp(keptTiles, by: keptPerTask) * chunks,
            scratchBytes: accumulators + Space.tileElements * (4 + 8) + 64)
        return chunks
    }
}
