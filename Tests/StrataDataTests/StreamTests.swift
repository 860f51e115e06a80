import StrataBackend
import Testing

@testable import StrataData

/// Sets whose examples come in the order of time, and those with a rare group.
@Suite struct StreamTests {
    /// A rule x₀ + x₁ ≤ θ ≤ 10 holds for θ² / 200 of the square, so that a new threshold changes the difference of labels, and
    /// the old rule errs in .1 (1 − c) + .9 c of them.
    @Test func thresholdsOfTheSEAConcepts() throws {
        let thresholds: [Float] = [8, 9, 7, 9.5]
        let data = try SEAConcepts().dataSet(seed: 3)
        #expect(data.train.count == 50_000 && data.exampleShape == [3])
        let (values, labels) = (try data.train.values(0..<50_000).map { $0 * 10 }, data.train.labels?.values ?? [])
        func holds(_ row: Int, _ threshold: Float) -> Bool {
            SEAConcepts.holds(values[3 * row..<3 * row + 3], threshold: threshold)
        }
        for (block, (changed, error)) in zip([0.085, 0.16, 0.20625], [0.168, 0.228, 0.265]).enumerated() {
            let (old, new) = (thresholds[block], thresholds[block + 1])
            #expect(abs(Double(abs(new * new - old * old)) / 200 - changed) < 1e-6)
            #expect(abs(0.1 * (1 - changed) + 0.9 * changed - error) < 1e-3)
            let rows = (block + 1) * 12_500..<(block + 2) * 12_500
            let share = Double(rows.count { holds($0, old) != holds($0, new) }) / 12_500
            let wrong = Double(rows.count { (labels[$0] == 1) != holds($0, old) }) / 12_500
            let noise = Double(rows.count { (labels[$0] == 1) != holds($0, new) }) / 12_500
            #expect(abs(share - changed) < 0.011, "\(share)")
            #expect(abs(wrong - error) < 0.013 && abs(noise - 0.1) < 0.009, "\(wrong) \(noise)")
        }
        #expect(try data.train[ColumnName.time]?.values(0..<3) == [0, 1, 2])
        #expect(try SEAConcepts().dataSet(seed: 3).train == data.train)
        #expect(throws: StrataError.self) { try SEAConcepts(thresholds: []).dataSet() }
        #expect(throws: StrataError.self) { try SEAConcepts(noise: 2).dataSet() }
    }

    /// A bright corner goes round against the clock: from the upper left to the lower left, and to the lower right.
    @Test func imagesTurn() throws {
        let image: [UInt8] = [200, 0, 0, 0, 90, 0, 0, 0, 0]
        let split = try DataSplit(
            dtype: .uint8, exampleShape: [3, 3], bytes: image + image + image, count: 3,
            labels: Labels(values: [0, 1, 1], classNames: ["a", "b"]))
        let data = try RotatingImages().dataSet(of: DataSet(name: "corners", train: split, test: split))
        let bytes = try data.train.bytes
        #expect(Array(bytes[0..<9]) == image)
        #expect(Array(bytes[9..<18]) == [0, 0, 0, 0, 90, 0, 200, 0, 0])
        #expect(Array(bytes[18..<27]) == [0, 0, 0, 0, 90, 0, 0, 0, 200])
        #expect(try data.train[ColumnName.time]?.values(0..<3) == [0, 1, 2])
        #expect(data.train.labels?.values == [0, 1, 1])
        #expect(throws: StrataError.self) { try DataCatalog.builtIn.load("rotating:sea") }
    }

    @Test func aGroupIsRareInTrainingAlone() throws {
        let base = try Sprites().dataSet(train: 4000, test: 800, seed: 2)
        let data = try RareGroup().dataSet(of: base, name: "rare:sprites")
        let groups = try #require(data.train[RareGroup.column]).values(0..<data.train.count)
        let rare = groups.count { $0 == 1 }
        #expect(abs(Double(rare) / Double(groups.count) - 0.01) < 1e-3 && data.train.count < 3200)
        // Both halves of x and y: those of the group and no others.
        let factors = try #require(data.train.factors)
        for row in 0..<data.train.count {
            let isCorner = factors.values[5 * row + 3] >= 8 && factors.values[5 * row + 4] >= 8
            #expect(isCorner == (groups[row] == 1))
        }
        let tested = try #require(data.test[RareGroup.column]).values(0..<800).count { $0 == 1 }
        #expect(data.test.count == 800 && (140...260).contains(tested))
        #expect(try RareGroup().dataSet(of: base).train == data.train)
        #expect(throws: StrataError.self) { try RareGroup(share: 0).dataSet(of: base) }
        // Without factors it is the last class; without classes there is none.
        let stripped = try DataSplit(columns: base.train.columns.filter { ["example", "label"].contains($0.name) })
        let classes = try RareGroup(share: 0.1).dataSet(of: DataSet(name: "few", train: stripped, test: stripped))
        let few = try #require(classes.train.labels).values.count { $0 == 2 }
        #expect(abs(Double(few) / Double(classes.train.count) - 0.1) < 1e-3)
        let bare = try DataSplit(columns: [base.train.examples])
        #expect(throws: StrataError.self) {
            try RareGroup().dataSet(of: DataSet(name: "bare", train: bare, test: bare))
        }
    }

    @Test func aClassIsKeptFromTraining() throws {
        let data = try DataCatalog.builtIn.load("without:ellipse:sprites")
        #expect(data.train.labels?.values.contains(1) == false && data.train.labels?.classNames == Sprites.shapes)
        #expect(data.test.labels?.values.contains(1) == true && data.name == "without:ellipse:sprites")
        #expect(try DataCatalog.builtIn.load("without:1:sprites").train == data.train)
        func message(_ name: String) -> String {
            (#expect(throws: StrataError.self) { try DataCatalog.builtIn.load(name) })?.message ?? ""
        }
        #expect(message("without:elipse:sprites").contains("ellipse"))
        #expect(message("without:sprites").contains("without:CLASS:NAME"))
        #expect(message("without:1:nothing").contains("nothing"))
        #expect(DataCatalog.builtIn.lasting("without:1:x.npz") { "/there/\($0)" } == "without:1:/there/x.npz")
    }

    @Test func timesOfFiles() throws {
        let folder = try TemporaryFolder()
        let x = try StoredArray([Float](repeating: 0.5, count: 8), shape: [4, 2])
        func load(_ time: StoredArray) throws -> DataSet {
            for (name, array) in [("x", x), ("time", time)] { try folder.put("arrays/\(name).npy", NPY.encode(array)) }
            return try DataCatalog.builtIn.load(folder.file("arrays"))
        }
        let data = try load(StoredArray([3.5, 1, 2, 7], shape: [4]))
        let times = try [data.train, data.test].flatMap { split in
            try #require(split[ColumnName.time]).values(0..<split.count)
        }
        #expect(times.sorted() == [1, 2, 3.5, 7])
        #expect(throws: StrataError.self) { try load(StoredArray([Float(1), 2], shape: [2])) }
        #expect(throws: StrataError.self) { try load(StoredArray([1, 2, .nan, 3], shape: [4])) }
    }
}
