extension Matrix {
    /// A = Q R with Q [m, r] of orthonormal columns and R [r, n] upper triangular, its diagonal not negative,
    /// r = min(m, n), by Householder reflections.
    func qr() -> (q: Matrix, r: Matrix) {
        let rank = min(rows, columns)
        var reduced = self
        var reflections: [Reflection] = []
        for k in 0..<rank {
            let reflection = Reflection(annihilating: (k..<rows).map { reduced[$0, k] }, first: k)
            reduced.reflect(reflection, fromColumn: k)
            reflections.append(reflection)
        }
        var q = Matrix.product(of: reflections, rows: rows, columns: rank)
        var r = Matrix(zeros: rank, columns)
        for i in 0..<rank { for j in i..<columns { r[i, j] = reduced[i, j] } }
        for i in 0..<rank where r[i, i] < 0 {
            r.negateRow(i)
            for k in 0..<rows { q[k, i] = -q[k, i] }
        }
        return (q, r)
    }
}
