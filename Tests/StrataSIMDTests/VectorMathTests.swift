import Glibc
import KernelWorkbench
import StrataBackend
import Testing

@testable import StrataSIMD

/// How far the vector functions are from the exact values.
@Suite struct VectorMathTests {
    /// A function, its exact value, where it is tried, and the units in the last place that it may be off.
    struct Case: Sendable, CustomTestStringConvertible {
        var function: Unary
        var range: ClosedRange<Double>
        var ulps: Double
        var exact: @Sendable (Double) -> Double

        init(
            _ function: Unary, _ range: ClosedRange<Double>, _ ulps: Double,
            _ exact: @escaping @Sendable (Double) -> Double
        ) {
            self.function = function
            self.range = range
            self.ulps = ulps
            self.exact = exact
        }

        var testDescription: String { "\(function) over \(range)" }
    }

    static let cases: [Case] = [
        Case(.exponential, -103...88.7, 2) { exp($0) },
        Case(.exponentialMinusOne, -30...88, 4) { expm1($0) },
        Case(.exponentialMinusOne, -1e-3...1e-3, 2) { expm1($0) },
        Case(.logarithm, 0...10, 3) { log($0) },
        Case(.logarithm, 0...1e-38, 3) { log($0) },
        Case(.logarithm, 1e30...3e38, 2) { log($0) },
        Case(.logarithmOnePlus, -0.999...10, 4) { log1p($0) },
        Case(.logarithmOnePlus, -1e-5...1e-5, 2) { log1p($0) },
        Case(.squareRoot, 0...1e6, 1) { $0.squareRoot() },
        Case(.reciprocal, 1e-3...1e3, 1) { 1 / $0 },
        Case(.sine, -100...100, 2) { sin($0) },
        Case(.sine, 3.14159...3.14160, 2) { sin($0) },
        Case(.sine, -65_000...65_000, 2) { sin($0) },
        Case(.sine, 1e5...1e30, 1) { sin($0) },
        Case(.cosine, -100...100, 2) { cos($0) },
        Case(.cosine, -1e7...1e7, 2) { cos($0) },
        Case(.tanh, -12...12, 4) { tanh($0) },
        Case(.tanh, -1e-4...1e-4, 3) { tanh($0) },
        Case(.sigmoid, -103...40, 4) { 1 / (1 + exp(-$0)) },
        Case(.softplus, -103...100, 4) { max($0, 0) + log1p(exp(-abs($0))) },
        Case(.errorFunction, -5...5, 4) { erf($0) },
        Case(.errorFunction, -1e-3...1e-3, 3) { erf($0) },
        Case(.floor, -1e7...1e7, 0) { $0.rounded(.down) },
        Case(.floor, -3...3, 0) { $0.rounded(.down) },
        Case(.round, -1e7...1e7, 0) { $0.rounded(.toNearestOrEven) },
        Case(.round, -4...4, 0) { $0.rounded(.toNearestOrEven) },
        Case(.sign, -1...1, 0) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 },
    ]

    @Test(arguments: cases, InstructionSet.runnable)
    func isAccurate(_ test: Case, _ instructionSet: InstructionSet) throws {
        let count = 40_003
        var x = (0..<count).map { i in
            let t = Double(i) / Double(count - 1)
            return Float(test.range.lowerBound + (test.range.upperBound - test.range.lowerBound) * t)
        }
        // Halves, which rounding has to get right.
        for i in stride(from: 0, to: count, by: 7) { x[i] = (x[i] * 2).rounded() / 2 }
        x = x.filter { test.range.contains(Double($0)) }
        let y = try apply(test.function, x, on: instructionSet)
        var worst = (error: 0.0, x: Float(0), y: Float(0))
        for (x, y) in zip(x, y) {
            let exact = test.exact(Double(x))
            if Double(y) == exact || Float(exact) == y { continue }
            let unit = Double(max(Float(exact).ulp, Float.leastNormalMagnitude.ulp))
            let error = abs(Double(y) - exact) / unit
            if !(error <= worst.error) { worst = (error, x, y) }
        }
        #expect(worst.error <= test.ulps, "\(worst.error) ulp at \(worst.x): \(worst.y)")
    }

    /// What the C library gives for them is right by definition.
    private static let special: [Float] = [
        0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
        .greatestFiniteMagnitude,
        -.greatestFiniteMagnitude, 0.5, -0.5, 1.5, 2.5, -2.5, 8_388_607.5, 8_388_609, -8_388_609, 4_194_304.5, 100,
        -100,
    ]

    @Test(arguments: InstructionSet.runnable) func specialValues(_ instructionSet: InstructionSet) throws {
        let exact: [(Unary, (Float) -> Float)] = [
            (.negate, { -$0 }), (.absolute, { abs($0) }), (.floor, { $0.rounded(.down) }),
            (.round, { $0.rounded(.toNearestOrEven) }), (.exponential, { expf($0) }),
            (.exponentialMinusOne, { expm1f($0) }), (.logarithm, { logf($0) }), (.logarithmOnePlus, { log1pf($0) }),
            (.squareRoot, { $0.squareRoot() }), (.reciprocal, { 1 / $0 }), (.sine, { sinf($0) }),
            (.cosine, { cosf($0) }), (.tanh, { tanhf($0) }), (.sigmoid, { Float(1 / (1 + exp(-Double($0)))) }),
            (.softplus, { $0.isNaN ? .nan : max($0, 0) + log1pf(expf(-abs($0))) }),
            (.relu, { $0.isNaN ? .nan : max($0, 0) }), (.errorFunction, { erff($0) }),
            (.isFinite, { $0.isFinite ? 1 : 0 }), (.sign, { $0.isNaN ? .nan : $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }),
        ]
        #expect(exact.count == Unary.allCases.count)
        for (function, exact) in exact {
            for (x, y) in zip(Self.special, try apply(function, Self.special, on: instructionSet)) {
                let expected = exact(x)
                let isRight = y == expected || y.isNaN && expected.isNaN || abs(y - expected) <= 4 * expected.ulp
                #expect(isRight, "\(function)(\(x)) is \(y), not \(expected)")
            }
        }
    }

    @Test(arguments: InstructionSet.runnable) func binaryFunctions(_ instructionSet: InstructionSet) throws {
        let pairs = Self.special.flatMap { a in Self.special.map { (a, $0) } }
        let memory = [bytes(pairs.map(\.0)), bytes(pairs.map(\.1)), bytes([Float](repeating: 0, count: pairs.count))]
        for function in Binary.allCases {
            var e = Expression()
            let (a, b) = (e.load(dense(0, [pairs.count])), e.load(dense(1, [pairs.count])))
            let y = e.append(.binary(function, a, b))
            let map = Map(
                extents: [pairs.count], expression: e, stores: [Store(value: y, target: dense(2, [pairs.count]))])
            let got: [Float] = values(try run([.map(map)], memory, on: instructionSet.backend())[2])
            for ((a, b), y) in zip(pairs, got) {
                let expected = Self.exact(function, a, b)
                #expect(y == expected || y.isNaN && expected.isNaN, "\(function)(\(a), \(b)) is \(y), not \(expected)")
            }
        }
    }

    private static func exact(_ f: Binary, _ a: Float, _ b: Float) -> Float {
        switch f {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .maximum: a.isNaN || b.isNaN ? .nan : max(a, b)
        case .minimum: a.isNaN || b.isNaN ? .nan : min(a, b)
        case .power: powf(a, b)
        case .less: a < b ? 1 : 0
        case .lessOrEqual: a <= b ? 1 : 0
        case .equal: a == b ? 1 : 0
        case .notEqual: a != b ? 1 : 0
        }
    }

    private func apply(_ function: Unary, _ x: [Float], on instructionSet: InstructionSet) throws -> [Float] {
        var e = Expression()
        let y = e.append(.unary(function, e.load(dense(0, [x.count]))))
        let map = Map(extents: [x.count], expression: e, stores: [Store(value: y, target: dense(1, [x.count]))])
        let memory = [bytes(x), bytes([Float](repeating: 0, count: x.count))]
        return values(try run([.map(map)], memory, on: instructionSet.backend())[1])
    }
}
