#if OpenCL
import StrataBackend

extension Launch {
    /// One launch, or two where one would leave the device idle: the first sums slices of k into scratch memory.
    static func launches(for contract: MatrixProduct, tuning: Tuning) -> [Launch] {
        guard contract.batch > 0, contract.m > 0, contract.n > 0 else { return [] }
        let sides = Sides(contract, tuning: tuning)
        let parts = sides.parts(contract, tuning)
        guard parts > 1 else { return [launch(contract, sides, tuning)] }

        // Slice p of product b is product b · parts + p of a batch, if there is but one b to give a stride.
        var slices = contract
        slices.batch = parts
        slices.k /= parts
        slices.lhs.access.strides[0] = slices.k * contract.lhs.access.strides[2]
        slices.rhs.access.strides[0] = slices.k * contract.rhs.access.strides[1]
        let size = contract.m * contract.n
        let partial = Operand(slot: Pointer.scratch, dtype: .float32, strides: [size, contract.n, 1])
        slices.epilogue = Expression()
        slices.stores = [Store(value: slices.epilogue.append(.accumulator), target: partial)]

        var prologue = Expression()
        _ = prologue.load(Operand(slot: Pointer.scratch, dtype: .float32, strides: [0, contract.n, 1, size]))
        let sum = Reduce(
            kept: [1, contract.m, contract.n], reduced: [parts], combiner: .sum, prologue: prologue,
            epilogue: contract.epilogue, stores: contract.stores)
        var first = launch(slices, Sides(slices, tuning: tuning), tuning)
        first.scratchByteCount = parts * size * DType.float32.byteCount
        return [first, singleLaunch(for: sum, tuning: tuning)]
    }

    private static func launch(_ contract: MatrixProduct, _ sides: Sides, _ tuning: Tuning) -> Launch {
        let extents = [contract.batch, contract.m, contract.n]
        let isWide =
            needsWideIndices(extents, contract.epilogue, contract.stores)
            || needsWideIndices([contract.batch, contract.m, contract.k], [contract.lhs.access])
            || needsWideIndices([contract.batch, contract.k, contract.n], [contract.rhs.access])
        var emitter = Emitter(lanes: tuning.lanes, isWide: isWide)

        // Element (row, column) of the tile in the epilogue's terms.
        let place = Place(
            coordinates: ["batch"] + (sides.isSwapped ? ["this_column", "this_row"] : ["this_row", "this_column"]),
            lane: sides.isSwapped ? 1 : 2, width: tuning.lanes)
        let epilogue =
            emitter.evaluate(contract.epilogue, at: place, prefix: "v")
            + emitter.write(contract.stores, at: place, prefix: "v")

        let (tile, blocking) = (sides.tile, sides.blocking)
        func stride(_ stride: Int) -> String { (0...1).contains(stride) ? "\(stride)" : emitter.number(stride) }
        let lhs = sides.lhs.access
        let rhs = sides.rhs.access
        var defines = [
            ("M", emitter.number(sides.rows)), ("N", emitter.number(sides.columns)), ("K", emitter.number(contract.k)),
            ("DOWN", emitter.number(blocking.down)), ("ACROSS", emitter.number(blocking.across)),
            ("LHS", "(\(emitter.pointer(sides.lhs.slot, .float32)) + \(emitter.number(lhs.offset)))"),
            ("RHS", "(\(emitter.pointer(sides.rhs.slot, .float32)) + \(emitter.number(rhs.offset)))"),
            ("LHS_BATCH", emitter.number(lhs.strides[0])), ("RHS_BATCH", emitter.number(rhs.strides[0])),
            ("LHS_ROW", stride(lhs.strides[1])), ("LHS_DEPTH", stride(lhs.strides[2])),
            ("RHS_DEPTH", stride(rhs.strides[1])), ("RHS_COLUMN", stride(rhs.strides[2])),
            ("LHS_UNIT", lhs.strides[1] == 1 ? "1" : "0"), ("RHS_UNIT", rhs.strides[2] == 1 ? "1" : "0"),
            ("RHS_TURNED", rhs.strides[1] == 1 ? "1" : "0"),
            ("DEPTH", "\(tile.depth)"),
        ]
        let groupSize: Int
        if tuning.lanes > 1 {
            groupSize = 1
            let width = tile.registerColumns * tuning.lanes
            defines += [
                ("ROWS", "\(tile.registerRows)"), ("TAIL", "\(max(1, tile.registerRows / 3))"),
                ("VECTORS", "\(tile.registerColumns)"), ("PANELS", "\(tile.columns / width)"),
                ("SUMS", "\(tile.sums / tuning.lanes)"), ("LHS_LINES", lhs.strides[2] == 1 ? "1" : "0"),
                ("BLOCK", emitter.number(blocking.rows)), ("COLUMNS", emitter.number(blocking.columns)),
                ("SLICE", emitter.number(blocking.slice)),
                ("FETCH", emitter.fetch(contract.epilogue, at: place, next: sides.isSwapped ? 2 : 1)),
            ]
        } else {
            let side = tile.columns / tile.registerColumns
            groupSize = side * side
            defines += [("SIDE", "\(side)"), ("WORK", "\(tile.registerColumns)")]
        }
        return emitter.launch(
            tuning.lanes > 1 ? Template.contractLanes : Template.contractTiles, defines: defines,
            splices: ["epilogue": epilogue], groups: blocking.down * blocking.across * contract.batch,
            groupSize: groupSize)
    }
}

/// A product seen as rows times columns, lanes along the columns: itself, or its transpose.
private struct Sides {
    var isSwapped: Bool
    /// Strides for (batch, row, k) and (batch, k, column).
    var lhs: Operand, rhs: Operand
    var rows: Int, columns: Int
    var tile: Tuning.ContractTile
    var blocking: Blocking

    init(_ contract: MatrixProduct, tuning: Tuning) {
        // (A B)ᵀ = Bᵀ Aᵀ: worth it where n is too short to fill a vector but m is not.
        isSwapped = tuning.lanes > 1 && contract.n < tuning.lanes && contract.m > contract.n
        (lhs, rhs) = isSwapped ? (contract.rhs, contract.lhs) : (contract.lhs, contract.rhs)
        (rows, columns) = isSwapped ? (contract.n, contract.m) : (contract.m, contract.n)
        if isSwapped {
            lhs.access.strides.swapAt(1, 2)
            rhs.access.strides.swapAt(1, 2)
        }
        tile = tuning.contract
        if tuning.lanes > 1 {
            // A short product leaves no registers idle on rows that are not there.
            while tile.registerRows > 1, tile.registerRows / 2 >= rows { tile.registerRows /= 2 }
            blocking = Blocking(self.rows, columns, contract, rhs.access, tile, tuning)
        } else {
            blocking = Blocking(rows: tile.rows, columns: tile.columns, slice: tile.depth, of: rows, columns)
        }
    }

    /// Slices of k that are worth summing apart. They divide k, so that all are equal.
    func parts(_ contract: MatrixProduct, _ tuning: Tuning) -> Int {
        // By blocks of one size, not those that suit the device's workers: how k is cut shows in the last bits.
        let blocks = Blocking(rows: tuning.contract.rows, columns: tuning.contract.columns, slice: 1, of: rows, columns)
        let wanted = tuning.contractGroups / (blocks.down * blocks.across)
        guard contract.batch == 1, wanted > 1, contract.k >= 2 * tuning.sliceDepth else { return 1 }
        let most = min(wanted, contract.k / tuning.sliceDepth)
        return (1...most).last { contract.k.isMultiple(of: $0) } ?? 1
    }
}

/// The blocks of a result: what a work group computes of it, and the slices of k that it takes one after the other.
private struct Blocking {
    var rows: Int, columns: Int
    var slice: Int
    /// Blocks of the result.
    var down: Int, across: Int

    init(rows: Int, columns: Int, slice: Int, of allRows: Int, _ allColumns: Int) {
        self.rows = rows
        self.columns = columns
        self.slice = slice
        down = (allRows + rows - 1) / rows
        across = (allColumns + columns - 1) / columns
    }

    /// For a processor: the cut that ends first by a model of the time. It decides no bit of the result.
    init(
        _ rows: Int, _ columns: Int, _ contract: MatrixProduct, _ rhs: Access, _ tile: Tuning.ContractTile,
        _ tuning: Tuning
    ) {
        func divide(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }
        let width = tile.registerColumns * tuning.lanes
        let pieces = max(1, divide(contract.k, tile.depth))
        // Slices are equal but for the last one, and full of whole squares to turn round.
        let slice = max(tuning.lanes, divide(divide(contract.k, pieces), tuning.lanes) * tuning.lanes)
        let strips = divide(rows, tile.registerRows), vectors = divide(columns, tuning.lanes)
        let mostStrips = max(1, tile.rows / tile.registerRows)
        let mostVectors = max(1, tile.columns / width * tile.depth / slice) * tile.registerColumns
        let instructions = contract.epilogue.instructions.count
        let turning = rhs.strides[2] == 1 ? 1.5 : rhs.strides[1] == 1 ? 4 : 20

        // In cycles of a processor that multiplies two vectors in each. Vectors of rhs are packed for each block, rows
        // of lhs too; an epilogue's vector and a block have a price of their own. A worker that is free takes its share
        // of the blocks that are left, as PoCL's do: the first of two takes half of them, so that cutting finer does
        // not even out what cutting unevenly spoils.
        func time(_ blockStrips: Int, _ blockVectors: Int) -> Double {
            let down = divide(strips, blockStrips), across = divide(vectors, blockVectors)
            let count = min(contract.batch, tuning.workers) * down * across
            var free = [Double](repeating: 0, count: tuning.workers)
            var group = 0
            while group < count {
                let next = free.indices.min { free[$0] < free[$1] } ?? 0
                for _ in 0..<divide(count - group, tuning.workers) {
                    let strip = group / across % down * blockStrips, vector = group % across * blockVectors
                    let r = Double(min(blockStrips * tile.registerRows, rows - strip * tile.registerRows))
                    let c = Double(min(blockVectors, vectors - vector))
                    free[next] +=
                        Double(contract.k) * (r * c / 2 + turning * c + 0.15 * r)
                        + Double(instructions) * r * c * 2 + tuning.blockCycles
                    group += 1
                }
            }
            return free.max() ?? 0
        }

        var best = (time: Double.infinity, strips: 1, vectors: 1)
        let leastDown = divide(strips, mostStrips), leastAcross = divide(vectors, mostVectors)
        for down in leastDown...(leastDown + tuning.contractGroups) where down <= strips {
            let blockStrips = divide(strips, down)
            for across in leastAcross...(leastAcross + tuning.contractGroups) where across <= vectors {
                let blockVectors = divide(vectors, across)
                let sums = blockStrips * tile.registerRows * divide(blockVectors, tile.registerColumns) * width
                guard pieces == 1 || sums <= tile.sums else { continue }
                let time = time(blockStrips, blockVectors)
                if time < best.time { best = (time, blockStrips, blockVectors) }
            }
        }
        self.init(
            rows: best.strips * tile.registerRows, columns: best.vectors * tuning.lanes, slice: slice, of: rows,
            columns)
    }
}
#endif
