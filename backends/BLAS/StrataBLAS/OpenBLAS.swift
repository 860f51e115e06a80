#if BLAS
import CBLAS
import StrataBackend
import StrataSIMD

/// The library's part of the work.
struct OpenBLAS: HostLibrary {
    let threadCount: Int

    func product(
        _ matrices: MatrixProduct, lhs: UnsafePointer<Float>, rhs: UnsafePointer<Float>,
        result: UnsafeMutablePointer<Float>
    ) -> HostWork? {
        let (m, n, k) = (matrices.m, matrices.n, matrices.k)
        let (left, right) = (matrices.lhs.access.strides, matrices.rhs.access.strides)
        guard [m, n, k].allSatisfy({ $0 <= Int32.max }), m * n <= Int32.max,
            let a = Layout(rows: m, columns: k, rowStride: left[1], columnStride: left[2]),
            let b = Layout(rows: k, columns: n, rowStride: right[1], columnStride: right[2])
        else { return nil }
        let product = Product(
            a: a, b: b, m: m, n: n, k: k, parts: Self.parts(m, n, k), lhs: lhs, rhs: rhs, result: result,
            lhsBatch: left[0], rhsBatch: right[0])
        return HostWork(taskCount: matrices.batch * product.parts) { task in LibraryThreads.single { product.run(task) }
        }
    }

    func supports(_ decompose: Decompose) -> Bool { true }

    func decomposition(
        _ decompose: Decompose, inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>
    ) throws -> HostWork {
        let work = try Decomposition.make(decompose, inputs: inputs, output: output)
        let threadCount = threadCount
        return HostWork { _ in LibraryThreads.several(threadCount, work) }
    }

    /// Parts of a product along its longer side: of 16 MFLOP at least, and 96 rows or columns, or the packing that each
    /// part does for itself tells.
    private static func parts(_ m: Int, _ n: Int, _ k: Int) -> Int {
        max(1, min(max(m, n) / 96, 2 * m * n * k / 16_000_000, 32))
    }
}

/// How BLAS sees a matrix: by rows as it is, or by columns, transposed.
private struct Layout {
    var transpose: CBLAS_TRANSPOSE
    var leadingDimension: Int

    /// `nil` where BLAS has no words for it: elements that lie side by side in neither direction, overlap, or run
    /// backwards.
    init?(rows: Int, columns: Int, rowStride: Int, columnStride: Int) {
        // The stride of a single row or column does not matter.
        if (columnStride == 1 || columns == 1) && (rowStride >= columns || rows == 1) {
            (transpose, leadingDimension) = (CblasNoTrans, max(rows == 1 ? columns : rowStride, 1))
        } else if (rowStride == 1 || rows == 1) && (columnStride >= rows || columns == 1) {
            (transpose, leadingDimension) = (CblasTrans, max(columns == 1 ? rows : columnStride, 1))
        } else {
            return nil
        }
        guard leadingDimension <= Int32.max else { return nil }
    }

    /// The element where row `i` begins, or column `i`.
    func row(_ i: Int) -> Int { transpose == CblasNoTrans ? i * leadingDimension : i }
    func column(_ i: Int) -> Int { transpose == CblasNoTrans ? i : i * leadingDimension }
}

private struct Product {
    let a: Layout, b: Layout
    let m: Int, n: Int, k: Int
    let parts: Int
    let lhs: UnsafePointer<Float>, rhs: UnsafePointer<Float>
    let result: UnsafeMutablePointer<Float>
    let lhsBatch: Int, rhsBatch: Int

    func run(_ task: Int) {
        let (batch, part) = task.quotientAndRemainder(dividingBy: parts)
        var x = lhs + batch * lhsBatch, y = rhs + batch * rhsBatch
        var z = result + batch * m * n
        var (rows, columns) = (m, n)
        if m > n {
            let first = m * part / parts
            rows = m * (part + 1) / parts - first
            x += a.row(first)
            z += first * n
        } else {
            let first = n * part / parts
            columns = n * (part + 1) / parts - first
            y += b.column(first)
            z += first
        }
        cblas_sgemm(
            CblasRowMajor, a.transpose, b.transpose, Int32(rows), Int32(columns), Int32(k), 1, x,
            Int32(a.leadingDimension), y, Int32(b.leadingDimension), 0, z, Int32(n))
    }
}
#endif
