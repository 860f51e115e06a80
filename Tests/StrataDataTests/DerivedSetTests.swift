import StrataBackend
import Testing

@testable import StrataData

/// Sets that are made of others: some classes, the first examples, two domains in one.
@Suite struct DerivedSetTests {
    private func base(_ name: String = "base", classes: Int = 4, dtype: DType = .uint8) throws -> DataSet {
        func split(_ count: Int) throws -> DataSplit {
            let bytes = (0..<count * 2 * dtype.byteCount).map { UInt8($0 % 64) }
            return try DataSplit(
                dtype: dtype, exampleShape: [2], bytes: bytes, count: count,
                labels: Labels(
                    values: (0..<count).map { Int32($0 % classes) }, classNames: (0..<classes).map { "c\($0)" }),
                weights: (0..<count).map(Float.init))
        }
        return try DataSet(name: name, train: split(8), test: split(4))
    }

    private func catalog() -> DataCatalog {
        DataCatalog([
            DataCatalog.Entry("four", "") { _ in try base() },
            DataCatalog.Entry("others", "") { _ in try base("others") },
            DataCatalog.Entry("three", "") { _ in try base(classes: 3) },
            DataCatalog.Entry("reals", "") { _ in try base(dtype: .float32) },
            DataCatalog.Entry("plain", "") { _ in
                let split = try DataSplit(dtype: .uint8, exampleShape: [2], bytes: [1, 2], count: 1)
                return try DataSet(name: "plain", train: split, test: split)
            },
        ])
    }

    @Test(arguments: ["2,0", "c2,c0", "c2,0"]) func classesAreCountedAnew(_ words: String) throws {
        let data = try catalog().load("classes:\(words):four")
        #expect(data.classNames == ["c2", "c0"] && data.name == "classes:\(words):four")
        #expect(data.train.labels?.values == [1, 0, 1, 0] && data.test.count == 2)
        #expect(try data.train.bytes == [0, 1, 4, 5, 8, 9, 12, 13])
        #expect(data.train.weights == [0, 2, 4, 6])
    }

    @Test func rangesAndTheFirst() throws {
        #expect(try catalog().load("classes:1-3:four").classNames == ["c1", "c2", "c3"])
        let first = try catalog().load("first:3:four")
        #expect(first.train.count == 3 && first.test.count == 4)
        // One of another.
        #expect(try catalog().load("classes:0-1:first:3:four").train.count == 2)
    }

    @Test func domainsAreJoined() throws {
        let data = try catalog().load("domains:first:2:four,others")
        #expect(data.train.count == 10 && data.test.count == 8)
        let domains = try #require(data.train["domain"])
        #expect(try domains.values(0..<10) == [0, 0] + [Float](repeating: 1, count: 8))
        #expect(domains.spec.meaning == .classes(["source", "target"]))
        #expect(data.train.labels?.values == [0, 1, 0, 1, 2, 3, 0, 1, 2, 3])
        #expect(data.notes == ["2 training examples of the source, 8 of the target"])
        #expect(data.spec["domain"]?.range == 0...1)
    }

    @Test(
        arguments: [
            ("domains:four", "expected domains:SOURCE,TARGET"), ("domains:four,", "expected domains:SOURCE,TARGET"),
            ("domains:four,others,three", "expected domains:SOURCE,TARGET"),
            ("domains:four,three", "4 classes, 'base' 3"), ("domains:four,reals", "domains are of one kind"),
            ("domains:plain,four", "has no labels"), ("domains:four,nothing", "unknown data set 'nothing'"),
            ("classes:four", "expected classes:CLASSES:NAME"), ("classes:4:four", "unknown class '4'"),
            ("classes:0,0:four", "twice"), ("classes:2-1:four", "expected classes from 0 to 3"),
            ("classes:0-9:four", "expected classes from 0 to 3"), ("classes::four", "unknown class ''"),
            ("classes:0:plain", "has no labels"), ("first:0:four", "from 1 to 8"), ("first:x:four", "from 1 to 8"),
            ("first:9:four", "from 1 to 8"),
        ])
    func whatCannotBeMadeIsRefused(name: String, words: String) throws {
        let error = try #require(throws: StrataError.self) { _ = try catalog().load(name) }
        #expect(error.message.contains(words), "\(error.message)")
    }

    /// Paths are made absolute wherever they stand.
    @Test func namesLast() {
        let lasting = { catalog().lasting($0, absolute: { "/at/\($0)" }) }
        #expect(lasting("domains:first:2:four,x.npz") == "domains:first:2:four,/at/x.npz")
        #expect(lasting("classes:0-1:x.npz") == "classes:0-1:/at/x.npz")
        #expect(lasting("overlaid:four") == "overlaid:four" && lasting("x.npz") == "/at/x.npz")
    }

    @Test func domainsOfOthersAreRefused() {
        #expect(throws: StrataError.self) { _ = try Column(domains: [0, 2], count: 2) }
        #expect(throws: StrataError.self) { _ = try Column(domains: [0], count: 2) }
    }
}
