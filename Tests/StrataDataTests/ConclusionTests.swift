import StrataBackend
import StrataData
import Testing

/// What is concluded from arrays as people have them.
@Suite struct ConclusionTests {
    /// A folder of arrays, loaded.
    private func load(_ arrays: [String: StoredArray], _ options: DataOptions = DataOptions()) throws -> DataSet {
        let folder = try TemporaryFolder()
        for (name, array) in arrays { try folder.put("set/\(name).npy", NPY.encode(array)) }
        return try DataPath.load(folder.file("set"), options)
    }

    private func bytes(_ shape: Shape, _ value: (Int) -> Int) throws -> StoredArray {
        try StoredArray(dtype: .uint8, shape: shape, bytes: (0..<shape.elementCount).map { UInt8(value($0)) })
    }

    private func labelled(_ labels: StoredArray) throws -> DataSet {
        try load(["x": bytes([labels.shape[0], 2]) { $0 % 200 }, "y": labels])
    }

    private func names(_ labels: [Int32]) throws -> [String]? {
        try labelled(StoredArray(labels, shape: [labels.count])).classNames
    }

    @Test func bytesOfZeroAndOneAreBits() throws {
        let bits = try load(["x": bytes([20, 3]) { $0 % 2 }])
        #expect(bits.train.scale == 1 && bits.spec.example.range == 0...1)
        #expect(bits.notes.contains("bytes are 0 and 1: they are taken for bits"))
        let low = try load(["x": bytes([20, 3]) { $0 % 10 }])
        #expect(low.train.scale == 1 / 255 && low.notes.contains { $0.contains("bytes go from 0 to 9 only") })
        let plain = try load(["x": bytes([20, 3]) { $0 }])
        #expect(plain.train.scale == 1 / 255 && plain.notes.count == 1)
    }

    @Test func channelsLastAreTurned() throws {
        let color = try bytes([10, 2, 2, 3]) { $0 % 12 + 20 * ($0 / 12) }
        let data = try load(["x_train": color, "x_test": color])
        #expect(data.exampleShape == [3, 2, 2] && data.notes.contains { $0.contains("channels last") })
        #expect(try Array(data.train.bytes.prefix(12)) == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
        let streamed = try load(["x_train": color, "x_test": color], DataOptions(memory: 8))
        #expect(streamed.train == data.train)
        #expect(try load(["x": bytes([10, 5, 4, 1]) { $0 }]).exampleShape == [5, 4])
        #expect(try load(["x": bytes([10, 3, 5, 5]) { $0 % 200 }]).exampleShape == [3, 5, 5])
        let doubtful = try bytes([10, 3, 2, 3]) { $0 }
        #expect(message { try load(["x": doubtful]) }.contains("set layout to channelsFirst or channelsLast"))
        #expect(try load(["x": doubtful], DataOptions(layout: .channelsLast)).exampleShape == [3, 3, 2])
        #expect(try load(["x": doubtful], DataOptions(layout: .channelsFirst)).exampleShape == [3, 2, 3])
    }

    /// Images of a second kind have the scale and the layout of examples.
    @Test func sourcesAreImages() throws {
        let images = try bytes([10, 4, 4]) { $0 }
        let color = try bytes([10, 2, 2, 3]) { $0 % 12 + 20 * ($0 / 12) }
        let data = try load(["images": images, "source": color])
        let source = try #require(data.spec["source"])
        #expect(source.shape == [3, 2, 2] && source.scale == 1 / 255 && source.meaning == .image)
        #expect(source.range != nil && data.notes.contains { $0.contains("sources of [2, 2, 3] are images") })
        #expect(try Set(data.train["source"]?.bytes(0..<1) ?? []).count == 12)
        #expect(try load(["x": images, "source": bytes([10, 4, 4]) { $0 % 2 }]).spec["source"]?.scale == 1)
        let few = message { try load(["x": images, "source": bytes([9, 4, 4]) { $0 }]) }
        #expect(few.contains("9 sources do not fit 10 examples"))
        #expect(message { try load(["x": images, "source": bytes([10, 16]) { $0 }]) }.contains("are no images"))
        let nan = try StoredArray([Float](repeating: .nan, count: 40), shape: [10, 2, 2])
        #expect(message { try load(["x": images, "source": nan]) }.contains("source of example 0"))
        // Those of the test examples must be like those of the training examples, whatever their rank.
        let odd = message {
            try load(["x_train": images, "x_test": images, "source_train": color, "source_test": images])
        }
        #expect(odd.contains("different columns 'source'"))
        let alone = try load(["x_train": images, "x_test": images, "source_train": color])
        #expect(alone.notes.contains("the 10 test examples have no sources and are left out"))
    }

    @Test func tokensAreCountedExactly() throws {
        func tokens(_ values: [Int32]) throws -> StoredArray { try StoredArray(values, shape: [values.count, 1]) }
        let options = DataOptions(examples: .tokens)
        let largest: Int32 = 1 << 24 - 1
        let data = try load(["x": tokens([0, largest, 3, 4, 5, 6, 7, 8, 9, 10])], options)
        #expect(data.spec.example.meaning == .tokens(vocabulary: 1 << 24))
        #expect(message { try load(["x": tokens([0, largest + 2])], options) }.contains("below 2²⁴"))
        #expect(message { try load(["x": tokens([-1, 2])], options) }.contains("whole numbers from 0"))
        #expect(message { try load(["x": StoredArray(dtype: .int32, shape: [0, 4], bytes: [])], options) } != "")
    }

    /// Splits of which some lack a column: labels go before the split, factors before the column, weights are 1.
    @Test func splitsAreMadeAlike() throws {
        let rows = try bytes([4, 2]) { $0 % 200 }
        let column = try StoredArray([0, 1, 0, 1] as [Int32], shape: [4, 1])
        let weights = try StoredArray([1, 2, 3, 4] as [Float], shape: [4])
        let splits = ["x_train": rows, "x_test": rows, "x_val": rows]
        func with(_ name: String, _ array: StoredArray, _ kinds: [String]) throws -> DataSet {
            try load(splits.merging(kinds.map { ("\(name)_\($0)", array) }) { _, new in new })
        }
        let labelled = try with("y", StoredArray([0, 1, 0, 1] as [Int32], shape: [4]), ["train", "test"])
        #expect(labelled.validation == nil && labelled.test.labels != nil)
        #expect(labelled.notes.contains { $0.contains("the 4 validation examples have no labels and are left out") })
        #expect(message { try with("targets", weights, ["val"]) }.contains("targets for the validation examples only"))
        for kinds in [["train", "test"], ["train", "val"], ["test", "val"], ["train"]] {
            let data = try with("factors", column, kinds)
            let all = [data.train, data.test] + [data.validation].compactMap(\.self)
            #expect(all.count == 3 && all.allSatisfy { $0.factors == nil })
        }
        let causes = try with("factors", column, ["train", "test", "val"])
        #expect(causes.validation?.factors?.sizes == [2])
        let weighted = try with("weights", weights, ["train", "val"])
        #expect(weighted.train.weights == [1, 2, 3, 4] && weighted.test.weights == [1, 1, 1, 1])
        #expect(weighted.validation?.weights == [1, 2, 3, 4])
        #expect(try with("weights", weights, ["test"]).test.weights == nil)
    }

    @Test func labelsAreClassesHoweverTheyAreWritten() throws {
        #expect(try names([0, 2, 1, 0]) == ["0", "1", "2"])
        let fromOne = try labelled(StoredArray([1, 2, 3, 3, 1, 2] as [Int32], shape: [6]))
        #expect(fromOne.classNames == ["1", "2", "3"])
        for part in [fromOne.train, fromOne.test] {
            let bytes = try part.bytes
            for i in 0..<part.count {
                #expect(part.labels?.values[i] == [0, 1, 2, 2, 0, 1][Int(bytes[2 * i]) / 2])
            }
        }
        #expect(try names([-1, 1, 1, -1]) == ["-1", "1"])
        #expect(try names([10, 20, 30, 10]) == ["10", "20", "30"])
        let floats = try labelled(StoredArray([0, 1, 1, 2] as [Float], shape: [4]))
        #expect(floats.classNames == ["0", "1", "2"])
        let hot = try labelled(StoredArray([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0] as [Float], shape: [4, 3]))
        #expect(hot.classNames == ["0", "1", "2"] && hot.notes.contains("labels are one-hot: 3 classes"))
        let fractions = try labelled(StoredArray([0.5, 1, 1, 2] as [Float], shape: [4]))
        #expect(fractions.classNames == nil && fractions.targetNames == ["0"])
    }

    @Test func absurdLabelsAreRefused() throws {
        #expect(message { try names([0, 1, 999_999]) }.contains("go up to 999999, but only 3"))
        #expect(message { try names([0, -7, 1]) }.contains("go down to -7"))
        #expect(message { try names((0..<150).map { $0 }) }.contains("150 different labels of 150 examples"))
    }

    @Test func textBecomesClasses() throws {
        let folder = try TemporaryFolder()
        try folder.put("set/x.npy", NPY.encode(bytes([3, 1]) { $0 * 50 }))
        let words = [Array("dog".utf8), Array("cat".utf8), Array("dog".utf8)].joined()
        let narrow = NPYTests.file("{'descr': '|S3', 'fortran_order': False, 'shape': (3,), }", Array(words))
        let wide = NPYTests.file(
            "{'descr': '<U3', 'fortran_order': False, 'shape': (3,), }", words.flatMap { [$0, 0, 0, 0] })
        for labels in [narrow, wide] {
            try folder.put("set/target.npy", labels)
            let data = try DataPath.load(folder.file("set"))
            #expect(data.classNames == ["cat", "dog"])
            for part in [data.train, data.test] {
                for (byte, label) in zip(try part.bytes, part.labels?.values ?? []) {
                    #expect(label == (byte == 50 ? 0 : 1))
                }
            }
        }
    }

    @Test func unlabelledTestExamplesAreLeftOut() throws {
        let x = try bytes([20, 2]) { $0 }
        let y = try StoredArray((0..<20).map { Int32($0 % 2) }, shape: [20])
        let data = try load(["x_train": x, "y_train": y, "x_test": x])
        #expect(data.train.count == 18 && data.test.labels?.values.count == 2)
        #expect(data.notes.contains("the 20 test examples have no labels and are left out"))
        #expect(message { try load(["x_train": x, "y_test": y, "x_test": x]) }.contains("for the test examples only"))
    }

    @Test func furtherArraysAreColumns() throws {
        let data = try load([
            "x": bytes([20, 2]) { $0 }, "caption": StoredArray((0..<60).map(Int32.init), shape: [20, 3]),
            "sample_weight": StoredArray((0..<20).map(Float.init), shape: [20]), "odd": bytes([3]) { $0 },
        ])
        #expect(data.spec["caption"]?.shape == [3] && data.spec["caption"]?.dtype == .int32)
        for part in [data.train, data.test] {
            let (bytes, captions) = (try part.bytes, try #require(part["caption"]).values(0..<part.count))
            for i in 0..<part.count {
                #expect(part.weights?[i] == Float(bytes[2 * i] / 2) && captions[3 * i] == 3 * Float(bytes[2 * i] / 2))
            }
        }
        #expect(data.notes.contains { $0.hasSuffix("set: odd") })
        let tokens = try load(["x": bytes([9, 4]) { $0 }], DataOptions(examples: .tokens))
        #expect(tokens.spec.example.meaning == .tokens(vocabulary: 36) && tokens.train.scale == 1)
    }

    @Test func readsOtherNamesOfMNIST() throws {
        for (train, test) in [
            ("train-images.idx3-ubyte", "t10k-images.idx3-ubyte"),
            ("emnist-letters-train-images-idx3-ubyte", "emnist-letters-test-images-idx3-ubyte"),
        ] {
            let folder = try TemporaryFolder()
            for (name, count) in [(train, 3), (test, 2)] {
                try folder.put(name, DataPathTests.idx(images: UInt8(count)))
                let labels = name.replacing("images", with: "labels").replacing("idx3", with: "idx1")
                try folder.put(labels, DataPathTests.idx(labels: Array([1, 2, 1].prefix(count))))
            }
            for path in [folder.path, folder.file(train)] {
                let data = try DataPath.load(path)
                #expect(data.train.count == 3 && data.test.count == 2 && data.classNames == ["1", "2"])
                #expect(data.train.labels?.values == [0, 1, 0])
            }
        }
    }

    @Test func headersOfPython2AreRead() throws {
        let file = NPYTests.file("{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L), }", [1, 2, 3, 4, 5, 6])
        #expect(try NPY.parse(file, path: "a.npy").shape == [2, 3])
    }
}
