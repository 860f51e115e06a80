import KernelWorkbench
import StrataBackend
import StrataReference
import Testing

@Suite struct ReduceTests {
    /// x [2, 3] = 1…6 with a `NaN` or none; reduced over either dimension.
    private func reduce(
        _ combiner: Reduce.Combiner, over dimension: Int, _ x: [Float] = [1, 2, 3, 4, 5, 6]
    ) throws -> [Float] {
        let (extents, strides) = ([2, 3], [3, 1])
        var prologue = Expression()
        let load = Operand(slot: 0, dtype: .float32, strides: [strides[1 - dimension], strides[dimension]])
        let value = prologue.load(load)
        _ = prologue.append(.binary(.multiply, value, value))
        var finish = epilogue()
        _ = finish.append(.unary(.negate, 0))
        let kept = extents[1 - dimension]
        let kernel = Kernel.reduce(
            Reduce(
                kept: [kept], reduced: [extents[dimension]], combiner: combiner, prologue: prologue, epilogue: finish,
                stores: [Store(value: 1, target: Operand(slot: 1, dtype: .float32, strides: [1]))]))
        return values(try run([kernel], [bytes(x), zeros(kept)])[1])
    }

    @Test func squaresAreCombinedAndNegated() throws {
        #expect(try reduce(.sum, over: 1) == [-14, -77])
        #expect(try reduce(.sum, over: 0) == [-17, -29, -45])
        #expect(try reduce(.maximum, over: 1) == [-9, -36])
        #expect(try reduce(.minimum, over: 0) == [-1, -4, -9])
    }

    @Test(arguments: Reduce.Combiner.allCases)
    func notANumberIsInfectious(combiner: Reduce.Combiner) throws {
        let result = try reduce(combiner, over: 1, [1, .nan, 3, 4, 5, 6])
        #expect(result[0].isNaN)
        #expect(result[1].isFinite)
    }

    @Test(arguments: Reduce.Combiner.allCases)
    func anEmptyReductionIsTheIdentity(combiner: Reduce.Combiner) throws {
        var prologue = Expression()
        _ = prologue.load(Operand(slot: 0, dtype: .float32, strides: [0, 1]))
        let kernel = Kernel.reduce(
            Reduce(
                kept: [2], reduced: [0], combiner: combiner, prologue: prologue, epilogue: epilogue(),
                stores: [Store(value: 0, target: Operand(slot: 1, dtype: .float32, strides: [1]))]))
        let result = values(try run([kernel], [[], bytes([7, 7] as [Float])])[1])
        #expect(result == [combiner.identity, combiner.identity])
    }

    /// 2²⁴ + 1 + 1 is lost in single precision.
    @Test func sumsAreCarriedInDoublePrecision() throws {
        #expect(try reduce(.sum, over: 1, [4096, 1, 1, 0, 0, 0])[0] == -16_777_218)
    }
}

@Suite struct ContractTests {
    /// [1 2 3; 4 5 6] times its transpose is [14 32; 32 77]; C starts as ones and is added to.
    @Test func anEpilogueAccumulatesInPlace() throws {
        let target = Operand(slot: 1, dtype: .float32, strides: [0, 2, 1])
        var finish = epilogue()
        let sum = finish.append(.binary(.add, 0, finish.load(target)))
        let kernel = Kernel.contract(
            Contract(
                batch: 1, m: 2, n: 2, k: 3,
                lhs: Operand(slot: 0, dtype: .float32, strides: [0, 3, 1]),
                rhs: Operand(slot: 0, dtype: .float32, strides: [0, 1, 3]),
                epilogue: finish, stores: [Store(value: sum, target: target)]))
        let memory = try run([kernel], [bytes([1, 2, 3, 4, 5, 6] as [Float]), bytes([1, 1, 1, 1] as [Float])])
        #expect(values(memory[1]) == [15, 33, 33, 78])
    }

    @Test func batchesAreIndependentAndAnEmptySumIsZero() throws {
        func product(k: Int) throws -> [Float] {
            let kernel = Kernel.contract(
                Contract(
                    batch: 2, m: 1, n: 1, k: k,
                    lhs: Operand(slot: 0, dtype: .float32, strides: [2, 2, 1]),
                    rhs: Operand(slot: 0, dtype: .float32, strides: [2, 1, 1]),
                    epilogue: epilogue(),
                    stores: [Store(value: 0, target: Operand(slot: 1, dtype: .float32, strides: [1, 1, 1]))]))
            return values(try run([kernel], [bytes([1, 2, 3, 4] as [Float]), bytes([9, 9] as [Float])])[1])
        }
        #expect(try product(k: 2) == [5, 25])
        #expect(try product(k: 0) == [0, 0])
    }
}

@Suite struct ConvolveTests {
    private func convolve(
        _ input: [Float], _ inputShape: Shape, _ filter: [Float], _ filterShape: Shape, _ window: ConvolutionWindow,
        _ outputShape: Shape
    ) throws -> [Float] {
        let kernel = Kernel.convolve(
            Convolve(
                input: ArrayOperand(slot: 0, dtype: .float32, offset: 0, shape: inputShape),
                filter: ArrayOperand(slot: 1, dtype: .float32, offset: 0, shape: filterShape),
                window: window, outputShape: outputShape, epilogue: epilogue(),
                stores: [
                    Store(value: 0, target: Operand(slot: 2, dtype: .float32, strides: outputShape.strides))
                ]))
        return values(try run([kernel], [bytes(input), bytes(filter), zeros(outputShape.elementCount)])[2])
    }

    private let square: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9]

    @Test func isACrossCorrelation() throws {
        #expect(
            try convolve(square, [1, 1, 3, 3], [1, 0, 0, 10], [1, 1, 2, 2], .init(), [1, 1, 2, 2])
                == [51, 62, 84, 95])
    }

    @Test func paddingIsZerosAndNegativePaddingCrops() throws {
        #expect(
            try convolve(
                square, [1, 1, 3, 3], [1, 1, 1, 1], [1, 1, 2, 2],
                .init(stride: [2, 2], paddingLow: [1, 1], paddingHigh: [0, 0]), [1, 1, 2, 2])
                == [1, 5, 11, 28])
        #expect(
            try convolve(
                square, [1, 1, 3, 3], [1], [1, 1, 1, 1],
                .init(paddingLow: [-1, 0], paddingHigh: [0, -1]), [1, 1, 2, 2])
                == [4, 5, 7, 8])
    }

    /// Each input stamps the filter, two apart: [1, 2] with [1, 10, 100] gives 1, 10, 100 + 2, 20, 200, mirrored.
    @Test func inputDilationIsATransposedConvolution() throws {
        #expect(
            try convolve(
                [1, 2], [1, 1, 1, 2], [100, 10, 1], [1, 1, 1, 3],
                .init(paddingLow: [0, 2], paddingHigh: [0, 2], inputDilation: [1, 2]), [1, 1, 1, 5])
                == [1, 10, 102, 20, 200])
    }

    @Test func filterDilationSkips() throws {
        #expect(
            try convolve(
                [1, 2, 3, 4, 5], [1, 1, 1, 5], [1, 10], [1, 1, 1, 2], .init(filterDilation: [1, 3]), [1, 1, 1, 2])
                == [41, 52])
    }

    /// Two groups of two channels each, one output a group.
    @Test func groupsSeeTheirOwnChannels() throws {
        #expect(
            try convolve(
                [1, 2, 3, 4], [1, 4, 1, 1], [1, 10, 100, 1000], [2, 2, 1, 1], .init(groups: 2), [1, 2, 1, 1])
                == [21, 4300])
    }
}

@Suite struct ScatterAddTests {
    @Test(arguments: [false, true])
    func duplicatesAddStrangersClampAndTheRestIsZeroOrWhatItWas(accumulates: Bool) throws {
        let kernel = Kernel.scatterAdd(
            ScatterAdd(
                target: ArrayOperand(slot: 0, dtype: .float32, offset: 0, shape: [4, 2]),
                indices: ArrayOperand(slot: 1, dtype: .int32, offset: 0, shape: [5]),
                updates: ArrayOperand(slot: 2, dtype: .float32, offset: 0, shape: [5, 2]), accumulates: accumulates))
        let memory = try run(
            [kernel],
            [
                bytes([Float](repeating: 9, count: 8)), bytes([2, -1, 2, 77, 0] as [Int32]),
                bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as [Float]),
            ])
        #expect(values(memory[0]) == [12, 14, 0, 0, 6, 8, 7, 8].map { $0 + (accumulates ? 9 : 0) })
    }
}
