extension Matrix {
    /// A = U Σ Vᵀ with U [m, r], the singular values descending, Vᵀ [r, n], r = min(m, n); the component of largest
    /// magnitude of each row of Vᵀ is positive.
    ///
    /// One-sided Jacobi (Hestenes 1958) on the triangle of a QR factorisation. It starts from the eigenvectors of
    /// AᵀA, which are right to about half the digits, so that two or three sweeps are left of ten.
    func singularValues(by kernels: MatrixKernels) -> (u: Matrix, values: [Double], vt: Matrix) {
        let rank = min(rows, columns)
        guard isFinite else {
            return (.undefined(rows, rank), [Double](repeating: .nan, count: rank), .undefined(rank, columns))
        }
        if rows < columns {
            let (v, values, ut) = transposed().singularValues(by: kernels)
            var vt = v.transposed()
            return (ut.turningRows(vt.fixRowSigns()).transposed(), values, vt)
        }
        let (q, r) = qr(by: kernels)
        var vt = r.transposed().times(r, by: kernels).symmetricEigen(by: kernels).vectors
        // The rows become σᵢ uᵢᵀ, where R = (Σ uᵢ σᵢ vᵢᵀ).
        var images = vt.times(r.transposed(), by: kernels)
        Self.orthogonaliseRows(of: &images, along: &vt, by: kernels)

        let norms = (0..<rank).map { images.dotRows($0, $0).squareRoot() }
        let order = norms.indices.sorted { norms[$0] > norms[$1] }
        let values = order.map { norms[$0] }
        vt = vt.rows(order)
        images = images.rows(order)
        images.normalizeRows(norms: values)
        let ut = images.turningRows(vt.fixRowSigns())
        return (q.times(ut.transposed(), by: kernels), values, vt)
    }

    /// Rotates pairs of rows until all are orthogonal, and the rows of `companion` alike.
    private static func orthogonaliseRows(
        of images: inout Matrix, along companion: inout Matrix, by kernels: MatrixKernels
    ) {
        let n = images.rows
        let largest = (0..<n).reduce(0) { max($0, images.dotRows($1, $1)) }
        let noise = largest * negligible(n) * negligible(n)
        // Six sweeps are the most ever needed; the bound is against a cycle at rounding level.
        for _ in 0..<30 {
            // One product tells which few pairs of a sweep are worth a look.
            let overlaps = images.times(images.transposed(), by: kernels)
            var turned = false
            for p in 0..<n where overlaps[p, p] > noise {
                for q in p + 1..<max(n, p + 1) {
                    guard overlaps[q, q] > noise, isOblique(overlaps[p, q], overlaps[p, p], overlaps[q, q]) else {
                        continue
                    }
                    let (a, b, overlap) = (images.dotRows(p, p), images.dotRows(q, q), images.dotRows(p, q))
                    guard a > noise, b > noise, isOblique(overlap, a, b) else { continue }
                    let cotangent = (b - a) / (2 * overlap)
                    let t = (cotangent < 0 ? -1 : 1) / (abs(cotangent) + (1 + cotangent * cotangent).squareRoot())
                    let c = 1 / (1 + t * t).squareRoot()
                    images.rotateRows(p, q, c, t * c)
                    companion.rotateRows(p, q, c, t * c)
                    turned = true
                }
            }
            if !turned { return }
        }
    }

    /// Whether two rows of these squared lengths are farther from orthogonal than a result in single precision can show.
    private static func isOblique(_ overlap: Double, _ a: Double, _ b: Double) -> Bool {
        abs(overlap) > 1e-12 * (a * b).squareRoot()
    }

    /// Makes orthogonal rows, longest first, orthonormal; those that are rounding noise are replaced by what
    /// completes the basis.
    private mutating func normalizeRows(norms: [Double]) {
        let noise = (norms.first ?? 0) * Self.negligible(rows)
        var candidate = 0
        for i in 0..<rows {
            if norms[i] > noise {
                scaleRow(i, by: 1 / norms[i])
                continue
            }
            // Some unit vector keeps 1/√n of its length outside any proper subspace; none passed over can do so later.
            while candidate < columns {
                for j in 0..<columns { self[i, j] = j == candidate ? 1 : 0 }
                candidate += 1
                for _ in 0..<2 {
                    for k in 0..<i {
                        let overlap = dotRows(i, k)
                        for j in 0..<columns { self[i, j] -= overlap * self[k, j] }
                    }
                }
                let length = dotRows(i, i).squareRoot()
                if length * Double(columns).squareRoot() > 0.5 {
                    scaleRow(i, by: 1 / length)
                    break
                }
            }
        }
    }

    /// Relative to the largest, the length below which a row of an n-row matrix is noise.
    private static func negligible(_ n: Int) -> Double { Double(n) * Double.ulpOfOne }

    private func turningRows(_ turns: [Bool]) -> Matrix {
        var result = self
        for (i, turn) in turns.enumerated() where turn { result.negateRow(i) }
        return result
    }
}
