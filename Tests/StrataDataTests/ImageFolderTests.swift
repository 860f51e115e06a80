import StrataBackend
import StrataData
import Testing

@Suite struct ImageFolderTests {
    private func put(_ folder: TemporaryFolder, _ names: [String]) throws {
        for (number, name) in names.enumerated() {
            try folder.put(name, Image(width: 2, height: 1, channels: 1, pixels: [UInt8(number + 20), 255]).pnm)
        }
    }

    private func classes(_ split: DataSplit) -> [String]? {
        split.labels.map { labels in labels.values.map { labels.classNames[Int($0)] } }
    }

    @Test func straysAndWhatCannotBeReadAreNoted() throws {
        let folder = try TemporaryFolder()
        try put(folder, ["s/cat/0.pgm", "s/cat/1.pgm", "s/dog/deep/2.pgm", "s/dog/deep/3.pgm", "s/stray.pgm"])
        try folder.put("s/dog/4.GIF", [1])
        try folder.put("s/__MACOSX/._0.pgm", [1])
        try folder.put("s/empty/note.txt", [1])
        let data = try DataPath.load(folder.file("s"))
        #expect(data.train.count + data.test.count == 4 && data.classNames == ["cat", "dog"])
        #expect(data.notes.contains { $0.contains("1 images beside the class folders") && $0.contains("stray.pgm") })
        #expect(data.notes.contains { $0.contains("4.GIF") && $0.contains("convert them to PNG") })
        #expect(data.notes.contains { $0.contains("s/empty, which holds no images") })
        try folder.put("s/bird/0.tif", [1])
        #expect(
            message { try DataPath.load(folder.file("s")) }.contains(
                "bird: holds 1 images of kinds that cannot be read"))
    }

    @Test(arguments: [("Train", "Test"), ("training", "VAL"), ("train", "valid")])
    func splitsHaveManyNames(train: String, test: String) throws {
        let folder = try TemporaryFolder()
        try put(folder, ["s/\(train)/a/0.pgm", "s/\(train)/b/1.pgm", "s/\(test)/b/2.pgm"])
        let data = try DataPath.load(folder.file("s"))
        #expect(data.train.count == 2 && data.classNames == ["a", "b"] && classes(data.test) == ["b"])
        #expect(data.notes.isEmpty == (test == "Test"))
        try put(folder, ["s/other/3.pgm"])
        #expect(message { try DataPath.load(folder.file("s")) }.contains("has images in 'other' beside the splits"))
    }

    @Test func imagesAreDecodedOnDemandWhereMemoryIsShort() throws {
        let folder = try TemporaryFolder()
        try put(folder, (0..<20).map { "s/\(["a", "b"][$0 % 2])/\($0).pgm" })
        let streamed = try DataPath.load(folder.file("s"), DataOptions(memory: 10))
        #expect(streamed.train.examples.storage.resident == nil)
        #expect(try streamed.train == DataPath.load(folder.file("s")).train)
    }
}
