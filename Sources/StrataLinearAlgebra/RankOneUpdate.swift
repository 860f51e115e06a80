/// The symmetric matrix D + ρ z zᵀ, with ρ ≥ 0, in a basis of which some vectors have only the first coordinates and the
/// others only those that follow: the eigenvectors of two matrices side by side.
///
/// After Gu and Eisenstat, "A divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem" (1995).
struct RankOneUpdate {
    /// Which coordinates a vector of the basis has.
    private enum Support: Int, CaseIterable { case first, both, second }

    private var diagonal: [Double]
    private var vector: [Double]
    private let weight: Double
    /// A vector a row.
    private var basis: Matrix
    private var support: [Support]
    /// The coordinates that the first vectors have.
    private let middle: Int

    /// - Parameters: the vectors of the basis are the rows of `first` and then those of `second`.
    init(diagonal: [Double], vector: [Double], weight: Double, first: Matrix, second: Matrix) {
        self.diagonal = diagonal
        self.vector = vector
        self.weight = weight
        middle = first.rows
        basis = Matrix(zeros: diagonal.count, diagonal.count)
        for i in 0..<middle { basis.replaceRow(i, with: first.row(i)) }
        for i in 0..<second.rows { basis.replaceRow(middle + i, fromColumn: middle, with: second.row(i)) }
        support = (0..<diagonal.count).map { [middle] in $0 < middle ? .first : .second }
    }

    /// The eigenvalues, ascending, and the eigenvectors as rows.
    func eigen(by kernels: MatrixKernels) -> (values: [Double], vectors: Matrix) {
        var rest = self
        let settled = rest.settle()
        let moved = rest.eigenOfMoved(by: kernels)
        let values = settled.map { rest.diagonal[$0] } + moved.values
        var vectors = Matrix(zeros: values.count, values.count)
        let order = values.indices.sorted { values[$0] < values[$1] }
        for (row, i) in order.enumerated() {
            vectors.replaceRow(
                row, with: i < settled.count ? rest.basis.row(settled[i]) : moved.vectors.row(i - settled.count))
        }
        return (order.map { values[$0] }, vectors)
    }

    /// The vectors that the update moves, by growing eigenvalue of D; after `settle` no two of these are equal.
    private var moved: [Int] = []

    /// Takes out what the update leaves alone to within rounding: where z is nothing, and of two equal eigenvalues one, when
    /// their vectors have been turned so that all of z is along the other.
    private mutating func settle() -> [Int] {
        let noise = 8 * Double.ulpOfOne * diagonal.reduce(weight) { max($0, abs($1)) }
        var settled: [Int] = []
        for i in diagonal.indices.sorted(by: { diagonal[$0] < diagonal[$1] }) {
            guard weight * abs(vector[i]) > noise else {
                settled.append(i)
                continue
            }
            if let before = moved.last {
                let length = (vector[before] * vector[before] + vector[i] * vector[i]).squareRoot()
                let (c, s) = (vector[i] / length, vector[before] / length)
                let (a, b) = (diagonal[before], diagonal[i])
                if abs((b - a) * c * s) <= noise {
                    basis.rotateRows(before, i, c, s)
                    (diagonal[before], diagonal[i]) = (c * c * a + s * s * b, s * s * a + c * c * b)
                    (vector[before], vector[i]) = (0, length)
                    if support[before] != support[i] { (support[before], support[i]) = (.both, .both) }
                    settled.append(moved.removeLast())
                }
            }
            moved.append(i)
        }
        return settled
    }

    /// Those of the moved vectors alone.
    private func eigenOfMoved(by kernels: MatrixKernels) -> (values: [Double], vectors: Matrix) {
        let n = diagonal.count
        let equation = SecularEquation(
            poles: moved.map { diagonal[$0] }, weights: moved.map { weight * vector[$0] * vector[$0] })
        let roots = moved.indices.map(equation.root)
        // By support, so that the zeros of the basis need not be multiplied.
        let groups = Support.allCases.map { kind in moved.indices.filter { support[moved[$0]] == kind } }
        let parts = equation.eigenvectors(roots, signs: moved.map { vector[$0] < 0 }, columns: groups.flatMap { $0 })
        let grouped = basis.rows(groups.flatMap { $0 }.map { moved[$0] })
        let firstRows = 0..<(groups[0].count + groups[1].count), secondRows = groups[0].count..<moved.count
        var vectors = Matrix(zeros: moved.count, n)
        vectors.withRows { vectors in
            parts.withReadRows { parts in
                grouped.withReadRows { basis in
                    for (rows, columns) in [(firstRows, 0..<middle), (secondRows, middle..<n)] {
                        kernels.multiplyAdd(
                            vectors.from(column: columns.lowerBound), parts.from(column: rows.lowerBound),
                            basis.from(row: rows.lowerBound, column: columns.lowerBound), moved.count, columns.count,
                            rows.count)
                    }
                }
            }
        }
        return (roots.map(\.value), vectors)
    }
}

extension Matrix {
    fileprivate mutating func replaceRow(_ i: Int, fromColumn column: Int = 0, with values: [Double]) {
        let start = i * columns + column
        elements.replaceSubrange(start..<(start + values.count), with: values)
    }
}
