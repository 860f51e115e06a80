/// The loops that decompositions spend their time in, which a backend may bring of its own.
public struct MatrixKernels: Sendable {
    /// C += A B, for C [m, n], A [m, k] and B [k, n]. C overlaps neither factor.
    public typealias MultiplyAdd =
        @Sendable (
            _ c: MatrixRows, _ a: MatrixRows, _ b: MatrixRows, _ m: Int, _ n: Int, _ k: Int
        ) -> Void

    /// A −= v wᵀ + w vᵀ and then y += A x, for some rows of the lower triangle of a symmetric A, each of which stands for a
    /// column too.
    ///
    /// In one pass: a matrix that is too large for the cache comes by once for both.
    public typealias UpdateAndMultiply =
        @Sendable (
            _ a: MatrixRows, _ rows: Range<Int>, _ v: UnsafePointer<Double>, _ w: UnsafePointer<Double>,
            _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>
        ) -> Void

    public let multiplyAdd: MultiplyAdd
    public let updateAndMultiply: UpdateAndMultiply

    public init(multiplyAdd: @escaping MultiplyAdd, updateAndMultiply: @escaping UpdateAndMultiply) {
        self.multiplyAdd = multiplyAdd
        self.updateAndMultiply = updateAndMultiply
    }
}

/// Where a row-major matrix begins, and the elements from one row to the next.
public struct MatrixRows {
    public var start: UnsafeMutablePointer<Double>
    public var stride: Int

    public init(start: UnsafeMutablePointer<Double>, stride: Int) {
        self.start = start
        self.stride = stride
    }

    /// The part that begins there.
    package func from(row: Int = 0, column: Int = 0) -> MatrixRows {
        MatrixRows(start: start + row * stride + column, stride: stride)
    }
}

extension MatrixKernels {
    /// Loops without anything of a particular processor.
    package static let portable = MatrixKernels(
        multiplyAdd: { c, a, b, m, n, k in
            for i in 0..<m {
                let (row, factors) = (c.start + i &* c.stride, a.start + i &* a.stride)
                var p = 0
                // Four rows of B at a time, so that C is read and written less often.
                while p &+ 4 <= k {
                    let (f0, f1, f2, f3) = (factors[p], factors[p &+ 1], factors[p &+ 2], factors[p &+ 3])
                    let b0 = b.start + p &* b.stride
                    let (b1, b2, b3) = (b0 + b.stride, b0 + 2 &* b.stride, b0 + 3 &* b.stride)
                    for j in 0..<n { row[j] += (f0 * b0[j] + f1 * b1[j]) + (f2 * b2[j] + f3 * b3[j]) }
                    p &+= 4
                }
                while p < k {
                    let (factor, other) = (factors[p], b.start + p &* b.stride)
                    for j in 0..<n { row[j] += factor * other[j] }
                    p &+= 1
                }
            }
        },
        updateAndMultiply: { a, rows, v, w, x, y in
            for i in rows {
                let row = a.start + i &* a.stride
                let (vi, wi, xi) = (v[i], w[i], x[i])
                var sum = 0.0
                for j in 0..<i {
                    let element = row[j] - vi * w[j] - wi * v[j]
                    row[j] = element
                    sum += element * x[j]
                    y[j] += element * xi
                }
                row[i] -= 2 * vi * wi
                y[i] += sum + row[i] * xi
            }
        })
}
