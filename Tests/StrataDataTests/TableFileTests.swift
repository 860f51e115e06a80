import StrataBackend
import StrataData
import Testing

@Suite struct TableFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func load(_ text: String, _ name: String = "a.csv", _ options: DataOptions = DataOptions()) throws -> DataSet {
        try DataPath.load(folder.put(name, text.utf8), options)
    }

    func values(_ split: DataSplit, _ column: String = ColumnName.example) throws -> [Float] {
        try #require(split.columns.first { $0.name == column }).values(0..<split.count)
    }

    static let flowers = """
        long,wide,species
        5.1,3.5,setosa
        7,3.2,versicolor
        6.3,3.3,virginica
        4.9,3e0,setosa

        """

    @Test func theOnlyTextIsTheLabel() throws {
        let data = try load(
            Self.flowers.replacing("species\n", with: "species,split\n").replacing("a\n", with: "a,train\n")
                .replacing("r\n", with: "r,test\n"))
        #expect(data.classNames == ["setosa", "versicolor", "virginica"])
        #expect(try values(data.train) == [5.1, 3.5, 6.3, 3.3, 4.9, 3])
        #expect(try values(data.train, ColumnName.label) == [0, 2, 0])
        #expect(try values(data.test) == [7, 3.2] && values(data.test, ColumnName.label) == [1])
        #expect(data.notes.contains("labels are the column 'species'"))
        #expect(data.notes.contains("4 examples of 2 numbers"))
    }

    /// Line ends, quotes, a mark of byte order, other separators, and no names: the same table.
    @Test(arguments: [
        (flowers.replacing("\n", with: "\r\n"), "a.csv"), (flowers.replacing("\n", with: "\r"), "a.csv"),
        ("\u{FEFF}" + flowers, "a.csv"), (flowers.replacing(",", with: "\t"), "a.tsv"),
        (flowers.replacing("\n", with: "\n\n").replacing("setosa", with: "\"setosa\""), "A.CSV"),
        (flowers.replacing(",", with: ";").replacing(".", with: ","), "a.csv"),
        (flowers.replacing(",", with: " , "), "a.csv"),
        (String(flowers.drop { $0 != "\n" }.dropFirst()), "a.csv"), (String(flowers.dropLast()), "a.csv"),
    ])
    func spellings(text: String, name: String) throws {
        let (data, plain) = (try load(text, name), try load(Self.flowers, "plain.csv"))
        #expect(try values(data.train) == values(plain.train))
        #expect(try values(data.train, ColumnName.label) == values(plain.train, ColumnName.label))
        #expect(data.classNames == plain.classNames)
    }

    @Test func quotedFieldsHoldAnything() throws {
        let data = try load("n,class\n1,\"a, \"\"b\"\"\nc\"\n2,d\n3,d\n")
        #expect(data.classNames == ["a, \"b\"\nc", "d"])
    }

    @Test func categoriesBecomeColumns() throws {
        let data = try load("id,kind,size,label,split\n0,red,1,0,train\n1,blue,2,1,train\n2,red,3,1,test\n")
        #expect(try values(data.train) == [0, 1, 1, 1, 0, 2] && values(data.test) == [0, 1, 3])
        #expect(data.notes.contains("the column 'kind' is 2 columns of 0 and 1: blue, red"))
        #expect(data.notes.contains("left out, since it counts the lines: the column 'id'"))
    }

    /// An index that does not count, a length and a weight are numbers like any other.
    @Test func namesOfArraysMeanNothingHere() throws {
        let data = try load("id,length,weight,x,y\n7,1,2,3,4\n9,1,2,3,5\n")
        #expect(data.train.exampleShape == [5] && !data.train.columns.contains { $0.name == ColumnName.label })
        #expect(data.notes.contains { $0.hasPrefix("there are no labels") })
        let weighted = try load("a,w,label\n1,2,0\n3,4,1\n", "w.csv", DataOptions(weights: "w"))
        #expect(weighted.train.exampleShape == [1])
        #expect(try load("a,sample_weight\n1,2\n3,4\n").train.weights != nil)
    }

    @Test func pixelsAreImages() throws {
        let kaggle = try load("label,pixel0,pixel1,pixel2,pixel3\n3,0,255,10,20\n1,1,2,3,4\n0,0,0,0,0\n2,5,5,5,5\n")
        #expect(kaggle.train.exampleShape == [2, 2] && kaggle.train.columns.first?.spec.scale == 1 / 255)
        let numbered = try load("label,1x1,1x2,2x1,2x2\n3,0,255,10,20\n1,1,2,3,4\n0,1,1,1,1\n2,9,9,9,9\n")
        #expect(numbered.train.exampleShape == [2, 2])
        #expect(try load("label,pixel0,pixel1\n3,0,255\n1,1,2\n").train.exampleShape == [2])
        // Columns in another order are not made an image of.
        let mixed = try load("label,pixel0,pixel2,pixel1,pixel3\n3,0,255,10,20\n1,1,2,3,4\n")
        #expect(mixed.train.exampleShape == [4] && mixed.train.dtype == .float32)
    }

    @Test func saysHowNumbersWereRead() throws {
        #expect(try load("a;b\n1,5;2\n2;3\n").notes.contains("commas in numbers are decimal ones"))
        #expect(try load("a,b\n20000001,2\n2,3\n").notes.contains { $0.contains("above 2²⁴") })
        #expect(try !load(Self.flowers).notes.contains { $0.contains("comma") || $0.contains("2²⁴") })
    }

    @Test func heedsTheMemory() throws {
        let error = #expect(throws: StrataError.self) { try load(Self.flowers, "a.csv", DataOptions(memory: 20)) }
        #expect(error?.message.contains("more than the 20 that are allowed, and a table is read whole") == true)
    }

    /// Only training rows tell what fills a gap, whether a column tells them or the seed.
    @Test func missingNumbersAreFilled() throws {
        var options = DataOptions()
        options.missing = .mean
        let split = "a,b,split\n1,,train\n3,4,train\nNA,8,train\n100,100,test\n,?,test\n"
        let data = try load(split, "a.csv", options)
        #expect(try values(data.train) == [1, 6, 3, 4, 2, 8] && values(data.test) == [100, 100, 2, 6])
        #expect(data.fills == ["a": 2, "b": 6])
        #expect(data.notes.contains("4 missing values are filled with the means of the training rows: a, b"))
        let drawn = try load("a\n" + (0..<20).map { $0 == 5 ? "NA\n" : "\($0)\n" }.joined(), "b.csv", options)
        let (train, test) = (try values(drawn.train), try values(drawn.test))
        let mean = try #require(drawn.fills?["a"])
        let known = train.filter { $0 != mean }
        #expect(test.contains(mean) || known.count == train.count - 1)
        #expect(abs(known.reduce(0, +) / Float(known.count) - mean) < 1e-5)

        options.missing = .zero
        #expect(try values(load("a,b\n1,\n,2\n", "c.csv", options).train).allSatisfy { [0, 1, 2].contains($0) })
        options.missing = .values(["a": 7])
        options.drawsTest = false
        #expect(try values(load("a,b\n1,2\n,2\n", "d.csv", options).train) == [1, 2, 7, 2])
        #expect(message { try load("a,b\n1,\n,2\n", "e.csv", options) }.contains("line 2: the column 'b' has no value"))
        options.missing = .mean
        #expect(message { try load("a,b\n1,inf\n", "f.csv", options) }.contains("line 2: the number in the column 'b'"))
        #expect(message { try load("a,k\n1,x\n2,\n3,y\n4,y\n", "g.csv", options) }.contains("'k' has no value"))
        #expect(message { try load("a,b\n1,\n2,NA\n", "h.csv", options) }.contains("'b' has no value in any training"))
        #expect(message { try load("a,a\n1,\n2,3\n", "i.csv", options) }.contains("two columns of one name"))
    }

    @Test(arguments: [
        ("", "holds no examples"), ("\n\n", "holds no examples"), ("a,b\n", "holds no examples"),
        ("a,b\n1,2\n3\n", "line 3: has 1 fields, and the first line 2"),
        ("a,b\n1,2\n\"3,4\n5,6\n", "line 3: a field begins with a quote and never ends"),
        ("a,b\n1,\"2\"3\n", "line 2: a field goes on behind its closing quote"),
        ("a,b\n1,2\nNA,4\n,4\n", "line 3: the column 'a' has no value; missing in all: 2"),
        ("a,b\n1,inf\n", "line 2: the column 'b' has no value"),
        ("a,b\n1,2\n2,3\n4,1O\n", "line 4: '1O' in the column 'b' is no number"),
        ("a,b,label\n1,0x10,0\n1,2,1\n", "line 2: '0x10' in the column 'b' is no number"),
        ("label\n1\n2\n", "has no columns besides its labels"),
        ("a,split\n1,train\n2,late\n", "the split 'late' is unknown"),
        ("a,split\n1,0\n2,1\n", "the column 'split' has numbers"),
        ("a;b\n1.500;1,5\n2;3\n", "numbers have commas in the column 'b' and points in 'a'"),
        ("a,split\n1,test\n2,test\n", "has no line whose split is train"),
        ("a,b\n1,\u{1}\n" + (0..<70).map { "2,word\($0)\n" }.joined() + "1,2\n", "is no number"),
        ("a,b,label\n" + (0..<70).map { "2,word\($0),1\n" }.joined(), "is text of 70 different values"),
    ])
    func refuses(text: String, why: String) throws {
        let error = #expect(throws: StrataError.self) { try load(text) }
        #expect(error?.message.contains(why) == true, "\(error?.message ?? "")")
    }

    @Test func neverTraps() throws {
        let file = Array("id,k,label,1x1\n0,\"a\"\"\",1,5\r\n1,b,0,.5\n2,a,1,-1e9\n".utf8)
        for position in file.indices {
            for value: UInt8 in [0x00, 0x0A, 0x22, 0x2C, 0x2D, 0x39, 0x3B, 0xFF] {
                var damaged = file
                damaged[position] = value
                for bytes in [damaged, Array(damaged.prefix(position))] {
                    do { _ = try DataPath.load(folder.put("f.csv", bytes)) } catch {
                        #expect(error is StrataError, "byte \(position) = \(value): \(error)")
                    }
                }
            }
        }
    }
}
