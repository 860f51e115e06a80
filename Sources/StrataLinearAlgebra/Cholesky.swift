extension Matrix {
    /// The lower L with A = L Lᵀ, its diagonal positive; all `NaN` where A is not positive definite. Only the lower
    /// triangle of A is read.
    func cholesky() -> Matrix {
        var l = Matrix(zeros: rows, rows)
        for i in 0..<rows {
            for j in 0...i {
                var rest = self[i, j]
                for k in 0..<j { rest -= l[i, k] * l[j, k] }
                guard i == j else {
                    l[i, j] = rest / l[j, j]
                    continue
                }
                guard rest > 0 else { return .undefined(rows, rows) }
                l[i, i] = rest.squareRoot()
            }
        }
        return l
    }
}
