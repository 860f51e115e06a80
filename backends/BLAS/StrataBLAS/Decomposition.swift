#if BLAS
import CLAPACKE
import StrataBackend

/// LAPACK's decompositions, on memory that is set aside when they are made, so that a run allocates nothing.
///
/// LAPACK takes a matrix column by column, so it sees the transpose of ours; the factors of the transpose, seen the same
/// way, are those that we want, in the other order.
enum Decomposition {
    static func make(
        _ decompose: Decompose, inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>
    ) throws -> () -> Void {
        let shapes = decompose.inputs.map(\.shape)
        guard let shape = shapes.first, shapes.allSatisfy({ $0.rank == 2 && $0.elementCount <= Int(Int32.max) / 8 })
        else {
            throw StrataError(.shape, "\(decompose.method) takes matrices of at most \(Int32.max / 8) elements")
        }
        let isSquare = shape[0] == shape[1]
        let takesSquare = decompose.method != .singularValues && decompose.method != .qr
        let inputCount = decompose.method == .solve ? 2 : 1
        guard inputs.count == inputCount, isSquare || !takesSquare, inputCount == 1 || shapes[1][0] == shape[1] else {
            throw StrataError(
                .shape, "\(decompose.method) does not take \(shapes.map(\.description).joined(separator: " and "))")
        }
        let memory = Workspace(
            inputs: zip(inputs, shapes).map { ($0, $1.elementCount) }, output: output,
            outputCount: decompose.output.shape.elementCount)
        let (m, n) = (shape[0], shape[1])
        guard memory.outputCount == outputCount(decompose.method, m, n, shapes.last![1]) else {
            throw StrataError(.shape, "\(decompose.method) of \(shape) does not give \(memory.outputCount) numbers")
        }
        guard m * n > 0, memory.outputCount > 0 else { return {} }
        switch decompose.method {
        case .singularValues: return singularValues(memory, m, n)
        case .symmetricEigen: return symmetricEigen(memory, n)
        case .qr: return qr(memory, m, n)
        case .cholesky: return cholesky(memory, n)
        case .solve: return solve(memory, n, shapes[1][1])
        }
    }

    private static func outputCount(_ method: Decompose.Method, _ m: Int, _ n: Int, _ k: Int) -> Int {
        let r = min(m, n)
        return switch method {
        case .singularValues: m * r + r + r * n
        case .symmetricEigen: n + n * n
        case .qr: m * r + r * n
        case .cholesky: n * n
        case .solve: n * k
        }
    }

    /// Divide and conquer (Gu and Eisenstat 1995) of the taller of A and Aᵀ, for which LAPACK takes two thirds of the
    /// time. Aᵀ lies there as LAPACK reads it, Aᵀ = U′ S V′ᵀ, so U = V′ and Vᵀ = U′ᵀ; A and its factors are turned round.
    private static func singularValues(_ memory: Workspace, _ m: Int, _ n: Int) -> () -> Void {
        let r = min(m, n), isTurned = m > n
        let (long, short, rank) = (Int32(max(m, n)), Int32(r), Int32(r))
        let integers = memory.integers(8 * r)
        let u = memory.output, s = u + m * r, vt = s + r
        let a = isTurned ? memory.floats(m * n) : memory.copies[0]
        // LAPACK's left factor [long, r] and right factor [r, r], column by column.
        let left = isTurned ? memory.floats(m * r) : vt, right = isTurned ? memory.floats(r * n) : u
        let job = CChar(UInt8(ascii: "S"))
        func decompose(_ work: UnsafeMutablePointer<Float>, _ size: Int32) -> Int32 {
            LAPACKE_sgesdd_work(
                LAPACK_COL_MAJOR, job, long, short, a, long, s, left, long, right, rank, work, size, integers)
        }
        let size = memory.bestSize(decompose)
        let work = memory.floats(size)
        return {
            guard memory.copyInputs() else { return memory.fail() }
            if isTurned { transpose(memory.copies[0], rows: m, columns: n, into: a) }
            guard decompose(work, Int32(size)) == 0 else { return memory.fail() }
            if isTurned {
                transpose(left, rows: r, columns: m, into: u)
                transpose(right, rows: n, columns: r, into: vt)
            }
            for j in 0..<r where isLargestNegative(vt + j * n, n) {
                for i in 0..<n { vt[j * n + i].negate() }
                for i in 0..<m { u[i * r + j].negate() }
            }
        }
    }

    /// In squares that stay in cache.
    private static func transpose(
        _ source: UnsafePointer<Float>, rows: Int, columns: Int, into target: UnsafeMutablePointer<Float>
    ) {
        for row in stride(from: 0, to: rows, by: 32) {
            for column in stride(from: 0, to: columns, by: 32) {
                for i in row..<min(row + 32, rows) {
                    for j in column..<min(column + 32, columns) { target[j * rows + i] = source[i * columns + j] }
                }
            }
        }
    }

    /// Whether the sign that LAPACK left to a vector is to be turned: its largest component is to be positive, or of
    /// several within a thousandth of that the first.
    private static func isLargestNegative(_ x: UnsafeMutablePointer<Float>, _ count: Int) -> Bool {
        var largest: Float = 0
        for i in 0..<count { largest = max(largest, abs(x[i])) }
        for i in 0..<count where abs(x[i]) >= 0.999 * largest { return x[i] < 0 }
        return false
    }

    private static func symmetricEigen(_ memory: Workspace, _ n: Int) -> () -> Void {
        let order = Int32(n), integers = memory.integers(3 + 5 * n)
        let integerCount = Int32(3 + 5 * n)
        let (a, values) = (memory.copies[0], memory.output)
        let vectors = values + n
        let (job, triangle) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")))
        let size = memory.bestSize {
            LAPACKE_ssyevd_work(
                LAPACK_COL_MAJOR, job, triangle, order, a, order, values, $0, $1, integers, $1 < 0 ? -1 : integerCount)
        }
        let work = memory.floats(size)
        return {
            guard memory.copyInputs(),
                LAPACKE_ssyevd_work(
                    LAPACK_COL_MAJOR, job, triangle, order, a, order, values, work, Int32(size), integers,
                    integerCount) == 0
            else { return memory.fail() }
            for j in 0..<n where isLargestNegative(a + j * n, n) {
                for i in 0..<n { a[j * n + i].negate() }
            }
            transpose(a, rows: n, columns: n, into: vectors)
        }
    }

    /// Aᵀ = L Q′, so R = Lᵀ and Q = Q′ᵀ; signs are turned where R's diagonal would be negative.
    private static func qr(_ memory: Workspace, _ m: Int, _ n: Int) -> () -> Void {
        let r = min(m, n), (rows, columns, rank) = (Int32(n), Int32(m), Int32(r))
        let (a, q) = (memory.copies[0], memory.output)
        let upper = q + m * r
        let tau = memory.floats(r)
        let size = max(
            memory.bestSize { LAPACKE_sgelqf_work(LAPACK_COL_MAJOR, rows, columns, a, rows, tau, $0, $1) },
            memory.bestSize { LAPACKE_sorglq_work(LAPACK_COL_MAJOR, rank, columns, rank, a, rows, tau, $0, $1) })
        let work = memory.floats(size)
        return {
            guard memory.copyInputs(),
                LAPACKE_sgelqf_work(LAPACK_COL_MAJOR, rows, columns, a, rows, tau, work, Int32(size)) == 0
            else { return memory.fail() }
            for j in 0..<r {
                let sign: Float = a[j * n + j] < 0 ? -1 : 1
                for i in 0..<n { upper[j * n + i] = i < j ? 0 : sign * a[j * n + i] }
                // Q is turned when it is there.
                for i in 0..<m { q[i * r + j] = sign }
            }
            guard LAPACKE_sorglq_work(LAPACK_COL_MAJOR, rank, columns, rank, a, rows, tau, work, Int32(size)) == 0
            else { return memory.fail() }
            for i in 0..<m { for j in 0..<r { q[i * r + j] *= a[i * n + j] } }
        }
    }

    /// The upper factor of the transpose is L, seen row by row.
    private static func cholesky(_ memory: Workspace, _ n: Int) -> () -> Void {
        let order = Int32(n), (a, lower) = (memory.copies[0], memory.output)
        return {
            guard memory.copyInputs(),
                LAPACKE_spotrf_work(LAPACK_COL_MAJOR, CChar(UInt8(ascii: "U")), order, a, order) == 0
            else { return memory.fail() }
            for i in 0..<n { for j in 0..<n { lower[i * n + j] = j <= i ? a[i * n + j] : 0 } }
        }
    }

    private static func solve(_ memory: Workspace, _ n: Int, _ k: Int) -> () -> Void {
        let (order, count) = (Int32(n), Int32(k))
        let (a, b, x) = (memory.copies[0], memory.copies[1], memory.output)
        let columns = memory.floats(n * k), pivots = memory.integers(n)
        return {
            guard memory.copyInputs(), LAPACKE_sgetrf_work(LAPACK_COL_MAJOR, order, order, a, order, pivots) == 0
            else { return memory.fail() }
            for i in 0..<n { for j in 0..<k { columns[j * n + i] = b[i * k + j] } }
            guard
                LAPACKE_sgetrs_work(
                    LAPACK_COL_MAJOR, CChar(UInt8(ascii: "T")), order, count, a, order, pivots, columns, order) == 0
            else { return memory.fail() }
            for i in 0..<n { for j in 0..<k { x[i * k + j] = columns[j * n + i] } }
        }
    }
}

/// The memory that a decomposition works on.
private final class Workspace {
    /// LAPACK overwrites its inputs.
    let copies: [UnsafeMutablePointer<Float>]
    let output: UnsafeMutablePointer<Float>
    let outputCount: Int
    private let inputs: [(pointer: UnsafePointer<Float>, count: Int)]
    private var allocations: [UnsafeMutableRawPointer] = []

    init(
        inputs: [(UnsafePointer<Float>, Int)], output: UnsafeMutablePointer<Float>, outputCount: Int
    ) {
        self.inputs = inputs.map { (pointer: $0.0, count: $0.1) }
        self.output = output
        self.outputCount = outputCount
        copies = inputs.map { .allocate(capacity: max($0.1, 1)) }
        allocations = copies.map { UnsafeMutableRawPointer($0) }
    }

    deinit { for allocation in allocations { allocation.deallocate() } }

    func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
        let memory = UnsafeMutablePointer<Float>.allocate(capacity: max(count, 1))
        allocations.append(UnsafeMutableRawPointer(memory))
        return memory
    }

    func integers(_ count: Int) -> UnsafeMutablePointer<Int32> {
        let memory = UnsafeMutablePointer<Int32>.allocate(capacity: max(count, 1))
        allocations.append(UnsafeMutableRawPointer(memory))
        return memory
    }

    /// The size of work that a routine asks for when it is called with a size of −1.
    func bestSize(_ routine: (UnsafeMutablePointer<Float>, Int32) -> Int32) -> Int {
        var size: Float = 1
        _ = routine(&size, -1)
        // A float holds whole numbers up to 2²⁴ only: the next one up is enough for certain.
        return max(1, Int(size.nextUp.rounded(.up)))
    }

    /// False if an element is not finite, which some routines would not end on.
    func copyInputs() -> Bool {
        var sum: Float = 0
        for (copy, input) in zip(copies, inputs) {
            for i in 0..<input.count {
                copy[i] = input.pointer[i]
                sum += copy[i] * 0
            }
        }
        return sum == 0
    }

    func fail() { output.update(repeating: .nan, count: outputCount) }
}
#endif
