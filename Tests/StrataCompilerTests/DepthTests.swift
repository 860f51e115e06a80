import StrataBackend
import StrataGraph
import StrataReference
import StrataSIMD
import Testing

@testable import StrataCompiler

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Graphs far deeper than a thread's stack has room for frames.
@Suite(.serialized) struct DepthTests {
    /// `h ← tanh(h · w) · 1.5`, with a few elementwise nodes more in most layers.
    private static func network(layers: Int) -> (loss: Tensor, weight: StateVariable) {
        let weight = StateVariable("w", [4, 4], initializer: .constant(0.3))
        var h = Tensor.input("x", [2, 4])
        for layer in 0..<layers {
            if layer.isMultiple(of: 8) { h = h.dot(weight.tensor) }
            h = (h * 1.01).sine() + h * 0.1
        }
        return (h.sum(), weight)
    }

    /// The loss, and the weight after a step along its gradient.
    private static func step(layers: Int, on backend: any Backend) throws -> (
        nodes: Int, loss: [Float], weight: [UInt8]
    ) {
        let (loss, weight) = network(layers: layers)
        let slope = gradient(of: loss, withRespectTo: [weight.tensor])[0]
        let graph = try Graph(outputs: [("loss", loss)], updates: [(weight, weight.tensor - slope * 0.01)])
        let session = Session(backend: backend)
        let function = try session.prepare(graph)
        try function.write("x", (0..<8).map { Float($0) * 0.1 })
        try function.run()
        return (graph.nodes.count, try function.read("loss"), try session.readVariable("w"))
    }

    @Test(arguments: ["reference", "simd"]) func aHundredThousandNodesNeedNoDeepStack(name: String) throws {
        let result = try onSmallStack {
            let backend: any Backend =
                name == "simd"
                ? try SIMDBackend(configuration: BackendConfiguration(threads: 2))
                : ReferenceBackend(configuration: .init())
            return try Self.step(layers: 8700, on: backend)
        }
        #expect(result.nodes > 100_000)
        #expect(result.loss[0].isFinite)
        #expect(result.weight.withUnsafeBytes { $0.bindMemory(to: Float.self).allSatisfy(\.isFinite) })
    }

    @Test func aDeepTensorIsReleasedOneNodeAtATime() throws {
        try onSmallStack {
            var h = Tensor.input("x", [])
            for _ in 0..<300_000 { h = h.sine() }
            // Shared by two, so that the release begins at either.
            var (a, b) = (h + 1, h * 2)
            for _ in 0..<100_000 { (a, b) = (b.sine(), a.cosine()) }
        }
    }

    @Test func partsOfPartsAreFoundWithoutRecursion() throws {
        let result = try onSmallStack {
            var (joined, x) = (Tensor.input("x", [1, 16]).sine(), Tensor.input("x", [1, 16]))
            for _ in 0..<300 {
                joined = Tensor.concatenate([joined, x.cosine()])
                x = x * 0.5
            }
            let graph = try Graph(outputs: [("y", joined.squared().sum())])
            return try graph.compiled().program.kernels.count
        }
        #expect(result > 0)
    }

    @Test func kernelsGrowNoLongerThanTheirLimit() throws {
        var h = Tensor.input("x", [4])
        for _ in 0..<3 * Fusion.nodeLimit { h = h.sine() }
        #expect(try Graph(outputs: [("y", h)]).compiled().program.kernels.count == 3)
    }
}

/// Runs a body on a thread with a stack of 512 KB.
private func onSmallStack<Result>(_ body: @escaping () throws -> Result) throws -> Result {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, 512 << 10)
    var result: Swift.Result<Result, any Error>?
    let work = Work { result = .init(catching: body) }
    let box = Unmanaged.passRetained(work)
    var thread = pthread_t()
    let status = pthread_create(
        &thread, &attributes,
        { argument in
            Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
            return nil
        }, box.toOpaque())
    try #require(status == 0)
    pthread_join(thread, nil)
    return try #require(result).get()
}

private final class Work {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
}
