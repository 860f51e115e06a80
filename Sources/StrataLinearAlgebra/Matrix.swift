/// A dense row-major matrix in double precision: what the decompositions work on.
package struct Matrix {
    package let rows: Int, columns: Int
    package var elements: [Double]

    package init(rows: Int, columns: Int, elements: [Double]) {
        self.rows = rows
        self.columns = columns
        self.elements = elements
    }

    init(zeros rows: Int, _ columns: Int) {
        self.init(rows: rows, columns: columns, elements: [Double](repeating: 0, count: rows * columns))
    }

    /// Ones on the diagonal of a matrix that need not be square.
    package init(identity rows: Int, _ columns: Int) {
        self.init(zeros: rows, columns)
        for i in 0..<min(rows, columns) { self[i, i] = 1 }
    }

    subscript(i: Int, j: Int) -> Double {
        get { elements[i &* columns &+ j] }
        set { elements[i &* columns &+ j] = newValue }
    }

    var isFinite: Bool { elements.allSatisfy(\.isFinite) }

    /// A matrix of that size full of `NaN`: the answer where there is none.
    static func undefined(_ rows: Int, _ columns: Int) -> Matrix {
        Matrix(rows: rows, columns: columns, elements: [Double](repeating: .nan, count: rows * columns))
    }

    package func transposed() -> Matrix {
        var result = Matrix(zeros: columns, rows)
        for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
        return result
    }

    /// The rows in another order.
    func rows(_ order: [Int]) -> Matrix {
        Matrix(
            rows: order.count, columns: columns,
            elements: order.flatMap { elements[$0 * columns..<($0 + 1) * columns] })
    }

    /// The numbers of a row from a column on.
    func row(_ i: Int, from column: Int = 0) -> [Double] {
        Array(elements[(i * columns + column)..<((i + 1) * columns)])
    }

    mutating func withRow(_ i: Int, _ body: (UnsafeMutableBufferPointer<Double>) -> Void) {
        let width = columns
        elements.withUnsafeMutableBufferPointer { body(.init(rebasing: $0[(i * width)..<((i + 1) * width)])) }
    }

    package func times(_ other: Matrix, by kernels: MatrixKernels) -> Matrix {
        var product = Matrix(zeros: rows, other.columns)
        product.add(self, times: other, by: kernels)
        return product
    }

    /// Adds a product.
    mutating func add(_ a: Matrix, times b: Matrix, by kernels: MatrixKernels) {
        withRows { c in
            a.withReadRows { left in
                b.withReadRows { right in kernels.multiplyAdd(c, left, right, a.rows, b.columns, a.columns) }
            }
        }
    }

    mutating func withRows(_ body: (MatrixRows) -> Void) {
        let stride = columns
        elements.withUnsafeMutableBufferPointer {
            if let start = $0.baseAddress { body(MatrixRows(start: start, stride: stride)) }
        }
    }

    /// For who only reads.
    func withReadRows(_ body: (MatrixRows) -> Void) {
        elements.withUnsafeBufferPointer {
            if let start = $0.baseAddress {
                body(MatrixRows(start: UnsafeMutablePointer(mutating: start), stride: columns))
            }
        }
    }

    mutating func negateRow(_ i: Int) { for j in 0..<columns { self[i, j] = -self[i, j] } }
    package mutating func scaleRow(_ i: Int, by factor: Double) { for j in 0..<columns { self[i, j] *= factor } }

    /// Replaces rows p and q by `c·p − s·q` and `s·p + c·q`.
    mutating func rotateRows(_ p: Int, _ q: Int, _ c: Double, _ s: Double) {
        let width = columns
        elements.withUnsafeMutableBufferPointer { all in
            let (a, b) = (p &* width, q &* width)
            for j in 0..<width {
                let (x, y) = (all[a &+ j], all[b &+ j])
                all[a &+ j] = c * x - s * y
                all[b &+ j] = s * x + c * y
            }
        }
    }

    /// The inner product of two rows, in four running sums so that no addition waits for the one before.
    func dotRows(_ p: Int, _ q: Int) -> Double {
        let width = columns
        return elements.withUnsafeBufferPointer { all in
            let (a, b) = (p &* width, q &* width)
            var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
            let whole = width & ~3
            var j = 0
            while j < whole {
                s0 += all[a &+ j] * all[b &+ j]
                s1 += all[a &+ j &+ 1] * all[b &+ j &+ 1]
                s2 += all[a &+ j &+ 2] * all[b &+ j &+ 2]
                s3 += all[a &+ j &+ 3] * all[b &+ j &+ 3]
                j &+= 4
            }
            var sum = (s0 + s1) + (s2 + s3)
            for j in whole..<width { sum += all[a &+ j] * all[b &+ j] }
            return sum
        }
    }

    /// Negates rows so that the component of largest magnitude of each is positive, and tells which rows turned. Of
    /// several within a thousandth of it the first counts, lest rounding decide between equals.
    @discardableResult
    mutating func fixRowSigns() -> [Bool] {
        let width = columns
        return elements.withUnsafeMutableBufferPointer { all in
            (0..<rows).map { i in
                let row = all[(i * width)..<((i + 1) * width)]
                let largest = row.reduce(0) { max($0, abs($1)) }
                guard let leading = row.first(where: { abs($0) >= 0.999 * largest }), leading < 0 else { return false }
                for j in row.indices { all[j].negate() }
                return true
            }
        }
    }
}
