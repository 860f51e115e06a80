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
            combineRows(x, rhs, rowStride: plan.rhs.summed, summed: plan.summed, columns: columns, into: block + r * stride)
        } else {
            for c in 0..<columns { block[r * stride + c] = dot(x, rhs + c * plan.rhs.kept, count: plan.summed) }
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

private func dot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int) -> Float {
    let width = V.scalarCount
    var a0 = V(), a1 = V(), a2 = V(), a3 = V()
    var k = 0
    while k + 4 * width <= count {
        a0 = mad(at(x + k, 0), at(y + k, 0), a0)
        a1 = mad(at(x + k, width), at(y + k, width), a1)
        a2 = mad(at(x + k, 2 * width), at(y + k, 2 * width), a2)
        a3 = mad(at(x + k, 3 * width), at(y + k, 3 * width), a3)
        k += 4 * width
    }
    while k + width <= count {
        a0 = mad(at(x + k, 0), at(y + k, 0), a0)
        k += width
    }
    let a = (a0 + a1) + (a2 + a3)
    var total: Float = 0
    for lane in 0..<width { total += a[lane] }
    while k < count {
        total += x[k] * y[k]
        k += 1
    }
    return total
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
