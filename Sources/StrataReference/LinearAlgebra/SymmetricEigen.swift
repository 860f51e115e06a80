#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension Matrix {
    /// The eigenvalues of a symmetric matrix, ascending, and as the rows of a matrix its orthonormal eigenvectors; the
    /// component of largest magnitude of each is positive. Only the lower triangle is read.
    ///
    /// Householder's reduction to tridiagonal form, then QR steps with Wilkinson's shift: Golub and Van Loan, "Matrix
    /// Computations", 4th edition, algorithms 8.3.1 and 8.3.2. About 5 n³ multiplications.
    func symmetricEigen() -> (values: [Double], vectors: Matrix) {
        let n = rows
        let undefined = ([Double](repeating: .nan, count: n), Matrix.undefined(n, n))
        guard isFinite else { return undefined }
        var (diagonal, offDiagonal, basis) = tridiagonalised()
        var last = n - 1
        // Two or three steps an eigenvalue are usual.
        var stepsLeft = 30 * n
        while last > 0 {
            for k in 0..<last
            where abs(offDiagonal[k]) <= Double.ulpOfOne * (abs(diagonal[k]) + abs(diagonal[k + 1])) {
                offDiagonal[k] = 0
            }
            if offDiagonal[last - 1] == 0 {
                last -= 1
                continue
            }
            guard stepsLeft > 0 else { return undefined }
            stepsLeft -= 1
            var first = last - 1
            while first > 0, offDiagonal[first - 1] != 0 { first -= 1 }
            Self.shiftedStep(first...last, &diagonal, &offDiagonal, &basis)
        }
        let order = diagonal.indices.sorted { diagonal[$0] < diagonal[$1] }
        var vectors = basis.rows(order)
        vectors.fixRowSigns()
        return (order.map { diagonal[$0] }, vectors)
    }

    /// A = Qᵀ T Q: the diagonal of T, the numbers next to it, and Q.
    private func tridiagonalised() -> (diagonal: [Double], offDiagonal: [Double], basis: Matrix) {
        let n = rows
        var a = self
        for i in 0..<n { for j in 0..<i { a[j, i] = a[i, j] } }
        var reflections: [Reflection] = []
        var offDiagonal = [Double](repeating: 0, count: max(n - 1, 0))
        for k in 0..<max(n - 2, 0) {
            let reflection = Reflection(annihilating: (k + 1..<n).map { a[k, $0] }, first: k + 1)
            offDiagonal[k] = reflection.leading
            a.reflectBothSides(reflection)
            reflections.append(reflection)
        }
        if n > 1 { offDiagonal[n - 2] = a[n - 1, n - 2] }
        let q = Matrix.product(of: reflections, rows: n, columns: n)
        return ((0..<n).map { a[$0, $0] }, offDiagonal, q.transposed())
    }

    /// H A H for a symmetric A, on the rows and columns that H moves: A − v wᵀ − w vᵀ.
    private mutating func reflectBothSides(_ reflection: Reflection) {
        guard reflection.scale > 0 else { return }
        let (v, start, width) = (reflection.vector, reflection.first, columns)
        let size = v.count
        elements.withUnsafeMutableBufferPointer { all in
            var w = [Double](repeating: 0, count: size)
            for i in 0..<size {
                let row = (start &+ i) &* width &+ start
                let factor = reflection.scale * v[i]
                for j in 0..<size { w[j] += factor * all[row &+ j] }
            }
            let half = reflection.scale / 2 * zip(v, w).reduce(0) { $0 + $1.0 * $1.1 }
            for j in 0..<size { w[j] -= half * v[j] }
            for i in 0..<size {
                let row = (start &+ i) &* width &+ start
                let (vi, wi) = (v[i], w[i])
                for j in 0..<size { all[row &+ j] -= vi * w[j] + wi * v[j] }
            }
        }
    }

    /// One QR step on an unreduced block: the shift makes a bulge at its top, rotations chase it out at the bottom.
    private static func shiftedStep(
        _ block: ClosedRange<Int>, _ diagonal: inout [Double], _ offDiagonal: inout [Double], _ basis: inout Matrix
    ) {
        let (first, last) = (block.lowerBound, block.upperBound)
        let (half, corner) = ((diagonal[last - 1] - diagonal[last]) / 2, offDiagonal[last - 1])
        let shift = diagonal[last] - corner * (corner / (half + (half < 0 ? -1 : 1) * hypot(half, corner)))
        var (x, bulge) = (diagonal[first] - shift, offDiagonal[first])
        for k in first..<last {
            let length = hypot(x, bulge)
            let (c, s) = length > 0 ? (x / length, bulge / length) : (1, 0)
            if k > first { offDiagonal[k - 1] = length }
            let (a, b, e) = (diagonal[k], diagonal[k + 1], offDiagonal[k])
            diagonal[k] = c * c * a + 2 * c * s * e + s * s * b
            diagonal[k + 1] = s * s * a - 2 * c * s * e + c * c * b
            offDiagonal[k] = c * s * (b - a) + (c * c - s * s) * e
            if k + 1 < last {
                x = offDiagonal[k]
                bulge = s * offDiagonal[k + 1]
                offDiagonal[k + 1] *= c
            }
            basis.rotateRows(k, k + 1, c, -s)
        }
    }
}
