import StrataBackend
import StrataCompiler
import StrataGraph
import Testing

/// Whole numbers that floats cannot tell apart are moved as they are.
@Suite struct WholeNumberTests {
    @Test(arguments: BackendConformanceTests.backends.map { $0.identifier }) func numbersBeyondFloatsAreMoved(
        identifier: String
    ) throws {
        guard let type = BackendConformanceTests.backends.first(where: { $0.identifier == identifier }),
            case .available = type.probe()
        else { return }
        let session = Session(backend: try type.init(configuration: BackendConfiguration()), seed: 1)
        let numbers: [Int32] = (0..<24).map { (1 << 24) + 1 + 2 * $0 } + [.max, .min, -1, 0]
        let table = Tensor.input("table", [7, 4], dtype: .int32)
        let rows = Tensor.input("rows", [3], dtype: .int32)
        let function = try session.prepare(
            Graph(outputs: [
                ("gathered", table.gather(rows)), ("turned", table.transpose()),
                ("joined", .concatenate([table.slice(1..<3, axis: 0), table])),
                ("padded", table.pad(low: [0, 1], high: [0, 0], interior: [0, 0])),
                ("found", Tensor.iota([1 << 8]).gather(table.slice(6..<7, axis: 0).reshape([4]))),
            ]))
        try function.write("table", numbers)
        try function.write("rows", [6, 0, 3] as [Int32])
        try function.run()
        func row(_ i: Int) -> [Int32] { Array(numbers[4 * i..<4 * i + 4]) }
        #expect(try function.read("gathered", as: Int32.self) == row(6) + row(0) + row(3))
        #expect(
            try function.read("turned", as: Int32.self) == (0..<4).flatMap { c in (0..<7).map { numbers[4 * $0 + c] } })
        #expect(try function.read("joined", as: Int32.self) == row(1) + row(2) + numbers)
        #expect(try function.read("padded", as: Int32.self) == (0..<7).flatMap { [0] + row($0) })
        // The greatest number is clamped to the last row, the least to the first.
        #expect(try function.read("found") == [255, 0, 0, 0])
    }
}
