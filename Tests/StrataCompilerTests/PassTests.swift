import StrataBackend
import StrataGraph
import Testing

@testable import StrataCompiler

/// Each pass, as what it makes of a small graph.
@Suite struct PassTests {
    private let x = Tensor.input("x", [2, 3])
    private let w = StateVariable("w", [4, 3], initializer: .zeros)

    private func graph(_ y: Tensor) throws -> Graph { try Graph(outputs: [("y", y)]) }

    @Test func simplifyRemovesNeutralConstantsAndCancellingMovements() throws {
        let before = try graph(-(-((x * 1 + 0).transpose().transpose().stopGradient())))
        #expect(before.nodes.count == 10)
        #expect(
            try before.simplified().withoutDeadCode().description == """
                %0 = input x : float32 [2, 3]
                output y = %0
                """)
    }

    @Test func simplifyFoldsConstants() throws {
        let before = try graph(x + Tensor.constant(2, [3]) * Tensor.constant(3, [3]))
        #expect(
            try before.simplified().withoutDeadCode().description == """
                %0 = input x : float32 [2, 3]
                %1 = constant 6.0 : float32 [2, 3]
                %2 = add(%0, %1) : float32 [2, 3]
                output y = %2
                """)
    }

    @Test func simplifyKeepsWhatANotANumberWouldShow() throws {
        #expect(try graph(x * 0).simplified().nodes.contains { $0.op == .binary(.multiply) })
        #expect(try graph(x - x).simplified().nodes.contains { $0.op == .binary(.subtract) })
    }

    @Test func simplifyTakesAPartOfAConcatenationFromItsPart() throws {
        let joined = Tensor.concatenate([x, .input("y", [4, 3]), x])
        #expect(
            try graph(joined.slice(3..<5, axis: 0)).simplified().withoutDeadCode().description == """
                %0 = input y : float32 [4, 3]
                %1 = slice(%0) [1, 0]..<[3, 3] by [1, 1] : float32 [2, 3]
                output y = %1
                """)
        let across = try graph(joined.slice(1..<5, axis: 0)).simplified().withoutDeadCode()
        #expect(across.nodes.contains { $0.op.name == "concatenate" })
    }

    /// The gradient of slices is the concatenation of theirs, that of a weight used again and again one product.
    @Test func gradientsOfManyUsesArePutTogether() throws {
        let steps = 5
        let sequence = Tensor.input("s", [steps, 2, 3])
        let (_, states) = Tensor.scan([sequence], carry: [.constant(0, [2, 4])]) { carry, element in
            let state = (element[0].dotTransposed(w.tensor) + carry[0]).tanh()
            return ([state], [state])
        }
        let slopes = gradient(of: states[0].sum(), withRespectTo: [sequence, w.tensor])
        let both = try Graph(outputs: [("s", slopes[0]), ("w", slopes[1])])
        let names = both.nodes.map(\.op.name)
        #expect(!names.contains("pad"))
        // Forward and to the sequence at each step, and one for the weight.
        #expect(names.count { $0 == "dot" } == 2 * steps + 1)
    }

    /// So that who wants all of them may read them in a kernel of its own.
    @Test func simplifyGathersAFewRowsAlone() throws {
        let rows = x.gather(.input("indices", [16], dtype: .int32)) * 2
        let before = try graph(rows - rows.slice(3..<4, axis: 0).reshape([3]))
        #expect(
            try before.simplified().withoutDeadCode().description == """
                %0 = input x : float32 [2, 3]
                %1 = input indices : int32 [16]
                %2 = gather(%0, %1) : float32 [16, 3]
                %3 = constant 2.0 : float32 [16, 3]
                %4 = multiply(%2, %3) : float32 [16, 3]
                %5 = slice(%1) [3]..<[4] by [1] : int32 [1]
                %6 = gather(%0, %5) : float32 [1, 3]
                %7 = constant 2.0 : float32 [1, 3]
                %8 = multiply(%6, %7) : float32 [1, 3]
                %9 = reshape(%8) : float32 [3]
                %10 = broadcast(%9) [1] : float32 [16, 3]
                %11 = subtract(%4, %10) : float32 [16, 3]
                output y = %11
                """)
        let many = try graph(rows.slice(0..<3, axis: 0))
        #expect(try many.simplified().withoutDeadCode().description == many.description)
        // A long chain each of whose links needs the one before twice.
        let chain = (0..<64).reduce(rows) { chain, _ in chain * chain }
        #expect(try graph(chain.slice(0..<1, axis: 0)).simplified().withoutDeadCode().nodes.count == 70)
        // Not what takes more than gathering.
        let product = try graph((rows.dot(w.tensor.transpose()) * 2).slice(0..<1, axis: 0))
        #expect(try product.simplified().withoutDeadCode().description == product.description)
    }

    @Test func transposesBecomeAxesOfTheContraction() throws {
        let before = try graph(x.dot(w.tensor.transpose()).transpose())
        #expect(
            before.description == """
                %0 = input x : float32 [2, 3]
                %1 = state w : float32 [4, 3]
                %2 = transpose(%1) [1, 0] : float32 [3, 4]
                %3 = dot(%0, %2) [1]·[0] : float32 [2, 4]
                %4 = transpose(%3) [1, 0] : float32 [4, 2]
                output y = %4
                """)
        #expect(
            try before.withMovementFolded().withoutDeadCode().description == """
                %0 = input x : float32 [2, 3]
                %1 = state w : float32 [4, 3]
                %2 = dot(%1, %0) [1]·[1] : float32 [4, 2]
                output y = %2
                """)
    }

    @Test func aStepAlongAScatteredGradientAddsRows() throws {
        let (indices, rate) = (Tensor.input("i", [5], dtype: .int32), Tensor.input("rate", []))
        let rows = Tensor.input("rows", [5, 3])
        let before = try graph(w.tensor - rows.scatterAdd(to: 4, indices: indices) * rate)
        #expect(
            try before.withUpdatesScattered().withoutDeadCode().description == """
                %0 = state w : float32 [4, 3]
                %1 = input i : int32 [5]
                %2 = input rows : float32 [5, 3]
                %3 = input rate : float32 []
                %4 = broadcast(%3) [] : float32 [5, 3]
                %5 = multiply(%2, %4) : float32 [5, 3]
                %6 = negate(%5) : float32 [5, 3]
                %7 = addRows(%0, %1, %6) : float32 [4, 3]
                output y = %7
                """)
        // Not where each row has a factor of its own.
        let scaled = try graph(w.tensor - rows.scatterAdd(to: 4, indices: indices) * Tensor.input("s", [4, 3]))
        #expect(try scaled.withUpdatesScattered().description == scaled.description)
    }

    @Test func equalThingsAreComputedOnce() throws {
        let before = try graph(x.exponential() + x.exponential())
        #expect(before.nodes.count == 4)
        #expect(
            try before.withoutCommonSubexpressions().description == """
                %0 = input x : float32 [2, 3]
                %1 = exponential(%0) : float32 [2, 3]
                %2 = add(%1, %1) : float32 [2, 3]
                output y = %2
                """)
    }

    @Test func equalDrawsAreOneAndOthersAreNot() throws {
        let key = RandomKey(.input("key", [2], dtype: .int32))
        let same = try graph(key.uniform([4]) + key.uniform([4])).withoutCommonSubexpressions()
        let different = try graph(key.named("a").uniform([4]) + key.named("b").uniform([4]))
            .withoutCommonSubexpressions()
        #expect(same.nodes.count == 3 && different.nodes.count == 4)
    }

    /// The witness for the other passes goes through none of them.
    @Test func withoutOptimizationThereAreNoOtherPasses() {
        #expect(Graph.passes(.none).map(\.name) == ["common subexpressions", "materialize"])
        #expect(Graph.passes(.full).count == 15)
    }

    @Test func deadCodeGoes() throws {
        var before = try Graph(outputs: [("y", x.exponential()), ("z", x.sine())])
        before.outputs.removeLast()
        #expect(before.nodes.count == 3)
        #expect(before.withoutDeadCode().nodes.count == 2)
    }

    @Test func convolutionBecomesWindowsAndAContraction() throws {
        let image = Tensor.input("image", [1, 2, 5, 5]), filter = Tensor.input("filter", [3, 2, 3, 3])
        let after = try graph(image.convolve(filter, ConvolutionWindow(paddingLow: [1, 1]))).withConvolutionsSplit()
            .simplified().withoutDeadCode()
        #expect(
            after.nodes.map(\.op.name) == [
                "input", "input", "transpose", "pad", "transpose", "windows", "dot", "transpose",
            ])
    }

    /// Without the zeros between its pixels: a filter of 4 × 4 at stride 2 has 2 × 2 terms for each phase.
    @Test func aTransposedConvolutionBecomesItsPhases() throws {
        let image = Tensor.input("image", [3, 5, 7, 7])
        for (size, terms) in [(4, [5, 2, 2]), (3, [5, 2, 2]), (5, [5, 3, 3]), (2, [5, 1, 1])] {
            let filter = Tensor.input("filter", [5, 6, size, size])
            let after = try graph(image.convolveTransposed(filter, stride: 2, padding: 1)).withConvolutionsSplit()
            #expect(!after.nodes.contains { if case .pad(_, _, [0, 0, 1, 1]) = $0.op { true } else { false } })
            let dot = try #require(after.nodes.first { $0.op.name == "dot" })
            guard case .dot(let axes) = dot.op else { return }
            let left = after.nodes[dot.inputs[0]].type.shape
            #expect(axes.leftContract.map { left[$0] } == terms, "\(size)")
        }
    }

    @Test func movementSinksBelowWhatFollows() throws {
        let v = StateVariable("v", [16, 3], initializer: .zeros)
        let y = Tensor.input("x", [2, 7, 3]).dot(v.tensor.transpose()).transpose([0, 2, 1])
        let bias = Tensor.input("b", [16]).reshape([1, 16, 1])
        let after = try graph((y * 8 + bias).relu().sum([2])).withMovementSunk()
        let names = after.nodes.map(\.op.name)
        // What is computed is in the order of the contraction; one movement is left, of the result.
        let last = try #require(names.lastIndex(of: "reduce.sum"))
        #expect(after.nodes[last].type.shape == [2, 16])
        #expect(!after.nodes.contains { $0.op.isElementwise && $0.type.shape == [2, 16, 7] })
        // A weight becomes what it becomes in its own order.
        let update = try Graph(
            outputs: [], updates: [(v, v.tensor - Tensor.input("g", [3, 16]).exponential().transpose())])
        #expect(
            try update.withMovementSunk().nodes.contains { $0.op == .binary(.subtract) && $0.type.shape == [16, 3] })
    }

    @Test func movementSinksBelowOtherViewsAndConcatenations() throws {
        let v = StateVariable("v", [16, 3], initializer: .zeros)
        let y = Tensor.input("x", [2, 7, 3]).dot(v.tensor.transpose()).transpose([0, 2, 1])
        let groups = y.reshape([2, 4, 4, 7]).slice(1..<3, axis: 1)
        let after = try graph(.concatenate([groups, groups.exponential()], axis: 1)).withMovementSunk()
        let exponential = try #require(after.nodes.first { $0.op == .unary(.exponential) })
        #expect(exponential.type.shape == [2, 7, 2, 4])
        #expect(after.nodes.contains { $0.op == .concatenate(axis: 2) && $0.type.shape == [2, 7, 4, 4] })
        // What is mostly repeated has no order of its own.
        let mean = y.mean([2], keepingAxes: true).broadcast(to: [2, 16, 70], axes: [0, 1, 2]).transpose([2, 0, 1])
        #expect(try graph(mean.exponential()).withMovementSunk().nodes.contains { $0.type.shape == [70, 2, 16] })
    }

    @Test func splitResultsOfContractionsAreSplitOperands() throws {
        let after = try graph(x.dotTransposed(w.tensor).reshape([2, 2, 2]).transpose([0, 2, 1]))
            .withMovementFolded().withMovementFolded().withoutDeadCode()
        #expect(after.nodes.map(\.op.name) == ["input", "state", "reshape", "transpose", "dot"])
        #expect(after.nodes.last?.type.shape == [2, 2, 2])
    }

    @Test func materializeCopiesOnlyWhereStridesCannotSay() throws {
        let split = try graph(x.reshape([3, 2]).exponential()).materialized()
        #expect(split.nodes.map(\.op.name) == ["input", "reshape", "exponential"])
        let crossed = try graph(x.transpose().reshape([6]).exponential()).materialized()
        #expect(crossed.nodes.map(\.op.name) == ["input", "transpose", "cast", "reshape", "exponential"])
        let view = try graph(x.transpose()).materialized()
        #expect(view.nodes.map(\.op.name) == ["input", "transpose", "cast"])
    }

    // MARK: Fusion

    private func labels(_ graph: Graph) throws -> [String] { try graph.compiled().program.labels }

    @Test func anEpilogueJoinsItsContraction() throws {
        let b = StateVariable("b", [4], initializer: .zeros)
        let layer = try graph((x.dotTransposed(w.tensor) + b.tensor).tanh())
        #expect(try layer.compiled(.none).program.kernels.count == 3)
        #expect(try labels(layer) == ["x dot+add+tanh"])
    }

    @Test func aPrologueAndAnEpilogueJoinTheirReduction() throws {
        let x = Tensor.input("x", [2, 12])
        #expect(try labels(graph(x.squared().sum([1]).squareRoot())) == ["multiply+reduce.sum+squareRoot"])
    }

    @Test func reductionsOfAFewElementsAreElementwise() throws {
        #expect(
            try labels(graph(x.squared().sum([1]).squareRoot())) == ["multiply+multiply+add+multiply+add+squareRoot"])
        let pooled = Tensor.input("x", [1, 2, 4, 4]).windows([2, 2], strides: [2, 2]).maximum(over: [2, 3])
        #expect(try labels(graph(pooled)) == ["maximum+maximum+maximum"])
    }

    @Test func whatFollowsFromAStoredValueIsComputedAgain() throws {
        // The sum cannot be known before all of the product is stored; what is centred is computed from it twice.
        let y = Tensor.input("x", [2, 12]).dot(.input("w", [12, 16]))
        let centred = y - y.mean([1], keepingAxes: true)
        let program = try graph(centred * centred.squared().sum([1], keepingAxes: true)).compiled().program
        #expect(program.kernels.map(\.className) == ["contract", "reduce", "reduce", "map"])
    }

    @Test func aValueThatOthersNeedIsStoredNotRepeated() throws {
        let e = Tensor.input("x", [2, 12]).exponential()
        #expect(try labels(graph(e / e.sum([1], keepingAxes: true))) == ["exponential", "reduce.sum", "divide"])
    }

    @Test func drawsAreMadeWhereTheyAreCompared() throws {
        let key = RandomKey(.input("key", [2], dtype: .int32))
        let bits = try graph(key.bernoulli(x.dotTransposed(w.tensor).sigmoid()))
        #expect(try labels(bits).count == 1)
    }

    @Test func aKernelNeverDependsOnItself() throws {
        // The sum needs all of e before the product can be formed, so the product cannot join e's kernel.
        let e = x.dotTransposed(w.tensor).exponential()
        #expect(try labels(graph(e * e.sum())).count == 3)
    }

    // MARK: State

    @Test func anUpdateIsMadeInPlace() throws {
        let program = try Graph(outputs: [], updates: [(w, w.tensor * 0.5)]).compiled().program
        #expect(program.kernels.count == 1)
        #expect(program.slots.map(\.name) == ["arena", "w"] && program.slots[0].byteCount == 0)
    }

    @Test func anUpdateWaitsForReadersOfTheOldValue() throws {
        let graph = try Graph(outputs: [("y", x.dotTransposed(w.tensor))], updates: [(w, w.tensor * 0.5)])
        let program = try graph.compiled().program
        #expect(program.labels == ["x dot", "→ w multiply"])
    }

    @Test func anUpdateThatCannotBeInPlaceIsCopiedAtTheEnd() throws {
        let square = StateVariable("s", [3, 3], initializer: .zeros)
        let graph = try Graph(outputs: [], updates: [(square, square.tensor + square.tensor.transpose())])
        #expect(try graph.compiled().program.labels == ["add", "copy s"])
    }

    @Test func twoVariablesCanTradePlaces() throws {
        let a = StateVariable("a", [2], initializer: .zeros), b = StateVariable("b", [2], initializer: .zeros)
        let graph = try Graph(outputs: [], updates: [(a, b.tensor), (b, a.tensor)])
        let session = Session(backend: HostOnly.backend)
        let swap = try session.prepare(graph)
        try [Float(1), 2].withUnsafeBytes { try session.writeVariable("a", $0) }
        try [Float(3), 4].withUnsafeBytes { try session.writeVariable("b", $0) }
        try swap.run()
        #expect(try session.readVariable("a") == [Float(3), 4].withUnsafeBytes(Array.init))
        #expect(try session.readVariable("b") == [Float(1), 2].withUnsafeBytes(Array.init))
    }

    // MARK: Memory

    @Test func valuesShareMemoryUnlessTheyLiveAtOnce() {
        let plan = MemoryPlan([
            .init(id: 0, byteCount: 100, lifetime: 0...1), .init(id: 1, byteCount: 60, lifetime: 1...2),
            .init(id: 2, byteCount: 100, lifetime: 2...3),
        ])
        #expect(plan.offsets == [0: 0, 1: 128, 2: 0] && plan.byteCount == 192)
    }

    @Test(arguments: 0..<20) func noTwoLivingValuesOverlap(seed: UInt32) {
        let values = (0..<40).map { i -> MemoryPlan.Value in
            let words = Threefry.block(key: (seed, 0), counter: (UInt32(i), 0))
            let start = Int(words.0 % 30)
            return .init(id: i, byteCount: Int(words.1 % 5000), lifetime: start...start + Int(words.1 >> 20) % 8)
        }
        let plan = MemoryPlan(values)
        for (i, a) in values.enumerated() {
            for b in values[(i + 1)...] where a.lifetime.overlaps(b.lifetime) && a.byteCount > 0 && b.byteCount > 0 {
                let (p, q) = (plan.offsets[a.id]!, plan.offsets[b.id]!)
                #expect(p + a.byteCount <= q || q + b.byteCount <= p)
            }
        }
    }

    // MARK: Mistakes

    @Test func aMistakeIsReportedWithItsPlace() throws {
        let wrong = x.dot(w.tensor)
        let line = #line - 1
        #expect(
            throws: StrataError(.shape, "dot: axis 1 of [2, 3] has 3, axis 0 of [4, 3] has 4 (PassTests.swift:\(line))")
        ) {
            try Graph(outputs: [("y", wrong + 1)])
        }
    }

    @Test func theVerifierSeesABrokenGraph() throws {
        var broken = try graph(x.exponential())
        broken.nodes[1].type = TensorType([3])
        #expect(throws: StrataError.self) { try broken.verify() }
        broken = try graph(x.exponential())
        broken.nodes[1].inputs = [1]
        #expect(throws: StrataError.self) { try broken.verify() }
    }
}
