import FoundationEssentials
import StrataBackend
import Testing

@testable import StrataData

/// What describes classes, and which of them are unseen.
@Suite struct ClassAttributesTests {
    /// Four classes of two shapes and two colours.
    private func table(unseen: [Int] = []) throws -> ClassAttributes {
        try ClassAttributes(
            names: ["round", "square", "red", "blue"],
            values: [1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1], unseen: unseen)
    }

    /// One number an example, its class.
    private func data(train: [Int32], test: [Int32], classes: Int = 4) throws -> DataSet {
        func split(_ labels: [Int32]) throws -> DataSplit {
            try DataSplit(
                dtype: .uint8, exampleShape: [1], bytes: labels.map { UInt8($0) }, count: labels.count,
                labels: Labels(values: labels, classNames: (0..<classes).map { "class \($0)" }))
        }
        return try DataSet(name: "numbers", train: split(train), test: split(test))
    }

    @Test func whatIsNoTableIsRefused() {
        func table(_ values: [Float], _ unseen: [Int] = []) -> String {
            message { try ClassAttributes(names: ["a", "b"], values: values, unseen: unseen) }
        }
        #expect(table([1, 2, 3]).contains("3 numbers are no rows of 2"))
        #expect(table([]).contains("0 numbers"))
        #expect(table([1, 0, 0, 0]).contains("class 1 has none"))
        #expect(table([1, 0, .nan, 0]).contains("class 1 has a value"))
        #expect(table([1, 0, 0, 1], [2]).contains("unseen class 2"))
        #expect(table([1, 0, 0, 1], [-1]).contains("unseen class -1"))
        #expect(table([1, 0, 0, 1], [1, 1]).contains("twice"))
        #expect(table([1, 0, 0, 1], [0, 1]).contains("all 2 classes"))
    }

    /// Each attribute stays with a seen class: of four combinations of two and two no more than two can go, on a
    /// diagonal.
    @Test func drawnClassesLeaveEachAttribute() throws {
        let table = try table()
        for seed in 0..<10 as Range<UInt32> {
            let drawn = table.drawn(4, among: [0, 1, 2, 3], seed: seed)
            #expect(drawn == [0, 3] || drawn == [1, 2], "\(drawn)")
            #expect(table.drawn(1, among: [2, 3], seed: seed).count == 1)
        }
        #expect(Set((0..<10).map { table.drawn(4, among: [0, 1, 2, 3], seed: $0) }).count == 2)
        #expect(table.drawn(4, among: [9, -1], seed: 0).isEmpty)
        // With one unseen already, that which shares nothing with it is left.
        #expect(try table.leavingUnseen([0]).drawn(4, among: [1, 2, 3], seed: 0) == [3])
    }

    @Test func classesToChooseByAreTwoAtLeast() throws {
        #expect(try table().heldOut(0.1, seed: 0).count == 2)
        // None may go where each class has an attribute of its own, and then any two do.
        let own = try ClassAttributes(names: ["a", "b", "c"], values: [1, 0, 0, 0, 1, 0, 0, 0, 1])
        #expect(Set((0..<20).map { own.heldOut(0.5, seed: $0) }).count == 3)
        #expect(own.heldOut(.nan, seed: 0).count == 2 && own.heldOut(9, seed: 0).count == 2)
        #expect(try own.leavingUnseen([0]).heldOut(0.5, seed: 0).isEmpty)
    }

    @Test func codingLosesNothing() throws {
        let table = try ClassAttributes(names: ["a", "b"], values: [0.1, -1e-20, 1, 1 / 3], unseen: [1])
        let coded = try JSONEncoder().encode(table)
        #expect(try JSONDecoder().decode(ClassAttributes.self, from: coded) == table)
        let spec = DataSpec(columns: [], attributes: table)
        #expect(try JSONDecoder().decode(DataSpec.self, from: JSONEncoder().encode(spec)) == spec)
        // Descriptions of former versions have none.
        let former = try JSONDecoder().decode(DataSpec.self, from: Data(#"{"columns": []}"#.utf8))
        #expect(former.attributes == nil)
    }

    @Test func unseenClassesHaveNoTrainingExamples() throws {
        let data = try data(train: [0, 1, 2, 3, 1, 0], test: [0, 1, 2, 3])
        let told = message { try data.describingClasses(by: table(unseen: [1])) }
        #expect(told.contains("training example 1 is of the class 'class 1', which is unseen"))
        let left = try data.describingClasses(by: table(unseen: [1, 2]), leavesOutUnseen: true)
        #expect(left.train.labels?.values == [0, 3, 0] && left.test.count == 4)
        #expect(try left.train.bytes == [0, 3, 0])
        #expect(left.spec.attributes?.unseen == [1, 2])
        #expect(left.notes.last == "3 training examples of 2 unseen classes are left out")
        #expect(try left.validating(0.4).attributes?.unseen == [1, 2])
        #expect(try DataFingerprint(left).difference(from: DataFingerprint(data)) != nil)
        let other = try left.describingClasses(by: table(unseen: [1]))
        #expect(
            try DataFingerprint(other).difference(from: DataFingerprint(left))
                == "has other attributes of its classes than the run was trained on")
        #expect(
            message { try self.data(train: [0], test: [0], classes: 3).describingClasses(by: table()) }.contains(
                "3 classes"))
        #expect(
            message {
                try self.data(train: [1], test: [1]).describingClasses(by: table(unseen: [1]), leavesOutUnseen: true)
            }
            .contains("all training examples"))
        #expect(try data.classes(named: ["CLASS 3", "1"]) == [3, 1])
        #expect(message { try data.classes(named: ["clas 3"]) }.contains("did you mean 'class 3'"))
    }

    /// A rehearsal has other unseen classes, and tests on examples of theirs and of the seen ones.
    @Test func classesAreHeldOut() throws {
        let names = (0..<9).map { "class \($0)" }
        let labels = (0..<90).map { Int32($0 % 8) + 1 }
        let split = try DataSplit(
            dtype: .uint8, exampleShape: [1], bytes: labels.map { UInt8($0) }, count: 90,
            labels: Labels(values: labels, classNames: names))
        var values = [Float](repeating: 0, count: 54)
        for number in 0..<9 { for place in [number / 3, 3 + number % 3] { values[number * 6 + place] = 1 } }
        let data = try DataSet(name: "n", train: split, test: split).describingClasses(
            by: ClassAttributes(names: ["a", "b", "c", "d", "e", "f"], values: values, unseen: [0]))
        let held = try data.holdingOutClasses(0.25)
        let unseen = try #require(held.attributes?.unseen)
        #expect(unseen.count == 3 && unseen.contains(0))
        #expect(held.train.labels?.values.contains { unseen.contains(Int($0)) } == false)
        let tested = try #require(held.test.labels).values
        #expect(Set(tested) == Set(1...8))
        #expect(throws: StrataError.self) { try data.holdingOutClasses(0) }
        #expect(throws: StrataError.self) { try Sprites().dataSet(train: 9, test: 1).holdingOutClasses(0.5) }
    }

    // MARK: Files

    private func load(_ arrays: [String: StoredArray]) throws -> DataSet {
        let folder = try TemporaryFolder()
        for (name, array) in arrays { try folder.put("set/\(name).npy", NPY.encode(array)) }
        return try DataCatalog.builtIn.load(folder.file("set"))
    }

    private func arrays(train: [Int32], unseen: [Int32], rows: Int = 3) throws -> [String: StoredArray] {
        [
            "x_train": try StoredArray(train.map { Float($0) }, shape: [train.count, 1]),
            "y_train": try StoredArray(train.map { Float($0) }, shape: [train.count]),
            "x_test": try StoredArray([0, 1, 2] as [Float], shape: [3, 1]),
            "y_test": try StoredArray([0, 1, 2] as [Float], shape: [3]),
            "attributes": try StoredArray((0..<rows * 2).map { Float($0 + 1) }, shape: [rows, 2]),
            "unseen": try StoredArray(unseen.map { Float($0) }, shape: [unseen.count]),
        ]
    }

    @Test func arraysDescribeClasses() throws {
        let data = try load(arrays(train: [0, 2, 2, 0], unseen: [1]))
        #expect(data.attributes?.unseen == [1] && data.attributes?.values == [1, 2, 3, 4, 5, 6])
        #expect(data.classNames == ["0", "1", "2"] && data.notes.allSatisfy { !$0.contains("left out") })
        // 0 and 1 for each class say the same.
        #expect(try load(arrays(train: [0, 2], unseen: [0, 1, 0])).attributes?.unseen == [1])
        #expect(
            message { try load(arrays(train: [0, 1, 2], unseen: [1])) }.contains(
                "training example 1 is of the class '1'"))
        let few = message { try load(arrays(train: [0, 2], unseen: [1], rows: 2)) }
        #expect(few.contains("attributes describe 2 classes, and example 1 has the label 2"))
        #expect(message { try load(arrays(train: [0, 2], unseen: [7])) }.contains("unseen class 7"))
        // Without unseen classes, rows for all examples are theirs.
        var own = try arrays(train: [0, 2, 1], unseen: [1])
        own["unseen"] = nil
        own["attributes_test"] = own["attributes"]
        #expect(try load(own).train["attributes"]?.spec.shape == [2] && load(own).attributes == nil)
    }

    @Test func tablesAreLines() throws {
        let folder = try TemporaryFolder()
        func read(_ text: String) throws -> ClassAttributes {
            try ClassAttributes(path: folder.put("t.csv", text.utf8), classNames: ["cat", "tit"])
        }
        let table = try read("class, legs, wings\ntit, 2, 2\ncat,4,0\n")
        #expect(table.names == ["legs", "wings"] && table.values == [4, 0, 2, 2])
        #expect(message { try read("class,legs\ncat,4\n") }.contains("describe 1 classes, and the labels have 2"))
        #expect(message { try read("class,legs\ncat,4\ndog,4\n") }.contains("no row for the class 'tit'"))
        #expect(message { try read("class,legs\ncat,4\ntit,two\n") }.contains("line 3"))
        #expect(message { try read("cat") }.contains("is no table"))
        #expect(message { try read("") }.contains("is no table"))
        let array = try folder.put("t.npy", NPY.encode(StoredArray([1, 2, 3, 4] as [Float], shape: [2, 2])))
        #expect(try ClassAttributes(path: array, classNames: ["a", "b"]).values == [1, 2, 3, 4])
        #expect(throws: StrataError.self) { try ClassAttributes(path: array, classNames: ["a"]) }
    }

    // MARK: Sets

    /// All combinations of three levels of five factors are classes, each level is seen, and none that is unseen is
    /// trained on.
    @Test func spritesCombine() throws {
        let data = try DataCatalog.builtIn.load("combined:sprites")
        let attributes = try #require(data.attributes)
        #expect(data.classNames?.count == 243 && attributes.unseen.count == 41 && attributes.names.count == 15)
        #expect(data.classNames?[1] == "shape 0, size 0, rotation 0, x 0, y 1")
        #expect((0..<243).allSatisfy { attributes[$0].reduce(0, +) == 5 })
        for name in attributes.names.indices {
            #expect(attributes.seen.contains { attributes.values[$0 * 15 + name] == 1 })
        }
        let unseen = Set(attributes.unseen.map(Int32.init))
        #expect(data.train.labels?.values.contains(where: unseen.contains) == false)
        #expect(data.test.labels?.values.contains(where: unseen.contains) == true)
        // The last sprite of the grid has the highest level of each.
        let factors = try #require(data.train.factors)
        let labels = try #require(data.train.labels).values
        for example in 0..<100 {
            let own = factors.values[example * 5..<example * 5 + 5].map { $0 }
            let levels = zip(own, factors.sizes).map { $0 * 3 / Int32($1) }
            #expect(labels[example] == levels.reduce(0) { $0 * 3 + $1 })
        }
        #expect(throws: StrataError.self) { try DataCatalog.builtIn.load("combined:spirals") }
        #expect(throws: StrataError.self) {
            try FactorCombinations(levels: 1).dataSet(of: Sprites().dataSet(train: 9, test: 1))
        }
    }

    /// No two kinds of clothes are described alike.
    @Test func clothesAreKnown() throws {
        let clothes = try #require(ClassAttributes.known(for: ClassAttributes.clothes.map(\.name)))
        #expect(clothes.classes == 10 && Set((0..<10).map { Array(clothes[$0]) }).count == 10)
        #expect(ClassAttributes.known(for: ["a"]) == nil)
    }
}
