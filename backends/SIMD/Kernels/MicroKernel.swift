import StrataKernelInterface

// The piece of a product that stays in registers: 12 × 32 with AVX-512, 6 × 16 with AVX2, 4 × 8 else. It fills them
// with accumulators but for two vectors of `rhs` and a broadcast element of `lhs`, so that each element that is loaded
// takes part in as many multiplications as possible.

#if AVX512
var microRows: Int { 12 }
#elseif AVX2
var microRows: Int { 6 }
#else
var microRows: Int { 4 }
#endif
var microColumns: Int { 2 * V.scalarCount }

/// `block += lhs · rhs`, or `=` if it is the first depth. The factors are packed panels (see `pack`), rows of the
/// block are `stride` floats apart.
///
/// The accumulators are named one by one: an array of them would stay in memory, at a quarter of the speed.
func multiply(
    _ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, summed: Int,
    into block: UnsafeMutablePointer<Float>, stride: Int, isFirst: Bool
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
    var x = lhs, y = UnsafeRawPointer(rhs)
    for _ in 0..<summed {
        let left = y.loadUnaligned(as: V.self)
        let right = y.loadUnaligned(fromByteOffset: MemoryLayout<V>.size, as: V.self)
        add(x[0], left, right, &a0, &b0)
        add(x[1], left, right, &a1, &b1)
        add(x[2], left, right, &a2, &b2)
        add(x[3], left, right, &a3, &b3)
        #if AVX512 || AVX2
        add(x[4], left, right, &a4, &b4)
        add(x[5], left, right, &a5, &b5)
        #endif
        #if AVX512
        add(x[6], left, right, &a6, &b6)
        add(x[7], left, right, &a7, &b7)
        add(x[8], left, right, &a8, &b8)
        add(x[9], left, right, &a9, &b9)
        add(x[10], left, right, &a10, &b10)
        add(x[11], left, right, &a11, &b11)
        #endif
        x += microRows
        y += 2 * MemoryLayout<V>.size
    }
    let rowBytes = stride * 4
    let row = UnsafeMutableRawPointer(block)
    finish(row, a0, b0, isFirst)
    finish(row + rowBytes, a1, b1, isFirst)
    finish(row + 2 * rowBytes, a2, b2, isFirst)
    finish(row + 3 * rowBytes, a3, b3, isFirst)
    #if AVX512 || AVX2
    finish(row + 4 * rowBytes, a4, b4, isFirst)
    finish(row + 5 * rowBytes, a5, b5, isFirst)
    #endif
    #if AVX512
    finish(row + 6 * rowBytes, a6, b6, isFirst)
    finish(row + 7 * rowBytes, a7, b7, isFirst)
    finish(row + 8 * rowBytes, a8, b8, isFirst)
    finish(row + 9 * rowBytes, a9, b9, isFirst)
    finish(row + 10 * rowBytes, a10, b10, isFirst)
    finish(row + 11 * rowBytes, a11, b11, isFirst)
    #endif
}
@inline(__always) private func add(_ x: Float, _ left: V, _ right: V, _ a: inout V, _ b: inout V) {
    let x = V(repeating: x)
    #if AVX512 || AVX2
    a = a.addingProduct(x, left)
    b = b.addingProduct(x, right)
    #else
    a += x * left
    b += x * right
    #endif
}

@inline(__always) private func finish(_ row: UnsafeMutableRawPointer, _ a: V, _ b: V, _ isFirst: Bool) {
    var a = a, b = b
    if !isFirst {
        a += row.loadUnaligned(as: V.self)
        b += row.loadUnaligned(fromByteOffset: MemoryLayout<V>.size, as: V.self)
    }
    row.storeBytes(of: a, as: V.self)
    row.storeBytes(of: b, toByteOffset: MemoryLayout<V>.size, as: V.self)
}
