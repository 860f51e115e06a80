#if BLAS
import StrataBLAS
import StrataBackend
import StrataReference
import Testing

/// Runs a kernel over slots of floats, and gives them back.
private func run(_ kernel: Kernel, _ memory: [[Float]], on backend: any Backend) throws -> [[Float]] {
    let buffers = try memory.map { floats in
        let buffer = try backend.makeBuffer(byteCount: floats.count * 4)
        try floats.withUnsafeBytes { try buffer.write($0, at: 0) }
        return buffer
    }
    let slots = memory.map { Program.Slot(role: .input, name: "", byteCount: $0.count * 4) }
    try backend.prepare(Program(slots: slots, kernels: [kernel], labels: ["test"]), buffers: buffers).run()
    return try zip(buffers, memory).map { buffer, floats in
        var floats = floats
        try floats.withUnsafeMutableBytes { try buffer.read(into: $0, at: 0) }
        return floats
    }
}

private func noise(_ count: Int, seed: UInt32 = 1) -> [Float] {
    (0..<count).map { Threefry.uniform(Threefry.block(key: (seed, 0), counter: (UInt32($0), 0)).0) - 0.5 }
}

private func backend(threads: Int = 2) throws -> BLASBackend {
    try BLASBackend(configuration: BackendConfiguration(threads: threads))
}

@Suite struct ProductTests {
    struct Layout: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// The strides of the left factor (b, m, k) and of the right one (b, k, n) for m = 130, n = 210, k = 90.
        var lhs: [Int], rhs: [Int]
        var storesColumns = false
    }

    static let layouts = [
        Layout(testDescription: "NN", lhs: [11_700, 90, 1], rhs: [18_900, 210, 1]),
        Layout(testDescription: "NT", lhs: [11_700, 90, 1], rhs: [18_900, 1, 90]),
        Layout(testDescription: "TN", lhs: [11_700, 1, 130], rhs: [18_900, 210, 1]),
        Layout(testDescription: "TT", lhs: [11_700, 1, 130], rhs: [18_900, 1, 90]),
        Layout(testDescription: "padded rows", lhs: [0, 100, 1], rhs: [0, 250, 1]),
        Layout(testDescription: "strided, as BLAS cannot", lhs: [0, 180, 2], rhs: [0, 210, 1]),
        Layout(testDescription: "broadcast, as BLAS cannot", lhs: [0, 90, 1], rhs: [0, 0, 1]),
        Layout(testDescription: "stored by columns", lhs: [0, 90, 1], rhs: [0, 210, 1], storesColumns: true),
    ]

    @Test(arguments: layouts, [1, 2]) func agreesWithReference(_ layout: Layout, batch: Int) throws {
        let (m, n, k) = (130, 210, 90)
        var e = Expression()
        let product = e.append(.accumulator)
        let bias = e.load(Operand(slot: 0, dtype: .float32, strides: [0, 0, 1]))
        let y = e.append(.unary(.tanh, e.append(.binary(.add, product, bias))))
        for value in [product, y] {
            let strides = layout.storesColumns ? [m * n, 1, m] : [m * n, n, 1]
            let expression = value == product ? Expression(accumulatorOnly: ()) : e
            let contract = Contract(
                batch: batch, m: m, n: n, k: k, lhs: Operand(slot: 0, dtype: .float32, strides: layout.lhs),
                rhs: Operand(slot: 1, dtype: .float32, strides: layout.rhs), epilogue: expression,
                stores: [Store(value: value, target: Operand(slot: 2, dtype: .float32, offset: 3, strides: strides))])
            let memory = [noise(40_000), noise(40_000, seed: 2), [Float](repeating: 7, count: 60_000)]
            let got = try run(.contract(contract), memory, on: backend())
            let oracle = ReferenceBackend(configuration: BackendConfiguration())
            let expected = try run(.contract(contract), memory, on: oracle)
            let wrong = zip(got[2], expected[2]).count { !(abs($0 - $1) <= 1e-5 + 1e-5 * abs($1)) }
            #expect(wrong == 0)
            let threads = try [1, 3].map { try run(.contract(contract), memory, on: backend(threads: $0))[2] }
            #expect(threads[0] == got[2] && threads[1] == got[2], "the number of threads changes bits")
        }
    }

    /// Vectors, single numbers, and nothing to sum.
    @Test func extremeShapes() throws {
        let oracle = ReferenceBackend(configuration: BackendConfiguration())
        for (m, n, k) in [(1, 300, 200), (300, 1, 200), (200, 300, 1), (1, 1, 1), (5, 7, 0), (0, 3, 3), (700, 20, 50)] {
            let contract = Contract(
                batch: 1, m: m, n: n, k: k, lhs: Operand(slot: 0, dtype: .float32, strides: [0, k, 1]),
                rhs: Operand(slot: 1, dtype: .float32, strides: [0, n, 1]),
                epilogue: Expression(accumulatorOnly: ()),
                stores: [Store(value: 0, target: Operand(slot: 2, dtype: .float32, strides: [0, n, 1]))])
            let memory = [noise(60_000), noise(60_000, seed: 2), [Float](repeating: 7, count: 60_000)]
            let got = try run(.contract(contract), memory, on: backend())[2]
            let expected = try run(.contract(contract), memory, on: oracle)[2]
            #expect(zip(got, expected).allSatisfy { abs($0 - $1) <= 1e-4 }, "\((m, n, k))")
        }
    }
}

@Suite struct DecompositionTests {
    /// `x` as rows of `columns` numbers, times `y` alike.
    private func multiply(_ x: [Float], _ y: [Float], inner: Int, columns: Int) -> [Float] {
        stride(from: 0, to: x.count, by: inner).flatMap { row in
            (0..<columns).map { column in (0..<inner).reduce(Float(0)) { $0 + x[row + $1] * y[$1 * columns + column] } }
        }
    }

    private func transposed(_ x: [Float], columns: Int) -> [Float] {
        (0..<columns).flatMap { column in stride(from: column, to: x.count, by: columns).map { x[$0] } }
    }

    private func decompose(
        _ method: Decompose.Method, _ inputs: [([Float], Shape)], count: Int
    ) throws -> [Float] {
        let operands = inputs.enumerated().map {
            ArrayOperand(slot: $0.offset, dtype: .float32, offset: 0, shape: $0.element.1)
        }
        let output = ArrayOperand(slot: inputs.count, dtype: .float32, offset: 2, shape: [count])
        let memory = inputs.map(\.0) + [[Float](repeating: 7, count: count + 3)]
        let result = try run(
            .decompose(Decompose(method: method, inputs: operands, output: output)), memory, on: backend())
        #expect(zip(result, memory).dropLast().allSatisfy { $0.map(\.bitPattern) == $1.map(\.bitPattern) })
        #expect(result.last?.prefix(2) == [7, 7] && result.last?.last == 7)
        return Array(result.last?.dropFirst(2).dropLast() ?? [])
    }

    private func isIdentity(_ x: [Float], _ n: Int) -> Bool {
        x.indices.allSatisfy { abs(x[$0] - ($0 / n == $0 % n ? 1 : 0)) < 2e-5 }
    }

    private func close(_ x: [Float], _ y: [Float], _ tolerance: Float = 2e-5) -> Bool {
        x.count == y.count && zip(x, y).allSatisfy { abs($0 - $1) <= tolerance * (1 + abs($1)) }
    }

    @Test(arguments: [(6, 4), (4, 6), (5, 5), (40, 70), (1, 3), (3, 1)])
    func singularValues(m: Int, n: Int) throws {
        let a = noise(m * n), r = min(m, n)
        let x = try decompose(.singularValues, [(a, [m, n])], count: m * r + r + r * n)
        let (u, s, vt) = (Array(x[..<(m * r)]), Array(x[(m * r)..<(m * r + r)]), Array(x[(m * r + r)...]))
        #expect(s == s.sorted(by: >) && s.allSatisfy { $0 >= 0 })
        #expect(isIdentity(multiply(transposed(u, columns: r), u, inner: m, columns: r), r))
        #expect(isIdentity(multiply(vt, transposed(vt, columns: n), inner: n, columns: r), r))
        let scaled = u.indices.map { u[$0] * s[$0 % r] }
        #expect(close(multiply(scaled, vt, inner: r, columns: n), a))
    }

    @Test(arguments: [1, 2, 7, 50]) func symmetricEigen(n: Int) throws {
        let b = noise(n * n)
        let a = (0..<n * n).map { b[$0] + b[$0 % n * n + $0 / n] }
        let x = try decompose(.symmetricEigen, [(a, [n, n])], count: n + n * n)
        let (values, vectors) = (Array(x[..<n]), Array(x[n...]))
        #expect(values == values.sorted())
        let scaled = vectors.indices.map { vectors[$0] * values[$0 % n] }
        #expect(close(multiply(a, vectors, inner: n, columns: n), scaled, 1e-4))
        #expect(isIdentity(multiply(transposed(vectors, columns: n), vectors, inner: n, columns: n), n))
    }

    @Test(arguments: [(6, 4), (4, 6), (5, 5), (70, 40), (1, 3), (3, 1)]) func qr(m: Int, n: Int) throws {
        let a = noise(m * n), r = min(m, n)
        let x = try decompose(.qr, [(a, [m, n])], count: m * r + r * n)
        let (q, upper) = (Array(x[..<(m * r)]), Array(x[(m * r)...]))
        #expect((0..<r).allSatisfy { i in upper[i * n + i] >= 0 && (0..<i).allSatisfy { upper[i * n + $0] == 0 } })
        #expect(isIdentity(multiply(transposed(q, columns: r), q, inner: m, columns: r), r))
        #expect(close(multiply(q, upper, inner: r, columns: n), a))
    }

    @Test(arguments: [1, 2, 7, 50]) func cholesky(n: Int) throws {
        let b = noise(n * n)
        var a = multiply(b, transposed(b, columns: n), inner: n, columns: n)
        for i in 0..<n { a[i * n + i] += 1 }
        let lower = try decompose(.cholesky, [(a, [n, n])], count: n * n)
        #expect((0..<n).allSatisfy { i in lower[i * n + i] > 0 && (i + 1..<n).allSatisfy { lower[i * n + $0] == 0 } })
        #expect(close(multiply(lower, transposed(lower, columns: n), inner: n, columns: n), a))
    }

    @Test(arguments: [(1, 1), (3, 2), (8, 1), (50, 9)]) func solve(n: Int, k: Int) throws {
        var a = noise(n * n)
        for i in 0..<n { a[i * n + i] += 3 }
        let x = noise(n * k, seed: 5)
        let got = try decompose(.solve, [(a, [n, n]), (multiply(a, x, inner: n, columns: k), [n, k])], count: n * k)
        #expect(close(got, x, 1e-4))
    }

    @Test func failureIsNotANumber() throws {
        #expect(try decompose(.cholesky, [([1, 2, 2, 1], [2, 2])], count: 4).allSatisfy(\.isNaN))
        #expect(try decompose(.solve, [([1, 2, 2, 4], [2, 2]), ([1, 1], [2, 1])], count: 2).allSatisfy(\.isNaN))
        #expect(try decompose(.singularValues, [([1, .nan, 0, 1], [2, 2])], count: 10).allSatisfy(\.isNaN))
    }
}

extension Expression {
    /// The product as it is.
    fileprivate init(accumulatorOnly: Void) {
        self.init()
        _ = append(.accumulator)
    }
}
#endif
