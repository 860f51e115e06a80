import StrataBackend
import StrataData
import Testing

@Suite struct DataCatalogTests {
    @Test func drawsSprites() throws {
        var catalog = DataCatalog.builtIn
        catalog.entries.append(
            .init("few", "a few sprites") { try Sprites().dataSet(train: 5, test: 5, seed: $0.seed) })
        #expect(try catalog.load("few", seed: 2).train == (try Sprites().dataSet(train: 5, test: 5, seed: 2).train))
    }

    @Test func tellsWhatDoesNotStream() throws {
        #expect(
            try DataCatalog.builtIn.load("sprites", DataOptions(memory: 1 << 20)).notes.contains {
                $0.hasPrefix("'sprites' takes ") && $0.contains("more than 1048576")
            })
        let folder = try TemporaryFolder()
        let values = (0..<3000).map { Float($0) }
        let path = try folder.put("x.npy", NPY.encode(StoredArray(values, shape: [1000, 3])))
        #expect(try !DataCatalog.builtIn.load(path, DataOptions(memory: 1000)).notes.contains { $0.contains("takes") })
    }

    @Test func tellsTheNearestName() {
        let said = message { try DataCatalog.builtIn.load("fashion-mist") }
        #expect(said.contains("did you mean 'fashion-mnist'?") && said.contains("known: fashion-mnist, mnist, sprites"))
    }

    @Test func takesPaths() throws {
        let folder = try TemporaryFolder()
        let path = try folder.put("x.npz", Fixture.npz)
        #expect(try DataCatalog.builtIn.load(path).train.count == 2)
        #expect(message { try DataCatalog.builtIn.load("./no-such-thing.npy") }.contains("no such file"))
        #expect(message { try DataCatalog.builtIn.load("") }.contains("unknown data set"))
    }

    @Test func saysWhatToInstall() throws {
        let folder = try TemporaryFolder()
        let environment: @Sendable (String) -> String? = { [path = folder.path] in $0 == "STRATA_DATA_DIR" ? path : nil
        }
        #expect(
            message { try DataCatalog.builtIn.load("fashion-mnist", environment: environment) }
                .contains("apt-get install dataset-fashion-mnist"))
        #expect(
            message { try DataCatalog.builtIn.load("mnist", environment: environment) }.contains("STRATA_MNIST_DIR"))
    }

    @Test func findsSetsByTheEnvironment() throws {
        let folder = try TemporaryFolder()
        for set in ["fashion-mnist", "mnist", "elsewhere"] {
            try folder.put("\(set)/train-images-idx3-ubyte", DataPathTests.idx(images: 3))
            try folder.put(
                "\(set)/train-labels-idx1-ubyte", DataPathTests.idx(labels: [0, 9, set == "elsewhere" ? 1 : 2]))
            try folder.put("\(set)/t10k-images-idx3-ubyte", DataPathTests.idx(images: 2))
            try folder.put("\(set)/t10k-labels-idx1-ubyte", DataPathTests.idx(labels: [1, 0]))
        }
        let root: @Sendable (String) -> String? = { [path = folder.path] in $0 == "STRATA_DATA_DIR" ? path : nil }
        let fashion = try DataCatalog.builtIn.load("fashion-mnist", environment: root)
        #expect(fashion.name == "fashion-mnist" && fashion.classNames?[9] == "Ankle boot" && fashion.test.count == 2)
        #expect(try DataCatalog.builtIn.load("mnist", environment: root).train.labels?.values == [0, 9, 2])
        let own: @Sendable (String) -> String? = { [path = folder.path] in
            $0 == "STRATA_MNIST_DIR" ? path + "/elsewhere" : nil
        }
        #expect(try DataCatalog.builtIn.load("mnist", environment: own).train.labels?.values == [0, 9, 1])

        try folder.put("mnist/train-labels-idx1-ubyte", DataPathTests.idx(labels: [0, 10, 2]))
        #expect(message { try DataCatalog.builtIn.load("mnist", environment: root) }.contains("label 10 of example 1"))
    }
}
