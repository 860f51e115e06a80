import StrataBackend
import Testing

@testable import StrataData

@Suite struct StackedImagesTests {
    /// Images of 2 × 3 whose pixels and label are their number.
    private func base(_ count: Int, test: Int = 4, classes: Int = 5) throws -> DataSet {
        func split(_ numbers: Range<Int>) throws -> DataSplit {
            try DataSplit(
                dtype: .uint8, exampleShape: [2, 3], bytes: numbers.flatMap { [UInt8](repeating: UInt8($0), count: 6) },
                count: numbers.count,
                labels: Labels(
                    values: numbers.map { Int32($0 % classes) }, classNames: (0..<classes).map { "\($0)" }))
        }
        return try DataSet(name: "numbers", train: split(0..<count), test: split(100..<100 + test))
    }

    @Test func channelsAreImagesAndClassesAreTheirs() throws {
        let data = try StackedImages().dataSet(of: base(20), train: 3000, test: 500, seed: 7)
        #expect(data.exampleShape == [3, 2, 3] && data.train.count == 3000 && data.test.count == 500)
        #expect(data.classNames?.count == 125 && data.classNames?[2 * 25 + 3] == "203" && data.train.scale == 1 / 255)
        let labels = try #require(data.train.labels?.values)
        let bytes = try data.train.bytes
        for example in 0..<3000 {
            let numbers = (0..<3).map { Int(bytes[18 * example + 6 * $0]) }
            #expect((0..<18).allSatisfy { Int(bytes[18 * example + $0]) == numbers[$0 / 6] })
            #expect(Int(labels[example]) == numbers.reduce(0) { $0 * 5 + $1 % 5 } && numbers.allSatisfy { $0 < 20 })
        }
        // Every class is there, the test images are of the test split, and rows can be read one by one.
        #expect(Set(labels).count == 125)
        #expect(try data.test.bytes.allSatisfy { (100..<104).contains($0) })
        #expect(try data.train.subset([2999, 5]).bytes == Array(bytes[18 * 2999..<18 * 3000] + bytes[90..<108]))
    }

    @Test func aSeedGivesTheSameBits() throws {
        func bytes(_ seed: UInt32) throws -> [UInt8] {
            try StackedImages(channels: 2).dataSet(of: base(200 / 4), train: 100, test: 10, seed: seed).train.bytes
        }
        #expect(try bytes(1) == bytes(1) && bytes(1) != bytes(2))
    }

    @Test func whatCannotBeStackedIsTold() throws {
        let (base, spirals) = (try base(20), try Spirals().dataSet(train: 10, test: 10))
        #expect(message { try StackedImages().dataSet(of: spirals) }.contains("no gray images with labels"))
        #expect(message { try StackedImages(channels: 1).dataSet(of: base) }.contains("from 2 to 16"))
        #expect(message { try StackedImages(channels: 9).dataSet(of: base) }.contains("more than 1000000"))
        #expect(message { try StackedImages().dataSet(of: base, train: -1) }.contains("from 0 to"))
        #expect(message { try StackedImages().dataSet(of: base, train: 0) }.contains("no training examples"))
        let folder = try TemporaryFolder()
        let environment: @Sendable (String) -> String? = { [path = folder.path] in $0 == "STRATA_DATA_DIR" ? path : nil
        }
        let missing = message { try DataCatalog.builtIn.load("stacked:mnist", environment: environment) }
        #expect(missing.contains("mnist is not installed") && missing.contains("STRATA_MNIST_DIR"))
    }
}
