import Foundation
import KernelWorkbench
import StrataBackend
import StrataReference
import Testing

/// Matrices of [m, n] numbers on [−1, 1), and what decompositions make of them, as flat row-major arrays.
private struct Matrices {
    static func random(_ m: Int, _ n: Int, stream: UInt32 = 1) -> [Float] {
        let key = Threefry.streamKey(seed: 11, step: 0, stream: stream)
        return (0..<m * n).map { 2 * Threefry.uniform(Threefry.block(key: key, counter: (UInt32($0), 0)).0) - 1 }
    }

    static func product(_ a: [Float], _ b: [Float], _ m: Int, _ k: Int, _ n: Int) -> [Float] {
        var product = [Float](repeating: 0, count: m * n)
        for i in 0..<m { for p in 0..<k { for j in 0..<n { product[i * n + j] += a[i * k + p] * b[p * n + j] } } }
        return product
    }

    static func transpose(_ a: [Float], _ m: Int, _ n: Int) -> [Float] {
        (0..<n).flatMap { j in (0..<m).map { a[$0 * n + j] } }
    }

    static func decompose(_ method: Decompose.Method, _ inputs: [([Float], Shape)], outputs: Int) throws -> [Float] {
        let arrays = inputs.enumerated().map { ArrayOperand(slot: $0, dtype: .float32, offset: 0, shape: $1.1) }
        let output = ArrayOperand(slot: inputs.count, dtype: .float32, offset: 0, shape: [outputs])
        let kernel = Kernel.decompose(Decompose(method: method, inputs: arrays, output: output))
        return values(try run([kernel], inputs.map { bytes($0.0) } + [zeros(outputs)])[inputs.count])
    }
}

private func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
}

/// The component that decides a vector's sign.
private func leading(_ vector: ArraySlice<Float>) -> Float {
    let largest = vector.reduce(0) { max($0, abs($1)) }
    return vector.first { abs($0) >= 0.999 * largest } ?? 0
}

private func identity(_ n: Int) -> [Float] { (0..<n * n).map { $0 / n == $0 % n ? 1 : 0 } }

/// Results are rounded to `Float` once; sums of n such products are checked in `Float`.
private func bound(_ n: Int) -> Float { 4e-7 * Float(n).squareRoot() + 1e-6 }

@Suite struct SingularValueTests {
    private func check(_ a: [Float], _ m: Int, _ n: Int) throws -> [Float] {
        let r = min(m, n)
        let result = try Matrices.decompose(.singularValues, [(a, [m, n])], outputs: m * r + r + r * n)
        let u = Array(result[..<(m * r)])
        let s = Array(result[(m * r)..<(m * r + r)])
        let vt = Array(result[(m * r + r)...])
        let scaled = u.indices.map { u[$0] * s[$0 % r] }
        let size = max(1, s.first ?? 1)
        #expect(largestDifference(Matrices.product(scaled, vt, m, r, n), a) < bound(r) * size)
        #expect(largestDifference(Matrices.product(Matrices.transpose(u, m, r), u, r, m, r), identity(r)) < bound(m))
        #expect(largestDifference(Matrices.product(vt, Matrices.transpose(vt, r, n), r, n, r), identity(r)) < bound(n))
        #expect(s.allSatisfy { $0 >= 0 } && zip(s, s.dropFirst()).allSatisfy { $0 >= $1 })
        for i in 0..<r { #expect(leading(vt[i * n..<(i + 1) * n]) > 0) }
        return s
    }

    @Test(arguments: [(1, 1), (5, 3), (3, 5), (37, 37), (64, 20), (20, 64), (1, 7), (7, 1)])
    func reconstructs(m: Int, n: Int) throws {
        _ = try check(Matrices.random(m, n), m, n)
    }

    /// [3 0; 4 5] has the singular values √45 and √5.
    @Test func knownValues() throws {
        let s = try check([3, 0, 4, 5], 2, 2)
        #expect(largestDifference(s, [6.7082039, 2.2360680]) < 1e-6)
    }

    /// Of rank 2, of rank 1 and of rank 0, U and V still orthonormal.
    @Test func deficientRanksGetACompleteBasis() throws {
        let thin = Matrices.product(Matrices.random(12, 2), Matrices.random(2, 9, stream: 2), 12, 2, 9)
        #expect(try check(thin, 12, 9)[2...].allSatisfy { $0 < 1e-6 })
        #expect(try check([Float](repeating: 2, count: 30), 6, 5)[0] == 10.954452)
        #expect(try check([Float](repeating: 0, count: 20), 4, 5) == [0, 0, 0, 0])
    }

    /// Exact powers of two over forty binary orders: the small ones keep their digits.
    @Test func smallSingularValuesAreRelativelyExact() throws {
        let n = 8
        let diagonal = (0..<n).map { Float(sign: .plus, exponent: -5 * $0, significand: 1) }
        let a = (0..<n * n).map { $0 / n == $0 % n ? diagonal[$0 / n] : 0 }
        #expect(try check(a, n, n) == diagonal)
    }

    @Test func emptyAndNotFiniteMatricesDoNotTrap() throws {
        #expect(try Matrices.decompose(.singularValues, [([], [0, 4])], outputs: 0).isEmpty)
        #expect(
            try Matrices.decompose(.singularValues, [([1, .nan, 0, 1], [2, 2])], outputs: 10).allSatisfy { $0.isNaN })
        #expect(
            try Matrices.decompose(.singularValues, [([1, .infinity, 0, 1], [2, 2])], outputs: 10).allSatisfy {
                $0.isNaN
            })
    }
}

@Suite struct SymmetricEigenTests {
    private func symmetric(_ n: Int) -> [Float] {
        let a = Matrices.random(n, n)
        return (0..<n * n).map { a[$0] + a[$0 % n * n + $0 / n] }
    }

    private func check(_ a: [Float], _ n: Int) throws -> [Float] {
        let result = try Matrices.decompose(.symmetricEigen, [(a, [n, n])], outputs: n + n * n)
        let (w, v) = (Array(result[..<n]), Array(result[n...]))
        let vt = Matrices.transpose(v, n, n)
        let scaled = v.indices.map { v[$0] * w[$0 % n] }
        let size = max(1, w.reduce(0) { max($0, abs($1)) })
        #expect(largestDifference(Matrices.product(scaled, vt, n, n, n), a) < bound(n) * size)
        #expect(largestDifference(Matrices.product(vt, v, n, n, n), identity(n)) < bound(n))
        #expect(zip(w, w.dropFirst()).allSatisfy { $0 <= $1 })
        for i in 0..<n { #expect(leading(vt[i * n..<(i + 1) * n]) > 0) }
        return w
    }

    @Test(arguments: [1, 2, 3, 10, 37, 100])
    func reconstructs(n: Int) throws { _ = try check(symmetric(n), n) }

    /// The second difference matrix has the eigenvalues 2 − 2 cos(kπ / (n + 1)).
    @Test func knownValues() throws {
        let n = 5
        let a = (0..<n * n).map { i -> Float in [2, -1, 0][min(abs(i / n - i % n), 2)] }
        let expected: [Float] = [0.26794919, 1, 2, 3, 3.7320508]
        #expect(largestDifference(try check(a, n), expected) < 1e-6)
        #expect(try check(identity(4), 4) == [1, 1, 1, 1])
        #expect(try check([Float](repeating: 0, count: 9), 3) == [0, 0, 0])
    }

    /// Large enough to be divided several times.
    @Test func largeMatricesHaveTheirKnownValues() throws {
        let n = 200
        let a = (0..<n * n).map { i -> Float in [2, -1, 0][min(abs(i / n - i % n), 2)] }
        let expected = (1...n).map { Float(2 - 2 * cos(Double($0) * .pi / Double(n + 1))) }
        #expect(largestDifference(try check(a, n), expected) < 1e-6)
        #expect(try check(identity(n), n) == [Float](repeating: 1, count: n))
        // One eigenvalue is n, the others are 0, and so is all that a reflection leaves, but for rounding.
        let equal = try check([Float](repeating: 1, count: n * n), n)
        #expect(abs(equal[n - 1] - Float(n)) < 1e-4 && equal[..<(n - 1)].allSatisfy { abs($0) < 1e-4 })
    }

    /// Wilkinson's matrix, eight times, joined by almost nothing: pairs of eigenvalues that agree to fourteen digits, each
    /// eight times.
    @Test func nearlyEqualValuesHaveOrthogonalVectors() throws {
        let (size, n) = (21, 168)
        let a = (0..<n * n).map { index -> Float in
            let (i, j) = (index / n, index % n)
            if i == j { return Float(abs(size / 2 - i % size)) }
            return abs(i - j) == 1 ? max(i, j) % size == 0 ? 1e-10 : 1 : 0
        }
        let values = try check(a, n)
        #expect(abs(values[n - 1] - 10.746194) < 1e-5 && abs(values[0] + 1.1254415) < 1e-5)
    }

    /// The smallest numbers there are, and the largest.
    @Test(arguments: [1e-30, 1e30] as [Float]) func sizeDoesNotMatter(scale: Float) throws {
        let n = 40
        let result = try Matrices.decompose(
            .symmetricEigen, [(symmetric(n).map { $0 * scale }, [n, n])], outputs: n + n * n)
        let plain = try Matrices.decompose(.symmetricEigen, [(symmetric(n), [n, n])], outputs: n + n * n)
        #expect(largestDifference(result[..<n].map { $0 / scale }, Array(plain[..<n])) < 1e-5)
        #expect(largestDifference(Array(result[n...]), Array(plain[n...])) < 1e-5)
    }

    @Test func emptyAndNotFiniteMatricesDoNotTrap() throws {
        #expect(try Matrices.decompose(.symmetricEigen, [([], [0, 0])], outputs: 0).isEmpty)
        #expect(
            try Matrices.decompose(.symmetricEigen, [([1, .nan, .nan, 1], [2, 2])], outputs: 6).allSatisfy { $0.isNaN })
    }
}

@Suite struct TriangularTests {
    @Test(arguments: [(1, 1), (5, 3), (3, 5), (37, 20), (20, 37), (0, 3)])
    func qrReconstructs(m: Int, n: Int) throws {
        let (a, k) = (Matrices.random(m, n), min(m, n))
        let result = try Matrices.decompose(.qr, [(a, [m, n])], outputs: m * k + k * n)
        let (q, r) = (Array(result[..<(m * k)]), Array(result[(m * k)...]))
        #expect(largestDifference(Matrices.product(q, r, m, k, n), a) < bound(k))
        #expect(largestDifference(Matrices.product(Matrices.transpose(q, m, k), q, k, m, k), identity(k)) < bound(m))
        for i in 0..<k { #expect(r[i * n + i] >= 0 && r[i * n..<i * n + i].allSatisfy { $0 == 0 }) }
    }

    /// [4 2; 2 10] = L Lᵀ with L = [2 0; 1 3].
    @Test func choleskyIsTheKnownFactor() throws {
        #expect(try Matrices.decompose(.cholesky, [([4, 2, 2, 10], [2, 2])], outputs: 4) == [2, 0, 1, 3])
        #expect(try Matrices.decompose(.cholesky, [([], [0, 0])], outputs: 0).isEmpty)
        for indefinite: [Float] in [[1, 2, 2, 1], [0, 0, 0, 0], [1, .nan, .nan, 1]] {
            #expect(try Matrices.decompose(.cholesky, [(indefinite, [2, 2])], outputs: 4).allSatisfy { $0.isNaN })
        }
    }

    @Test func solveFindsTheKnownSolution() throws {
        let (a, x) = (Matrices.random(37, 37), Matrices.random(37, 5, stream: 2))
        let b = Matrices.product(a, x, 37, 37, 5)
        let solved = try Matrices.decompose(.solve, [(a, [37, 37]), (b, [37, 5])], outputs: 37 * 5)
        // The condition number of this matrix is about 100, and b carries the rounding of single precision.
        #expect(largestDifference(solved, x) < 1e-4)
        // A zero in the corner needs an exchange of rows.
        #expect(try Matrices.decompose(.solve, [([0, 2, 4, 0], [2, 2]), ([6, 8], [2, 1])], outputs: 2) == [2, 3])
        let singular: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        let undefined = try Matrices.decompose(.solve, [(singular, [3, 3]), ([1, 1, 1], [3, 1])], outputs: 3)
        #expect(undefined.allSatisfy { $0.isNaN })
    }
}
