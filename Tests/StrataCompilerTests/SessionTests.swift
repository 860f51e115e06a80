import StrataBackend
import StrataCompiler
import StrataGraph
import StrataReference
import Testing

enum HostOnly {
    static var backend: any Backend { ReferenceBackend(configuration: BackendConfiguration()) }
}

@Suite struct SessionTests {
    @Test func graphsShareTheirState() throws {
        let session = Session(backend: HostOnly.backend, seed: 3)
        let count = StateVariable("count", [], initializer: .constant(5))
        let bump = try session.prepare(Graph(outputs: [], updates: [(count, count.tensor + 1)]))
        let look = try session.prepare(Graph(outputs: [("count", count.tensor)]))
        try bump.run()
        try bump.run()
        try look.run()
        #expect(try look.read("count") == [7])
    }

    @Test func initialValuesDependOnSeedAndNameAlone() throws {
        func values(_ seed: UInt32, _ names: [String]) throws -> [UInt8] {
            let session = Session(backend: HostOnly.backend, seed: seed)
            let variables = names.map { StateVariable($0, [5], initializer: .normal(mean: 0, standardDeviation: 1)) }
            _ = try session.prepare(Graph(outputs: [("y", variables.map(\.tensor).reduce(.constant(0, [5]), +))]))
            return try session.readVariable("b")
        }
        #expect(try values(1, ["a", "b"]) == values(1, ["b"]))
        #expect(try values(1, ["b"]) != values(2, ["b"]))
    }

    @Test func wrongNamesAndSizesAreErrors() throws {
        let session = Session(backend: HostOnly.backend)
        let function = try session.prepare(Graph(outputs: [("y", Tensor.input("x", [2]) + 1)]))
        #expect(throws: StrataError.self) { try function.write("z", [Float(1), 2]) }
        #expect(throws: StrataError.self) { try function.write("x", [Float(1)]) }
        #expect(throws: StrataError.self) { try function.write("x", [Double(1), 2]) }
        #expect(throws: StrataError.self) { try function.read("x") }
        let w = StateVariable("w", [2], initializer: .zeros)
        _ = try session.prepare(Graph(outputs: [("w", w.tensor)]))
        let other = StateVariable("w", [3], initializer: .zeros)
        #expect(throws: StrataError.self) { try session.prepare(Graph(outputs: [("w", other.tensor)])) }
    }

    @Test func whatABackendLacksRunsOnTheHost() throws {
        let x = Tensor.input("x", [3, 3]), w = StateVariable("w", [3, 3], initializer: .constant(0.5))
        let graph = try Graph(
            outputs: [("y", (x.dot(w.tensor) + 1).tanh().sum([1]))], updates: [(w, w.tensor + x.exponential())])
        func run(_ backend: any Backend) throws -> ([Float], [UInt8]) {
            let session = Session(backend: backend)
            let function = try session.prepare(graph)
            try function.write("x", (0..<9).map { Float($0) * 0.1 })
            try function.run()
            try function.run()
            return (try function.read("y"), try session.readVariable("w"))
        }
        let (expected, weights) = try run(HostOnly.backend)
        let backend = ContractOnlyBackend(configuration: BackendConfiguration())
        #expect(try graph.compiled(supports: backend.supports).program.kernels.contains(where: backend.supports))
        let (actual, mixedWeights) = try run(backend)
        #expect(actual == expected && mixedWeights == weights)
    }
}

/// The reference backend, but for contractions alone, and those without an epilogue.
private final class ContractOnlyBackend: Backend {
    static let identifier = "contract-only"
    static func probe() -> Availability { .available("a test") }
    let inner: ReferenceBackend

    init(configuration: BackendConfiguration) { inner = ReferenceBackend(configuration: configuration) }

    var deviceDescription: String { "a test" }
    func supports(_ kernel: Kernel) -> Bool {
        if case .contract(let contract) = kernel { contract.epilogue.instructions == [.accumulator] } else { false }
    }
    func makeBuffer(byteCount: Int) throws -> any Buffer { try inner.makeBuffer(byteCount: byteCount) }
    func synchronize() throws {}
    func prepare(_ program: Program, buffers: [any Buffer]) throws -> any Executable {
        #expect(program.kernels.allSatisfy(supports))
        return try inner.prepare(program, buffers: buffers)
    }
}
