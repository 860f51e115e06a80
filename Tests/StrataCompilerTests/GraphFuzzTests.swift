import StrataBackend
import StrataGraph
import StrataReference
import Testing

@testable import StrataCompiler

/// Random graphs, compiled with and without fusion and all else that makes fewer kernels of them.
@Suite struct GraphFuzzTests {
    @Test(arguments: 0..<150) func fusionChangesNoResult(seed: UInt32) throws {
        let results = randomResults(seed)
        let graph = try Graph(outputs: results.enumerated().map { ("y\($0.offset)", $0.element) })
        let start = (0..<16).map { Float($0) / 8 - 1 }
        func values(_ optimization: Graph.Optimization) throws -> [[Float]] {
            let session = Session(backend: ReferenceBackend(configuration: .init()), optimization: optimization)
            let function = try session.prepare(graph)
            for name in ["x", "y"] where function.compiled.inputs.contains(where: { $0.name == name }) {
                try function.write(name, name == "x" ? start : start.reversed())
            }
            try function.run()
            return try results.indices.map { try function.read("y\($0)") }
        }
        for (fused, apart) in zip(try values(.full), try values(.none)) {
            #expect(zip(fused, apart).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) }, "\(graph)")
        }
    }

    /// A dozen arrays of 4 × 4, each made of some before it, of which the last few and one more are results.
    private func randomResults(_ seed: UInt32) -> [Tensor] {
        var state = UInt64(seed) &* 2 &+ 1
        func draw(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        var arrays = [Tensor.input("x", [4, 4]), .input("y", [4, 4])]
        func any() -> Tensor { arrays[draw(arrays.count)] }
        for _ in 0..<4 + draw(14) {
            let (a, b) = (any(), any())
            let next: Tensor = switch draw(10) {
            case 0: a + b
            case 1: (a * b).tanh()
            case 2: a.sine()
            case 3: a.transpose() - b
            case 4: a.dot(b).tanh()
            case 5: a.dot(b) * 0.25 + any()
            case 6: a * b.sum([draw(2)], keepingAxes: true).tanh()
            case 7: Tensor.concatenate([a, b]).slice(2..<6, axis: 0)
            case 8: a.slice(1..<4, axis: 0).pad(low: [draw(2), 0], high: [0, 0]).reshapedToFour(b)
            default: Tensor.concatenate([a, b], axis: 1).slice(1..<5, axis: 1) + a
            }
            arrays.append(next)
        }
        return Array(arrays.suffix(2)) + [any() * 2]
    }
}

extension Tensor {
    /// The array itself if it has four rows, else one with a row of another below it.
    fileprivate func reshapedToFour(_ other: Tensor) -> Tensor {
        shape[0] == 4 ? self : .concatenate([self, other.slice(0..<1, axis: 0)])
    }
}
