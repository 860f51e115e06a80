/// A Householder reflection `I − scale · v vᵀ` of the space from coordinate `first` on (Householder 1958).
struct Reflection {
    let first: Int
    let vector: [Double]
    let scale: Double
    /// What the reflection makes of the leading coordinate; the others of its vector become 0.
    let leading: Double

    /// The reflection that turns `x`, whose first component is coordinate `first`, into a multiple of a unit vector.
    init(annihilating x: [Double], first: Int) {
        // In units of the largest, whose square neither overflows nor vanishes.
        let unit = x.reduce(0) { max($0, abs($1)) }
        var vector = unit > 0 ? x.map { $0 / unit } : x
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // The sign that adds magnitudes, so that nothing cancels.
        let image = vector[0] > 0 ? -norm : norm
        leading = image * unit
        vector[0] -= image
        let square = vector.reduce(0) { $0 + $1 * $1 }
        self.first = first
        self.vector = vector
        scale = square > 0 ? 2 / square : 0
    }
}

/// The product H = H₀ H₁ … of a few reflections as `I − Vᵀ T V`, with T upper triangular and the vectors as the rows of V:
/// Schreiber and Van Loan, "A storage-efficient WY representation for products of Householder transformations"
/// (1989).
struct ReflectionBlock {
    /// How many reflections make a block: enough for products of matrices, few enough to cost little beside them.
    static let size = 32

    /// The first coordinate that is moved: the columns of V are those from it on.
    let first: Int
    private let vectors: Matrix
    private let columns: Matrix
    private let triangle: Matrix

    init(_ reflections: ArraySlice<Reflection>, dimension: Int, by kernels: MatrixKernels) {
        let count = reflections.count
        first = reflections.first?.first ?? 0
        var vectors = Matrix(zeros: count, dimension - first)
        for (i, reflection) in reflections.enumerated() {
            for (j, element) in reflection.vector.enumerated() { vectors[i, reflection.first - first + j] = element }
        }
        columns = vectors.transposed()
        var overlaps = Matrix(zeros: count, count)
        overlaps.add(vectors, times: columns, by: kernels)
        var triangle = Matrix(zeros: count, count)
        for (j, reflection) in reflections.enumerated() {
            triangle[j, j] = reflection.scale
            for i in 0..<j {
                triangle[i, j] = -reflection.scale * (i..<j).reduce(0) { $0 + triangle[i, $1] * overlaps[$1, j] }
            }
        }
        self.vectors = vectors
        self.triangle = triangle
    }

    /// Multiplies some rows by H from the right, or by Hᵀ: turns the vectors that they are by Hᵀ, or by H.
    func turn(_ rows: Range<Int>, of matrix: inout Matrix, transposed: Bool, by kernels: MatrixKernels) {
        let count = vectors.rows
        guard !rows.isEmpty, count > 0, vectors.columns > 0 else { return }
        var parts = Matrix(zeros: rows.count, count)
        var turned = Matrix(zeros: rows.count, count)
        var factor = transposed ? triangle.transposed() : triangle
        for i in factor.elements.indices { factor.elements[i].negate() }
        matrix.withRows { all in
            let here = all.from(row: rows.lowerBound, column: first)
            parts.withRows { parts in
                columns.withReadRows { kernels.multiplyAdd(parts, here, $0, rows.count, count, vectors.columns) }
                turned.withRows { turned in
                    factor.withReadRows { kernels.multiplyAdd(turned, parts, $0, rows.count, count, count) }
                    vectors.withReadRows { kernels.multiplyAdd(here, turned, $0, rows.count, vectors.columns, count) }
                }
            }
        }
    }
}

extension [Reflection] {
    /// The product of all, in blocks; each starts after the one before.
    func blocks(dimension: Int, by kernels: MatrixKernels) -> [ReflectionBlock] {
        stride(from: 0, to: count, by: ReflectionBlock.size).map {
            ReflectionBlock(self[$0..<Swift.min($0 + ReflectionBlock.size, count)], dimension: dimension, by: kernels)
        }
    }
}
