extension Matrix {
    /// A = H T Hᵀ for a symmetric A, of which the lower triangle is read: the diagonal of the tridiagonal T, the numbers
    /// next to it, and the reflections whose product is H.
    ///
    /// Golub and Van Loan, "Matrix Computations", 4th edition, algorithm 8.3.1. What a reflection does to the rest of A is
    /// done on the way of the product that the next one needs, so that the rest comes by once for each of them.
    func tridiagonalised(by kernels: MatrixKernels) -> (matrix: Tridiagonal, reflections: [Reflection]) {
        let n = rows
        var a = self
        var tridiagonal = Tridiagonal(
            diagonal: [Double](repeating: 0, count: n), offDiagonal: [Double](repeating: 0, count: max(n - 1, 0)))
        var reflections: [Reflection] = []
        // A −= v wᵀ + w vᵀ is still to be done; both begin at coordinate k.
        var v = [Double](repeating: 0, count: n), w = v
        for k in 0..<n {
            let below = (k..<n).map { a[$0, k] - v[$0 - k] * w[0] - w[$0 - k] * v[0] }
            tridiagonal.diagonal[k] = below[0]
            if k == n - 2 { tridiagonal.offDiagonal[k] = below[1] }
            guard k < n - 2 else {
                (v, w) = (Array(v.dropFirst()), Array(w.dropFirst()))
                continue
            }
            let reflection = Reflection(annihilating: Array(below.dropFirst()), first: k + 1)
            tridiagonal.offDiagonal[k] = reflection.leading
            reflections.append(reflection)
            let (size, x) = (n - k - 1, reflection.vector)
            var y = [Double](repeating: 0, count: size)
            a.withRows { all in
                let rest = all.from(row: k + 1, column: k + 1)
                v.withUnsafeBufferPointer { v in
                    w.withUnsafeBufferPointer { w in
                        kernels.updateAndMultiply(rest, 0..<size, v.baseAddress! + 1, w.baseAddress! + 1, x, &y)
                    }
                }
            }
            let half = reflection.scale * reflection.scale / 2 * zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
            v = x
            w = zip(x, y).map { reflection.scale * $1 - half * $0 }
        }
        return (tridiagonal, reflections)
    }
}
