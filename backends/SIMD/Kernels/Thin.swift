import CCPU
import StrataKernelInterface

/// A product of few rows, straight from where `rhs` lies: there is too little to multiply for packing to pay, and what
/// counts is to read `rhs` once, as it comes.
///
/// `block` has whole vectors for each row; `x` has room for a row of `lhs`. Elements beyond a row's end may be read.
func multiplyThin(
    _ plan: borrowing ContractPlan, _ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, rows: Int, columns: Int,
    x: UnsafeMutablePointer<Float>, into block: UnsafeMutablePointer<Float>, stride: Int
) {
    for r in 0..<rows {
        for k in 0..<plan.summed { x[k] = lhs[r * plan.lhs.kept + k * plan.lhs.summed] }
        if plan.rhs.kept == 1 {
            combineRows(
                x, rhs, rowStride: plan.rhs.summed, summed: plan.summed, columns: columns, into: block + r * stride)
        } else {
            for c in Swift.stride(from: 0, to: columns, by: 4) {
                dots(
                    x, rhs + c * plan.rhs.kept, rowStride: plan.rhs.kept, rows: min(4, columns - c), count: plan.summed,
                    into: block + r * stride + c)
            }
        }
    }
}

/// The sum of rows of `rhs`, each times an element of `x`: strips of four vectors, and of one at the end.
private func combineRows(
    _ x: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, rowStride: Int, summed: Int, columns: Int,
    into out: UnsafeMutablePointer<Float>
) {
    let width = V.scalarCount
    var c = 0
    while c + 4 * width <= columns {
        var a0 = V(), a1 = V(), a2 = V(), a3 = V()
        var row = rhs + c
        for k in 0..<summed {
            let factor = V(repeating: x[k])
            a0 = mad(factor, at(row, 0), a0)
            a1 = mad(factor, at(row, width), a1)
            a2 = mad(factor, at(row, 2 * width), a2)
            a3 = mad(factor, at(row, 3 * width), a3)
            row += rowStride
        }
        put(a0, out + c)
        put(a1, out + c + width)
        put(a2, out + c + 2 * width)
        put(a3, out + c + 3 * width)
        c += 4 * width
    }
    while c < columns {
        var a = V()
        for k in 0..<summed { a = mad(V(repeating: x[k]), at(rhs + c + k * rowStride, 0), a) }
        put(a, out + c)
        c += width
    }
}

/// The products of `x` with up to four rows, each summed in one vector: four are what it takes to wait for none.
private func dots(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, rowStride: Int, rows: Int, count: Int,
    into out: UnsafeMutablePointer<Float>
) {
    // Of rows that there are not, the last takes the place.
    func row(_ number: Int) -> UnsafePointer<Float> { y + min(number, rows - 1) * rowStride }
    let (y0, y1, y2, y3) = (row(0), row(1), row(2), row(3))
    var a0 = V(), a1 = V(), a2 = V(), a3 = V()
    let width = V.scalarCount
    var k = 0
    while k + width <= count {
        let x = at(x, k)
        a0 = mad(x, at(y0, k), a0)
        a1 = mad(x, at(y1, k), a1)
        a2 = mad(x, at(y2, k), a2)
        a3 = mad(x, at(y3, k), a3)
        k += width
    }
    var (s0, s1, s2, s3) = (strata_sum(a0), strata_sum(a1), strata_sum(a2), strata_sum(a3))
    while k < count {
        let x = Double(x[k])
        s0 += x * Double(y0[k])
        s1 += x * Double(y1[k])
        s2 += x * Double(y2[k])
        s3 += x * Double(y3[k])
        k += 1
    }
    out[0] = Float(s0)
    if rows > 1 { out[1] = Float(s1) }
    if rows > 2 { out[2] = Float(s2) }
    if rows > 3 { out[3] = Float(s3) }
}

@inline(__always) private func at(_ p: UnsafePointer<Float>, _ offset: Int) -> V {
    UnsafeRawPointer(p).loadUnaligned(fromByteOffset: offset * 4, as: V.self)
}

@inline(__always) private func put(_ x: V, _ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: x, as: V.self)
}

@inline(__always) private func mad(_ a: V, _ b: V, _ c: V) -> V {
    #if AVX512 || AVX2
    c.addingProduct(a, b)
    #else
    a * b + c
    #endif
}
