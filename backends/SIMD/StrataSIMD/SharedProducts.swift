import StrataKernelInterface
import StrataLinearAlgebra

extension MatrixKernels {
    /// Multiplications below which a product is not worth its sharing out: about 40 µs.
    private static let leastShared = 1 << 20
    /// Parts in which the triangle of a large matrix is gone through, each with a sum of its own. So many whatever the
    /// number of threads is, lest that change a bit.
    private static let triangleParts = 4
    /// A smaller triangle is gone through at once.
    private static let leastTriangle = 256

    /// The same, but the work is shared out over the threads of a pool, some rows each. For work that the pool runs as a
    /// single task: that is the caller's, and the other threads wait.
    func sharing(_ pool: ThreadPool) -> MatrixKernels {
        let alone = self
        return MatrixKernels(
            multiplyAdd: { c, a, b, m, n, k in
                guard m * n * k >= Self.leastShared, pool.threadCount > 1 else {
                    return alone.multiplyAdd(c, a, b, m, n, k)
                }
                // Whole tiles, a few for each thread so that none waits long for another.
                let rows = divideUp(divideUp(m, by: 2 * pool.threadCount), by: 8) * 8
                pool.run(count: divideUp(m, by: rows)) { part in
                    let first = part * rows
                    alone.multiplyAdd(c.from(row: first), a.from(row: first), b, min(rows, m - first), n, k)
                }
            },
            updateAndMultiply: { a, rows, v, w, x, y in
                guard rows.count >= Self.leastTriangle else { return alone.updateAndMultiply(a, rows, v, w, x, y) }
                let (count, size) = (Self.triangleParts, rows.upperBound)
                // Rows of a triangle grow longer: parts of the same area end at the roots of the parts of a square.
                let ends = (0...count).map { part in
                    rows.lowerBound + Int(Double(rows.count) * (Double(part) / Double(count)).squareRoot())
                }
                withUnsafeTemporaryAllocation(of: Double.self, capacity: count * size) { sums in
                    sums.initialize(repeating: 0)
                    let start = sums.baseAddress!
                    pool.run(count: count) { part in
                        alone.updateAndMultiply(a, ends[part]..<ends[part + 1], v, w, x, start + part * size)
                    }
                    for part in 0..<count { for i in 0..<size { y[i] += start[part &* size &+ i] } }
                }
            })
    }
}

extension ThreadPool {
    /// Runs a body for each part of some work. Parts touch disjoint memory.
    fileprivate func run(count: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: PartBody(body: body)) { parts in
                run(
                    { parts, part, _ in parts.assumingMemoryBound(to: PartBody.self).pointee.body(part) }, parts,
                    count: count,
                    scratch: UnsafeMutableRawPointer(mutating: parts), scratchStride: 0)
            }
        }
    }
}

private struct PartBody {
    var body: (Int) -> Void
}
