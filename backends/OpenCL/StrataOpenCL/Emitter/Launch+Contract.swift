#if OpenCL
import StrataBackend

extension Launch {
    /// One launch, or two where one would leave the device idle: the first sums parts of k into scratch memory.
    static func launches(for contract: Contract, tuning: Tuning) -> [Launch] {
        guard !(contract.batch + contract.m + contract.n).contains(0) else { return [] }
        if !contract.isPlain, min(contract.m.reduce(1, *), contract.n.reduce(1, *)) < narrowest {
            return launches(for: Reduce(contract), tuning: tuning)
        }
        let product = Product(contract, tuning: tuning)
        let parts = product.parts(tuning)
        guard parts > 1 else { return [launch(product, parts: 1, tuning)] }

        // Results of the parts lie as [parts, batch…, m…, n…].
        let kept = contract.batch + contract.m + contract.n
        let outer = Shape([parts] + kept)
        var first = contract
        first.batch.insert(parts, at: 0)
        first.lhs.access.strides.insert(0, at: 0)
        first.rhs.access.strides.insert(0, at: 0)
        first.epilogue = Expression()
        first.stores = [
            Store(
                value: first.epilogue.append(.accumulator),
                target: Operand(slot: Pointer.scratch, dtype: .float32, strides: outer.strides))
        ]
        var prologue = Expression()
        _ = prologue.load(
            Operand(
                slot: Pointer.scratch, dtype: .float32,
                strides: Array(outer.strides.dropFirst() + outer.strides.prefix(1))))
        let sum = Reduce(
            kept: kept, reduced: [parts], combiner: .sum, prologue: prologue, epilogue: contract.epilogue,
            stores: contract.stores)
        var partial = launch(Product(first, tuning: tuning), parts: parts, tuning)
        partial.scratchByteCount = outer.elementCount * DType.float32.byteCount
        return [partial, singleLaunch(for: sum, tuning: tuning)]
    }

    /// Fewer rows or columns than this would leave most of a tile idle: such products are sums of products, each taken as it
    /// is, where operands have several dimensions.
    private static let narrowest = 4

    /// With several `parts` the first dimension of the batch is the part's number.
    private static func launch(_ product: Product, parts: Int, _ tuning: Tuning) -> Launch {
        var emitter = Emitter(lanes: tuning.lanes, isWide: product.needsWideIndices)
        var place = Place(
            coordinates: [String?](repeating: nil, count: product.rank), lane: product.columns.last, width: tuning.lanes
        )
        func named(_ dimensions: [Int], _ steps: Product.Steps, _ index: String, prefix: String) -> [String] {
            let (names, statements) = emitter.split(index, into: steps.extents, prefix: prefix)
            for (dimension, name) in zip(dimensions, names) { place.coordinates[dimension] = name }
            return statements
        }
        let (repeated, batch) = emitter.split("batch", into: product.batch.map(\.extent), prefix: "b")
        for (dimension, name) in zip(product.batch.map(\.dimension), repeated) { place.coordinates[dimension] = name }
        var decoding = named(product.rows, product.lhs.kept, "this_row", prefix: "r")
        if tuning.lanes > 1, let last = product.columns.last {
            place.coordinates[last] = "this_column"
        } else {
            decoding += named(product.columns, product.rhs.kept, "this_column", prefix: "c")
        }
        let epilogue =
            decoding + emitter.evaluate(product.epilogue, at: place, prefix: "v")
            + emitter.write(product.stores, at: place, prefix: "v")

        func base(_ factor: Product.Factor, _ stride: (Product.Repetition) -> Int) -> String {
            let terms = zip(product.batch, repeated).compactMap { repetition, name in
                stride(repetition) == 0 ? nil : "\(name) * \(emitter.number(stride(repetition)))"
            }
            let sum = ([emitter.number(factor.offset)] + terms).joined(separator: " + ")
            return "(\(emitter.pointer(factor.slot, .float32)) + (\(sum)))"
        }
        /// How far in memory the element of number `index` is from the first.
        func offset(_ index: String, _ steps: Product.Steps) -> String {
            switch steps.stride {
            case 0: "0"
            case 1: "(\(index))"
            case let stride?: "(\(index)) * \(emitter.number(stride))"
            case nil: "\(emitter.table(strideOffsets(steps.extents, steps.strides)))[\(index)]"
            }
        }
        let (lhs, rhs) = (product.lhs, product.rhs)
        let span = product.span(parts: parts, tuning)
        var defines = [
            ("M", emitter.number(product.rowCount)), ("N", emitter.number(product.columnCount)),
            ("K", emitter.number(product.depth)), ("PART", parts > 1 ? repeated[0] : "0"),
            ("SPAN", emitter.number(span)), ("LHS", base(lhs, \.lhs)), ("RHS", base(rhs, \.rhs)),
            ("LHS_ROW(r)", offset("r", lhs.kept)), ("LHS_DEPTH(k)", offset("k", lhs.summed)),
            ("RHS_DEPTH(k)", offset("k", rhs.summed)), ("RHS_COLUMN(c)", offset("c", rhs.kept)),
        ]
        func flag(_ condition: Bool) -> String { condition ? "1" : "0" }
        func blocks(_ down: Int, _ across: Int) -> [(String, String)] {
            [("DOWN", emitter.number(down)), ("ACROSS", emitter.number(across))]
        }
        if tuning.lanes > 1 {
            let panels = Panels(product, span: span, tuning: tuning)
            let tile = panels.tile, width = tile.registerColumns * tuning.lanes
            func holdsVectors(_ steps: Product.Steps) -> String { flag(steps.holdsVectors(tuning.lanes)) }
            defines += blocks(panels.down, panels.across)
            defines += [
                ("LHS_UNIT", flag(product.packsRows(tuning))), ("LHS_LINES", holdsVectors(lhs.summed)),
                ("LHS_RUN", emitter.number(lhs.kept.run)),
                ("LHS_EVEN", flag(lhs.kept.stride != nil)),
                ("RHS_UNIT", holdsVectors(rhs.kept)), ("RHS_TURNED", holdsVectors(rhs.summed)),
                ("ROWS", "\(tile.registerRows)"), ("VECTORS", "\(tile.registerColumns)"),
                ("PANELS", "\(tile.columns / width)"),
                ("DEPTH", "\(tile.depth)"), ("SUMS", "\(tile.sums / tuning.lanes)"),
                ("BLOCK", emitter.number(panels.rows)), ("COLUMNS", emitter.number(panels.columns)),
                ("SLICE", emitter.number(panels.slice)),
                (
                    "FETCH",
                    "{ \(decoding.joined(separator: " ")) "
                        + emitter.fetch(product.epilogue, at: place, next: product.rows.last ?? 0) + " }"
                ),
            ]
            return emitter.launch(
                Template.contractLanes, defines: defines, splices: ["batch": batch, "epilogue": epilogue],
                groups: panels.down * panels.across * product.batchCount, groupSize: 1)
        }
        let tile = product.tile(tuning)
        let (down, across) = tile.blocks(product.rowCount, product.columnCount)
        defines += blocks(down, across)
        defines += [
            ("LHS_UNIT", flag(lhs.kept.run > 1 && lhs.kept.run >= lhs.summed.run)),
            ("RHS_UNIT", flag(rhs.kept.run > 1 && rhs.kept.run >= rhs.summed.run)),
            ("SIDE", "\(tile.side)"), ("WORK", "\(tile.work)"), ("TEAMS", "\(tile.teams)"), ("DEPTH", "\(tile.depth)"),
        ]
        return emitter.launch(
            Template.contractTiles, defines: defines, splices: ["batch": batch, "epilogue": epilogue],
            groups: down * across * product.batchCount, groupSize: tile.groupSize)
    }
}

extension Reduce {
    /// A contraction as a sum of products.
    fileprivate init(_ contract: Contract) {
        let (b, m, n, k) = (contract.batch.count, contract.m.count, contract.n.count, contract.k.count)
        func none(_ count: Int) -> [Int] { [Int](repeating: 0, count: count) }
        var (lhs, rhs) = (contract.lhs, contract.rhs)
        lhs.access.strides.insert(contentsOf: none(n), at: b + m)
        rhs.access.strides = Array(
            rhs.access.strides[..<b] + none(m) + rhs.access.strides[(b + k)...] + rhs.access.strides[b..<b + k])
        var prologue = Expression()
        _ = prologue.append(.binary(.multiply, prologue.load(lhs), prologue.load(rhs)))
        self.init(
            kept: contract.batch + contract.m + contract.n, reduced: contract.k, combiner: .sum, prologue: prologue,
            epilogue: contract.epilogue, stores: contract.stores)
    }
}

extension Product {
    fileprivate var needsWideIndices: Bool {
        func reach(_ factor: Factor, _ strides: [Int]) -> Access {
            Access(offset: factor.offset, strides: strides + factor.kept.strides + factor.summed.strides)
        }
        let repeated = batch.map(\.extent)
        var extents = [Int](repeating: 1, count: rank)
        for repetition in batch { extents[repetition.dimension] = repetition.extent }
        for (dimension, extent) in zip(rows, lhs.kept.extents) { extents[dimension] = extent }
        for (dimension, extent) in zip(columns, rhs.kept.extents) { extents[dimension] = extent }
        return StrataOpenCL.needsWideIndices(extents, epilogue, stores)
            || StrataOpenCL.needsWideIndices(
                repeated + lhs.kept.extents + lhs.summed.extents, [reach(lhs, batch.map(\.lhs))])
            || StrataOpenCL.needsWideIndices(
                repeated + rhs.kept.extents + rhs.summed.extents, [reach(rhs, batch.map(\.rhs))])
    }

    /// The tile that suits a GPU: the largest that the product fills at least half, and of which there are enough.
    fileprivate func tile(_ tuning: Tuning) -> Tuning.GroupTile {
        tuning.tiles.first { tile in
            let (down, across) = tile.blocks(rowCount, columnCount)
            return tile.width <= max(2 * min(rowCount, columnCount), 32)
                && down * across * batchCount >= tile.share * tuning.workers
        } ?? tuning.tiles[tuning.tiles.count - 1]
    }

    /// Parts of k that are worth summing apart.
    fileprivate func parts(_ tuning: Tuning) -> Int {
        // By blocks of one size, not those that suit the device's workers: how k is cut shows in the last bits.
        let tile = tuning.contract
        let (down, across) =
            tuning.lanes > 1
            ? (divideUp(rowCount, by: tile.rows), divideUp(columnCount, by: tile.columns))
            : self.tile(tuning).blocks(rowCount, columnCount)
        let wanted = tuning.contractGroups / (down * across * batchCount)
        guard wanted > 1, depth >= 2 * tuning.sliceDepth else { return 1 }
        let parts = min(wanted, depth / tuning.sliceDepth)
        return divideUp(depth, by: span(parts: parts, tuning))
    }

    /// What a part sums: the last may have less. Vectors and slices begin where those of a whole sum would.
    fileprivate func span(parts: Int, _ tuning: Tuning) -> Int {
        divideUp(divideUp(depth, by: parts), by: max(tuning.lanes, 8)) * max(tuning.lanes, 8)
    }
}

private func divideUp(_ a: Int, by b: Int) -> Int { (a + b - 1) / b }

/// How a product is cut on a processor: what a work group computes of it, and the slices of k that it takes one after
/// the other. It decides no bit of the result.
private struct Panels {
    var tile: Tuning.ContractTile
    /// Of a block.
    var rows: Int, columns: Int
    var slice: Int
    /// Blocks of the result.
    var down: Int, across: Int

    /// The cut that ends first by a model of the time.
    init(_ product: Product, span: Int, tuning: Tuning) {
        tile = tuning.contract
        let (rows, columns) = (product.rowCount, product.columnCount)
        // A short product leaves no registers idle on rows that are not there.
        while tile.registerRows > 1, tile.registerRows / 2 >= rows { tile.registerRows /= 2 }
        if columns <= tuning.lanes { tile.registerColumns = 1 }
        let registerRows = tile.registerRows, registerColumns = tile.registerColumns
        let width = registerColumns * tuning.lanes
        let depth = min(span, product.depth)
        let pieces = max(1, divideUp(depth, by: tile.depth))
        // Slices are equal but for the last one, and full of whole squares to turn round.
        slice = max(tuning.lanes, divideUp(divideUp(depth, by: pieces), by: tuning.lanes) * tuning.lanes)
        let strips = divideUp(rows, by: registerRows), panels = divideUp(columns, by: width)
        let mostStrips = max(1, tile.rows / registerRows)
        let mostPanels = max(1, tile.columns / width * tile.depth / slice)
        let instructions = product.epilogue.instructions.count
        let turning =
            product.rhs.kept.holdsVectors(tuning.lanes) ? 1.5 : product.rhs.summed.holdsVectors(tuning.lanes) ? 4 : 20

        // In cycles of a processor that multiplies two vectors in each. Vectors of rhs are packed for each block, rows
        // of lhs too; an epilogue's vector and a block have a price of their own. A worker that is free takes its share
        // of the blocks that are left, as PoCL's do: the first of two takes half of them, so that cutting finer does
        // not even out what cutting unevenly spoils.
        func time(_ blockStrips: Int, _ blockPanels: Int) -> Double {
            let down = divideUp(strips, by: blockStrips), across = divideUp(panels, by: blockPanels)
            let count = min(product.batchCount, tuning.workers) * down * across
            var free = [Double](repeating: 0, count: tuning.workers)
            var group = 0
            while group < count {
                let next = free.indices.min { free[$0] < free[$1] } ?? 0
                for _ in 0..<divideUp(count - group, by: tuning.workers) {
                    let strip = group / across % down * blockStrips, panel = group % across * blockPanels
                    let r = Double(min(blockStrips, strips - strip) * registerRows)
                    let c = Double(min(blockPanels, panels - panel) * registerColumns)
                    free[next] +=
                        Double(depth) * (r * c / 2 + turning * c + 0.15 * r)
                        + Double(instructions) * r * c * 2 + tuning.blockCycles
                    group += 1
                }
            }
            return free.max() ?? 0
        }

        var best = (time: Double.infinity, strips: 1, panels: 1)
        let leastDown = divideUp(strips, by: mostStrips), leastAcross = divideUp(panels, by: mostPanels)
        for down in leastDown...(leastDown + tuning.contractGroups) where down <= strips {
            let blockStrips = divideUp(strips, by: down)
            for across in leastAcross...(leastAcross + tuning.contractGroups) where across <= panels {
                let blockPanels = divideUp(panels, by: across)
                guard pieces == 1 || blockStrips * registerRows * blockPanels * width <= tile.sums else { continue }
                let time = time(blockStrips, blockPanels)
                if time < best.time { best = (time, blockStrips, blockPanels) }
            }
        }
        self.rows = best.strips * registerRows
        self.columns = best.panels * width
        down = divideUp(rows, by: self.rows)
        across = divideUp(columns, by: self.columns)
    }
}
#endif
