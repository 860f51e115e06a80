import CMallocCounter
import KernelWorkbench
import StrataBackend
import StrataReference
import Testing

@testable import StrataSIMD

@Suite(.serialized) struct ExecutionTests {
    /// The bits of a result do not depend on the number of threads.
    @Test(arguments: InstructionSet.runnable) func threadsChangeNothing(_ instructionSet: InstructionSet) throws {
        let backends = try [1, 2, 5].map { try instructionSet.backend(threads: $0) }
        for kernel in Self.bigKernels {
            let results = try backends.map { try run([kernel], Self.bigMemory, on: $0) }
            #expect(results[0] == results[1] && results[0] == results[2], "\(kernel)")
        }
        var kernels = RandomKernel(seed: 11)
        for _ in 0..<60 {
            let kernel = kernels.next()
            let results = try backends.map { try run([kernel], RandomKernel.memory, on: $0) }
            #expect(results[0] == results[1] && results[0] == results[2], "\(kernel)")
        }
    }

    /// Large enough for products and triangles to be shared out.
    @Test(arguments: InstructionSet.runnable) func threadsChangeNoDecomposition(_ instructionSet: InstructionSet) throws
    {
        let n = 400
        let key = Threefry.streamKey(seed: 3, step: 0, stream: 1)
        func element(_ i: Int, _ j: Int) -> Float {
            Threefry.uniform(Threefry.block(key: key, counter: (UInt32(min(i, j)), UInt32(max(i, j)))).0)
        }
        let matrix = (0..<n * n).map { element($0 / n, $0 % n) }
        for (method, count) in [(Decompose.Method.symmetricEigen, n + n * n), (.singularValues, 2 * n * n + n)] {
            let kernel = Kernel.decompose(
                Decompose(
                    method: method, inputs: [ArrayOperand(slot: 0, dtype: .float32, offset: 0, shape: [n, n])],
                    output: ArrayOperand(slot: 1, dtype: .float32, offset: 0, shape: [count])))
            let results = try [1, 2, 5].map {
                try run(
                    [kernel], [bytes(matrix), bytes([Float](repeating: 0, count: count))],
                    on: instructionSet.backend(threads: $0))[1]
            }
            #expect(results[0] == results[1] && results[0] == results[2], "\(method)")
        }
    }

    /// Big enough for many tasks, and right.
    @Test(arguments: InstructionSet.runnable) func bigKernelsAreRight(_ instructionSet: InstructionSet) throws {
        let oracle = ReferenceBackend(configuration: BackendConfiguration())
        let backend = try instructionSet.backend(threads: 3)
        for kernel in Self.bigKernels {
            let got: [Float] = values(try run([kernel], Self.bigMemory, on: backend)[2])
            let expected: [Float] = values(try run([kernel], Self.bigMemory, on: oracle)[2])
            let wrong = zip(got, expected).count { abs($0 - $1) > 1e-4 + 1e-5 * abs($1) }
            #expect(wrong == 0, "\(wrong) differ\n\(kernel)")
        }
    }

    /// A draw's bits are those of `Threefry`, whatever the vector.
    @Test(arguments: InstructionSet.runnable) func drawsAreThreefry(_ instructionSet: InstructionSet) throws {
        let (rows, columns) = (37, 53)
        var e = Expression()
        let draw = Draw(
            distribution: .uniform, stream: 5, key: Operand(slot: 0, dtype: .int32, offset: 1, strides: []),
            counter: Access(offset: 3, strides: [columns * 2, -1]))
        let u = e.append(.random(draw))
        let map = Map(
            extents: [rows, columns], expression: e, stores: [Store(value: u, target: dense(1, [rows, columns]))])
        let memory = [bytes([Int32(0), -7, 123_456]), bytes([Float](repeating: 0, count: rows * columns))]
        let got: [Float] = values(try run([.map(map)], memory, on: instructionSet.backend())[1])
        let key = Threefry.streamKey(seed: UInt32(bitPattern: -7), step: 123_456, stream: 5)
        let expected = (0..<rows).flatMap { i in
            (0..<columns).map { j in
                let counter = UInt32(truncatingIfNeeded: 3 + i * columns * 2 - j)
                return Threefry.uniform(Threefry.block(key: key, counter: (counter, 0)).0)
            }
        }
        #expect(got == expected)
    }

    /// A sum of a million terms keeps its digits, along either axis.
    @Test(arguments: InstructionSet.runnable) func sumsAreAccurate(_ instructionSet: InstructionSet) throws {
        let terms = (0..<1 << 20).map { Float($0 % 1009) * 1e-3 + 1 }
        let exact = terms.reduce(0.0) { $0 + Double($1) }
        let shapes: [(kept: Int, reduced: Int, strides: [Int])] = [
            (1, 1 << 20, [0, 1]), (1 << 10, 1 << 10, [1 << 10, 1]), (1 << 10, 1 << 10, [1, 1 << 10]),
            (4, 1 << 18, [1, 4]),
        ]
        for shape in shapes {
            var prologue = Expression(), epilogue = Expression()
            _ = prologue.load(Operand(slot: 0, dtype: .float32, strides: shape.strides))
            let sum = epilogue.append(.accumulator)
            let reduce = Reduce(
                kept: [shape.kept], reduced: [shape.reduced], combiner: .sum, prologue: prologue, epilogue: epilogue,
                stores: [Store(value: sum, target: dense(1, [shape.kept]))])
            let memory = [bytes(terms), bytes([Float](repeating: 0, count: shape.kept))]
            let got: [Float] = values(try run([.reduce(reduce)], memory, on: instructionSet.backend(threads: 2))[1])
            let total = got.reduce(0.0) { $0 + Double($1) }
            #expect(abs(total - exact) <= 2e-7 * exact, "\(shape): \(total), not \(exact)")
        }
    }

    @Test(arguments: [1, 2]) func runAllocatesNothing(threads: Int) throws {
        let backend = try InstructionSet.best.backend(threads: threads)
        let buffers = try Self.bigMemory.map { try backend.makeBuffer(byteCount: $0.count) }
        let slots = Self.bigMemory.map { Program.Slot(role: .input, name: "", byteCount: $0.count) }
        let program = Program(slots: slots, kernels: Self.bigKernels, labels: Self.bigKernels.map { _ in "" })
        let executable = try backend.prepare(program, buffers: buffers)
        let before = strata_malloc_count()
        try executable.run()
        let after = strata_malloc_count()
        #expect(after == before)
        #expect(before > 0, "the counter does not count")
    }

    @Test func refusesWhatLeavesASlot() throws {
        let backend = try InstructionSet.best.backend()
        var e = Expression()
        let x = e.load(Operand(slot: 0, dtype: .float32, strides: [2]))
        let map = Map(extents: [6], expression: e, stores: [Store(value: x, target: dense(1, [6]))])
        let memory = [bytes([Float](repeating: 0, count: 10)), bytes([Float](repeating: 0, count: 6))]
        #expect(throws: StrataError.self) { try run([.map(map)], memory, on: backend) }
    }

    @Test func profileTellsEveryKernel() throws {
        let backend = try InstructionSet.best.backend()
        let buffers = try Self.bigMemory.map { try backend.makeBuffer(byteCount: $0.count) }
        let slots = Self.bigMemory.map { Program.Slot(role: .input, name: "", byteCount: $0.count) }
        let program = Program(slots: slots, kernels: Self.bigKernels, labels: Self.bigKernels.map { _ in "" })
        let seconds = try #require(try backend.prepare(program, buffers: buffers).profile())
        #expect(seconds.count == Self.bigKernels.count && seconds.allSatisfy { $0 > 0 })
    }

    // MARK: Kernels of many tasks

    private static let bigMemory: [[UInt8]] = [
        bytes((0..<600_000).map { Float(($0 * 7919) % 1013) * 1e-3 - 0.5 }),
        bytes((0..<600_000).map { Int32(truncatingIfNeeded: ($0 * 31) % 700) }),
        bytes([Float](repeating: 0, count: 600_000)),
    ]

    private static let bigKernels: [Kernel] = {
        var tape = Expression()
        let x = tape.load(dense(0, [700, 800]))
        let bias = tape.load(Operand(slot: 0, dtype: .float32, strides: [0, 1]))
        let y = tape.append(.unary(.tanh, tape.append(.binary(.add, x, bias))))
        var plain = Expression()
        let sum = plain.append(.accumulator)
        var epilogue = Expression()
        let product = epilogue.append(.accumulator)
        let shifted = epilogue.append(
            .binary(.add, product, epilogue.load(Operand(slot: 0, dtype: .float32, strides: [0, 0, 1]))))
        let z = epilogue.append(.unary(.sigmoid, shifted))
        func reduce(_ kept: [Int], _ reduced: [Int], _ strides: [Int], _ combiner: Reduce.Combiner) -> Kernel {
            var prologue = Expression()
            let x = prologue.load(Operand(slot: 0, dtype: .float32, strides: strides))
            _ = prologue.append(.binary(.multiply, x, x))
            return .reduce(
                Reduce(
                    kept: kept, reduced: reduced, combiner: combiner, prologue: prologue, epilogue: plain,
                    stores: [Store(value: sum, target: dense(2, kept))]))
        }
        func contract(_ m: Int, _ n: Int, _ k: Int, _ lhs: [Int], _ rhs: [Int], batch: Int = 1) -> Kernel {
            .contract(
                Contract(
                    batch: batch, m: m, n: n, k: k, lhs: Operand(slot: 0, dtype: .float32, strides: lhs),
                    rhs: Operand(slot: 0, dtype: .float32, offset: 5, strides: rhs), epilogue: epilogue,
                    stores: [Store(value: z, target: dense(2, [batch, m, n]))]))
        }
        return [
            .map(Map(extents: [700, 800], expression: tape, stores: [Store(value: y, target: dense(2, [700, 800]))])),
            reduce([1], [500_000], [0, 1], .sum), reduce([700], [800], [800, 1], .sum),
            reduce([800], [700], [1, 800], .sum), reduce([10], [50_000], [1, 10], .maximum),
            reduce([50_000], [10], [10, 1], .minimum),
            contract(250, 330, 700, [0, 700, 1], [0, 330, 1]), contract(250, 330, 700, [0, 1, 250], [0, 1, 700]),
            contract(1, 700, 600, [0, 0, 1], [0, 700, 1]), contract(600, 1, 900, [0, 900, 1], [0, 1, 0]),
            contract(64, 10, 1200, [0, 1200, 1], [0, 10, 1]),
            contract(50, 60, 40, [2000, 40, 1], [2400, 60, 1], batch: 20),
        ]
            + [false, true].map { accumulates in
                .scatterAdd(
                    ScatterAdd(
                        target: ArrayOperand(slot: 2, dtype: .float32, offset: 0, shape: [650, 300]),
                        indices: ArrayOperand(slot: 1, dtype: .int32, offset: 3, shape: [900]),
                        updates: ArrayOperand(slot: 0, dtype: .float32, offset: 1, shape: [900, 300]),
                        accumulates: accumulates))
            }
    }()

    /// Results too big for the caches are written past them: aligned, unaligned and with a remainder.
    @Test(arguments: InstructionSet.runnable)
    func bigResultsArrive(_ instructionSet: InstructionSet) throws {
        let n = (1 << 22) + 5
        let x = (0..<n).map { Float($0 & 0xFFFF) }
        for offset in [0, 1] {
            var e = Expression()
            let value = e.load(dense(0, [n]))
            let double = e.append(.binary(.add, value, value))
            let map = Kernel.map(
                Map(extents: [n], expression: e, stores: [Store(value: double, target: dense(1, [n], offset: offset))]))
            let target = [Float](repeating: -1, count: n + 2)
            let y: [Float] = values(
                try run([map], [bytes(x), bytes(target)], on: instructionSet.backend(threads: 2))[1])
            let expected = Array(target.prefix(offset)) + x.map { $0 + $0 } + target.suffix(2 - offset)
            #expect(y == expected)
        }
    }
}
