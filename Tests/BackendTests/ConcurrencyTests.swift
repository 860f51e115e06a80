import StrataBLAS
import StrataBackend
import StrataCompiler
import StrataGraph
import StrataOpenCL
import StrataReference
import StrataSIMD
import Testing

/// Functions that share a session's weights, run by eight tasks at once.
@Suite(.serialized) struct ConcurrencyTests {
    /// A network of products, a reduction, draws and a decomposition, so that every part of a backend is at work.
    private static func graph() throws -> Graph {
        let first = StateVariable("first", [96, 64], initializer: .linear(fanIn: 64))
        let second = StateVariable("second", [32, 96], initializer: .orthogonal(gain: 1))
        let x = Tensor.input("x", [128, 64])
        let noise = RandomKey(.input("key", [2], dtype: .int32)).normal([128, 96])
        let h = (x.dotTransposed(first.tensor) + noise * 0.1).tanh()
        let weights: [Float] = (0..<32).map { Float($0) }
        let y = h.dotTransposed(second.tensor).softmax(axis: 1) * Tensor.literal(weights, [32])
        let values = (h.transpose().dot(h) + Tensor.identity(96)).symmetricEigen().values
        return try Graph(outputs: [("y", y), ("values", values)])
    }

    private static func evaluate(_ function: Function, _ number: Int) throws -> [Float] {
        let values: [Float] = (0..<128 * 64).map { (element: Int) -> Float in
            let position = (element * 31 + number * 977) % 1000
            return Float(position) / 500 - 1
        }
        try function.write("x", values)
        try function.write("key", [Int32(number), 3])
        try function.run()
        return try function.read("y") + function.read("values")
    }

    @Test(arguments: BackendConformanceTests.backends.map { $0.identifier }) func eightTasksGiveTheBitsOfOne(
        identifier: String
    ) async throws {
        guard let type = BackendConformanceTests.backends.first(where: { $0.identifier == identifier }),
            case .available = type.probe()
        else {
            print("skipped: \(identifier) is unavailable")
            return
        }
        let session = Session(backend: try type.init(configuration: BackendConfiguration(threads: 2)), seed: 2)
        let graph = try Self.graph()
        let alone = try session.prepare(graph)
        let expected = try (0..<8).map { try Self.evaluate(alone, $0) }
        try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
            for number in 0..<8 {
                group.addTask {
                    var result: [Float] = []
                    for turn in 0..<3 {
                        // Made while others run: some anew, some as copies.
                        let function = try session.prepare(graph)
                        let own = turn == 0 ? function : try function.copy()
                        for _ in 0..<4 { result = try Self.evaluate(own, number) }
                    }
                    return (number, result)
                }
            }
            for try await (number, result) in group {
                #expect(result == expected[number], "\(identifier), task \(number)")
            }
        }
    }
}
