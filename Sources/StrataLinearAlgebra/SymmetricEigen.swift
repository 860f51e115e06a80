extension Matrix {
    /// The eigenvalues of a symmetric matrix, ascending, and as the rows of a matrix its orthonormal eigenvectors; the
    /// component of largest magnitude of each is positive. Only the lower triangle is read.
    ///
    /// Reduced to tridiagonal form, divided and conquered, and turned back: at most 14/3 n³ multiplications, of which
    /// all but 2/3 n³ are products of matrices.
    package func symmetricEigen(by kernels: MatrixKernels) -> (values: [Double], vectors: Matrix) {
        let n = rows
        let undefined = ([Double](repeating: .nan, count: n), Matrix.undefined(n, n))
        guard isFinite else { return undefined }
        let (tridiagonal, reflections) = tridiagonalised(by: kernels)
        guard let (values, turned) = tridiagonal.eigen(by: kernels) else { return undefined }
        var vectors = turned
        for block in reflections.blocks(dimension: n, by: kernels).reversed() {
            block.turn(0..<n, of: &vectors, transposed: true, by: kernels)
        }
        vectors.fixRowSigns()
        return (values, vectors)
    }
}
