import StrataBackend
import StrataData
import Testing

@Suite struct DataPathTests {
    static func idx(labels: [UInt8]) -> [UInt8] { [0, 0, 8, 1, 0, 0, 0, UInt8(labels.count)] + labels }
    static func idx(images count: UInt8) -> [UInt8] {
        [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 2] + (0..<4 * count)
    }

    @Test func readsAFolderOfIDXFiles() throws {
        let folder = try TemporaryFolder()
        try folder.put("train-images-idx3-ubyte", Self.idx(images: 3))
        try folder.put("train-labels-idx1-ubyte", Self.idx(labels: [0, 1, 1]))
        try folder.put("t10k-images-idx3-ubyte", Self.idx(images: 2))
        try folder.put("t10k-labels-idx1-ubyte", Self.idx(labels: [3, 0]))
        for path in [folder.path, folder.path + "/", folder.file("train-images-idx3-ubyte")] {
            let data = try DataPath.load(path)
            #expect(data.train.count == 3 && data.test.count == 2 && data.exampleShape == [2, 2])
            #expect(data.notes.count == 2 && data.notes.last == "no example has the label 2")
            #expect(data.test.labels?.values == [3, 0] && data.classNames == ["0", "1", "2", "3"])
        }
    }

    @Test func readsAnIDXFileAlone() throws {
        let folder = try TemporaryFolder()
        let path = try folder.put("my-images.idx", Self.idx(images: 20))
        let data = try DataPath.load(path, seed: 1)
        #expect(data.train.count == 18 && data.test.count == 2 && data.train.labels == nil && data.notes.count == 1)
        try folder.put("my-labels.idx", Self.idx(labels: [1, 0]))
        #expect(message { try DataPath.load(path) }.contains("2 labels do not fit 20 examples"))
    }

    @Test func asksForAGunzipWhereThereIsNone() throws {
        let folder = try TemporaryFolder()
        let path = try folder.put("images.gz", [0x1F, 0x8B, 8, 0])
        #expect(message { try DataPath.load(path) }.contains("gunzip -k"))
        let codecs = Codecs(gunzip: { _ in Self.idx(images: 4) })
        #expect(try DataPath.load(path, codecs: codecs).train.count == 3)
    }

    @Test func readsNPYAndNPZ() throws {
        let folder = try TemporaryFolder()
        let npy = try folder.put("x.npy", NPY.encode(StoredArray((0..<40).map(Float.init), shape: [20, 2])))
        let plain = try DataPath.load(npy)
        #expect(plain.train.count == 18 && plain.dtype == .float32 && plain.exampleShape == [2])
        let npz = try folder.put("x.npz", Fixture.npz)
        let pair = try DataPath.load(npz)
        #expect(pair.train.count == 2 && pair.test.count == 1 && pair.classNames == ["0", "1", "2"])
        let vector = try folder.put("v.npy", NPY.encode(StoredArray([1, 2, 3] as [Float], shape: [3])))
        #expect(try DataPath.load(vector).exampleShape == [1])
    }

    @Test func targetsComeWithAnArchive() throws {
        let folder = try TemporaryFolder()
        let data = try DataPath.load(folder.put("t.npz", Fixture.npzTargets), seed: 2)
        #expect(data.train.count == 5 && data.test.count == 1 && data.targetNames == ["0", "1"])
        for part in [data.train, data.test] {
            let values = try #require(part.targets).values
            #expect(try values == part.bytes.map { Float($0) / 8 })
        }
        let short = try folder.put("s.npz", Fixture.npzTooFewTargets)
        #expect(message { try DataPath.load(short) }.contains("s.npz(x.npy): targets of [5] do not fit 6 examples"))
    }

    @Test func refusesDataThatCannotBeLearnt() throws {
        let folder = try TemporaryFolder()
        let nan = try folder.put("x.npy", NPY.encode(StoredArray([1, 2, 3, .nan] as [Float], shape: [2, 2])))
        #expect(message { try DataPath.load(nan) }.contains("example 1 has a value that is not a finite number"))
        let scalar = try folder.put("s.npy", Fixture.npyScalar)
        #expect(message { try DataPath.load(scalar) }.contains("single number"))
        let whole = try folder.put("w.npy", Fixture.npyBigLong)
        let kept = try DataPath.load(whole)
        #expect(kept.dtype == .int32 && kept.notes.first?.contains("whole numbers from -2 to 3") == true)
        let empty = try folder.put("e.npy", [])
        #expect(message { try DataPath.load(empty) }.contains("ends inside the NPY header"))
        let text = try folder.put("notes.doc", "hello".utf8)
        #expect(message { try DataPath.load(text) }.contains("no kind of data that is known"))
        #expect(message { try DataPath.load(folder.file("missing.npy")) }.contains("no such file or folder"))
        try folder.put("folder.npy/x", [])
        #expect(
            message { try DataPath.load(folder.file("folder.npy")) }.contains("holds no PNG, JPEG, WebP, PGM or PPM"))
    }

    @Test func readsImagesInClassFolders() throws {
        let folder = try TemporaryFolder()
        for i in 0..<12 {
            let image = try Image(width: 2, height: 1, channels: 1, pixels: [UInt8(i), 255])
            try folder.put("set/\(["cat", "dog"][i % 2])/\(i).pgm", image.pnm)
        }
        try folder.put("set/cat/.hidden.pgm", [])
        let data = try DataPath.load(folder.file("set"))
        #expect(data.train.count == 11 && data.exampleShape == [1, 2] && data.classNames == ["cat", "dog"])
        for part in [data.train, data.test] {
            let bytes = try part.bytes
            for i in 0..<part.count { #expect(part.labels?.values[i] == Int32(bytes[2 * i] % 2)) }
        }
        try folder.put("set/dog/odd.pgm", Image(width: 1, height: 1, channels: 1, pixels: [0]).pnm)
        #expect(message { try DataPath.load(folder.file("set")) }.contains("odd.pgm: is 1 × 1 grayscale, but"))
        try folder.put("set/dog/a.png", [1])
        #expect(message { try DataPath.load(folder.file("set")) }.contains("trait PNG"))
    }

    @Test func readsColourAsPlanesAndTrainAndTestFolders() throws {
        let folder = try TemporaryFolder()
        let image = try Image(width: 2, height: 1, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
        try folder.put("set/train/b/0.ppm", image.pnm)
        try folder.put("set/train/c/0.ppm", image.pnm)
        try folder.put("set/test/c/0.ppm", image.pnm)
        let data = try DataPath.load(folder.file("set"))
        #expect(data.train.count == 2 && data.test.labels?.values == [1] && data.exampleShape == [3, 1, 2])
        #expect(try data.test.bytes == [1, 4, 2, 5, 3, 6])
        try folder.put("set/test/d/0.ppm", image.pnm)
        #expect(
            message { try DataPath.load(folder.file("set")) }.contains("a class that the training split does not have"))
    }
}
