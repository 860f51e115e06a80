import StrataBackend
import Testing

@testable import StrataData

/// Two images in one frame.
@Suite struct OverlaidImagesTests {
    /// Images of 2 × 3 whose pixels are 10 times their number and whose label is its parity.
    private func base(_ count: Int) throws -> DataSet {
        func split(_ numbers: Range<Int>) throws -> DataSplit {
            try DataSplit(
                dtype: .uint8, exampleShape: [2, 3],
                bytes: numbers.flatMap { [UInt8](repeating: UInt8($0 * 10), count: 6) }, count: numbers.count,
                labels: Labels(values: numbers.map { Int32($0 % 2) }, classNames: ["even", "odd"]))
        }
        return try DataSet(name: "numbers", train: split(1..<1 + count), test: split(20..<24))
    }

    /// Each image at the top left once, and once at the bottom right; the brighter pixel where both are.
    @Test func bothImagesAreWhereTheyBelong() throws {
        let data = try OverlaidImages(shift: 1).dataSet(of: base(12), name: "both", seed: 3)
        #expect(data.name == "both" && data.exampleShape == [3, 4] && data.train.count == 12 && data.test.count == 4)
        let bytes = try data.train.bytes
        var seconds: [Int] = []
        for example in 0..<12 {
            let image = Array(bytes[example * 12..<(example + 1) * 12])
            let (first, second) = (UInt8((example + 1) * 10), image[11])
            let both = max(first, second)
            #expect(image == [first, first, first, 0, first, both, both, second, 0, second, second, second])
            seconds.append(Int(second) / 10)
        }
        #expect(seconds.sorted() == Array(1...12) && seconds != Array(1...12))
        func labels(_ name: String) throws -> [Int32] {
            try #require(data.train[name]).bytes.withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) }
        }
        #expect(try labels("left") == (1...12).map { Int32($0 % 2) })
        #expect(try labels("right") == seconds.map { Int32($0 % 2) })
        #expect(data.spec["left"]?.meaning == .classes(["even", "odd"]) && data.classNames == nil)
        #expect(try data.train.bytes == OverlaidImages(shift: 1).dataSet(of: base(12), seed: 3).train.bytes)
        #expect(try data.train.bytes != OverlaidImages(shift: 1).dataSet(of: base(12), seed: 4).train.bytes)
    }

    @Test func otherExamplesAreRefused() throws {
        #expect(throws: StrataError.self) { try OverlaidImages(shift: -1).dataSet(of: base(3)) }
        #expect(throws: StrataError.self) { try OverlaidImages().dataSet(of: Spirals().dataSet()) }
    }

    /// The name of what a set is made of follows a colon, and may be a path, which is kept as an absolute one.
    @Test func derivedSetsAreAskedForByTheirNames() throws {
        let catalog: DataCatalog = DataCatalog([.init("numbers", "") { _ in try base(12) }])
        let data = try catalog.load("overlaid:numbers")
        #expect(data.name == "overlaid:numbers" && data.exampleShape == [10, 11])
        #expect(throws: StrataError.self) { try catalog.load("overlaid:nothing") }
        #expect(throws: StrataError.self) { try catalog.load("overlaid:overlaid:numbers") }
        func lasting(_ name: String) -> String { catalog.lasting(name) { "/there/\($0)" } }
        #expect(lasting("overlaid:numbers") == "overlaid:numbers" && lasting("x.npy") == "/there/x.npy")
        #expect(lasting("stacked:x.npy") == "stacked:/there/x.npy" && lasting("other:x") == "/there/other:x")
    }
}
