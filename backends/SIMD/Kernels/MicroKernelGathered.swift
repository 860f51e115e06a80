import CCPU
import StrataKernelInterface

/// The most that is summed at once of a product whose left factor is read where it lies: a filter of 3 × 3 over 64 channels,
/// or with AVX-512 over 128. Panels stream from the second level of cache beside the little that neighbouring rows need of
/// `lhs`, and of deeper ones a sum would be read and written too seldom to matter.
var longestGatheredDepth: Int {
    #if AVX512
    1152
    #else
    576
    #endif
}

/// What longer sums are cut into. They are mostly those of filters' gradients, whose rows lie apart: a panel leaves room for
/// their lines in the first level of cache.
var gatheredPiece: Int {
    #if AVX512
    128
    #else
    192
    #endif
}

/// `block += lhs · rhs`, or `=` if it is the first depth, for up to `microRows` rows and one or two vectors of columns.
///
/// Row `r` of `lhs` begins `starts[r]` elements from `lhs` on, and its elements lie `depths[k]` from there. `rhs` is a packed
/// panel, as wide as the piece; rows of the block are `stride` floats apart.
func multiplyGathered(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, rows: Int, isWide: Bool, summed: Int, into block: UnsafeMutablePointer<Float>,
    stride: Int, isFirst: Bool
) {
    switch rows {
    case 1: rows1(lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
    case 2: rows2(lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
    case 3: rows3(lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
    case 4: rows4(lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
    #if AVX512 || AVX2
    case 5: rows5(lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
    case 6: rows6(lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
    #endif
    #if AVX512
    case 7: rows7(lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
    case 8: rows8(lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
    case 9: rows9(lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
    case 10: rows10(lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
    case 11: rows11(lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
    case 12: rows12(lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
    #endif
    default: break
    }
}

// A function for each number of rows, with the two pieces that have it.

private func rows1(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    pieces(1, lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
}
private func rows2(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    pieces(2, lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
}
private func rows3(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    pieces(3, lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
}
private func rows4(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    pieces(4, lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
}
#if AVX512 || AVX2
private func rows5(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    pieces(5, lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
}
private func rows6(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    pieces(6, lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
}
#endif
#if AVX512
private func rows7(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    pieces(7, lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
}
private func rows8(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    pieces(8, lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
}
private func rows9(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    pieces(9, lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
}
private func rows10(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    pieces(10, lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
}
private func rows11(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    pieces(11, lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
}
private func rows12(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    pieces(12, lhs, starts, depths, rhs, isWide, summed, block, stride, isFirst)
}
#endif

@_transparent private func pieces(
    _ rows: Int, _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>, _ stride: Int,
    _ isFirst: Bool
) {
    if isWide {
        piece(lhs, starts, depths, rhs, rows, true, summed, block, stride, isFirst)
    } else {
        piece(lhs, starts, depths, rhs, rows, false, summed, block, stride, isFirst)
    }
}

/// As in the micro-kernel of packed rows, the accumulators are named one by one; and so are the rows of `lhs`, of which
/// those that there are not are never read.
@_transparent private func piece(
    _ lhs: UnsafePointer<Float>, _ starts: UnsafePointer<Int32>, _ depths: UnsafePointer<Int32>,
    _ rhs: UnsafePointer<Float>, _ rows: Int, _ isWide: Bool, _ summed: Int, _ block: UnsafeMutablePointer<Float>,
    _ stride: Int, _ isFirst: Bool
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
    let x0 = rows > 0 ? lhs + Int(starts[0]) : lhs
    let x1 = rows > 1 ? lhs + Int(starts[1]) : lhs
    let x2 = rows > 2 ? lhs + Int(starts[2]) : lhs
    let x3 = rows > 3 ? lhs + Int(starts[3]) : lhs
    #if AVX512 || AVX2
    let x4 = rows > 4 ? lhs + Int(starts[4]) : lhs
    let x5 = rows > 5 ? lhs + Int(starts[5]) : lhs
    #endif
    #if AVX512
    let x6 = rows > 6 ? lhs + Int(starts[6]) : lhs
    let x7 = rows > 7 ? lhs + Int(starts[7]) : lhs
    let x8 = rows > 8 ? lhs + Int(starts[8]) : lhs
    let x9 = rows > 9 ? lhs + Int(starts[9]) : lhs
    let x10 = rows > 10 ? lhs + Int(starts[10]) : lhs
    let x11 = rows > 11 ? lhs + Int(starts[11]) : lhs
    #endif
    var y = UnsafeRawPointer(rhs).assumingMemoryBound(to: V.self)
    var k = 0
    while k < summed {
        let left = y[0]
        let right = isWide ? y[1] : left
        let depth = Int(depths[k])
        if rows > 0 { add(x0 + depth, left, right, isWide, &a0, &b0) }
        if rows > 1 { add(x1 + depth, left, right, isWide, &a1, &b1) }
        if rows > 2 { add(x2 + depth, left, right, isWide, &a2, &b2) }
        if rows > 3 { add(x3 + depth, left, right, isWide, &a3, &b3) }
        #if AVX512 || AVX2
        if rows > 4 { add(x4 + depth, left, right, isWide, &a4, &b4) }
        if rows > 5 { add(x5 + depth, left, right, isWide, &a5, &b5) }
        #endif
        #if AVX512
        if rows > 6 { add(x6 + depth, left, right, isWide, &a6, &b6) }
        if rows > 7 { add(x7 + depth, left, right, isWide, &a7, &b7) }
        if rows > 8 { add(x8 + depth, left, right, isWide, &a8, &b8) }
        if rows > 9 { add(x9 + depth, left, right, isWide, &a9, &b9) }
        if rows > 10 { add(x10 + depth, left, right, isWide, &a10, &b10) }
        if rows > 11 { add(x11 + depth, left, right, isWide, &a11, &b11) }
        #endif
        k &+= 1
        y += isWide ? 2 : 1
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
    _ x: UnsafePointer<Float>, _ left: V, _ right: V, _ isWide: Bool, _ a: inout V, _ b: inout V
) {
    #if AVX512 || AVX2
    if isWide {
        strata_add_products(x, left, right, &a, &b)
    } else {
        a = a.addingProduct(V(repeating: x[0]), left)
    }
    #else
    a += x[0] * left
    if isWide { b += x[0] * right }
    #endif
}

@_transparent private func finish(
    _ row: UnsafeMutablePointer<V>, _ a: V, _ b: V, _ isWide: Bool, _ isFirst: Bool
) {
    row[0] = isFirst ? a : a + row[0]
    if isWide { row[1] = isFirst ? b : b + row[1] }
}
