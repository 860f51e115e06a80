#if OpenCL
import StrataBackend

extension Launch {
    /// One launch, or two where one would leave the device idle: the first reduces parts into scratch memory.
    static func launches(for reduce: Reduce, tuning: Tuning) -> [Launch] {
        guard !reduce.kept.contains(0) else { return [] }
        let layout = ReductionLayout(reduce, tuning: tuning)
        guard layout.parts > 1 else { return [launch(reduce, parts: 1, layout, tuning)] }

        // Partial results lie as [kept, parts].
        let outer = Shape(reduce.kept + [layout.parts])
        let scratch = Operand(slot: Pointer.scratch, dtype: .float32, strides: outer.strides)
        var first = reduce
        first.epilogue = Expression()
        first.stores = [Store(value: first.epilogue.append(.accumulator), target: scratch)]

        var second = reduce
        second.reduced = [layout.parts]
        second.prologue = Expression()
        _ = second.prologue.load(scratch)
        return [
            launch(first, parts: layout.parts, layout, tuning),
            singleLaunch(for: second, tuning: tuning),
        ]
    }

    /// A launch that reduces all in one go.
    static func singleLaunch(for reduce: Reduce, tuning: Tuning) -> Launch {
        launch(reduce, parts: 1, ReductionLayout(reduce, tuning: tuning, parts: 1), tuning)
    }

    /// Reduces each of `parts` by itself; the part's number is one more kept dimension of epilogue and stores.
    private static func launch(_ reduce: Reduce, parts: Int, _ layout: ReductionLayout, _ tuning: Tuning) -> Launch {
        let kept = reduce.kept + [parts]
        let isWide =
            needsWideIndices(reduce.kept + reduce.reduced, reduce.prologue)
            || needsWideIndices(reduce.kept, reduce.epilogue, parts == 1 ? reduce.stores : [])
            || Shape(kept).elementCount > Int(Int32.max) / 2
        var emitter = Emitter(lanes: tuning.lanes, isWide: isWide)
        let outer =
            layout.isAlong
            ? emitter.decode("output", kept, lane: nil, prefix: "i")
            : emitter.decodeStrips("output", kept, lane: layout.lane, strip: layout.strip, prefix: "i")
        let place = outer.place
        let reducedLane = layout.isAlong ? layout.lane - reduce.kept.count : nil
        let inner = emitter.decode("item", reduce.reduced, lane: reducedLane, prefix: "j")

        // The prologue is indexed by kept and reduced dimensions; the part's number is none of them.
        let inside = Place(
            coordinates: place.coordinates.dropLast() + inner.place.coordinates, lane: layout.lane, width: tuning.lanes)
        let prologue = emitter.evaluate(reduce.prologue, at: inside, prefix: "u")
        let epilogue =
            emitter.evaluate(reduce.epilogue, at: place, prefix: "v")
            + emitter.write(reduce.stores, at: place, prefix: "v")

        let outputs = emitter.itemCount(kept, lane: layout.isAlong ? nil : layout.lane, strip: layout.strip)
        let items = emitter.itemCount(reduce.reduced, lane: reducedLane)
        let (groups, chunk) = layout.spread(outputs, tuning)
        let defines = [
            ("COMBINE", "\(reduce.combiner)_\(tuning.lanes)"), ("COMBINE_1", "\(reduce.combiner)_1"),
            ("IDENTITY", "IDENTITY_\(reduce.combiner)"), ("VALUE", "u\(reduce.prologue.instructions.count - 1)"),
            ("PART", place.coordinates.last.flatMap { $0 } ?? "0"), ("STRIP", "\(tuning.stripLimit)"),
            ("TEAMS", "\(layout.teams)"),
            ("SPAN", emitter.number((items + parts - 1) / parts)), ("ITEMS", emitter.number(items)),
            ("OUTPUTS", emitter.number(outputs)), ("CHUNK", emitter.number(chunk)),
        ]
        return emitter.launch(
            layout.isAlong ? Template.reduceAlong : Template.reduceAcross, defines: tuning.defines + defines,
            splices: [
                "kept coordinates": outer.statements, "reduced coordinates": inner.statements, "lanes": outer.inner,
                "prologue": prologue, "epilogue": epilogue,
            ],
            groups: groups, groupSize: tuning.groupSize,
            scratchByteCount: parts > 1 ? Shape(kept).elementCount * DType.float32.byteCount : 0)
    }
}

/// How a reduction lies on the device.
private struct ReductionLayout {
    /// Whether lanes (and the work items of a group) run along a reduced dimension.
    var isAlong: Bool
    /// The dimension of the iteration space along which lanes run.
    var lane: Int
    /// Vectors of outputs that a work item owns where lanes run across.
    var strip: Int
    /// Work items of a group that take turns at one output where lanes run across.
    var teams: Int
    var parts: Int

    /// `parts` is chosen unless given, by sizes alone.
    init(_ reduce: Reduce, tuning: Tuning, parts givenParts: Int? = nil) {
        let extents = reduce.kept + reduce.reduced
        let dimensions = (kept: 0..<reduce.kept.count, reduced: reduce.kept.count..<extents.count)
        func best(_ candidates: Range<Int>) -> (dimension: Int, cost: Double) {
            laneDimension(candidates, extents: extents, operands: reduce.prologue.operands, lanes: tuning.lanes)
        }
        let across = best(dimensions.kept)
        let along = best(dimensions.reduced)
        // Folding a group costs about as much as a few vectors.
        let isAlong = along.cost + 4 * Double(Shape(reduce.kept).elementCount) < across.cost
        let lane = isAlong ? along.dimension : across.dimension

        func vectors(_ dimensions: Range<Int>) -> Int {
            dimensions.reduce(1) { $0 * ($1 == lane ? (extents[$1] + tuning.lanes - 1) / tuning.lanes : extents[$1]) }
        }
        let wanted = isAlong ? tuning.reductionGroups : tuning.reductionWorkers
        let outputs = vectors(dimensions.kept)
        let items = vectors(dimensions.reduced)
        func workers(_ strip: Int) -> Int { (outputs + strip - 1) / strip }
        let partItems = isAlong ? tuning.partItems : tuning.partRows
        func parts(_ strip: Int) -> Int {
            max(1, min((wanted + workers(strip) - 1) / workers(strip), items * strip / partItems))
        }
        // The widest strip that leaves work for all.
        var strip = isAlong ? 1 : tuning.stripLimit
        while strip > 1, strip / 2 >= outputs || workers(strip) * parts(strip) < wanted { strip /= 2 }
        self.isAlong = isAlong
        self.lane = lane
        self.strip = strip
        self.parts = givenParts ?? parts(strip)
        teams =
            isAlong || tuning.lanes > 1 || items / self.parts < 4 * Tuning.teams || outputs * self.parts >= wanted
            ? 1 : min(Tuning.teams, tuning.groupSize)
    }

    /// Groups, and the outputs of each or of each of their work items.
    func spread(_ outputs: Int, _ tuning: Tuning) -> (groups: Int, chunk: Int) {
        if teams > 1 { return ((outputs * teams + tuning.groupSize - 1) / tuning.groupSize, 1) }
        guard isAlong else { return tuning.spread(outputs) }
        let chunk = tuning.groupSize > 1 ? 1 : min(max(outputs / tuning.parallelism, 1), tuning.itemLimit)
        return ((outputs + chunk - 1) / chunk, chunk)
    }
}
#endif
