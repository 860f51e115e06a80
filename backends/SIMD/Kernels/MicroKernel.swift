import CCPU
import StrataKernelInterface

// The piece of a product that stays in registers: 12 × 32 with AVX-512, 6 × 16 with AVX2, 4 × 8 else. It fills them
// with accumulators but for two vectors of `rhs` and a broadcast element of `lhs`, so that each element that is loaded
// takes part in as many multiplications as possible. At the edges smaller pieces of it are computed: padding would
// cost as much as elements do.

#if AVX512
var microRows: Int { 12 }
#elseif AVX2
var microRows: Int { 6 }
#else
var microRows: Int { 4 }
#endif
var microColumns: Int { 2 * V.scalarCount }

/// The most that is summed at once. A panel of `rhs` is 32 KiB then and stays in the first level of cache with the
/// rows of `lhs`.
var longestDepth: Int { 256 }

/// For so many depths one line is fetched into the cache. With AVX2 a depth is twenty operations, and the nine that it takes to
/// find a line and fetch it are felt; with AVX-512 a tile is twice as wide, takes twice as long and wants more.
var depthsPerFetch: Int {
    #if AVX512
    1
    #else
    4
    #endif
}

/// From one row of `lhs` to the next where rows are copied one by one: not a power of two, as all would compete for one
/// set of the cache.
var lineStride: Int { longestDepth + 16 }

/// `block += lhs · rhs`, or `=` if it is the first depth, for up to `microRows` rows and all columns of a strip, in whole
/// vectors.
///
/// `rhs` lies in packed panels, one after the other, the last of which may be one vector wide; `lhs` is packed, or if
/// `isAcross` lies in lines (see `packRows`). Rows of the block are `stride` floats apart.
///
/// On the way memory that will be needed soon is fetched into the cache.
func multiply(
    _ lhs: UnsafePointer<Float>, isAcross: Bool, _ panels: UnsafePointer<Float>, rows: Int, columns: Int, summed: Int,
    into block: UnsafeMutablePointer<Float>, stride: Int, isFirst: Bool, ahead: UnsafeMutablePointer<Fetches>
) {
    switch rows {
    case 1: rows1(lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
    case 2: rows2(lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
    case 3: rows3(lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
    case 4: rows4(lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
    #if AVX512 || AVX2
    case 5: rows5(lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
    case 6: rows6(lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
    #endif
    #if AVX512
    case 7: rows7(lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
    case 8: rows8(lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
    case 9: rows9(lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
    case 10: rows10(lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
    case 11: rows11(lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
    case 12: rows12(lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
    #endif
    default: break
    }
}

// A function for each number of rows, with the four pieces that have it. (All in one would be too much for the inliner.)

private func rows1(
    _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int, _ summed: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: UnsafeMutablePointer<Fetches>
) {
    strip(1, lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
}
private func rows2(
    _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int, _ summed: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: UnsafeMutablePointer<Fetches>
) {
    strip(2, lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
}
private func rows3(
    _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int, _ summed: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: UnsafeMutablePointer<Fetches>
) {
    strip(3, lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
}
private func rows4(
    _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int, _ summed: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: UnsafeMutablePointer<Fetches>
) {
    strip(4, lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
}
#if AVX512 || AVX2
private func rows5(
    _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int, _ summed: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: UnsafeMutablePointer<Fetches>
) {
    strip(5, lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
}
private func rows6(
    _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int, _ summed: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: UnsafeMutablePointer<Fetches>
) {
    strip(6, lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
}
#endif
#if AVX512
private func rows7(
    _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int, _ summed: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: UnsafeMutablePointer<Fetches>
) {
    strip(7, lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
}
private func rows8(
    _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int, _ summed: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: UnsafeMutablePointer<Fetches>
) {
    strip(8, lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
}
private func rows9(
    _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int, _ summed: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: UnsafeMutablePointer<Fetches>
) {
    strip(9, lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
}
private func rows10(
    _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int, _ summed: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: UnsafeMutablePointer<Fetches>
) {
    strip(10, lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
}
private func rows11(
    _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int, _ summed: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: UnsafeMutablePointer<Fetches>
) {
    strip(11, lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
}
private func rows12(
    _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int, _ summed: Int,
    _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: UnsafeMutablePointer<Fetches>
) {
    strip(12, lhs, isAcross, panels, columns, summed, block, stride, isFirst, ahead)
}
#endif

@_transparent private func strip(
    _ rows: Int, _ lhs: UnsafePointer<Float>, _ isAcross: Bool, _ panels: UnsafePointer<Float>, _ columns: Int,
    _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool,
    _ ahead: UnsafeMutablePointer<Fetches>
) {
    var panel = panels, block = block, left = columns
    while left > V.scalarCount {
        let fetch = ahead.pointee.next()
        if isAcross {
            piece(lhs, lineStride, 1, panel, rows, true, summed, block, stride, isFirst, fetch)
        } else {
            piece(lhs, 1, microRows, panel, rows, true, summed, block, stride, isFirst, fetch)
        }
        panel += microColumns &* summed
        block += microColumns
        left &-= microColumns
    }
    guard left > 0 else { return }
    let fetch = ahead.pointee.next()
    if isAcross {
        piece(lhs, lineStride, 1, panel, rows, false, summed, block, stride, isFirst, fetch)
    } else {
        piece(lhs, 1, microRows, panel, rows, false, summed, block, stride, isFirst, fetch)
    }
}

/// The accumulators are named one by one: an array of them would stay in memory, at a quarter of the speed. Those of
/// rows that there are not are never touched, which is known when this is compiled into its caller.
@_transparent private func piece(
    _ lhs: UnsafePointer<Float>, _ rowStep: Int, _ depthStep: Int, _ rhs: UnsafePointer<Float>, _ rows: Int,
    _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int, _ isFirst: Bool, _ ahead: Ahead
) {
    let zero = V()
    var a0 = zero, b0 = zero, a1 = zero, b1 = zero, a2 = zero, b2 = zero, a3 = zero, b3 = zero
    #if AVX512 || AVX2
    var a4 = zero, b4 = zero, a5 = zero, b5 = zero
    #endif
    #if AVX512
    var a6 = zero, b6 = zero, a7 = zero, b7 = zero, a8 = zero, b8 = zero
    var a9 = zero, b9 = zero, a10 = zero, b10 = zero, a11 = zero, b11 = zero
    #endif
    var x = lhs, y = UnsafeRawPointer(rhs).assumingMemoryBound(to: V.self)
    let (lastRow, mask) = (ahead.rows &- 1, 1 &<< ahead.shift &- 1)
    var fetch = 0, k = 0
    while k < summed {
        let fetched = ahead.address &+ Swift.min(fetch &>> ahead.shift, lastRow) &* ahead.stride &+ (fetch & mask) &* 64
        strata_prefetch(UnsafeRawPointer(bitPattern: fetched))
        fetch &+= 1
        let end = Swift.min(k &+ depthsPerFetch, summed)
        repeat {
            let left = y[0]
            let right = isWide ? y[1] : left
            if rows > 0 { add(x[0 &* rowStep], left, right, isWide, &a0, &b0) }
            if rows > 1 { add(x[1 &* rowStep], left, right, isWide, &a1, &b1) }
            if rows > 2 { add(x[2 &* rowStep], left, right, isWide, &a2, &b2) }
            if rows > 3 { add(x[3 &* rowStep], left, right, isWide, &a3, &b3) }
            #if AVX512 || AVX2
            if rows > 4 { add(x[4 &* rowStep], left, right, isWide, &a4, &b4) }
            if rows > 5 { add(x[5 &* rowStep], left, right, isWide, &a5, &b5) }
            #endif
            #if AVX512
            if rows > 6 { add(x[6 &* rowStep], left, right, isWide, &a6, &b6) }
            if rows > 7 { add(x[7 &* rowStep], left, right, isWide, &a7, &b7) }
            if rows > 8 { add(x[8 &* rowStep], left, right, isWide, &a8, &b8) }
            if rows > 9 { add(x[9 &* rowStep], left, right, isWide, &a9, &b9) }
            if rows > 10 { add(x[10 &* rowStep], left, right, isWide, &a10, &b10) }
            if rows > 11 { add(x[11 &* rowStep], left, right, isWide, &a11, &b11) }
            #endif
            x += depthStep
            y += isWide ? 2 : 1
            k &+= 1
        } while k < end
    }
    let row = UnsafeMutableRawPointer(block).assumingMemoryBound(to: V.self)
    let vectors = stride / V.scalarCount
    if rows > 0 { finish(row + 0 &* vectors, a0, b0, isWide, isFirst) }
    if rows > 1 { finish(row + 1 &* vectors, a1, b1, isWide, isFirst) }
    if rows > 2 { finish(row + 2 &* vectors, a2, b2, isWide, isFirst) }
    if rows > 3 { finish(row + 3 &* vectors, a3, b3, isWide, isFirst) }
    #if AVX512 || AVX2
    if rows > 4 { finish(row + 4 &* vectors, a4, b4, isWide, isFirst) }
    if rows > 5 { finish(row + 5 &* vectors, a5, b5, isWide, isFirst) }
    #endif
    #if AVX512
    if rows > 6 { finish(row + 6 &* vectors, a6, b6, isWide, isFirst) }
    if rows > 7 { finish(row + 7 &* vectors, a7, b7, isWide, isFirst) }
    if rows > 8 { finish(row + 8 &* vectors, a8, b8, isWide, isFirst) }
    if rows > 9 { finish(row + 9 &* vectors, a9, b9, isWide, isFirst) }
    if rows > 10 { finish(row + 10 &* vectors, a10, b10, isWide, isFirst) }
    if rows > 11 { finish(row + 11 &* vectors, a11, b11, isWide, isFirst) }
    #endif
}

@_transparent private func add(
    _ x: Float, _ left: V, _ right: V, _ isWide: Bool, _ a: inout V, _ b: inout V
) {
    let x = V(repeating: x)
    #if AVX512 || AVX2
    a = a.addingProduct(x, left)
    if isWide { b = b.addingProduct(x, right) }
    #else
    a += x * left
    if isWide { b += x * right }
    #endif
}

@_transparent private func finish(
    _ row: UnsafeMutablePointer<V>, _ a: V, _ b: V, _ isWide: Bool, _ isFirst: Bool
) {
    row[0] = isFirst ? a : a + row[0]
    if isWide { row[1] = isFirst ? b : b + row[1] }
}
