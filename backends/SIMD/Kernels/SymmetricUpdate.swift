import StrataLinearAlgebra

/// A −= v wᵀ + w vᵀ and y += A x for rows of the lower triangle of a symmetric A, two at a time, which share what they read of
/// the vectors.
@Sendable func updateAndMultiply(
    _ a: MatrixRows, _ rows: Range<Int>, _ v: UnsafePointer<Double>, _ w: UnsafePointer<Double>,
    _ x: UnsafePointer<Double>,
    _ y: UnsafeMutablePointer<Double>
) {
    var i = rows.lowerBound
    while i &+ 1 < rows.upperBound {
        let (row, next) = (a.start + i &* a.stride, a.start + (i &+ 1) &* a.stride)
        let (v0, w0, x0) = (v[i], w[i], x[i])
        let (v1, w1, x1) = (v[i &+ 1], w[i &+ 1], x[i &+ 1])
        var s0 = D.zero, s1 = D.zero
        var j = 0
        while j &+ D.scalarCount <= i {
            let vj = load(v, j), wj = load(w, j), xj = load(x, j)
            let a0 = minus(minus(load(row, j), v0, wj), w0, vj)
            let a1 = minus(minus(load(next, j), v1, wj), w1, vj)
            store(a0, row, j)
            store(a1, next, j)
            s0 = plus(s0, a0, xj)
            s1 = plus(s1, a1, xj)
            store(plus(plus(load(y, j), a0, D(repeating: x0)), a1, D(repeating: x1)), y, j)
            j &+= D.scalarCount
        }
        var (sum0, sum1) = (total(s0), total(s1))
        while j < i {
            let (e0, e1) = (row[j] - v0 * w[j] - w0 * v[j], next[j] - v1 * w[j] - w1 * v[j])
            row[j] = e0
            next[j] = e1
            sum0 += e0 * x[j]
            sum1 += e1 * x[j]
            y[j] += e0 * x0 + e1 * x1
            j &+= 1
        }
        // The piece on the diagonal.
        row[i] -= 2 * v0 * w0
        next[i] -= v1 * w0 + w1 * v0
        next[i &+ 1] -= 2 * v1 * w1
        y[i] += sum0 + row[i] * x0 + next[i] * x1
        y[i &+ 1] += sum1 + next[i] * x0 + next[i &+ 1] * x1
        i &+= 2
    }
    guard i < rows.upperBound else { return }
    let row = a.start + i &* a.stride
    var sum = 0.0
    for j in 0..<i {
        row[j] -= v[i] * w[j] + w[i] * v[j]
        sum += row[j] * x[j]
        y[j] += row[j] * x[i]
    }
    row[i] -= 2 * v[i] * w[i]
    y[i] += sum + row[i] * x[i]
}

@inline(__always) private func load(_ p: UnsafePointer<Double>, _ j: Int) -> D {
    UnsafeRawPointer(p + j).loadUnaligned(as: D.self)
}

@inline(__always) private func store(_ value: D, _ p: UnsafeMutablePointer<Double>, _ j: Int) {
    UnsafeMutableRawPointer(p + j).storeBytes(of: value, as: D.self)
}

@inline(__always) private func plus(_ c: D, _ a: D, _ b: D) -> D {
    #if AVX512 || AVX2
    c.addingProduct(a, b)
    #else
    c + a * b
    #endif
}

@inline(__always) private func minus(_ c: D, _ a: Double, _ b: D) -> D {
    #if AVX512 || AVX2
    c.addingProduct(D(repeating: -a), b)
    #else
    c - D(repeating: a) * b
    #endif
}

@inline(__always) private func total(_ v: D) -> Double {
    #if AVX512
    let half = v.lowHalf + v.highHalf
    let quarter = half.lowHalf + half.highHalf
    return quarter.x + quarter.y
    #elseif AVX2
    let half = v.lowHalf + v.highHalf
    return half.x + half.y
    #else
    return v.x + v.y
    #endif
}
