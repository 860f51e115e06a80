import StrataBackend
import Testing

@testable import StrataData

/// Gray images in colours.
@Suite struct ColouredImagesTests {
    /// Of three classes the first is red, the second green, the third blue, all of half the luminance that the gray had.
    @Test func classesHaveHues() throws {
        let gray: [UInt8] = [0, 100, 255, 7, 0, 9]
        func split() throws -> DataSplit {
            try DataSplit(
                dtype: .uint8, exampleShape: [1, 2], bytes: gray, count: 3,
                labels: Labels(values: [0, 2, 1], classNames: ["a", "b", "c"]), weights: [1, 2, 3])
        }
        let base = try DataSet(name: "gray", train: split(), test: split())
        let data = try ColouredImages().dataSet(of: base, name: "colours")
        #expect(data.exampleShape == [3, 1, 2] && data.name == "colours")
        #expect(
            try data.train.bytes == [
                0, 100, 0, 29, 0, 29,
                111, 3, 111, 3, 255, 7,
                0, 0, 0, 8, 0, 0,
            ])
        #expect(data.train.labels == base.train.labels && data.train.weights == [1, 2, 3])
        // Between them hues are mixed.
        let four = try DataSplit(
            dtype: .uint8, exampleShape: [1, 1], bytes: [200, 200, 200, 200], count: 4,
            labels: Labels(values: [0, 1, 2, 3], classNames: ["a", "b", "c", "d"]))
        let mixed = try ColouredImages().dataSet(of: DataSet(name: "four", train: four, test: four))
        #expect(try mixed.train.bytes == [200, 57, 57, 68, 136, 0, 0, 143, 143, 132, 64, 200])
        let bytes = try mixed.train.bytes.map(Double.init)
        for start in stride(from: 0, to: 12, by: 3) {
            let luminance = 0.299 * bytes[start] + 0.587 * bytes[start + 1] + 0.114 * bytes[start + 2]
            #expect(abs(luminance - 100) < 0.6)
        }
        #expect(throws: StrataError.self) { try ColouredImages().dataSet(of: data) }
        #expect(try DataCatalog.builtIn.load("coloured:sprites").exampleShape == [3, 28, 28])
    }
}
