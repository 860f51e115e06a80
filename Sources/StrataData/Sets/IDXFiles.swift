import StrataBackend

/// The files of a set in MNIST's format: images and, where they are there, labels and a test part.
struct IDXFiles {
    struct Part {
        var images: String
        var labels: String?
    }

    var train: Part
    var test: Part?

    /// Looks for `train-images-idx3-ubyte` and its three companions, each plain or `.gz`; `nil` where the first is
    /// not there.
    init?(inFolder folder: String) {
        func find(_ name: String) -> String? {
            ["", ".gz"].map { "\(folder)/\(name)\($0)" }.first { FileBytes.kind($0) == .file }
        }
        guard let images = find("train-images-idx3-ubyte") else { return nil }
        train = Part(images: images, labels: find("train-labels-idx1-ubyte"))
        test = find("t10k-images-idx3-ubyte").map { Part(images: $0, labels: find("t10k-labels-idx1-ubyte")) }
    }

    /// Finds the companions of an images file by its name; `nil` where the name does not say `images`.
    init?(images path: String) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let folder = path.dropLast(name.count)
        guard name.contains("images") else { return nil }
        func existing(_ name: String) -> String? { FileBytes.kind(folder + name) == .file ? folder + name : nil }
        func labels(_ images: String) -> String? {
            existing(images.replacing("images", with: "labels").replacing("idx3", with: "idx1"))
        }
        train = Part(images: path, labels: labels(name))
        let testName = name.hasPrefix("train") ? "t10k" + name.dropFirst(5) : nil
        test = testName.flatMap { testName in
            existing(testName).map { Part(images: $0, labels: labels(testName)) }
        }
    }

    func load(name: String, classNames: [String]? = nil, codecs: Codecs, seed: UInt32) throws -> DataSet {
        // A label that only one part has could not be learnt from and tested on.
        let labelled = train.labels != nil && test.map { $0.labels != nil } != false
        let trainLabels = try labelled ? train.labels.map { try Self.array($0, codecs) } : nil
        let testLabels = try labelled ? test?.labels.map { try Self.array($0, codecs) } : nil
        let classes = try [trainLabels, testLabels].compactMap { try $0?.int32s().max() }.max()
        func split(_ part: Part, _ labels: StoredArray?) throws -> DataSplit {
            try DataPath.split(
                Self.array(part.images, codecs), labels, part.images, classNames: classNames, classes: classes)
        }
        let first = try split(train, trainLabels)
        guard let test else { return try DataSet(name: name, splitting: first, seed: seed) }
        return try DataSet(name: name, train: first, test: split(test, testLabels))
    }

    /// An IDX file, plain or compressed by gzip.
    private static func array(_ path: String, _ codecs: Codecs) throws -> StoredArray {
        let bytes = try FileBytes.read(path)
        guard bytes.starts(with: [0x1F, 0x8B]) else { return try IDX.parse(bytes, path: path) }
        guard let gunzip = codecs.gunzip else {
            throw StrataError(
                .unsupported,
                "\(path): is compressed; build with the trait PNG, or put a plain copy in a folder (gunzip -k)")
        }
        return try IDX.parse(StrataError.naming(path) { try gunzip(bytes) }, path: path)
    }
}
