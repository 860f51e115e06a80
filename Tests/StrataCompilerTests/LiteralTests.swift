import StrataBackend
import StrataCompiler
import StrataGraph
import StrataReference
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite struct LiteralTests {
    @Test func equalLiteralsAreOneSlotAndAreUploadedOnce() throws {
        let values: [Float] = [1, 2, 3, 4, 5, 6]
        let backend = CountingBackend()
        let session = Session(backend: backend)
        let x = Tensor.input("x", [2, 3])
        let first = try Graph(outputs: [("y", x * .literal(values, [2, 3]) + .literal(values, [2, 3]))])
        let function = try session.prepare(first)
        #expect(function.compiled.program.slots.filter { $0.role == .constant }.count == 1)
        try function.write("x", [1, 1, 1, 2, 2, 2] as [Float])
        try function.run()
        #expect(try function.read("y") == [2, 4, 6, 12, 15, 18])
        let before = backend.buffers.withLock { $0 }
        let other = try session.prepare(Graph(outputs: [("y", Tensor.literal(values, [2, 3]).sum([1]).sine())]))
        // The arena and the output.
        #expect(backend.buffers.withLock { $0 } == before + 2)
        #expect(other.compiled.literals.map(\.literal.type) == [TensorType([2, 3])])
    }

    @Test func equalElementsAreAConstant() throws {
        let program = try Graph(outputs: [("y", Tensor.input("x", [3]) + .literal([2, 2, 2] as [Float], [3]))])
            .compiled().program
        #expect(!program.slots.contains { $0.role == .constant })
        #expect(
            try Graph(outputs: [("y", Tensor.literal([1, 2] as [Int32], [2]))]).description.hasPrefix(
                "%0 = literal : int32 [2]"))
    }

    @Test func wrongCountsAreErrors() {
        #expect(throws: StrataError.self) { try Literal([1, 2] as [Float], [3]) }
        #expect(throws: StrataError.self) { try Literal([] as [Float], [-1, 0]) }
        #expect(throws: StrataError.self) { try Graph(outputs: [("y", .literal([1, 2] as [UInt8], [3]))]) }
    }
}

@Suite struct InitializerTests {
    private func values(_ shape: Shape, _ initializer: Initializer, dtype: DType = .float32) throws -> [Float] {
        let session = Session(backend: HostOnly.backend, seed: 5)
        let variable = StateVariable("w", shape, dtype: dtype, initializer: initializer)
        let function = try session.prepare(Graph(outputs: [("w", variable.tensor)]))
        try function.run()
        return try function.read("w")
    }

    @Test func givenValues() throws {
        #expect(try values([2, 2], .values(Literal([1, 2, 3, 4] as [Float], [2, 2]))) == [1, 2, 3, 4])
        #expect(try values([3], .values(Literal([7, 8, 9] as [Int32], [3])), dtype: .int32) == [7, 8, 9])
        #expect(throws: StrataError.self) { try values([3], .values(Literal([1, 2] as [Float], [2]))) }
    }

    @Test(arguments: [[5, 3], [3, 5], [4, 4], [4, 2, 3], [2, 3, 3]] as [Shape]) func orthogonalRowsOrColumns(
        shape: Shape
    ) throws {
        let w = try values(shape, .orthogonal(gain: 2))
        let (rows, columns) = (shape[0], shape.elementCount / shape[0])
        let count = min(rows, columns), length = max(rows, columns)
        func element(_ i: Int, _ k: Int) -> Float { rows <= columns ? w[i * columns + k] : w[k * columns + i] }
        for i in 0..<count {
            for j in 0..<count {
                let product = (0..<length).reduce(0 as Float) { $0 + element(i, $1) * element(j, $1) }
                #expect(abs(product - (i == j ? 4 : 0)) < 1e-4)
            }
        }
    }

    /// Moments of the truncated normal distribution in closed form.
    @Test(
        arguments: [(0, 1, -2, 2), (1, 2, 0, 5), (0, 0.02, -0.04, 0.04), (0, 1, -8, 8)]
            as [(Float, Float, Float, Float)])
    func truncatedNormalHasItsMoments(mean: Float, deviation: Float, low: Float, high: Float) throws {
        let w = try values([40_000], .truncatedNormal(mean: mean, standardDeviation: deviation, low: low, high: high))
            .map(Double.init)
        #expect(w.allSatisfy { Double(low) <= $0 && $0 <= Double(high) })
        let (a, b) = (Double((low - mean) / deviation), Double((high - mean) / deviation))
        // The mass and the first two moments of the density between a and b, by Simpson's rule.
        func density(_ x: Double) -> Double { exp(-x * x / 2) }
        func integral(_ f: (Double) -> Double) -> Double {
            let step = (b - a) / 2000
            var sum = 0.0
            for point in 0...2000 {
                let weight: Double = point == 0 || point == 2000 ? 1 : point % 2 == 1 ? 4 : 2
                sum += weight * f(a + Double(point) * step)
            }
            return sum * step / 3
        }
        let mass = integral(density)
        let center = integral { $0 * density($0) } / mass
        let spread = (integral { $0 * $0 * density($0) } / mass - center * center).squareRoot() * Double(deviation)
        let average = w.reduce(0, +) / Double(w.count)
        var squares = 0.0
        for value in w { squares += (value - average) * (value - average) }
        let deviations = (squares / Double(w.count)).squareRoot()
        #expect(abs(average - (Double(mean) + center * Double(deviation))) < 4 * spread / 200)
        #expect(abs(deviations / spread - 1) < 0.02)
    }
}

/// The oracle, with a count of the buffers that it made.
private final class CountingBackend: Backend {
    static let identifier = "counting"
    static func probe() -> Availability { .available("a test") }
    let inner = ReferenceBackend()
    let buffers = Locked(0)
    let deviceDescription = "a test"

    init(configuration: BackendConfiguration = .init()) {}

    func supports(_ kernel: Kernel) -> Bool { true }
    func makeBuffer(byteCount: Int) throws -> any Buffer {
        buffers.withLock { $0 += 1 }
        return try inner.makeBuffer(byteCount: byteCount)
    }
    func synchronize() {}
    func prepare(_ program: Program, buffers: [any Buffer]) throws -> any Executable {
        try inner.prepare(program, buffers: buffers)
    }
}
