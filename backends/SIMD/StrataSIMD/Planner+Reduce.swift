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
        // What is left to combine after the first stage: its results lie in so many chunks of as many parts.
        let late = builder.reducedLate(kept: reduce.kept, reduced: reduced)
        let parts = late.map { reduced[$0] } ?? 1
        let chunks = addReduction(builder, reduce.combiner, kept: reduce.kept, reduced: reduced, late: late) { chunks in
            if chunks * parts > 1 { results = memory.workspace(floats: keptCount * parts * chunks) }
            return results
        }
        if chunks * parts > 1 {
            var partial = Expression()
            _ = partial.append(.accumulator)
            var builder = try TapeBuilder(partial, stores: [], over: reduce.kept + [chunks, parts], slots: slots)
            var form = Form.dense(results, over: reduce.kept + [parts])
            form.strides.insert(keptCount * parts * 4, at: reduce.kept.count)
            builder.readAccumulator(from: form)
            results = target ?? memory.workspace(floats: keptCount)
            addReduction(builder, reduce.combiner, kept: reduce.kept, reduced: [chunks, parts]) { _ in results }
        }
        if target != nil { return }
        try addEpilogue(reduce.epilogue, reduce.stores, over: reduce.kept, results: results)
    }

    /// Adds the step that combines the last value of a tape. Gives the number of chunks, each of which has its results
    /// dense in the memory that `makeResults` gives for that number. At most 64; one where there are kept elements
    /// enough.
    ///
    /// - `late`: Which of the reduced dimensions is kept all the same, as the last one of the results.
    @discardableResult
    private mutating func addReduction(
        _ builder: TapeBuilder, _ combiner: Reduce.Combiner, kept: [Int], reduced: [Int], late: Int? = nil,
        makeResults: (Int) -> UnsafeMutableRawPointer
    ) -> Int {
        // The results take part in fitting the axes; where they lie is known when the chunks are.
        var builder = builder
        let placeholder = UnsafeMutableRawPointer(bitPattern: 64)!
        let resultCount = kept.product * (late.map { reduced[$0] } ?? 1)
        var resultForm = Form.dense(placeholder, over: kept, reduced: reduced.count)
        if let late {
            for d in kept.indices { resultForm.strides[d] *= reduced[late] }
            resultForm.strides[kept.count + late] = 4
        }
        let result = builder.add(resultForm)
        var axes = Axes(extents: kept, reduced: reduced, forms: builder.forms)
        if let late { axes.isReduced[kept.count + late] = false }
        axes.simplify()

        // A dimension of extent 1 is a poor one to go along.
        var column = axes.best { axes.extents[$0] > 1 } ?? axes.best()
        if late != nil, let found = column { column = axes.lengthen(found, to: Self.shortestColumn, memory) }
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
                chunkStride: resultCount * 4, accumulators: accumulators),
            count: divideUp(keptTiles, by: keptPerTask) * chunks,
            scratchBytes: accumulators + Space.tileElements * (4 + 8) + 64)
        return chunks
    }
}

extension TapeBuilder {
    /// The reduced dimension that is better left to a second stage: a short one along which elements lie side by side and
    /// neighbouring results follow one another, such as the channels of a group where channels lie last. Sums over the other
    /// dimensions go along whole rows then, those of a few elements after them.
    fileprivate func reducedLate(kept: [Int], reduced: [Int]) -> Int? {
        reduced.indices.first { r in
            let d = kept.count + r
            return (2..<Planner.longestLate).contains(reduced[r]) && reduced.product >= 8 * reduced[r]
                && forms.contains { form in
                    form.elementSize > 0 && form.strides[d] == form.elementSize
                        && kept.indices.contains { kept[$0] > 1 && form.strides[$0] == reduced[r] * form.elementSize }
                }
        }
    }
}

extension Planner {
    /// Rows of more elements than this are worth a sum each.
    fileprivate static let longestLate = 64
}
