extension Matrix {
    /// X with A X = B, by elimination with partial pivoting; all `NaN` where A is singular, which is where a pivot
    /// is no larger than rounding makes of 0.
    func solve(_ b: Matrix) -> Matrix {
        let n = rows
        var (a, x) = (self, b)
        let undefined = Matrix.undefined(n, b.columns)
        guard isFinite else { return undefined }
        let noise = Double(n) * Double.ulpOfOne * elements.reduce(0) { max($0, abs($1)) }
        for k in 0..<n {
            var pivot = k
            for i in k..<n where abs(a[i, k]) > abs(a[pivot, k]) { pivot = i }
            guard abs(a[pivot, k]) > noise else { return undefined }
            a.swapRows(k, pivot)
            x.swapRows(k, pivot)
            for i in k + 1..<max(n, k + 1) {
                let factor = a[i, k] / a[k, k]
                a.subtractRow(k, times: factor, from: i, fromColumn: k)
                x.subtractRow(k, times: factor, from: i)
            }
        }
        for k in stride(from: n - 1, through: 0, by: -1) {
            x.scaleRow(k, by: 1 / a[k, k])
            for i in 0..<k { x.subtractRow(k, times: a[i, k], from: i) }
        }
        return x
    }

    private mutating func swapRows(_ p: Int, _ q: Int) {
        guard p != q else { return }
        for j in 0..<columns { elements.swapAt(p * columns + j, q * columns + j) }
    }

    private mutating func subtractRow(_ k: Int, times factor: Double, from i: Int, fromColumn column: Int = 0) {
        let width = columns
        elements.withUnsafeMutableBufferPointer { all in
            for j in column..<width { all[i &* width &+ j] -= factor * all[k &* width &+ j] }
        }
    }
}
