#if OpenCL
import StrataBackend

extension Launch {
    /// One launch, or two where one would leave the device idle: the first sums slices of k into scratch memory.
    static func launches(for contract: Contract, tuning: Tuning) -> [Launch] {
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

    private static func launch(_ contract: Contract, _ sides: Sides, _ tuning: Tuning) -> Launch {
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

        let (tile, down, across) = (sides.tile, sides.down, sides.across)

        func stride(_ stride: Int) -> String { (0...1).contains(stride) ? "\(stride)" : emitter.number(stride) }
        let lhs = sides.lhs.access
        let rhs = sides.rhs.access
        var defines = [
            ("M", emitter.number(sides.rows)), ("N", emitter.number(sides.columns)), ("K", emitter.number(contract.k)),
            ("DOWN", emitter.number(down)), ("ACROSS", emitter.number(across)),
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
            defines += [
                ("ROWS", "\(tile.registerRows)"), ("VECTORS", "\(tile.registerColumns)"), ("BLOCK", "\(tile.rows)"),
            ]
        } else {
            let side = tile.columns / tile.registerColumns
            groupSize = side * side
            defines += [("SIDE", "\(side)"), ("WORK", "\(tile.registerColumns)")]
        }
        return emitter.launch(
            tuning.lanes > 1 ? Template.contractLanes : Template.contractTiles, defines: defines,
            splices: ["epilogue": epilogue], groups: down * across * contract.batch, groupSize: groupSize)
    }
}

/// A product seen as rows times columns, lanes along the columns: itself, or its transpose.
private struct Sides {
    var isSwapped: Bool
    /// Strides for (batch, row, k) and (batch, k, column).
    var lhs: Operand, rhs: Operand
    var rows: Int, columns: Int
    var tile: Tuning.ContractTile

    init(_ contract: Contract, tuning: Tuning) {
        // (A B)ᵀ = Bᵀ Aᵀ: worth it where n is too short to fill a vector but m is not.
        isSwapped = tuning.lanes > 1 && contract.n < tuning.lanes && contract.m > contract.n
        (lhs, rhs) = isSwapped ? (contract.rhs, contract.lhs) : (contract.lhs, contract.rhs)
        (rows, columns) = isSwapped ? (contract.n, contract.m) : (contract.m, contract.n)
        if isSwapped {
            lhs.access.strides.swapAt(1, 2)
            rhs.access.strides.swapAt(1, 2)
        }
        tile = tuning.contract
        guard tuning.lanes > 1 else { return }
        // A short product leaves no registers idle on rows that are not there.
        while tile.registerRows > 1, tile.registerRows / 2 >= rows { tile.registerRows /= 2 }
    }

    /// Blocks of the result.
    var down: Int { (rows + tile.rows - 1) / tile.rows }
    var across: Int { (columns + tile.columns - 1) / tile.columns }

    /// Slices of k that are worth summing apart. They divide k, so that all are equal.
    func parts(_ contract: Contract, _ tuning: Tuning) -> Int {
        let wanted = tuning.contractGroups / (down * across)
        guard contract.batch == 1, wanted > 1, contract.k >= 2 * tuning.sliceDepth else { return 1 }
        let most = min(wanted, contract.k / tuning.sliceDepth)
        return (1...most).last { contract.k.isMultiple(of: $0) } ?? 1
    }
}
#endif
