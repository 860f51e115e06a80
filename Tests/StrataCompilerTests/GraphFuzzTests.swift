import StrataBackend
import StrataGraph
import StrataReference
import Testing

@testable import StrataCompiler

/// Random graphs, compiled with and without fusion and all else that makes fewer kernels of them.
@Suite struct GraphFuzzTests {
    @Test(arguments: 0..<1500) func fusionChangesNoResult(seed: UInt32) throws {
        let results = randomResults(seed)
        let graph = try Graph(outputs: results.enumerated().map { ("y\($0.offset)", $0.element) })
        let start = (0..<16).map { Float($0) / 8 - 1 }
        func values(_ optimization: Graph.Optimization) throws -> [[Float]] {
            let session = Session(backend: ReferenceBackend(configuration: .init()), optimization: optimization)
            let function = try session.prepare(graph)
            for input in function.compiled.inputs {
                let factor = 3 + Float(input.name.dropFirst())!
                try function.write(input.name, start.map { ($0 * factor).truncatingRemainder(dividingBy: 1) })
            }
            try function.run()
            return try results.indices.map { try function.read("y\($0)") }
        }
        for (fused, apart) in zip(try values(.full), try values(.none)) {
            #expect(zip(fused, apart).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) }, "\(graph)")
        }
    }

    /// Arrays of 4 × 4, each made of some before it, and all of them results, doubled.
    private func randomResults(_ seed: UInt32) -> [Tensor] {
        var state = UInt64(seed) &* 2 &+ 1
        func draw(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        // Several to begin with, so that many kernels do not depend on one another.
        var arrays = (0..<6).map { Tensor.input("x\($0)", [4, 4]) }
        func any() -> Tensor { arrays[draw(arrays.count)] }
        for _ in 0..<8 + draw(16) {
            let (a, b) = (any(), any())
            // Most of them elementwise, which join kernels, and concatenations, which keep kernels apart.
            let next: Tensor =
                switch draw(20) {
                case 0...3: a + b
                case 4...8: (a * b).tanh()
                case 9...13: Tensor.concatenate([a, b]).slice(2..<6, axis: 0)
                case 14: a.sine()
                case 15: a.transpose() - b
                case 16: a.dot(b) * 0.25 + any()
                case 17: a * b.sum([draw(2)], keepingAxes: true).tanh()
                case 18: a.slice(1..<4, axis: 0).pad(low: [1, 0], high: [0, 0]) + b
                default: Tensor.concatenate([a, b], axis: 1).slice(1..<5, axis: 1) + a
                }
            arrays.append(next)
        }
        return arrays.map { $0 * 2 }
    }
}
