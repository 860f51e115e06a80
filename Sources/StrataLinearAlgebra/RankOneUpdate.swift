/// The symmetric matrix D + ρ z zᵀ, with ρ ≥ 0, in the basis of the eigenvectors of two matrices side by side.
///
/// After Gu and Eisenstat, "A divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem" (1995).
struct RankOneUpdate {
    var diagonal: [Double]
    var vector: [Double]
    var weight: Double

    /// Which coordinates of the space an eigenvector has: those of the first matrix, of both, or of the second.
    private enum Support: Int { case first, both, second }

    /// The eigenvalues, ascending, and the eigenvectors as rows, where the rows of `first` and `second` are the basis.
    func eigen(in first: Matrix, _ second: Matrix, by kernels: MatrixKernels) -> (values: [Double], vectors: Matrix) {
        let n = diagonal.count
        var order = (0..<n).sorted { diagonal[$0] < diagonal[$1] }
        var (d, z) = (diagonal, vector)
        var basis = Matrix(zeros: n, n)
        basis.place(first, atRow: 0, column: 0)
        basis.place(second, atRow: first.rows, column: first.rows)
        var support = (0..<n).map { $0 < first.rows ? Support.first : .second }

        // What the update leaves alone to within rounding, and of two equal eigenvalues one, is taken out.
        let largest = d.reduce(weight) { max($0, abs($1)) }
        let noise = 8 * Double.ulpOfOne * largest
        var moved: [Int] = [], settled: [Int] = []
        for i in order {
            if weight * abs(z[i]) <= noise {
                settled.append(i)
                continue
            }
            guard let before = moved.last else {
                moved.append(i)
                continue
            }
            let length = (z[before] * z[before] + z[i] * z[i]).squareRoot()
            let (c, s) = (z[i] / length, z[before] / length)
            if abs((d[i] - d[before]) * c * s) <= noise {
                // Turned so that all of z is along the second.
                basis.rotateRows(before, i, c, s)
                (d[before], d[i]) = (c * c * d[before] + s * s * d[i], s * s * d[before] + c * c * d[i])
                (z[before], z[i]) = (0, length)
                if support[before] != support[i] { (support[before], support[i]) = (.both, .both) }
                settled.append(moved.removeLast())
            }
            moved.append(i)
        }

        var values = settled.map { d[$0] }
        let sum = SecularEquation(poles: moved.map { d[$0] }, weights: moved.map { weight * z[$0] * z[$0] })
        let roots = (0..<moved.count).map(sum.root)
        values += roots.map(\.value)
        // Sorted by support, so that the zeros of the basis are not multiplied.
        let grouped = moved.indices.sorted { (support[moved[$0]].rawValue, $0) < (support[moved[$1]].rawValue, $1) }
        let parts = sum.eigenvectors(roots, signs: moved.map { z[$0] < 0 }, columns: grouped)
        let basisRows = basis.rows(grouped.map { moved[$0] })
        let counts = grouped.reduce(into: [0, 0, 0]) { $0[support[moved[$1]].rawValue] += 1 }
        var vectors = Matrix(zeros: n, n)
        vectors.withRows { all in
            parts.withReadRows { parts in
                basisRows.withReadRows { basis in
                    for (skipped, count, columns) in [
                        (0, counts[0] + counts[1], 0..<first.rows), (counts[0], counts[1] + counts[2], first.rows..<n),
                    ] {
                        kernels.multiplyAdd(
                            MatrixRows(start: all.start + settled.count * n + columns.lowerBound, stride: n),
                            MatrixRows(start: parts.start + skipped, stride: parts.stride),
                            MatrixRows(start: basis.start + skipped * n + columns.lowerBound, stride: n),
                            moved.count, columns.count, count)
                    }
                }
            }
        }
        for (row, i) in settled.enumerated() { vectors.copyRow(i, of: basis, to: row) }
        order = values.indices.sorted { values[$0] < values[$1] }
        return (order.map { values[$0] }, vectors.rows(order))
    }
}

extension Matrix {
    fileprivate mutating func place(_ block: Matrix, atRow row: Int, column: Int) {
        for i in 0..<block.rows {
            elements.replaceSubrange(
                ((row + i) * columns + column)..<((row + i) * columns + column + block.columns), with: block.row(i))
        }
    }

    fileprivate mutating func copyRow(_ i: Int, of other: Matrix, to row: Int) {
        elements.replaceSubrange((row * columns)..<((row + 1) * columns), with: other.row(i))
    }
}
