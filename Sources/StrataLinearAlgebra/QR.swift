extension Matrix {
    /// A = Q R with Q [m, r] of orthonormal columns and R [r, n] upper triangular, its diagonal not negative,
    /// r = min(m, n), by blocks of Householder reflections (Golub and Van Loan, "Matrix Computations", 4th edition, 5.2.3).
    func qr(by kernels: MatrixKernels) -> (q: Matrix, r: Matrix) {
        let rank = min(rows, columns)
        // The columns of A, one after the other.
        var reduced = transposed()
        var blocks: [ReflectionBlock] = []
        for start in stride(from: 0, to: rank, by: ReflectionBlock.size) {
            let end = min(start + ReflectionBlock.size, rank)
            var reflections: [Reflection] = []
            for k in start..<end {
                let reflection = Reflection(annihilating: reduced.row(k, from: k), first: k)
                reduced.reflectRows(k..<end, reflection)
                reflections.append(reflection)
            }
            let block = ReflectionBlock(reflections[...], dimension: rows, by: kernels)
            block.turn(end..<columns, of: &reduced, transposed: false, by: kernels)
            blocks.append(block)
        }
        // The columns of Q.
        var q = Matrix(identity: rank, rows)
        for block in blocks.reversed() { block.turn(0..<rank, of: &q, transposed: true, by: kernels) }
        var r = Matrix(zeros: rank, columns)
        for i in 0..<rank { for j in i..<columns { r[i, j] = reduced[j, i] } }
        for i in 0..<rank where r[i, i] < 0 {
            r.negateRow(i)
            q.negateRow(i)
        }
        return (q.transposed(), r)
    }

    /// Reflects the vectors that some rows are.
    private mutating func reflectRows(_ range: Range<Int>, _ reflection: Reflection) {
        guard reflection.scale > 0 else { return }
        let (width, first) = (columns, reflection.first)
        elements.withUnsafeMutableBufferPointer { all in
            for i in range {
                let row = i &* width &+ first
                var overlap = 0.0
                for (j, v) in reflection.vector.enumerated() { overlap += v * all[row &+ j] }
                overlap *= reflection.scale
                for (j, v) in reflection.vector.enumerated() { all[row &+ j] -= overlap * v }
            }
        }
    }
}
