import StrataBackend
import StrataGraph
import StrataReference
import Testing

@testable import StrataCompiler

@Suite struct ScheduleTests {
    /// Three layers, and their weights' descent along the gradient of a sum.
    private func program(batch: Int = 64) throws -> Program {
        let weights = (1...3).map { StateVariable("w\($0)", [32, 32], initializer: .zeros) }
        let y = weights.reduce(Tensor.input("x", [batch, 32])) { $0.dotTransposed($1.tensor).tanh() }
        let gradients = gradient(of: y.sum(), withRespectTo: weights.map(\.tensor))
        let graph = try Graph(
            outputs: [("y", y.sum())], updates: zip(weights, gradients).map { ($0, $0.tensor - $1 * 0.1) })
        return try graph.compiled().program
    }

    @Test func theGradientOfALayersWeightsGoesBeforeThatOfTheLayerBelow() throws {
        let labels = try program().labels
        func update(_ layer: Int) throws -> Int { try #require(labels.firstIndex { $0.contains("→ w\(layer) ") }) }
        #expect(try update(3) < update(2))
        #expect(try update(2) < update(1))
        // What the third layer passes down is still waited for when its weights have been updated.
        let below = try #require(labels.lastIndex { $0.hasPrefix("w2 dot") })
        #expect(try update(3) < below)
    }

    @Test func partsOfAConcatenationAreComputedWhereTheyLie() throws {
        let (x, y) = (Tensor.input("x", [8, 16]), Tensor.input("y", [24, 16]))
        let (a, b) = (x.dot(.input("w", [16, 16])), y.dot(.input("w", [16, 16])))
        // The first part is wanted besides; the inner concatenation is a part of the outer one.
        let inner = Tensor.concatenate([a, b])
        let program = try Graph(outputs: [
            ("z", Tensor.concatenate([inner, b * 2]).sum([1])), ("a", a.squared().sum()),
        ]).compiled().program
        #expect(program.kernels.map(\.className).filter { $0 == "map" } == [])
        // The whole, and the squares of a.
        #expect(program.slots[0].byteCount == (8 + 24 + 24 + 8) * 16 * 4)
        // Parts of columns too; but where only products of matrices are known, only those that begin on a cache line.
        for (shape, axis) in [([3, 5] as Shape, 0), ([16, 16], 1)] {
            let parts = (0..<2).map { Tensor.input("x\($0)", shape).dot(.input("w", [shape[1], shape[1]])) }
            let graph = try Graph(outputs: [("z", Tensor.concatenate(parts, axis: axis).sum())])
            for contractsGroups in [true, false] {
                var forms = KernelForms()
                forms.contractsGroups = contractsGroups
                let fusion = try Fusion(graph.optimized(forms: forms), forms: forms)
                let kernels = try Lowering(fusion, Schedule(fusion)).kernels
                #expect(kernels.contains { $0.className == "map" } == !contractsGroups)
            }
        }
    }

    /// Between zeros that its padding adds, in the order of axes that a reshape asks for, or both.
    @Test func aConcatenationLiesWithinALongerOne() throws {
        let parts = (0..<4).map { Tensor.input("x\($0)", [1, 16]).dot(.input("w", [16, 16])) }
        func kernels(_ some: [Int]) throws -> [String] {
            let whole = Tensor.concatenate(parts).dot(.input("v", [16, 16]))
            let run = Tensor.concatenate(some.map { parts[$0] }).dot(.input("u", [16, 16]))
            return try Graph(outputs: [("y", whole), ("z", run)]).compiled().program.kernels.map(\.className)
        }
        let products = [String](repeating: "contract", count: 6)
        #expect(try kernels([0, 1, 2]) == products)
        #expect(try kernels([2, 3]) == products)
        // Parts that are not in a row, or in another order, are copied.
        for copied in [[0, 2, 3], [1, 0], [3, 2]] { #expect(try kernels(copied).contains("map")) }
    }

    @Test func arraysAreComputedWhereTheirCopiesWouldLie() throws {
        let product = Tensor.input("x", [6, 4]).dot(.input("w", [4, 15])).reshape([6, 3, 5])
        func kernels(_ y: Tensor) throws -> [String] {
            try Graph(outputs: [("y", y.squared().sum())]).compiled().program.kernels.map(\.className)
        }
        let padded = product.pad(low: [0, 1, 0], high: [0, 0, 2], interior: [0, 0, 0])
        #expect(try kernels(padded) == ["contract", "map", "map", "reduce"])
        let turned = product.transpose([1, 0, 2]).reshape([3, 30]).dot(.input("v", [30, 8]))
        #expect(try kernels(turned) == ["contract", "contract", "reduce"])
    }

    private static let table = StateVariable("table", [1000, 4], initializer: .zeros)

    @Test func rowsAreAddedInPlace() throws {
        let indices = Tensor.input("indices", [3], dtype: .int32)
        let table = Self.table.tensor
        let graph = try Graph(
            outputs: [], updates: [(Self.table, table.adding(table.gather(indices) * 2 + 1, at: indices))])
        let program = try graph.compiled().program
        // Gather, and add: nothing has as many elements as the table.
        #expect(program.kernels.map(\.className) == ["map", "scatterAdd"])
        #expect(program.slots[0].byteCount == 64)
        for optimization in [Graph.Optimization.full, .none] {
            let session = Session(backend: ReferenceBackend(configuration: .init()), optimization: optimization)
            let step = try session.prepare(graph)
            for _ in 0..<2 {
                try step.write("indices", [7, 999, 7] as [Int32])
                try step.run()
            }
            let values = try session.readVariable("table").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            // A row named twice: 0, then 0 + 1 + 1, then 2 + 5 + 5; one named once: 0, 1, 1 + 3.
            #expect(values[28..<32].allSatisfy { $0 == 12 } && values[3996..<4000].allSatisfy { $0 == 4 })
            #expect(values.reduce(0, +) == 64)
        }
    }

    @Test func rowsAreAddedToACopyWhereTheOldTableIsStillWanted() throws {
        let sum = StateVariable("sum", [4], initializer: .zeros)
        // What the table was is read again, once it has changed.
        let indices = Tensor.input("indices", [3], dtype: .int32)
        let table = Self.table.tensor
        let changed = table.adding(table.gather(indices) + 1, at: indices)
        let graph = try Graph(
            outputs: [], updates: [(Self.table, changed), (sum, (changed * table + changed).sum([0]))])
        for optimization in [Graph.Optimization.full, .none] {
            let session = Session(backend: ReferenceBackend(configuration: .init()), optimization: optimization)
            let step = try session.prepare(graph)
            for _ in 0..<2 {
                try step.write("indices", [1, 2, 3] as [Int32])
                try step.run()
            }
            let sums = try session.readVariable("sum").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            // Three rows that go from 0 to 1 and from 1 to 3: 3 · (3 · 1 + 3).
            #expect(sums == [18, 18, 18, 18])
        }
    }
}
