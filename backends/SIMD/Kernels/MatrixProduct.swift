import StrataLinearAlgebra

// Products of matrices in double precision, for decompositions. Four rows of A meet a panel of B two vectors wide in eight
// accumulators; as the panel is packed, its rows follow one another in the cache.

/// Two registers with AVX-512, which has as many as eight such accumulators fill half of.
#if AVX512
private typealias D = SIMD16<Double>
#elseif AVX2
private typealias D = SIMD4<Double>
#else
private typealias D = SIMD2<Double>
#endif

private var panelColumns: Int { 2 * D.scalarCount }

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
                var row = 0
                while row < m {
                    let rows = min(4, m - row)
                    let left = a.start + row * a.stride + first, out = c.start + row * c.stride + column
                    if rows == 4, columns == panelColumns {
                        addTile(out, c.stride, left, a.stride, panel, depth)
                    } else {
                        addEdge(out, c.stride, left, a.stride, panel, depth, rows, columns)
                    }
                    row += rows
                }
            }
        }
    }
}

private func addTile(
    _ c: UnsafeMutablePointer<Double>, _ cStride: Int, _ a: UnsafePointer<Double>, _ aStride: Int,
    _ panel: UnsafePointer<Double>, _ depth: Int
) {
    var c00 = D.zero, c01 = D.zero, c10 = D.zero, c11 = D.zero
    var c20 = D.zero, c21 = D.zero, c30 = D.zero, c31 = D.zero
    let (a1, a2, a3) = (a + aStride, a + 2 &* aStride, a + 3 &* aStride)
    var b = UnsafeRawPointer(panel)
    for p in 0..<depth {
        let b0 = b.loadUnaligned(as: D.self), b1 = (b + MemoryLayout<D>.size).loadUnaligned(as: D.self)
        b += 2 &* MemoryLayout<D>.size
        c00 = sum(c00, a[p], b0)
        c01 = sum(c01, a[p], b1)
        c10 = sum(c10, a1[p], b0)
        c11 = sum(c11, a1[p], b1)
        c20 = sum(c20, a2[p], b0)
        c21 = sum(c21, a2[p], b1)
        c30 = sum(c30, a3[p], b0)
        c31 = sum(c31, a3[p], b1)
    }
    add(c00, c01, to: c)
    add(c10, c11, to: c + cStride)
    add(c20, c21, to: c + 2 &* cStride)
    add(c30, c31, to: c + 3 &* cStride)
}

/// The same for fewer rows or columns, which the panel has zeros beyond.
private func addEdge(
    _ c: UnsafeMutablePointer<Double>, _ cStride: Int, _ a: UnsafePointer<Double>, _ aStride: Int,
    _ panel: UnsafePointer<Double>, _ depth: Int, _ rows: Int, _ columns: Int
) {
    withUnsafeTemporaryAllocation(byteCount: 2 * MemoryLayout<D>.size, alignment: 64) { parts in
        let parts = parts.baseAddress!.assumingMemoryBound(to: Double.self)
        for i in 0..<rows {
            let factors = a + i &* aStride
            var c0 = D.zero, c1 = D.zero
            var b = UnsafeRawPointer(panel)
            for p in 0..<depth {
                c0 = sum(c0, factors[p], b.loadUnaligned(as: D.self))
                c1 = sum(c1, factors[p], (b + MemoryLayout<D>.size).loadUnaligned(as: D.self))
                b += 2 &* MemoryLayout<D>.size
            }
            UnsafeMutableRawPointer(parts).storeBytes(of: c0, as: D.self)
            (UnsafeMutableRawPointer(parts) + MemoryLayout<D>.size).storeBytes(of: c1, as: D.self)
            for j in 0..<columns { c[i &* cStride &+ j] += parts[j] }
        }
    }
}

@inline(__always) private func add(_ left: D, _ right: D, to c: UnsafeMutablePointer<Double>) {
    let c = UnsafeMutableRawPointer(c), next = c + MemoryLayout<D>.size
    c.storeBytes(of: c.loadUnaligned(as: D.self) + left, as: D.self)
    next.storeBytes(of: next.loadUnaligned(as: D.self) + right, as: D.self)
}

@inline(__always) private func sum(_ c: D, _ a: Double, _ b: D) -> D {
    #if AVX512 || AVX2
    c.addingProduct(D(repeating: a), b)
    #else
    c + D(repeating: a) * b
    #endif
}
