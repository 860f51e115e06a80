import StrataLinearAlgebra

// Products of matrices in double precision, for decompositions. Four rows of A meet a panel of B as wide as two of these,
// in eight sums; as the panel is packed, its rows follow one another in the cache.

#if AVX512
/// Two registers: there are twice as many as the sums would fill.
private typealias W = SIMD16<Double>
#else
private typealias W = D
#endif

private var panelColumns: Int { 2 * W.scalarCount }

/// Rows of B in a panel: 32 KiB of them with AVX-512.
private var panelDepth: Int { 128 }

/// C += A B. The parts of an element are summed in order; where C is cut changes no bit of it.
@Sendable func multiplyMatrices(_ c: MatrixRows, _ a: MatrixRows, _ b: MatrixRows, _ m: Int, _ n: Int, _ k: Int) {
    withUnsafeTemporaryAllocation(byteCount: panelDepth * panelColumns * 8, alignment: 64) { panel in
        let panel = panel.baseAddress!.assumingMemoryBound(to: Double.self)
        for column in stride(from: 0, to: n, by: panelColumns) {
            let columns = min(panelColumns, n - column)
            for first in stride(from: 0, to: k, by: panelDepth) {
                let depth = min(panelDepth, k - first)
                for p in 0..<depth {
                    let source = b.start + (first + p) * b.stride + column, target = panel + p * panelColumns
                    target.update(from: source, count: columns)
                    if columns < panelColumns { (target + columns).update(repeating: 0, count: panelColumns - columns) }
                }
                for row in stride(from: 0, to: m, by: 4) {
                    addTile(
                        to: c.start + row * c.stride + column, c.stride, a.start + row * a.stride + first, a.stride,
                        panel,
                        depth, rows: min(4, m - row), columns: columns)
                }
            }
        }
    }
}

/// Four rows of C, or those of them that are there, and as many columns of the panel as are.
private func addTile(
    to c: UnsafeMutablePointer<Double>, _ cStride: Int, _ a: UnsafePointer<Double>, _ aStride: Int,
    _ panel: UnsafePointer<Double>, _ depth: Int, rows: Int, columns: Int
) {
    var c00 = W.zero, c01 = W.zero, c10 = W.zero, c11 = W.zero
    var c20 = W.zero, c21 = W.zero, c30 = W.zero, c31 = W.zero
    // A row that is not there is the last one again.
    let (a1, a2, a3) = (a + min(1, rows - 1) &* aStride, a + min(2, rows - 1) &* aStride, a + (rows - 1) &* aStride)
    var b = UnsafeRawPointer(panel)
    for p in 0..<depth {
        let b0 = b.loadUnaligned(as: W.self), b1 = (b + MemoryLayout<W>.size).loadUnaligned(as: W.self)
        b += 2 &* MemoryLayout<W>.size
        c00 = sum(c00, a[p], b0)
        c01 = sum(c01, a[p], b1)
        c10 = sum(c10, a1[p], b0)
        c11 = sum(c11, a1[p], b1)
        c20 = sum(c20, a2[p], b0)
        c21 = sum(c21, a2[p], b1)
        c30 = sum(c30, a3[p], b0)
        c31 = sum(c31, a3[p], b1)
    }
    add(c00, c01, to: c, columns)
    if rows > 1 { add(c10, c11, to: c + cStride, columns) }
    if rows > 2 { add(c20, c21, to: c + 2 &* cStride, columns) }
    if rows > 3 { add(c30, c31, to: c + 3 &* cStride, columns) }
}

@inline(__always) private func add(_ left: W, _ right: W, to c: UnsafeMutablePointer<Double>, _ columns: Int) {
    guard columns == panelColumns else {
        for j in 0..<min(columns, W.scalarCount) { c[j] += left[j] }
        for j in 0..<max(columns - W.scalarCount, 0) { c[W.scalarCount &+ j] += right[j] }
        return
    }
    let c = UnsafeMutableRawPointer(c), next = c + MemoryLayout<W>.size
    c.storeBytes(of: c.loadUnaligned(as: W.self) + left, as: W.self)
    next.storeBytes(of: next.loadUnaligned(as: W.self) + right, as: W.self)
}

@inline(__always) private func sum(_ c: W, _ a: Double, _ b: W) -> W {
    #if AVX512 || AVX2
    c.addingProduct(W(repeating: a), b)
    #else
    c + W(repeating: a) * b
    #endif
}
