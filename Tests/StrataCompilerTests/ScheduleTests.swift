import StrataBackend
import StrataGraph
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
}
