#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A symmetric tridiagonal matrix.
struct Tridiagonal {
    var diagonal: [Double]
    var offDiagonal: [Double]

    /// Up to this size eigenvectors are found by QR steps.
    private static let smallest = 32

    /// The eigenvalues, ascending, and the eigenvectors as rows; `nil` where QR steps do not converge, which is not known
    /// to happen.
    ///
    /// Divide and conquer (Cuppen 1981): T is two tridiagonal matrices side by side and ρ u uᵀ, with u two ones where they
    /// meet. In the basis of the eigenvectors of both it is D + ρ z zᵀ, and `RankOneUpdate` has those of that.
    func eigen(by kernels: MatrixKernels) -> (values: [Double], vectors: Matrix)? {
        let n = diagonal.count
        if n <= Self.smallest { return eigenByQRSteps() }
        let middle = n / 2
        let joint = offDiagonal[middle - 1]
        var upper = Tridiagonal(diagonal: Array(diagonal[..<middle]), offDiagonal: Array(offDiagonal[..<(middle - 1)]))
        var lower = Tridiagonal(diagonal: Array(diagonal[middle...]), offDiagonal: Array(offDiagonal[middle...]))
        upper.diagonal[middle - 1] -= abs(joint)
        lower.diagonal[0] -= abs(joint)
        guard let (d1, q1) = upper.eigen(by: kernels), let (d2, q2) = lower.eigen(by: kernels) else { return nil }
        let sign: Double = joint < 0 ? -1 : 1
        let z = (0..<middle).map { q1[$0, middle - 1] } + (0..<(n - middle)).map { sign * q2[$0, 0] }
        return RankOneUpdate(diagonal: d1 + d2, vector: z, weight: abs(joint), first: q1, second: q2).eigen(by: kernels)
    }

    /// QR steps with Wilkinson's shift: Golub and Van Loan, "Matrix Computations", 4th edition, algorithm 8.3.2.
    private func eigenByQRSteps() -> (values: [Double], vectors: Matrix)? {
        let n = diagonal.count
        var rest = self
        var vectors = Matrix(identity: n, n)
        var last = n - 1
        // Two or three steps an eigenvalue are usual.
        var stepsLeft = 30 * n
        while last > 0 {
            for k in 0..<last
            where abs(rest.offDiagonal[k]) <= Double.ulpOfOne * (abs(rest.diagonal[k]) + abs(rest.diagonal[k + 1])) {
                rest.offDiagonal[k] = 0
            }
            if rest.offDiagonal[last - 1] == 0 {
                last -= 1
                continue
            }
            guard stepsLeft > 0 else { return nil }
            stepsLeft -= 1
            var first = last - 1
            while first > 0, rest.offDiagonal[first - 1] != 0 { first -= 1 }
            rest.shiftedStep(first...last, turning: &vectors)
        }
        let order = (0..<n).sorted { rest.diagonal[$0] < rest.diagonal[$1] }
        return (order.map { rest.diagonal[$0] }, vectors.rows(order))
    }

    /// One QR step on an unreduced block: the shift makes a bulge at its top, rotations chase it out at the bottom.
    private mutating func shiftedStep(_ block: ClosedRange<Int>, turning basis: inout Matrix) {
        let (first, last) = (block.lowerBound, block.upperBound)
        let (half, corner) = ((diagonal[last - 1] - diagonal[last]) / 2, offDiagonal[last - 1])
        let shift = diagonal[last] - corner * (corner / (half + (half < 0 ? -1 : 1) * hypot(half, corner)))
        var (x, bulge) = (diagonal[first] - shift, offDiagonal[first])
        for k in first..<last {
            let length = hypot(x, bulge)
            let (c, s) = length > 0 ? (x / length, bulge / length) : (1, 0)
            if k > first { offDiagonal[k - 1] = length }
            let (a, b, e) = (diagonal[k], diagonal[k + 1], offDiagonal[k])
            diagonal[k] = c * c * a + 2 * c * s * e + s * s * b
            diagonal[k + 1] = s * s * a - 2 * c * s * e + c * c * b
            offDiagonal[k] = c * s * (b - a) + (c * c - s * s) * e
            if k + 1 < last {
                x = offDiagonal[k]
                bulge = s * offDiagonal[k + 1]
                offDiagonal[k + 1] *= c
            }
            basis.rotateRows(k, k + 1, c, -s)
        }
    }
}
