import StrataBackend
import Testing

@testable import StrataData

/// Gray images in colours.
@Suite struct ColouredImagesTests {
    /// Of three classes the first is red, the second green, the third blue; each as bright as it was.
    @Test func classesHaveHues() throws {
        let bytes: [UInt8] = [0, 100, 255, 7, 0, 9]
        func split() throws -> DataSplit {
            try DataSplit(
                dtype: .uint8, exampleShape: [1, 2], bytes: bytes, count: 3,
                labels: Labels(values: [0, 2, 1], classNames: ["a", "b", "c"]), weights: [1, 2, 3])
        }
        let base = try DataSet(name: "gray", train: split(), test: split())
        let data = try ColouredImages().dataSet(of: base, name: "colours")
        #expect(data.exampleShape == [3, 1, 2] && data.name == "colours")
        #expect(
            try data.train.bytes == [
                0, 100, 0, 0, 0, 0,
                0, 0, 0, 0, 255, 7,
                0, 0, 0, 9, 0, 0,
            ])
        #expect(data.train.labels == base.train.labels && data.train.weights == [1, 2, 3])
        // Between them hues are mixed.
        let four = try DataSplit(
            dtype: .uint8, exampleShape: [1, 1], bytes: [200, 200, 200, 200], count: 4,
            labels: Labels(values: [0, 1, 2, 3], classNames: ["a", "b", "c", "d"]))
        let mixed = try ColouredImages().dataSet(of: DataSet(name: "four", train: four, test: four))
        #expect(try mixed.train.bytes == [200, 0, 0, 100, 200, 0, 0, 200, 200, 100, 0, 200])
        #expect(throws: StrataError.self) { try ColouredImages().dataSet(of: data) }
        #expect(try DataCatalog.builtIn.load("coloured:sprites").exampleShape == [3, 28, 28])
    }
}
