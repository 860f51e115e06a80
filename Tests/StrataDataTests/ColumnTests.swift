import StrataBackend
import StrataData
import Testing

@Suite struct ColumnTests {
    @Test func validationIsStratifiedAndRepeatable() throws {
        let data = try DataSet(name: "set", train: DataSetTests.split(90), test: DataSetTests.split(3))
        let held = try data.validating(0.2, seed: 1)
        let validation = try #require(held.validation)
        #expect(held.train.count == 72 && validation.count == 18 && held.test == data.test)
        for label in 0..<3 { #expect(validation.labels?.values.count { $0 == label } == 6) }
        let rows = try (held.train.bytes + validation.bytes).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        #expect(rows.sorted() == Array(0..<90))
        #expect(try data.validating(0.2, seed: 1).validation == validation)
        #expect(try data.validating(0.2, seed: 2).validation != validation)
        #expect(held.notes.last?.contains("18 of 90 training examples are held out") == true)
        for wrong in [0, 1, -1, .nan, 0.001] { #expect(throws: StrataError.self) { try data.validating(wrong) } }
    }

    @Test func fingerprintsTellWhatDiffers() throws {
        func print(_ count: Int, _ test: Int = 3) throws -> DataFingerprint {
            try DataFingerprint(DataSet(name: "set", train: DataSetTests.split(count), test: DataSetTests.split(test)))
        }
        #expect(try print(30).difference(from: print(30)) == nil)
        #expect(try print(35).difference(from: print(30)) == "has 35 training examples, the run was trained on 30")
        func bytes(_ last: UInt8, scale: Float? = nil) throws -> DataFingerprint {
            let split = try DataSplit(dtype: .uint8, exampleShape: [2], bytes: [1, 2, 3, last], count: 2, scale: scale)
            return try DataFingerprint(DataSet(name: "set", train: split, test: split))
        }
        #expect(
            try bytes(5).difference(from: bytes(4))
                == "has other values in 'example' of the training split than the run was trained on")
        #expect(try bytes(4, scale: 1).difference(from: bytes(4))?.contains("scaled by 1.0") == true)
    }

    @Test func specsSayWhatAModelMustKnow() throws {
        let spec = try DataSet(name: "set", train: DataSetTests.split(9), test: DataSetTests.split(3)).spec
        #expect(spec.features == 2 && spec.shape == [2] && spec.classes == 3 && spec.examples == 9)
        #expect(spec.targetNames == ["half", "one"] && spec.example.range == 0...1)
        #expect(spec.unfitness(for: spec) == nil)
        let floats = DataSpec(features: 2, classes: 3, targets: 2)
        #expect(floats.unfitness(for: spec)?.contains("has float32 examples, the model was trained on uint8") == true)
        #expect(DataSpec(features: 12, shape: [3, 2, 2]).example.meaning == .image)
    }

    @Test func meaningsAreHeldAgainstValues() throws {
        func column(_ meaning: ColumnMeaning, _ values: [Int32]) throws -> Column {
            try Column(ColumnSpec("c", dtype: .int32, meaning: meaning), values)
        }
        #expect(
            message { try column(.tokens(vocabulary: 4), [0, 4]) }.contains("token 4 of example 1 is outside 0..<4"))
        #expect(message { try column(.classes(["a"]), [-1]) }.contains("label -1 of example 0"))
        #expect(message { try column(.weight, [1]) }.contains("a weight is one float32"))
        #expect(message { try Column(weights: [1, -2]) }.contains("weight -2.0 of example 1 is negative"))
        let two = try Column(weights: [1, 2])
        #expect(message { try DataSplit(columns: [two]) }.contains("need a column 'example'"))
    }
}
