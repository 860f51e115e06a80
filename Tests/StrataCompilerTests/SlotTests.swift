import StrataBackend
import StrataCompiler
import StrataGraph
import Testing

/// Inputs, variables, outputs and literals are told apart by what they are, not by their names alone.
@Suite struct SlotTests {
    @Test(arguments: ["arena", "rows", "key", "x", "output y", "y", "literal 1"])
    func aVariableMayHaveAnyName(name: String) throws {
        let variable = StateVariable(name, [2], initializer: .uniform(low: 1, high: 2))
        let graph = try Graph(
            outputs: [("y", variable.tensor * 2 + Tensor.input("x", [2]))],
            updates: [(variable, variable.tensor + Tensor.literal([10, 20] as [Float], [2]))])
        let session = Session(backend: HostOnly.backend, seed: 4)
        let function = try session.prepare(graph)
        let start = try floats(session.readVariable(name))
        #expect(start.allSatisfy { 1 <= $0 && $0 < 2 })
        try function.write("x", [100, 200] as [Float])
        try function.run()
        #expect(try function.read("y") == [start[0] * 2 + 100, start[1] * 2 + 200])
        #expect(try floats(session.readVariable(name)) == [start[0] + 10, start[1] + 20])
    }

    @Test func anInputAPlacedOneAndAVariableShareAName() throws {
        let variable = StateVariable("a", [2], initializer: .constant(1))
        let session = Session(backend: HostOnly.backend)
        let graph = try Graph(
            outputs: [("a", Tensor.input("a", [2]) - variable.tensor)], updates: [(variable, variable.tensor * 3)])
        let function = try session.prepare(graph)
        try function.write("a", [5, 6] as [Float])
        try function.run()
        #expect(try function.read("a") == [4, 5])
        try [8, 9].map(Float.init).withUnsafeBytes { try session.place("a", TensorType([2]), $0) }
        let placed = try session.prepare(graph)
        try placed.run()
        #expect(try placed.read("a") == [5, 6])
        #expect(session.variables.map(\.name) == ["a"])
        #expect(try floats(session.readVariable("a")) == [9, 9])
    }

    @Test func twoResultsOfOneNameAreErrors() {
        let w = StateVariable("w", [], initializer: .zeros)
        #expect(throws: StrataError.self) { try Graph(outputs: [], updates: [(w, w.tensor + 1), (w, w.tensor + 2)]) }
        #expect(throws: StrataError.self) { try Graph(outputs: [("y", w.tensor), ("y", w.tensor + 2)]) }
    }

    private func floats(_ bytes: [UInt8]) -> [Float] { bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } }
}
