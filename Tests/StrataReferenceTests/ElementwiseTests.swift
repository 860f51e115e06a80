import KernelWorkbench
import StrataBackend
import StrataReference
import Testing

@Suite struct FunctionTests {
    /// From tables of the functions, to seven digits.
    @Test(
        arguments: [
            (.negate, 2.5, -2.5), (.absolute, -2.5, 2.5), (.sign, -3, -1), (.sign, 0, 0), (.sign, 9, 1),
            (.floor, -1.5, -2), (.round, 2.5, 2), (.round, 3.5, 4), (.round, -0.5, 0),
            (.exponential, 1, 2.7182818), (.exponentialMinusOne, 1e-6, 1.0000005e-6),
            (.logarithm, 10, 2.3025851), (.logarithmOnePlus, 1e-6, 9.999995e-7),
            (.squareRoot, 2, 1.4142136), (.reciprocal, 3, 0.33333333),
            (.sine, 1, 0.84147098), (.cosine, 1, 0.54030231), (.tanh, 0.5, 0.46211716),
            (.sigmoid, 0, 0.5), (.sigmoid, 2, 0.88079708), (.sigmoid, -100, 0),
            (.softplus, 0, 0.69314718), (.softplus, 200, 200), (.softplus, -200, 0),
            (.relu, -1, 0), (.relu, 2, 2), (.errorFunction, 0.5, 0.52049988),
            (.isFinite, 3, 1), (.isFinite, Float.infinity, 0), (.isFinite, Float.nan, 0),
        ] as [(Unary, Float, Float)])
    func unaryFunctionsHaveTheirTabulatedValues(function: Unary, x: Float, expected: Float) {
        #expect(abs(function(x) - expected) <= 1.5e-7 * abs(expected))
    }

    @Test(arguments: Unary.allCases.filter { $0 != .isFinite })
    func notANumberGoesThroughEveryUnaryFunction(function: Unary) {
        #expect(function(.nan).isNaN)
    }

    @Test(
        arguments: [
            (.add, 2, 3, 5), (.subtract, 2, 3, -1), (.multiply, 2, 3, 6), (.divide, 3, 2, 1.5),
            (.maximum, 2, 3, 3), (.minimum, 2, 3, 2), (.power, 4, 0.5, 2), (.power, -2, 3, -8),
            (.less, 2, 3, 1), (.less, 3, 3, 0), (.less, .nan, 1, 0), (.lessOrEqual, 3, 3, 1), (.lessOrEqual, 4, 3, 0),
            (.equal, 3, 3, 1), (.equal, .nan, .nan, 0), (.notEqual, 3, 3, 0), (.notEqual, .nan, .nan, 1),
        ] as [(Binary, Float, Float, Float)])
    func binaryFunctions(function: Binary, a: Float, b: Float, expected: Float) {
        #expect(function(a, b) == expected)
    }

    @Test(arguments: [Binary.maximum, .minimum])
    func extremaAreNotANumberWhereEitherSideIs(function: Binary) {
        #expect(function(.nan, 1).isNaN)
        #expect(function(1, .nan).isNaN)
    }
}

@Suite struct MapTests {
    @Test func storesOfWholeNumbersCutOffAndSaturate() throws {
        let x: [Float] = [1.9, -1.9, 300, -0.5, 3e9, -3e9, .nan, .infinity, -.infinity, 255.5, 2_147_483_520]
        func cast(_ dtype: DType) throws -> [UInt8] {
            var expression = Expression()
            let value = expression.load(Operand(slot: 0, dtype: .float32, strides: [1]))
            let store = Store(value: value, target: Operand(slot: 1, dtype: dtype, strides: [1]))
            let kernel = Kernel.map(Map(extents: [x.count], expression: expression, stores: [store]))
            return try run([kernel], [bytes(x), zeros(x.count)])[1]
        }
        #expect(
            values(try cast(.int32), as: Int32.self)
                == [1, -1, 300, 0, .max, .min, 0, .max, .min, 255, 2_147_483_520])
        #expect(try cast(.uint8).prefix(x.count) == [1, 0, 255, 0, 255, 0, 0, 255, 0, 255, 255])
    }

    @Test func loadsWidenToFloat() throws {
        func widened(_ dtype: DType, _ memory: [UInt8], count: Int) throws -> [Float] {
            var expression = Expression()
            let value = expression.load(Operand(slot: 0, dtype: dtype, strides: [1]))
            let store = Store(value: value, target: Operand(slot: 1, dtype: .float32, strides: [1]))
            let kernel = Kernel.map(Map(extents: [count], expression: expression, stores: [store]))
            return values(try run([kernel], [memory, zeros(count)])[1])
        }
        #expect(try widened(.uint8, [0, 1, 128, 255], count: 4) == [0, 1, 128, 255])
        #expect(try widened(.int32, bytes([-7, 16_777_217, .max] as [Int32]), count: 3) == [-7, 16_777_216, 0x1p31])
    }

    /// out[i][j] = x[j][i] − b[1 − j], x [2, 3] and out [3, 2].
    @Test func accessesTransposeBroadcastAndReverse() throws {
        var expression = Expression()
        let x = expression.load(Operand(slot: 0, dtype: .float32, strides: [1, 3]))
        let b = expression.load(Operand(slot: 1, dtype: .float32, offset: 1, strides: [0, -1]))
        let y = expression.append(.binary(.subtract, x, b))
        let kernel = Kernel.map(
            Map(
                extents: [3, 2], expression: expression,
                stores: [Store(value: y, target: Operand(slot: 2, dtype: .float32, strides: [2, 1]))]))
        let memory = try run(
            [kernel], [bytes([1, 2, 3, 4, 5, 6] as [Float]), bytes([10, 20] as [Float]), zeros(6)])
        #expect(values(memory[2]) == [-19, -6, -18, -5, -17, -4])
    }

    @Test func iotaSelectAndConstants() throws {
        var expression = Expression()
        let position = expression.append(.iota(Access(offset: 5, strides: [10, -1])))
        let limit = expression.append(.constant(5))
        let isLess = expression.append(.binary(.less, position, limit))
        let y = expression.append(.select(isLess, position, limit))
        let targets = [position, y].enumerated().map {
            Store(value: $1, target: Operand(slot: 0, dtype: .float32, offset: 6 * $0, strides: [3, 1]))
        }
        let memory = try run([.map(Map(extents: [2, 3], expression: expression, stores: targets))], [zeros(12)])
        #expect(values(memory[0]) == [5, 4, 3, 15, 14, 13, 5, 4, 3, 5, 5, 5])
    }

    @Test func gathersClampTheirIndices() throws {
        var expression = Expression()
        let lookup = Indirection(dimension: 0, slot: 1, offset: 1, rowCount: 3)
        let x = expression.load(Operand(slot: 0, dtype: .float32, strides: [2, 1], indirection: lookup))
        let kernel = Kernel.map(
            Map(
                extents: [4, 2], expression: expression,
                stores: [Store(value: x, target: Operand(slot: 2, dtype: .float32, strides: [2, 1]))]))
        let memory = try run(
            [kernel],
            [bytes([0, 1, 10, 11, 20, 21] as [Float]), bytes([99, 2, -5, 1, 7] as [Int32]), zeros(8)])
        #expect(values(memory[2]) == [20, 21, 0, 1, 10, 11, 20, 21])
    }

    @Test func anElementIsLoadedBeforeItIsStored() throws {
        var expression = Expression()
        let x = expression.load(Operand(slot: 0, dtype: .float32, strides: [1]))
        let y = expression.load(Operand(slot: 1, dtype: .float32, strides: [1]))
        let swap = [(x, 1), (y, 0)].map {
            Store(value: $0, target: Operand(slot: $1, dtype: .float32, strides: [1]))
        }
        let memory = try run(
            [.map(Map(extents: [2], expression: expression, stores: swap))],
            [bytes([1, 2] as [Float]), bytes([3, 4] as [Float])])
        #expect(values(memory[0]) == [3, 4])
        #expect(values(memory[1]) == [1, 2])
    }
}

@Suite struct DrawTests {
    /// One draw a counter from key (seed, step) = (7, 3).
    private func draws(_ distribution: Draw.Distribution, stream: UInt32, count: Int, offset: Int = 0) throws -> [Float]
    {
        var expression = Expression()
        let draw = Draw(
            distribution: distribution, stream: stream, key: Operand(slot: 0, dtype: .int32, offset: 1, strides: [0]),
            counter: Access(offset: offset, strides: [1]))
        let value = expression.append(.random(draw))
        let store = Store(value: value, target: Operand(slot: 1, dtype: .float32, strides: [1]))
        let kernel = Kernel.map(Map(extents: [count], expression: expression, stores: [store]))
        return values(try run([kernel], [bytes([99, 7, 3] as [Int32]), zeros(count)])[1])
    }

    /// With key (0, 0) of stream 0 the stream's key is the published block of zeros.
    @Test func aStreamIsKeyedByTheBlockOfItsSeedAndStep() {
        #expect(Threefry.streamKey(seed: 0, step: 0, stream: 0) == (0x6b20_0159, 0x99ba_4efe))
        #expect(Draw.Distribution.uniform((0x6b20_0159, 0)) == Float(0x6b2001) / 16_777_216)
    }

    @Test func drawsDependOnKeyStreamAndCounterAlone() throws {
        let long = try draws(.uniform, stream: 5, count: 40)
        #expect(try draws(.uniform, stream: 5, count: 10, offset: 30) == Array(long.suffix(10)))
        #expect(try draws(.uniform, stream: 6, count: 40) != long)
        let key = Threefry.streamKey(seed: 7, step: 3, stream: 5)
        #expect(long[17] == Threefry.uniform(Threefry.block(key: key, counter: (17, 0)).0))
    }

    /// Box and Muller by hand: u₀ = ½ and u₁ = 0 give √(2 log 2), u₁ = ¼ gives cos(π/2) = 0.
    @Test func normalsAreBoxAndMullers() {
        #expect(Draw.Distribution.normal((0x8000_0000, 0)) == 1.1774100)
        #expect(abs(Draw.Distribution.normal((0x8000_0000, 0x4000_0000))) < 1e-7)
        #expect(Draw.Distribution.normal((0, 0)) == 0)
    }

    @Test func momentsAreThoseOfTheDistribution() throws {
        let count = 100_000
        for (distribution, mean, variance) in [(Draw.Distribution.uniform, 0.5, 1.0 / 12), (.normal, 0, 1)] {
            let sample = try draws(distribution, stream: 1, count: count).map(Double.init)
            let sampleMean = sample.reduce(0, +) / Double(count)
            let sampleVariance = sample.reduce(0) { $0 + ($1 - sampleMean) * ($1 - sampleMean) } / Double(count)
            // Four standard deviations of the mean; of the variance, those of the normal's, which is the wider.
            #expect(abs(sampleMean - mean) < 4 * (variance / Double(count)).squareRoot())
            #expect(abs(sampleVariance - variance) < 4 * variance * (2 / Double(count)).squareRoot())
        }
    }
}
