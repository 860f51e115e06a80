import StrataBackend
import StrataData
import Testing

@Suite struct DataSetTests {
    static func split(_ count: Int) throws -> DataSplit {
        try DataSplit(
            dtype: .uint8, exampleShape: [2], bytes: (0..<count).flatMap { [UInt8($0), 255] }, count: count,
            labels: Labels(values: (0..<count).map { Int32($0 % 3) }, classNames: ["a", "b", "c"]),
            factors: Factors(names: ["n", "m"], sizes: [99, 9], values: (0..<count).flatMap { [Int32($0), 5] }),
            targets: Targets(names: ["half", "one"], values: (0..<count).flatMap { [Float($0) / 2, 1] }))
    }

    @Test func splitsTheLastTenthOfAShuffle() throws {
        let all = try Self.split(50)
        let data = try DataSet(name: "set", splitting: all, seed: 4)
        #expect(data.train.count == 45 && data.test.count == 5)
        let bytes = try data.train.bytes + data.test.bytes
        let order = bytes.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        #expect(order.sorted() == Array(0..<50) && order != Array(0..<50))
        #expect(data.notes.first?.contains("last 10 % (5 of 50, shuffled by seed 4)") == true)
        // Labels, factors and targets move with their examples.
        for part in [data.train, data.test] {
            let bytes = try part.bytes
            for i in 0..<part.count {
                #expect(part.labels?.values[i] == Int32(bytes[2 * i] % 3))
                #expect(part.factors?.values[2 * i] == Int32(bytes[2 * i]))
                #expect(part.targets?.values[2 * i] == Float(bytes[2 * i]) / 2)
            }
        }
        #expect(try DataSet(name: "set", splitting: all, seed: 5).test != data.test)
        #expect(try DataSet(name: "two", splitting: Self.split(2), seed: 0).test.count == 1)
        #expect(message { try DataSet(name: "one", splitting: Self.split(1), seed: 0) }.contains("at least 2"))
    }

    @Test func scalesBytesAndLeavesFloats() throws {
        let bytes = try Self.split(3)
        #expect(try bytes.values(1..<3) == [1 * (1 / 255 as Float), 1, 2 * (1 / 255 as Float), 1])
        let floats = try StoredArray([1, 2, 3, 4] as [Float], shape: [4])
        let split = try DataSplit(dtype: .float32, exampleShape: [2], bytes: floats.bytes, count: 2)
        #expect(try split.values(1..<2) == [3, 4] && split.scale == 1)
    }

    @Test func refusesWhatDoesNotFit() throws {
        #expect(
            message { try DataSplit(dtype: .uint8, exampleShape: [2], bytes: [1, 2, 3], count: 2) }.contains("3 bytes"))
        #expect(
            message { try DataSplit(dtype: .uint8, exampleShape: [], bytes: [1], count: -1) }.contains("-1 examples"))
        #expect(
            message { try DataSplit(dtype: .uint8, exampleShape: [0], bytes: [], count: .max) }.contains("examples"))
        let whole = try DataSplit(dtype: .int32, exampleShape: [1], bytes: [1, 1, 0, 0], count: 1)
        #expect(try whole.values(0..<1) == [257] && whole.scale == 1)
        #expect(message { try whole.values(0..<2) }.contains("outside 0..<1"))
        #expect(message { try whole.subset([1]) }.contains("row 1 is outside 0..<1"))
        #expect(
            message {
                try DataSplit(
                    dtype: .uint8, exampleShape: [1], bytes: [1], count: 1,
                    labels: Labels(values: [2], classNames: ["a", "b"]))
            }.contains("label 2 of example 0 is outside 0..<2"))
        func targets(_ names: [String], _ values: [Float]) throws -> DataSplit {
            let targets = Targets(names: names, values: values)
            return try DataSplit(dtype: .uint8, exampleShape: [1], bytes: [1, 2], count: 2, targets: targets)
        }
        #expect(try targets(["a"], [1, 4]).targets?.means == [2.5])
        #expect(message { try targets(["a"], [1, 2, 3]) }.contains("3 targets do not fit 2 × 1"))
        #expect(message { try targets([], []) }.contains("0 targets do not fit 2 × 0"))
        #expect(message { try targets(["a"], [1, .nan]) }.contains("target 'a' of example 1 is not a finite number"))
        #expect(
            message { try DataSet(name: "set", train: targets(["a"], [1, 2]), test: targets(["b"], [1, 2])) }.contains(
                "different targets"))
        let wide = try DataSplit(dtype: .uint8, exampleShape: [3], bytes: [1, 2, 3], count: 1)
        #expect(message { try DataSet(name: "set", train: Self.split(2), test: wide) }.contains("must be alike"))
        #expect(
            message { try DataSet(name: "set", train: Self.split(0), test: Self.split(2)) }.contains(
                "no training examples"))
    }
}
