import CCPU
import StrataBackend
import StrataKernelInterface

/// Combines a run of the reduced tiles (a chunk) for a run of the kept ones.
///
/// A tile is combined in float32, in an order that depends on its shape alone; sums of tiles are added up in double
/// precision. So the error of a sum does not grow with its length, and no thread count changes a bit.
@Sendable func reduce(_ plan: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
    let plan = plan.assumingMemoryBound(to: ReducePlan.self)
    let tape = plan.pointee.tape
    let space = tape.pointee.space
    let interpreter = Interpreter(tape, scratch: scratch)
    let index = interpreter.index
    let kept = plan.pointee.keptOuterCount
    let combiner = plan.pointee.combiner
    let floats = (scratch + plan.pointee.accumulators).assumingMemoryBound(to: Float.self)
    let doubles = UnsafeMutableRawPointer(floats + Space.tileElements).assumingMemoryBound(to: Double.self)

    let reducedTasks =
        (plan.pointee.reducedTiles + plan.pointee.reducedTilesPerTask - 1)
        / max(plan.pointee.reducedTilesPerTask, 1)
    let (keptTask, chunk) = task.quotientAndRemainder(dividingBy: max(reducedTasks, 1))
    let firstReduced = chunk * plan.pointee.reducedTilesPerTask
    let lastReduced = min(firstReduced + plan.pointee.reducedTilesPerTask, plan.pointee.reducedTiles)
    let firstKept = keptTask * plan.pointee.keptTilesPerTask
    let lastKept = min(firstKept + plan.pointee.keptTilesPerTask, plan.pointee.keptTiles)

    let reducesColumns = plan.pointee.reducesColumns
    let keptTilesInside = reducesColumns ? space.rowTiles : space.columnTiles
    let reducedTilesInside = reducesColumns ? space.columnTiles : space.rowTiles
    var tile = Tile(index: index, outerCount: space.outerCount)

    for k in firstKept..<lastKept {
        let (keptOuter, keptInside) = k.quotientAndRemainder(dividingBy: keptTilesInside)
        space.decode(keptOuter, dimensions: 0, kept, into: index)
        if reducesColumns {
            tile.row = keptInside * space.tileRows
            tile.rows = min(space.tileRows, space.rows - tile.row)
        } else {
            tile.column = keptInside * space.tileColumns
            tile.columns = min(space.tileColumns, space.columns - tile.column)
        }
        let width = reducesColumns ? tile.rows : tile.columns
        doubles.update(repeating: Double(combiner.identity), count: width)
        if !reducesColumns { floats.update(repeating: combiner.identity, count: Space.tileElements) }
        var rowsInFloats = 0

        for r in firstReduced..<lastReduced {
            let (reducedOuter, reducedInside) = r.quotientAndRemainder(dividingBy: reducedTilesInside)
            if r == firstReduced || reducedInside == 0 {
                space.decode(reducedOuter, dimensions: kept, space.outerCount, into: index)
            }
            if reducesColumns {
                tile.column = reducedInside * space.tileColumns
                tile.columns = min(space.tileColumns, space.columns - tile.column)
            } else {
                tile.row = reducedInside * space.tileRows
                tile.rows = min(space.tileRows, space.rows - tile.row)
            }
            interpreter.evaluate(tile)
            if reducesColumns {
                combineColumns(combiner, interpreter.last, rows: tile.rows, columns: tile.columns, into: doubles)
            } else {
                var row = 0
                while row < tile.rows {
                    // Short runs in float32, then flushed to the doubles.
                    let rows = min(tile.rows - row, longestRun - rowsInFloats)
                    combineRows(
                        combiner, interpreter.last + row * tile.columns * 4, rows: rows, columns: tile.columns,
                        into: floats)
                    row += rows
                    rowsInFloats += rows
                    if rowsInFloats == longestRun {
                        flush(combiner, floats, into: doubles, count: width)
                        rowsInFloats = 0
                    }
                }
            }
        }
        if rowsInFloats > 0 { flush(combiner, floats, into: doubles, count: width) }

        // The result's strides along the reduced dimensions are 0.
        let form = plan.pointee.result
        let result = tile.start(form)
        let stride = reducesColumns ? form.pointee.row : form.pointee.column
        let target = UnsafeMutableRawPointer(bitPattern: result + chunk * plan.pointee.chunkStride).unsafelyUnwrapped
        for i in 0..<width { target.storeBytes(of: Float(doubles[i]), toByteOffset: i * stride, as: Float.self) }
    }
}

/// Rows that are added up in float32 before they are flushed to doubles: enough to make the flush cheap, few enough
/// that a sum keeps its digits.
private let longestRun = 64

// MARK: Combining

@inline(__always) private func at(_ p: UnsafeRawPointer, _ i: Int) -> V {
    p.loadUnaligned(fromByteOffset: i * 4, as: V.self)
}

@inline(__always) private func at(_ p: UnsafeRawPointer, _ i: Int, _ flip: I) -> V {
    unsafeBitCast(unsafeBitCast(at(p, i), to: I.self) ^ flip, to: V.self)
}

extension V {
    /// `replacing(with:where:)`, which is a loop over lanes that can keep the inliner from its work, by bits.
    @inline(__always) fileprivate func with(_ other: V, where mask: SIMDMask<I>) -> V {
        let own = unsafeBitCast(self, to: I.self), others = unsafeBitCast(other, to: I.self)
        return unsafeBitCast(own ^ ((own ^ others) & unsafeBitCast(mask, to: I.self)), to: V.self)
    }
    @inline(__always) fileprivate func with(_ other: Float, where mask: SIMDMask<I>) -> V {
        with(V(repeating: other), where: mask)
    }
}

@inline(__always) private func greater(_ a: V, _ b: V) -> V { b.with(a, where: (a .> b) .| (a .!= a)) }
@inline(__always) private func lesser(_ a: V, _ b: V) -> V { b.with(a, where: (a .< b) .| (a .!= a)) }
@inline(__always) private func greater(_ a: Double, _ b: Double) -> Double { a > b || a != a ? a : b }
@inline(__always) private func lesser(_ a: Double, _ b: Double) -> Double { a < b || a != a ? a : b }

/// `totals[r] = combine(totals[r], elements of row r)`.
private func combineColumns(
    _ combiner: Reduce.Combiner, _ values: UnsafeRawPointer, rows: Int, columns: Int,
    into totals: UnsafeMutablePointer<Double>
) {
    for r in 0..<rows {
        let row = values + r * columns * 4
        switch combiner {
        case .sum: totals[r] += sum(row, columns)
        case .maximum: totals[r] = greater(totals[r], Double(-least(row, columns, sign: .min)))
        case .minimum: totals[r] = lesser(totals[r], Double(least(row, columns, sign: 0)))
        }
    }
}

/// The sum of floats: four vectors side by side, then their lanes in double precision.
@inline(__always) private func sum(_ p: UnsafeRawPointer, _ count: Int) -> Double {
    let width = V.scalarCount
    var x0 = V(), x1 = V(), x2 = V(), x3 = V()
    var i = 0
    while i + 4 * width <= count {
        x0 += at(p, i)
        x1 += at(p, i + width)
        x2 += at(p, i + 2 * width)
        x3 += at(p, i + 3 * width)
        i += 4 * width
    }
    while i + width <= count {
        x0 += at(p, i)
        i += width
    }
    if i < count { x1 += at(p, i).with(0, where: lanes .>= Int32(truncatingIfNeeded: count - i)) }
    return strata_sum((x0 + x1) + (x2 + x3))
}

/// The least of floats whose sign is flipped if `sign` is that bit; `NaN` if one is.
@inline(__always) private func least(_ p: UnsafeRawPointer, _ count: Int, sign: Int32) -> Float {
    let width = V.scalarCount, flip = I(repeating: sign)
    var x = V(repeating: .infinity)
    var i = 0
    while i + width <= count {
        x = lesser(x, at(p, i, flip))
        i += width
    }
    if i < count {
        x = lesser(x, at(p, i, flip).with(.infinity, where: lanes .>= Int32(truncatingIfNeeded: count - i)))
    }
    return strata_least(x)
}

/// The number of each lane, to leave out those beyond the end of a row.
private var lanes: I {
    @inline(__always) get {
        var lanes = I()
        for lane in 0..<I.scalarCount { lanes[lane] = Int32(truncatingIfNeeded: lane) }
        return lanes
    }
}

/// `totals[c] = combine(totals[c], elements of column c)`; totals are computed in whole vectors.
private func combineRows(
    _ combiner: Reduce.Combiner, _ values: UnsafeRawPointer, rows: Int, columns: Int,
    into totals: UnsafeMutablePointer<Float>
) {
    let totals = UnsafeMutableRawPointer(totals)
    for c in stride(from: 0, to: columns, by: V.scalarCount) {
        var total = at(totals, c)
        switch combiner {
        case .sum: for r in 0..<rows { total += at(values, r * columns + c) }
        case .maximum: for r in 0..<rows { total = greater(total, at(values, r * columns + c)) }
        case .minimum: for r in 0..<rows { total = lesser(total, at(values, r * columns + c)) }
        }
        totals.storeBytes(of: total, toByteOffset: c * 4, as: V.self)
    }
}

private func flush(
    _ combiner: Reduce.Combiner, _ floats: UnsafeMutablePointer<Float>, into doubles: UnsafeMutablePointer<Double>,
    count: Int
) {
    switch combiner {
    case .sum: for i in 0..<count { doubles[i] += Double(floats[i]) }
    case .maximum: for i in 0..<count { doubles[i] = greater(doubles[i], Double(floats[i])) }
    case .minimum: for i in 0..<count { doubles[i] = lesser(doubles[i], Double(floats[i])) }
    }
    floats.update(repeating: combiner.identity, count: Space.tileElements)
}
